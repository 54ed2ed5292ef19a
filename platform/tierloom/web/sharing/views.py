"""/views/<key>/share: a view's links, and one file of it."""

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.errors import Invalid, Problem
from tierloom.services import checklist
from tierloom.services.access import sharing
from tierloom.services.access.sharing import MOST_DAYS, USUAL_DAYS, Wish
from tierloom.services.workbench import reading
from tierloom.text import TN, T
from tierloom.web import hx
from tierloom.web.session import actor, platform
from tierloom.web.sharing.addresses import link_to, only_here
from tierloom.web.sharing.html_file import html_file

blueprint = Blueprint("sharing", __name__)
DAYS = (1, USUAL_DAYS, 30, MOST_DAYS)
STATES = {
    "open": (T("Works"), "ok"),
    "revoked": (T("Revoked"), "bad"),
    "over": (T("Expired"), ""),
    "dead": (T("Does not work: who made it may no longer share"), "warn"),
}


@blueprint.get("/views/<key>/share")
def share(key: str) -> Response:
    """Show the links of a view, and what a new one would show."""
    return _page(key)


@blueprint.post("/views/<key>/share")
def create(key: str) -> Response:
    """Make a link. Its address is in this answer alone: an answer that went on to a page would have to keep it."""
    wish = _wish()
    try:
        secret = sharing.create(platform(), actor(), key, wish)
    except Invalid as error:
        return _page(key, wish, error.problems)
    return _page(key, link=link_to(f"/s/{secret}"))


@blueprint.post("/views/<key>/share/file")
def save_file(key: str) -> Response:
    """Hand the view over as one HTML file."""
    wish = _wish()
    try:
        shown = sharing.html_file(platform(), actor(), key, wish)
    except Invalid as error:
        return _page(key, wish, error.problems)
    checklist.note_saved_file(platform(), actor())
    return html_file(shown, actor().name)


@blueprint.post("/shares/<int:number>/revoke")
def revoke(number: int) -> Response:
    """End a link at once."""
    key = sharing.revoke(platform(), actor(), number)
    hx.toast(T("The link is revoked. It opens nothing any more."))
    return hx.redirect(f"/views/{key}/share" if key else "/views/")


def _wish() -> Wish:
    form = request.form
    days = form.get("days", "")
    return Wish(
        tuple(form.getlist("column")[:500]),
        frozenset(form.getlist("reveal")[:500]),
        int(days) if days.isdecimal() and len(days) < 5 else 0,
        form.get("password", ""),
        form.get("note", ""),
    )


def _page(
    key: str, wish: Wish | None = None, problems: tuple[Problem, ...] = (), link: str = ""
) -> Response:
    with reading(platform(), actor()) as bench:
        view = bench.published.view(key)
        offers = sharing.offers(bench, view)
        usual = Wish(tuple(one.key for one in offers if one.in_view))
        answer = hx.page(
            "sharing/share.html",
            status=422 if problems else 200,
            view=view,
            offers=offers,
            links=sharing.links(bench, key),
            wish=wish or usual,
            days=[(one, TN("%(n)s day", "%(n)s days", n=one)) for one in DAYS],
            states=STATES,
            problems=problems,
            wrong={one.pointer: one.message for one in reversed(problems)},
            link=link,
            only_here=only_here(),
            may_export=actor().has(Grant.EXPORT),
            least_password=sharing.LEAST_PASSWORD,
        )
    answer.headers["Cache-Control"] = "no-store"
    return answer
