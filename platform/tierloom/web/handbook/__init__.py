"""Help where it is needed: the user handbook, chapter by chapter, and what our words mean."""

from tierloom.web.handbook.views import blueprint

__all__ = ["blueprint"]
