"""Sharing a view: its links, and one file. What a link opens is in `web.guests`."""

from tierloom.web.sharing.views import blueprint

__all__ = ["blueprint"]
