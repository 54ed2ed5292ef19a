"""Signing in and out, and the first owner's one-time link."""

from tierloom.web.access.views import blueprint

__all__ = ["blueprint"]
