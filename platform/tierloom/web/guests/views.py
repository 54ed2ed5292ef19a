"""/s/<token>: the shared list, read-only. Nothing else answers to a share link, and this to nothing else."""

from dataclasses import replace

from flask import Blueprint, Response, current_app, g, request

from tierloom.errors import NotFound, TooMany
from tierloom.services.access import guests
from tierloom.services.access.guests import Locked, Opened
from tierloom.services.access.shared_list import PAGE
from tierloom.text import T, Text
from tierloom.web import hx
from tierloom.web.guests.inputs import GuestState
from tierloom.web.i18n import Preferences, preferences
from tierloom.web.session import platform, public
from tierloom.web.sharing.columns import columns

blueprint = Blueprint("guests", __name__, url_prefix="/s")
COOKIE = "tierloom_share"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_WRONG = T("The password is not right.")


@blueprint.after_request
def _headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


@blueprint.get("/<token>")
@public
def shared(token: str) -> Response:
    """Show the list, or ask for the link's password."""
    state = GuestState.read(f"/s/{token}", request.args)
    _prefer(state.lang)
    try:
        found = guests.read(platform(), token, request.cookies.get(COOKIE, ""), state.asked)
    except NotFound as error:
        return _ended(error)
    match found:
        case Locked():
            return _password_page(state)
        case Opened():
            return _list_page(found, state)


@blueprint.post("/<token>")
@public
def unlock(token: str) -> Response:
    """Try the link's password. Right or wrong, the answer leads nowhere else."""
    state = GuestState.read(f"/s/{token}", request.args)
    _prefer(state.lang)
    try:
        secret = guests.unlock(platform(), token, request.form.get("password", ""))
    except NotFound as error:
        return _ended(error)
    except TooMany as error:
        answer = _password_page(state, error.text, 429)
        answer.headers["Retry-After"] = str(guests.TRIES_MS // 1000)
        return answer
    if secret is None:
        return _password_page(state, _WRONG, 422)
    answer = hx.redirect(state.lang_href(state.lang))
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=guests.UNLOCKED_MS // 1000,
        path=state.base,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def _prefer(lang: str, found: Opened | None = None) -> None:
    """Read as a stranger, in the workspace's zone and currency: an account's own wishes are not a guest's."""
    g.pop("preferences", None)
    g.account_preferences = (
        Preferences(zone=found.zone, currency=found.currency) if found else Preferences()
    )
    if lang:
        g.preferences = replace(preferences(), locale=lang)


def _list_page(found: Opened, state: GuestState) -> Response:
    _prefer(state.lang, found)
    shown = found.list
    return hx.page(
        "guests/list.html",
        found=found,
        shown=shown,
        state=replace(state, asked=shown.asked),
        columns=columns(shown),
        pages=max(1, -(-shown.total // PAGE)),
        first=(shown.asked.page - 1) * PAGE + 1,
    )


def _password_page(state: GuestState, wrong: Text | None = None, status: int = 200) -> Response:
    return hx.page("guests/password.html", status=status, state=state, wrong=wrong)


def _ended(error: NotFound) -> Response:
    """The same words for a link that never was: 404 and 410 differ for programs alone."""
    status = 410 if isinstance(error, guests.Ended) else 404
    return hx.page("guests/ended.html", status=status)
