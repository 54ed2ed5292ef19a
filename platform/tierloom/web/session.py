"""Who is asking. Every page needs somebody signed in, except those marked `public`."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, request, session

from tierloom.domain.people import Actor
from tierloom.services import workspaces
from tierloom.services.access import accounts, people
from tierloom.services.platform import Platform
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.i18n import Preferences

COOKIE = "tierloom_session"
_PUBLIC = "tierloom_public"
View = TypeVar("View", bound=Callable[..., object])


def public(view: View) -> View:
    """Mark a view that answers anybody. Without the mark it answers nobody who is not signed in."""
    setattr(view, _PUBLIC, True)
    return view


def attach(app: Flask) -> None:
    """Find out before every request who asks, and send strangers to the sign-in page."""
    app.before_request(_identify)


def _identify() -> Response | None:
    installation: Platform | None = current_app.extensions["tierloom.platform"]
    secret = request.cookies.get(COOKIE, "")
    g.actor = accounts.actor_of(installation, secret) if installation and secret else None
    if g.actor and installation:
        g.account_preferences = _preferences(installation, g.actor)
        _keep_apart(g.actor.workspace)
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor or request.endpoint == "static" or view is None or getattr(view, _PUBLIC, False):
        return None
    if hx.wants_fragment():
        return _expired()
    if request.method != "GET":
        return hx.redirect("/sign-in")
    target = request.full_path.rstrip("?")
    return hx.redirect("/sign-in" if target == "/" else f"/sign-in?{_query(target)}")


def _keep_apart(workspace: int) -> None:
    """Make pages of another workspace stale, however one came here: what is typed there belongs there."""
    before = session.get("workspace")
    if before == workspace:
        return
    if before is not None:
        session.pop("csrf_token", None)
    session["workspace"] = workspace


def _expired() -> Response:
    """Say so and leave the page alone: what was typed stays, and is sent again after signing in elsewhere."""
    text = T(
        "Your session has ended. Sign in in another tab, then go on here; nothing typed is lost."
    )
    return hx.toast_only(text, "warn", 401, href="/sign-in", link=T("Sign in"), new_tab=True)


def _preferences(installation: Platform, found: Actor) -> Preferences:
    place = workspaces.of(installation, found)
    # Until somebody said which language the workspace speaks, the browser knows better.
    locale = place.locale if workspaces.is_settled(place) else ""
    return Preferences(locale, zone=ZoneInfo(place.zone), currency=place.currency)


def _query(target: str) -> str:
    return urlencode({"next": target})


def platform() -> Platform:
    """Return the installation that this app serves."""
    found = current_app.extensions["tierloom.platform"]
    if not isinstance(found, Platform):
        raise TypeError("This app was made without an installation.")
    return found


def actor() -> Actor:
    """Return who is asking; a page that is not public always has somebody."""
    found = g.actor
    if not isinstance(found, Actor):
        raise TypeError("A page that needs somebody was asked for by nobody.")
    return found


def open_session(response: Response, signed_in: accounts.SignedIn) -> Response:
    """Give the browser its session cookie, and note which browser it is."""
    people.note_browser(platform(), signed_in.secret, request.user_agent.string)
    response.set_cookie(
        COOKIE,
        signed_in.secret,
        max_age=accounts.ABSOLUTE_MS // 1000,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response
