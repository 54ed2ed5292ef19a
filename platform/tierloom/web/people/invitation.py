"""/invite/<secret>: somebody new chooses a name and a password."""

from flask import Response, request

from tierloom.errors import Forbidden, Invalid, Problem
from tierloom.services.access import people
from tierloom.web import hx
from tierloom.web.people.views import MEANINGS, blueprint
from tierloom.web.session import open_session, platform, public

PARTS = ("login", "name", "password")


@blueprint.get("/invite/<secret>")
@public
def invited(secret: str) -> Response:
    """Say what the invitation offers, and ask for name and password."""
    return _page(people.invitation(platform(), secret), {}, ())


@blueprint.post("/invite/<secret>")
@public
def accept(secret: str) -> Response:
    """Become a member."""
    typed = {name: request.form.get(name, "") for name in PARTS}
    try:
        signed_in = people.accept(platform(), secret, *(typed[name] for name in PARTS))
    except Invalid as error:
        offer = people.invitation(platform(), secret)
        return _page(offer, {**typed, "password": ""}, error.problems)
    except Forbidden:
        return _page(None, {}, ())
    return open_session(hx.redirect("/"), signed_in)


def _page(
    offer: people.Offer | None, typed: dict[str, str], problems: tuple[Problem, ...]
) -> Response:
    status = 410 if offer is None else 422 if problems else 200
    answer = hx.page(
        "people/invitation.html",
        status=status,
        offer=offer,
        meaning=MEANINGS[offer.role] if offer else None,
        typed=typed,
        wrong={one.pointer: one.message for one in reversed(problems)},
    )
    answer.headers.update({"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"})
    return answer
