"""/jobs/schedules: what is done at set times."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.errors import Invalid, Problem
from tierloom.services import authorize, workspaces
from tierloom.services.jobs import schedules, timetable
from tierloom.services.jobs.schedules import KINDS
from tierloom.services.jobs.timetable import LAST_DAY, WEEKDAYS, Choice
from tierloom.text import T
from tierloom.web import hx, i18n
from tierloom.web.session import actor, platform
from tierloom.web.workspace import choices

LIST = "/jobs/#schedules"
EVERY = (
    ("hour", T("Every hour")),
    ("day", T("Every day")),
    ("week", T("Every week")),
    ("month", T("Every month")),
    ("expression", T("By an expression")),
)
_CONTROLS = {
    "hour": {"expression": "minute"},
    "day": {"expression": "at"},
    "week": {"expression": "at"},
    "month": {"expression": "at"},
}
"""Which control an error of the expression belongs to, by what was chosen."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a form holds. `number` 0 is a new schedule."""

    kind: str
    choice: Choice
    zone: str
    number: int = 0
    version: int = 0


def attach(blueprint: Blueprint) -> None:
    """Add the routes of schedules to those of jobs."""
    rule = blueprint.add_url_rule
    rule("/schedules/new", view_func=new, methods=["GET"])
    rule("/schedules", view_func=add, methods=["POST"])
    rule("/schedules/<int:number>", view_func=edit, methods=["GET"])
    rule("/schedules/<int:number>", view_func=change, methods=["POST"])
    for view in (pause, resume, delete, restore):
        rule(f"/schedules/<int:number>/{view.__name__}", view_func=view, methods=["POST"])


def new() -> Response:
    """Ask what is to be done when."""
    authorize.require(actor(), Grant.MANAGE)
    zone = workspaces.of(platform(), actor()).zone
    return _form(_Typed("recalculation", Choice(), zone))


def add() -> Response:
    """Make a schedule."""
    authorize.require(actor(), Grant.MANAGE)
    typed = _typed()
    try:
        schedules.add(platform(), actor(), typed.kind, typed.choice.to_expression(), typed.zone)
    except Invalid as error:
        return _form(typed, error.problems)
    hx.toast(T("The schedule was added."))
    return hx.redirect(LIST)


def edit(number: int) -> Response:
    """Show when a schedule is due, to change it."""
    found = schedules.get(platform(), actor(), number).schedule
    choice = timetable.choice_of(found.expression)
    return _form(_Typed(found.kind, choice, found.zone, number, found.version))


def change(number: int) -> Response:
    """Change when a schedule is due."""
    kind = schedules.get(platform(), actor(), number).schedule.kind
    typed, version = _typed(), _version()
    try:
        expression = typed.choice.to_expression()
        schedules.change(platform(), actor(), number, version, expression, typed.zone)
    except Invalid as error:
        return _form(_Typed(kind, typed.choice, typed.zone, number, version), error.problems)
    hx.toast(T("The schedule was changed."))
    return hx.redirect(LIST)


def pause(number: int) -> Response:
    """Let a schedule rest."""
    schedules.pause(platform(), actor(), number, _version())
    hx.toast(T("The schedule is paused."), "info")
    return hx.redirect(LIST)


def resume(number: int) -> Response:
    """Let a schedule go on."""
    schedules.resume(platform(), actor(), number, _version())
    hx.toast(T("The schedule goes on."))
    return hx.redirect(LIST)


def delete(number: int) -> Response:
    """Put a schedule into the bin."""
    schedules.delete(platform(), actor(), number, _version())
    hx.toast(T("The schedule was deleted."), undo=f"/jobs/schedules/{number}/restore")
    return hx.redirect(LIST)


def restore(number: int) -> Response:
    """Take a schedule out of the bin."""
    schedules.restore(platform(), actor(), number)
    hx.toast(T("The schedule is back."))
    return hx.redirect(LIST)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _typed() -> _Typed:
    plain = Choice()
    names = ("every", "minute", "at", "weekday", "day", "expression")
    values = {name: request.form.get(name, getattr(plain, name)).strip() for name in names}
    return _Typed(request.form.get("kind", ""), Choice(**values), request.form.get("zone", ""))


def _form(typed: _Typed, problems: tuple[Problem, ...] = ()) -> Response:
    locale = i18n.locale()
    names = _CONTROLS.get(typed.choice.every, {})
    pointers = {one.pointer.lstrip("/"): one.message for one in problems}
    return hx.page(
        "jobs/schedule.html",
        status=422 if problems else 200,
        typed=typed,
        kinds=[(key, one.name, one.help) for key, one in KINDS.items()],
        kind=KINDS.get(typed.kind),
        every=EVERY,
        weekdays=[(str(one % 7), WEEKDAYS[one % 7]) for one in range(1, 8)],
        days=[*((str(one), str(one)) for one in range(1, 32)), (LAST_DAY, T("the last day"))],
        zones=choices.zones(locale, platform().clock(), typed.zone),
        wrong={names.get(key, key): message for key, message in pointers.items()},
        examples=_examples(),
    )


def _examples() -> list[tuple[str, object]]:
    written = ("*/30 * * * *", "0 9 * * 1-5", "30 6 1,15 * *", "0 0 1 1 *")
    return [(one, timetable.words(one)) for one in written]
