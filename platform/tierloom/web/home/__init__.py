"""The overview, thresholds to try, and who moved."""

from tierloom.web.home import moved, sizes, thresholds
from tierloom.web.home.views import blueprint

__all__ = ["blueprint", "moved", "sizes", "thresholds"]
