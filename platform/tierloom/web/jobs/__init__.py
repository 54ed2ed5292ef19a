"""Running and past jobs, their progress and their files."""

from tierloom.web.jobs.views import blueprint

__all__ = ["blueprint"]
