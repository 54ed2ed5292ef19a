"""/settings: what the workspace is called and how it counts; /checklist: its first steps."""

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.errors import Invalid, Problem
from tierloom.services import authorize, checklist, workspaces
from tierloom.services.workspaces import Answers
from tierloom.text import TN, T
from tierloom.web import hx, i18n
from tierloom.web.session import actor, platform
from tierloom.web.workspace import choices

blueprint = Blueprint("workspace", __name__)


@blueprint.get("/settings")
def settings() -> Response:
    """Show what the workspace was asked."""
    authorize.require(actor(), Grant.MANAGE)
    place = workspaces.of(platform(), actor())
    return _page(Answers(place.name, place.locale, place.zone, place.currency))


@blueprint.post("/settings")
def change() -> Response:
    """Change it."""
    authorize.require(actor(), Grant.MANAGE)
    try:
        return save(typed(), "/settings")
    except Invalid as error:
        return _page(typed(), error.problems)


def _page(answers: Answers, problems: tuple[Problem, ...] = ()) -> Response:
    return hx.page(
        "workspace/settings.html",
        status=422 if problems else 200,
        asked=asked(answers),
        wrong=wrong(problems),
    )


@blueprint.post("/settings/skip")
def skip() -> Response:
    """Ask no more."""
    workspaces.skip(platform(), actor())
    return hx.redirect("/start")


@blueprint.post("/settings/confirm")
def confirm() -> Response:
    """Take the answers of a new workspace, and go on with its first file."""
    authorize.require(actor(), Grant.MANAGE)
    try:
        return save(typed(), "/start")
    except Invalid as error:
        return _page(typed(), error.problems)


def typed() -> Answers:
    """Return what a form with the four answers holds."""
    return Answers(*(request.form.get(one, "") for one in ("name", "locale", "zone", "currency")))


def asked(answers: Answers) -> dict[str, object]:
    """Return what a form with the four answers needs to be drawn."""
    locale = i18n.locale()
    return {
        "answers": answers,
        "languages": list(i18n.NAMES.items()),
        "zones": choices.zones(locale, platform().clock(), answers.zone),
        "currencies": choices.currencies(locale),
    }


def wrong(problems: tuple[Problem, ...]) -> dict[str, object]:
    """Return the problems of such a form by the control that they concern."""
    return {one.pointer.lstrip("/"): one.message for one in problems}


def save(answers: Answers, target: str) -> Response:
    """Keep the answers and go on; the browser's own choice of a language gives way to a new one.

    Raises:
        Invalid: an answer will not do.
    """
    new_language = keep(answers)
    hx.toast(T("Saved."))
    answer = hx.redirect(target)
    if new_language:
        answer.delete_cookie(i18n.LANGUAGE_COOKIE)
    return answer


def keep(answers: Answers) -> bool:
    """Keep the answers, and say what else that changes; returns whether the language is another one.

    Raises:
        Invalid: an answer will not do.
    """
    before = workspaces.of(platform(), actor())
    changed = workspaces.change(platform(), actor(), answers)
    if changed.recalculates:
        hx.toast(T("The time zone has changed: the tiers are being calculated again."), "info")
    if changed.kept_money:
        hx.toast(_kept(changed.kept_money), "warn")
    return changed.workspace.locale != before.locale


def _kept(count: int) -> object:
    return TN(
        "%(n)s money field keeps its currency: amounts are not converted.",
        "%(n)s money fields keep their currency: amounts are not converted.",
        n=count,
    )


@blueprint.post("/checklist/close")
def close_checklist() -> Response:
    """Show the first steps no more."""
    checklist.close(platform(), actor())
    hx.toast(T("The first steps are closed."), undo="/checklist/open")
    return hx.redirect("/")


@blueprint.post("/checklist/open")
def open_checklist() -> Response:
    """Show them again."""
    checklist.close(platform(), actor(), closed=False)
    return hx.redirect("/")
