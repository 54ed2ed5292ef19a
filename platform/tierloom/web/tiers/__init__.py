"""Tier models and segments: the builder, its live counts, and publishing."""

from tierloom.web.tiers.views import blueprint

__all__ = ["blueprint"]
