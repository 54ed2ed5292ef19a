"""Tierloom: forms and rules for customer tiers."""

__version__ = "0.1.0"
