"""/data/<table> and /data/<table>/<id>."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from tierloom.domain.fields import FieldKind, Value
from tierloom.domain.forms import Form
from tierloom.domain.people import Grant
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict, Invalid, Problem
from tierloom.jobs.worker import hurry
from tierloom.schemas.records import parse_form, validate
from tierloom.services import authorize, forms, marks, records
from tierloom.services.records import RelatedList
from tierloom.services.shown import RecordView
from tierloom.services.standing import standings
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.as_of import moment
from tierloom.web.data.explained import attach, explained
from tierloom.web.data.history import told
from tierloom.web.data.inputs import GridState
from tierloom.web.data.listing import grid_page
from tierloom.web.session import actor, platform

blueprint = Blueprint("data", __name__, url_prefix="/data")
blueprint.record_once(lambda state: attach(state.app))


@blueprint.get("/")
def tables() -> Response:
    """List the tables of the workspace."""
    with reading(platform(), actor()) as bench:
        found = [(one, bench.columns(one.key).size) for one in bench.catalogue]
        return hx.page("data/tables.html", tables=found, may_design=actor().has(Grant.DESIGN))


@blueprint.get("/<table_key>")
def listing(table_key: str) -> Response:
    """Show a table as a list."""
    state = GridState.read(table_key, request.args)
    with reading(platform(), actor()) as bench:
        then = moment(bench, request.args, bench.published.table(table_key).key)
        return grid_page(then, state, f"/data/{table_key}")


# ── one record ──────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<table_key>/new")
def new(table_key: str) -> Response:
    """Ask for a new record."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        return _form_page(bench, table, None, {}, ())


@blueprint.post("/<table_key>/new")
def add(table_key: str) -> Response:
    """Add a record."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        values, problems = _read(bench, table)
    try:
        if problems:
            raise Invalid(problems)
        saved = records.add(platform(), actor(), table_key, values)
    except Invalid as error:
        with reading(platform(), actor()) as bench:
            return _form_page(bench, table, None, _typed(), error.problems, status=422)
    hurry(platform(), saved.job)
    hx.toast(T("Added."), href=f"/data/{table_key}/{saved.id}", link=T("Show"))
    return hx.redirect(f"/data/{table_key}")


@blueprint.get("/<table_key>/<int:record_id>")
def record(table_key: str, record_id: int) -> Response:
    """Show one record."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        view = records.read(bench, table, record_id)
        places = standings(bench, table, record_id)
        return hx.page(
            "data/record.html",
            layout=forms.layout(_form(bench, table), table),
            calculated=[one for one in authorize.shown_fields(actor(), table) if not one.is_stored],
            fields={one.key: one for one in authorize.shown_fields(actor(), table)},
            standings=places,
            explanations=explained(bench, record_id, places) if view.deleted_at is None else [],
            **_marks(bench, table, record_id),
            related=[
                (one, _list_of(one, table, view))
                for one in records.related(bench, table, record_id)
            ],
            may_write=actor().has(Grant.WRITE_RECORDS),
            **told(bench, table, view),
        )


@blueprint.get("/<table_key>/<int:record_id>/history")
def record_history(table_key: str, record_id: int) -> Response:
    """Show what happened to a record, everything or one kind of it: a part of its page, or a page of its own."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        view = records.read(bench, table, record_id)
        return hx.page("data/history.html", block="history", **told(bench, table, view))


def _marks(bench: Workbench, table: RecordType, record_id: int) -> dict[str, Any]:
    """Return a record's scores and labels; there are none of one in the bin."""
    position = marks.position_of(bench, table, record_id)
    if position is None:
        return {"scores": [], "labels": []}
    scores, sets = marks.scores_shown(bench, table), marks.label_sets_shown(bench, table)
    return {
        "scores": [marks.contributions(bench, one, position) for one in scores],
        "labels": [marks.labelled(bench, one, position) for one in sets],
    }


def _list_of(related: RelatedList, table: RecordType, view: RecordView) -> str:
    """Return the address of all related records: those that point to this one's key."""
    key = view.values.get(table.key_field or "")
    field = related.table.find(related.relation.reference)
    if not isinstance(key, str | int) or field is None or not authorize.may_read(actor(), field):
        return ""
    rule = RuleDocument.of({"==": [{"var": field.key}, key]})
    return f"/data/{related.table.key}?{urlencode({'filter': rule.json})}"


@blueprint.get("/<table_key>/<int:record_id>/edit")
def edit_form(table_key: str, record_id: int) -> Response:
    """Ask for changes of a record."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        view = records.read(bench, table, record_id)
        return _form_page(bench, table, view, {}, ())


@blueprint.post("/<table_key>/<int:record_id>/edit")
def edit(table_key: str, record_id: int) -> Response:
    """Change a record."""
    with reading(platform(), actor()) as bench:
        table = bench.published.table(table_key)
        values, problems = _read(bench, table)
    version = request.form.get("version", "")
    try:
        if problems or not version.isdecimal():
            raise Invalid(
                problems
                or [Problem("no-version", "", T("The form lacks its version. Reload the page."))]
            )
        saved = records.edit(platform(), actor(), table_key, record_id, int(version), values)
    except Invalid as error:
        return _again(table, record_id, error.problems, 422)
    except Conflict:
        return _again(table, record_id, (), 409)
    hurry(platform(), saved.job)
    hx.toast(T("Saved."))
    return hx.redirect(f"/data/{table_key}/{record_id}")


def _again(
    table: RecordType, record_id: int, problems: tuple[Problem, ...], status: int
) -> Response:
    with reading(platform(), actor()) as bench:
        view = records.read(bench, table, record_id)
        return _form_page(bench, table, view, _edited(), problems, status=status)


@blueprint.post("/<table_key>/<int:record_id>/delete")
def delete(table_key: str, record_id: int) -> Response:
    """Put a record into the bin."""
    hurry(platform(), records.delete(platform(), actor(), table_key, [record_id]))
    hx.toast(T("Moved to the bin."), undo=f"/data/{table_key}/{record_id}/restore")
    return hx.redirect(f"/data/{table_key}")


@blueprint.post("/<table_key>/<int:record_id>/restore")
def restore(table_key: str, record_id: int) -> Response:
    """Take a record out of the bin."""
    hurry(platform(), records.restore(platform(), actor(), table_key, [record_id]))
    hx.toast(T("Restored."))
    return hx.redirect(f"/data/{table_key}/{record_id}")


def _form(bench: Workbench, table: RecordType) -> Form | None:
    found = bench.published.forms(table.key)
    wanted = request.args.get("form")
    return next((one for one in found if one.key == wanted), found[0] if found else None)


def _form_page(
    bench: Workbench,
    table: RecordType,
    view: object,
    typed: Mapping[str, str | list[str]],
    problems: tuple[Problem, ...],
    status: int = 200,
) -> Response:
    authorize.require(actor(), Grant.WRITE_RECORDS)
    return hx.page(
        "data/edit.html",
        status=status,
        table=table,
        record=view,
        layout=forms.layout(_form(bench, table), table),
        forms=bench.published.forms(table.key),
        fields={one.key: one for one in table.stored_fields if authorize.may_write(actor(), one)},
        typed=typed,
        problems=problems,
        wrong={problem.pointer.lstrip("/"): problem for problem in reversed(problems)},
        conflict=status == 409,
    )


def _typed() -> dict[str, str | list[str]]:
    many = {name for name in request.form if name.endswith("[]")}
    return {
        name.removesuffix("[]"): request.form.getlist(name) if name in many else request.form[name]
        for name in request.form
    }


def _edited() -> dict[str, str | list[str]]:
    """Return the fields whose texts differ from what the form came with (`was.<key>`).

    A box that is not ticked sends nothing, so the form names what it shows.
    """
    typed, form = _typed(), request.form
    texts = {key: typed.get(key, "") for key in form.getlist("shown")}
    return {
        key: text
        for key, text in texts.items()
        if form.get(f"was.{key}") != (text if isinstance(text, str) else "|".join(text))
    }


def _read(bench: Workbench, table: RecordType) -> tuple[dict[str, Value], list[Problem]]:
    """Read the fields that somebody changed in the form; what they left alone stays as it is stored."""
    edited = _edited()
    keys = [
        one.key
        for one in table.stored_fields
        if one.key in edited and authorize.may_write(actor(), one)
    ]
    texts = {
        key: edited[key] or ([] if table.field(key).type.kind is FieldKind.CHOICES else "")
        for key in keys
    }
    values, problems = parse_form(table, keys, texts, bench.zone)
    if problems:  # what could be read may be wrong as well: say everything at once
        read = {f"/{key}" for key in values}
        problems += [one for one in validate(table, values) if one.pointer in read]
    return values, problems
