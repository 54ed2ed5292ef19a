"""The overview, thresholds to try, and who moved."""

from tierloom.web.home import moved, thresholds
from tierloom.web.home.views import blueprint

__all__ = ["blueprint", "moved", "thresholds"]
