"""Tables as lists, and their records."""

from tierloom.web.data import filtering, giving
from tierloom.web.data.views import blueprint

__all__ = ["blueprint", "filtering", "giving"]
