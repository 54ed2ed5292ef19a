"""/data/new-table and /data/<table>/fields."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, request

from tierloom.domain.fields import (
    Aggregate,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    RollUp,
)
from tierloom.domain.people import Grant
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Conflict, InUse, Invalid, NotFound, Problem
from tierloom.schemas.json_schema import read_json_schema, to_json_schema
from tierloom.services import authorize, tables
from tierloom.services.samples import Figures, figures
from tierloom.services.tables import TableDraft, suggest_key
from tierloom.services.workbench import Workbench, reading
from tierloom.text import Label, T
from tierloom.web import hx
from tierloom.web.fields import calculated, palette
from tierloom.web.fields.conditions import OPERATIONS, carries_trees
from tierloom.web.fields.inputs import Typed, as_typed, option_lines, read_field
from tierloom.web.fields.related import related_part
from tierloom.web.i18n import read
from tierloom.web.session import actor, platform

blueprint = Blueprint("fields", __name__, url_prefix="/data")


@blueprint.get("/new-table")
def new_table() -> Response:
    """Ask for a table's name."""
    authorize.require(actor(), Grant.DESIGN)
    return hx.page("fields/new_table.html", typed={}, wrong={})


@blueprint.post("/new-table")
def create_table() -> Response:
    """Create a table with a first field, as a draft."""
    authorize.require(actor(), Grant.DESIGN)
    typed = Typed(request.form)
    label = typed.label("label")
    if label is None:
        wrong = {"label_zh": T("A table needs a name.")}
        return hx.page("fields/new_table.html", status=422, typed=request.form, wrong=wrong)
    with reading(platform(), actor()) as bench:
        known = [one.key for one in bench.uow.documents.all(actor().workspace, "record_type")]
    key = suggest_key(label.words.get("en") or label.read("zh"), known, "table")
    first = Field(
        "name", Label({"zh": "名称", "en": "Name"}), FieldType(FieldKind.TEXT), required=True
    )
    made = tables.create(
        platform(),
        actor(),
        RecordType(key, label, (first,), noun=typed.label("noun"), title_field="name"),
    )
    return hx.redirect(f"/data/{made.table.key}/fields")


@blueprint.get("/<table_key>/fields")
def designer(table_key: str) -> Response:
    """Show the fields of a table, and the properties of the chosen one."""
    authorize.require(actor(), Grant.DESIGN)
    chosen = request.args.get("field", "")
    with reading(platform(), actor()) as bench:
        return _page(bench, tables.draft(bench, table_key), chosen, arrived=bool(chosen))


def _page(
    bench: Workbench,
    draft: TableDraft,
    chosen: str,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    *,
    arrived: bool = False,
    looking: bool = False,
) -> Response:
    """Draw the designer; with `problems` or while `looking` it keeps what was typed.

    With `arrived` the properties take the focus.
    """
    table = draft.table
    catalogue = Catalogue({**bench.catalogue.tables, table.key: table})
    field = table.find(chosen)
    typed = request.form if problems or looking else {}
    return hx.page(
        "fields/designer.html",
        block="designer",
        partials=("table_state",),
        status=status,
        draft=draft,
        table=table,
        chosen=field,
        arrived=arrived,
        typed=typed,
        wrong={one.pointer.lstrip("/"): one.message for one in problems},
        problems=problems,
        palette=palette,
        choice_of=palette.choice_of,
        option_lines=option_lines,
        targets=[(one.key, one.label) for one in bench.catalogue if one.key != table.key],
        relations=[
            (one.name, catalogue.table(one.child).label) for one in catalogue.relations(table.key)
        ],
        related=related_part(bench, catalogue, table, field, Typed(typed)),
        calculated=calculated,
        numbers=[
            (one.key, one.label)
            for one in table.live_fields
            if one.type.kind.is_number and one.key != chosen
        ],
        dates=[
            (one.key, one.label) for one in table.live_fields if one.type.kind in calculated.DATES
        ],
        users=tables.used_in(bench, table.key, chosen) if field else (),
        figures=_figures(bench, draft, field, catalogue, Typed(typed)),
    )


def _figures(
    bench: Workbench, draft: TableDraft, field: Field | None, catalogue: Catalogue, typed: Typed
) -> Figures | None:
    """Return what the field gives, as it is typed; of many records only when that is asked for."""
    if field is None:
        return None
    tried = as_typed(field, typed, catalogue, draft.table)
    wanted = request.form.get("op") == "figures"
    return figures(bench, draft.table, tried, at_once=wanted)


@blueprint.post("/<table_key>/fields")
def change(table_key: str) -> Response:
    """Carry out one step of the designer: `op` says which, `field` on which field."""
    authorize.require(actor(), Grant.DESIGN)
    op, _, about = request.form.get("op", "save").partition(":")
    chosen = request.form.get("field", "")
    if op in ("look", "figures") or (op in OPERATIONS and carries_trees(request.form)):
        return _look(table_key, chosen, op)
    before = chosen
    try:
        chosen = _carry_out(table_key, op, about, chosen)
    except Invalid as error:
        return _again(table_key, chosen, error.problems, 422)
    except Conflict as error:
        hint = T("Your changes are below. Look them over and save again.")
        return _again(table_key, chosen, (Problem("conflict", "", error.text, hint),), 409)
    except InUse as error:
        found = (Problem("in-use", "", error.text), *(Problem("user", "", u) for u in error.users))
        return _again(table_key, chosen, found, 409)
    address = f"/data/{table_key}/fields" + (f"?field={chosen}" if chosen else "")
    if not hx.wants_fragment():
        return hx.redirect(address)
    with reading(platform(), actor()) as bench:
        draft = tables.draft(bench, table_key)
        answer = _page(bench, draft, chosen, arrived=chosen != before)
    answer.headers["HX-Push-Url"] = address
    return answer


def _look(key: str, chosen: str, op: str) -> Response:
    """Draw the properties as they are typed, or only what the field gives then. Nothing is kept."""
    with reading(platform(), actor()) as bench:
        draft = tables.draft(bench, key)
        if op == "figures" and hx.wants_fragment():
            catalogue = Catalogue({**bench.catalogue.tables, key: draft.table})
            field = draft.table.find(chosen)
            found = _figures(bench, draft, field, catalogue, Typed(request.form))
            return hx.page("fields/figures.html", table=draft.table, figures=found)
        return _page(bench, draft, chosen, looking=True)


def _again(key: str, chosen: str, problems: tuple[Problem, ...], status: int) -> Response:
    with reading(platform(), actor()) as bench:
        return _page(bench, tables.draft(bench, key), chosen, problems, status)


def _carry_out(key: str, op: str, about: str, chosen: str) -> str:
    """Do one step; returns the field that is chosen afterwards."""
    version = int(request.form.get("version", "0"))
    typed = Typed(request.form)

    def edit(step: Callable[[RecordType], RecordType]) -> TableDraft:
        return tables.edit(platform(), actor(), key, version, step)

    match op:
        case "add":
            return _add(key, version, about)
        case "up" | "down":
            edit(lambda table: tables.move_field(table, about, -1 if op == "up" else 1))
        case "delete":
            tables.remove_field(platform(), actor(), key, version, about)
            hx.toast(T("Moved to the bin."))
            return "" if about == chosen else chosen
        case "restore":
            edit(lambda table: tables.retire_field(table, about, retired=False))
            return about
        case "table":
            edit(lambda table: _settings(table, typed))
            hx.toast(T("Saved."))
        case "publish":
            tables.publish(platform(), actor(), key, version)
            hx.toast(T("Published. This is only inside Tierloom; nothing is sent to customers."))
        case _:
            chosen = _save(key, version, chosen, typed)
            hx.toast(T("Saved."))
    return chosen


def _save(key: str, version: int, chosen: str, typed: Typed) -> str:
    """Save the properties of a field; the key of a new one follows its first name."""
    with reading(platform(), actor()) as bench:
        catalogue = bench.catalogue
        table = tables.draft(bench, key).table
    if table.find(chosen) is None:
        raise NotFound(T("There is no field “%(key)s”.", key=chosen))
    name = _first_key(table, table.field(chosen), typed)

    def step(table: RecordType) -> RecordType:
        field = read_field(table.field(chosen), typed, catalogue, table)
        return tables.rename_key(tables.replace_field(table, field), chosen, name)

    tables.edit(platform(), actor(), key, version, step)
    return name


def _first_key(table: RecordType, field: Field, typed: Typed) -> str:
    """Return the key made from a new field's name, while it still has the one made from its type."""
    label = typed.label("label")
    choice = palette.choice_of(field.type.kind, field.calculation)
    is_given = re.fullmatch(suggest_key(str(choice.label), ()) + r"(_\d+)?", field.key) is None
    if field.id or is_given or label is None:
        return field.key
    others = [one.key for one in table.fields if one.key != field.key]
    return suggest_key(label.words.get("en") or label.read("zh"), others)


def _settings(table: RecordType, typed: Typed) -> RecordType:
    label = typed.label("label")
    if label is None:
        raise Invalid([Problem("no-name", "/label_zh", T("A table needs a name."))])
    return replace(
        table,
        label=label,
        noun=typed.label("noun"),
        key_field=typed.text("key_field") or None,
        title_field=typed.text("title_field") or None,
        date_field=typed.text("date_field") or None,
    )


def _add(key: str, version: int, kind: str) -> str:
    with reading(platform(), actor()) as bench:
        draft = tables.draft(bench, key)
        field = _new_field(bench, draft.table, kind)
    tables.edit(platform(), actor(), key, version, lambda table: tables.add_field(table, field))
    return field.key


def _new_field(bench: Workbench, table: RecordType, kind: str) -> Field:
    choice = palette.BY_KEY.get(kind)
    if choice is None:
        raise Invalid(
            [Problem("unknown-kind", "", T("There is no field type “%(kind)s”.", kind=kind))]
        )
    name = Label({"zh": read(choice.label), "en": str(choice.label)})
    field_key = suggest_key(str(choice.label), [one.key for one in table.fields])
    if kind == "rollup":
        relations = Catalogue({**bench.catalogue.tables, table.key: table}).relations(table.key)
        if not relations:
            message = T(
                "No other table links here yet. Add a link to this table in the other one and publish it first."
            )
            raise Invalid([Problem("no-relation", "", message)])
        count = RollUp(Aggregate.COUNT, relations[0].name)
        return Field(field_key, name, FieldType(FieldKind.INTEGER), calculation=count)
    if choice in palette.CALCULATED:
        made = calculated.new_calculated(kind, table)
        if made is None:
            message = T("Add a date first.") if "time" in kind else T("Add a number first.")
            raise Invalid([Problem("no-source", "", message)])
        return Field(field_key, name, made[1], calculation=made[0])
    field_kind = FieldKind(kind)
    targets = [one.key for one in bench.catalogue if one.key != table.key]
    if field_kind is FieldKind.REFERENCE and not targets:
        raise Invalid(
            [
                Problem(
                    "no-table", "", T("There is no other table to link to yet. Publish it first.")
                )
            ]
        )
    care = DataClass.PERSONAL if field_kind in palette.PERSONAL_KINDS else DataClass.INTERNAL
    kind_type = palette.new_type(
        field_kind, bench.workspace.currency, targets[0] if targets else None
    )
    return Field(field_key, name, kind_type, data_class=care)


# ── JSON Schema ─────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<table_key>/schema")
def schema(table_key: str) -> Response:
    """Show a table as a JSON Schema."""
    authorize.require(actor(), Grant.DESIGN)
    with reading(platform(), actor()) as bench:
        draft = tables.draft(bench, table_key)
        return _schema_page(draft, schema_text(draft.table))


def schema_text(table: RecordType) -> str:
    """Write a table as a JSON Schema for people to read."""
    return json.dumps(to_json_schema(table), ensure_ascii=False, indent=2)


def _schema_page(
    draft: TableDraft, text: str, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    return hx.page(
        "fields/schema.html",
        status=status,
        draft=draft,
        table=draft.table,
        text=text,
        problems=problems,
    )


@blueprint.post("/<table_key>/schema")
def take_schema(table_key: str) -> Response:
    """Take the fields of a JSON Schema over, as a draft."""
    authorize.require(actor(), Grant.DESIGN)
    text = request.form.get("schema", "")
    version = int(request.form.get("version", "0"))
    problems: tuple[Problem, ...] = ()
    try:
        wanted = read_json_schema(text)
        tables.edit(
            platform(),
            actor(),
            table_key,
            version,
            lambda table: tables.take_schema(table, wanted),
        )
    except Invalid as error:
        problems = error.problems
    except Conflict as error:
        hint = T("Your changes are below. Look them over and save again.")
        problems = (Problem("conflict", "", error.text, hint),)
    if problems:
        with reading(platform(), actor()) as bench:
            return _schema_page(tables.draft(bench, table_key), text, problems, 422)
    hx.toast(T("The fields were taken over. Publish the table when it is right."))
    return hx.redirect(f"/data/{table_key}/fields")
