"""What share links open, for people without an account: the one page of the share principal."""

from tierloom.web.guests.views import blueprint

__all__ = ["blueprint"]
