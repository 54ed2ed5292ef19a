"""The first steps: a file becomes tables."""

from tierloom.web.start.views import blueprint

__all__ = ["blueprint"]
