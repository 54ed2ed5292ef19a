"""People of the workspace, invitations, and one's own account."""

from tierloom.web.people import account, invitation
from tierloom.web.people.views import blueprint

__all__ = ["account", "blueprint", "invitation"]
