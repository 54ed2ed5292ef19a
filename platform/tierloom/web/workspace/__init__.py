"""The workspace itself: its name, language, currency and time zone, and the first steps in it."""

from tierloom.web.workspace.views import blueprint

__all__ = ["blueprint"]
