"""The form designer: sections, and the fields in them."""

from tierloom.web.forms.views import blueprint

__all__ = ["blueprint"]
