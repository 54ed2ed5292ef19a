"""/help: the handbook in the reader's language."""

from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState

from tierloom.web import hx, i18n
from tierloom.web.handbook import pages
from tierloom.web.handbook.chapters import CHAPTERS, chapter_of
from tierloom.web.handbook.terms import term

blueprint = Blueprint("handbook", __name__, url_prefix="/help")


@blueprint.record
def _attach(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(term_of=term, help_here=_here)


def _here() -> str:
    """Return the address of the chapter about this page; empty for strangers, who cannot open it."""
    return f"/help/{chapter_of(request.path)}" if g.get("actor") else ""


@blueprint.get("/")
def index() -> Response:
    """Open the handbook at its first chapter."""
    return hx.redirect(f"/help/{CHAPTERS[0].key}")


@blueprint.get("/<chapter>")
def chapter(chapter: str) -> Response:
    """Show a chapter; htmx gets the text alone."""
    shown = pages.page(chapter, i18n.locale())
    every = pages.pages(i18n.locale())
    following = [*every, None][every.index(shown) + 1]
    return hx.page(
        "help/chapter.html", block="chapter", shown=shown, pages=every, following=following
    )
