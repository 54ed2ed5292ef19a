"""/data/<table>/<id>/tiers/<model>: a tier given by hand, in a dialog or as a page; and its end."""

from datetime import date

from flask import Response, request

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.domain.people import Grant
from tierloom.errors import Invalid, Problem
from tierloom.rules.dates import date_add
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.services import authorize, grid, overrides, records
from tierloom.services.overrides import LONGEST_REASON, MOST_YEARS
from tierloom.services.standing import standing_of
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.data.explained import explained
from tierloom.web.data.views import blueprint
from tierloom.web.session import actor, platform

_DATE = FieldType(FieldKind.DATE)


@blueprint.get("/<table_key>/<int:record_id>/tiers/<model_key>")
def giving_form(table_key: str, record_id: int, model_key: str) -> Response:
    """Ask for a tier, a reason and a last day."""
    with reading(platform(), actor()) as bench:
        return _panel(bench, table_key, record_id, model_key)


@blueprint.post("/<table_key>/<int:record_id>/tiers/<model_key>")
def give(table_key: str, record_id: int, model_key: str) -> Response:
    """Give the record a tier."""
    form = request.form
    try:
        with reading(platform(), actor()) as bench:
            model = grid.model_of(bench, bench.published.table(table_key), model_key)
            last_day = _last_day(bench, form.get("until", ""))
            before = standing_of(bench, model, record_id)
        number = overrides.give(
            platform(),
            actor(),
            model_key,
            record_id,
            form.get("tier", ""),
            form.get("reason", ""),
            last_day,
        )
    except Invalid as error:
        with reading(platform(), actor()) as bench:
            return _panel(bench, table_key, record_id, model_key, error.problems)
    here = f"/data/{table_key}/{record_id}"
    undo = f"{here}/given/{number}/end"
    if before.given is not None and before.by_hand:
        undo = f"{here}/given/{before.given.id}/again?instead={number}"
    hx.toast(T("The tier was given by hand."), undo=undo)
    return hx.redirect(here)


@blueprint.post("/<table_key>/<int:record_id>/given/<int:number>/end")
def end_given(table_key: str, record_id: int, number: int) -> Response:
    """End what was given: the rules decide again."""
    overrides.end(platform(), actor(), number)
    here = f"/data/{table_key}/{record_id}"
    hx.toast(T("Ended. The rules decide again."), undo=f"{here}/given/{number}/again")
    return hx.redirect(here)


@blueprint.post("/<table_key>/<int:record_id>/given/<int:number>/again")
def give_again(table_key: str, record_id: int, number: int) -> Response:
    """Give once more what was ended; `instead` is the number of what was given in its place."""
    overrides.give_again(platform(), actor(), number, request.args.get("instead", type=int))
    hx.toast(T("The tier given by hand holds again."))
    return hx.redirect(f"/data/{table_key}/{record_id}")


def _last_day(bench: Workbench, text: str) -> date | None:
    """Read the last day.

    Raises:
        Invalid: it is no date.
    """
    try:
        found = parse_text(_DATE, text, bench.zone)
    except BadText as error:
        raise Invalid([error.at("/until")]) from None
    return found if isinstance(found, date) else None


def _panel(
    bench: Workbench,
    table_key: str,
    record_id: int,
    model_key: str,
    problems: tuple[Problem, ...] = (),
) -> Response:
    authorize.require(actor(), Grant.WRITE_RECORDS)
    table = bench.published.table(table_key)
    model = grid.model_of(bench, table, model_key)
    view = records.read(bench, table, record_id)
    standing = standing_of(bench, model, record_id)
    said = explained(bench, record_id, [standing])
    today = bench.context.today
    return hx.page(
        "data/give_tier.html",
        block="give_tier",
        status=422 if problems else 200,
        table=table,
        record=view,
        model=model,
        standing=standing,
        said=said[0] if said else None,
        typed=request.form,
        wrong={one.pointer.lstrip("/"): one for one in reversed(problems)},
        longest=LONGEST_REASON,
        first_day=today,
        latest=date_add(today, MOST_YEARS, "year"),
        in_dialog=hx.wants_fragment(),
    )
