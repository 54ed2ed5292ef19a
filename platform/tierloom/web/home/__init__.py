"""The overview, and thresholds to try."""

from tierloom.web.home import thresholds
from tierloom.web.home.views import blueprint

__all__ = ["blueprint", "thresholds"]
