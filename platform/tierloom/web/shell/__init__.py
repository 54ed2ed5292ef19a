"""What belongs to no page: the health check, and the switches for language and theme."""

from tierloom.web.shell.views import blueprint

__all__ = ["blueprint"]
