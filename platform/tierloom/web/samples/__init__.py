"""Samples: opened, practised with, removed."""

from tierloom.web.samples.views import blueprint

__all__ = ["blueprint"]
