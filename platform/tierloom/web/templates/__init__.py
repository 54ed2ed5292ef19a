"""Templates: chosen, laid over a table, looked over, made a draft."""

from tierloom.web.templates.views import blueprint

__all__ = ["blueprint"]
