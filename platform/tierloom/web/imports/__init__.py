"""The import wizard."""

from tierloom.web.imports.views import blueprint

__all__ = ["blueprint"]
