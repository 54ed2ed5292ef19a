"""/settings/people: members, roles, invitations."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from tierloom.domain.people import Role
from tierloom.errors import Conflict, Invalid, Problem
from tierloom.services.access import people
from tierloom.text import T, Text
from tierloom.web import hx
from tierloom.web.session import actor, platform
from tierloom.web.sharing.addresses import link_to, only_here

blueprint = Blueprint("people", __name__)

MEANINGS: dict[Role, Text] = {
    Role.OWNER: T("Everything: people, sharing and all data"),
    Role.DESIGNER: T("Tables, forms and rules; personal data masked"),
    Role.DATA_ADMIN: T("Records, imports and exports; sees personal data"),
    Role.ANALYST: T("Views and draft rules; personal data masked"),
    Role.VIEWER: T("Looks at lists and tiers; personal data masked"),
}


@blueprint.get("/settings/people")
def members() -> Response:
    """List the members and the invitations that wait."""
    return _page()


def _page(status: int = 200, secret: str = "") -> Response:
    answer = hx.page(
        "people/members.html",
        status=status,
        people=people.people(platform(), actor()),
        roles=list(Role),
        meanings=MEANINGS,
        days=people.INVITATION_DAYS,
        link=link_to(f"/invite/{secret}") if secret else "",
        only_here=only_here(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/settings/people/invite")
def invite() -> Response:
    """Make an invitation. Its link is in this answer alone: an answer that went on to a page would have to keep it."""
    secret = people.invite(platform(), actor(), _role(), request.form.get("name", ""))
    return _page(secret=secret)


def _role() -> Role:
    role = request.form.get("role", "")
    if role not in set(Role):
        raise Invalid(
            [Problem("unknown-role", "/role", T("There is no role “%(key)s”.", key=role))]
        )
    return Role(role)


@blueprint.post("/settings/people/<int:account>/role")
def change_role(account: int) -> Response:
    """Give a member another role."""
    return _change(lambda: people.change_role(platform(), actor(), account, _role()))


@blueprint.post("/settings/people/<int:account>/disable")
def disable(account: int) -> Response:
    """Shut a member out, at once."""
    undo = f"/settings/people/{account}/enable"
    return _change(lambda: people.disable(platform(), actor(), account), undo)


@blueprint.post("/settings/people/<int:account>/enable")
def enable(account: int) -> Response:
    """Let a member in again."""
    return _change(lambda: people.enable(platform(), actor(), account))


@blueprint.post("/settings/people/invitations/<int:number>/cancel")
def cancel(number: int) -> Response:
    """Make an invitation useless."""
    people.cancel_invitation(platform(), actor(), number)
    hx.toast(T("The invitation is cancelled."))
    return hx.redirect("/settings/people")


def _change(change: Callable[[], None], undo: str = "") -> Response:
    try:
        change()
    except Conflict as refused:
        hx.toast(refused.text, "bad")
    else:
        hx.toast(T("Saved."), undo=undo)
    return hx.redirect("/settings/people")
