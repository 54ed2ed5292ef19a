"""POST /workspace, and what the switcher shows."""

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, g, request

from tierloom.domain.people import Grant
from tierloom.services import switching
from tierloom.services.demo.trades import TRADES, Trade
from tierloom.services.switching import Place
from tierloom.web import hx
from tierloom.web.session import COOKIE, actor, platform

blueprint = Blueprint("switching", __name__)


@dataclass(frozen=True, slots=True)
class Switcher:
    """The workspaces of whoever asks, and the samples that they could still open."""

    places: tuple[Place, ...]
    offered: tuple[Trade, ...]
    removable: bool

    @property
    def here(self) -> Place:
        """The workspace that they are in."""
        return next(one for one in self.places if one.is_here)


def attach(app: Flask) -> None:
    """Give pages `switcher()`; the answer is read before the view opens its own unit of work."""
    app.before_request(_remember)
    app.context_processor(lambda: {"switcher": g.get("switcher")})


def _remember() -> None:
    if g.get("actor") and request.endpoint != "static" and not hx.wants_fragment():
        g.switcher = _switcher()


def _switcher() -> Switcher:
    who = actor()
    found = switching.places(platform(), who)
    manages = who.has(Grant.MANAGE)
    marks = {mark for one in found for mark in one.marks}
    offered = tuple(one for one in TRADES.values() if manages and one.mark not in marks)
    here = any(one.is_here and one.is_sample for one in found)
    return Switcher(found, offered, manages and here)


@blueprint.post("/workspace")
def switch() -> Response:
    """Go on in another workspace, at its Overview."""
    target = request.form.get("workspace", "0")
    number = int(target) if target.isdecimal() and len(target) < 19 else 0
    switching.switch(platform(), actor(), request.cookies.get(COOKIE, ""), number)
    return hx.redirect("/")
