"""Regions to pick from, while somebody types."""

from tierloom.web.regions.views import blueprint

__all__ = ["blueprint"]
