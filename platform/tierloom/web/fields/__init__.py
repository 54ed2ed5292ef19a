"""Tables and their fields: defining, ordering, deleting, publishing."""

from tierloom.web.fields.views import blueprint

__all__ = ["blueprint"]
