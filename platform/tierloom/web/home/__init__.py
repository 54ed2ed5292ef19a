"""The overview."""

from tierloom.web.home.views import blueprint

__all__ = ["blueprint"]
