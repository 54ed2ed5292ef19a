"""/patterns: every component on one page, with invented customers."""

from tierloom.web.patterns.views import blueprint

__all__ = ["blueprint"]
