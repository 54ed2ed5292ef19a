"""Views: saved lists and tier views, and exports of them."""

from tierloom.web.views.views import blueprint

__all__ = ["blueprint"]
