"""Tier models and segments: the builder, its live counts, and publishing."""

from tierloom.web.tiers import almost as almost
from tierloom.web.tiers import checking as checking
from tierloom.web.tiers import json_logic as json_logic
from tierloom.web.tiers.views import blueprint

__all__ = ["blueprint"]
