"""Tables as lists, and their records."""

from tierloom.web.data import filtering
from tierloom.web.data.views import blueprint

__all__ = ["blueprint", "filtering"]
