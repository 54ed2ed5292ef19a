"""/data/<table>/forms and /data/<table>/forms/<key>."""

from flask import Blueprint, Response, request

from tierloom.domain.fields import FieldKind
from tierloom.domain.forms import Form
from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict, Invalid, NotFound, Problem
from tierloom.services import authorize, forms
from tierloom.services.forms import FormDraft
from tierloom.services.tables import suggest_key
from tierloom.services.workbench import reading
from tierloom.text import Label, T
from tierloom.web import hx
from tierloom.web.fields.palette import choice_of
from tierloom.web.forms import edits
from tierloom.web.session import actor, platform

blueprint = Blueprint("forms", __name__, url_prefix="/data")


@blueprint.get("/<table_key>/forms")
def first(table_key: str) -> Response:
    """Go to the table's first form."""
    with reading(platform(), actor()) as bench:
        found = bench.published.forms(bench.published.table(table_key).key)
    if not found:
        raise NotFound(T("Publish the table first; its form is made then."))
    return hx.redirect(f"/data/{table_key}/forms/{found[0].key}")


@blueprint.get("/<table_key>/forms/<key>")
def designer(table_key: str, key: str) -> Response:
    """Show the designer."""
    authorize.require(actor(), Grant.DESIGN)
    return _page(table_key, key)


def _page(
    table_key: str, key: str, problems: tuple[Problem, ...] = (), status: int = 200
) -> Response:
    with reading(platform(), actor()) as bench:
        draft = forms.draft(bench, key)
        table = bench.published.table(table_key)
        placed = {item.field for section in draft.form.sections for item in section.items}
        return hx.page(
            "forms/designer.html",
            block="canvas",
            partials=("form_state",),
            status=status,
            draft=draft,
            form=draft.form,
            table=table,
            fields={one.key: one for one in table.stored_fields},
            waiting=[one for one in table.stored_fields if one.key not in placed],
            forms=bench.published.forms(table_key),
            choice_of=choice_of,
            problems=problems,
        )


@blueprint.post("/<table_key>/forms/<key>")
def change(table_key: str, key: str) -> Response:
    """Carry out one step: `op` says which, on what."""
    address = f"/data/{table_key}/forms/{key}"
    try:
        made = _carry_out(table_key, key)
    except Invalid as error:
        return _page(table_key, key, error.problems, 422)
    except Conflict as error:
        hint = T("This is the newer state. Make your change again.")
        return _page(table_key, key, (Problem("conflict", "", error.text, hint),), 409)
    if made:
        return hx.redirect(f"/data/{table_key}/forms/{made}")
    return _page(table_key, key) if hx.wants_fragment() else hx.redirect(address)


def _carry_out(table_key: str, key: str) -> str:
    """Do one step; returns the key of a form that it made."""
    op, _, about = request.form.get("op", "").partition(":")
    with reading(platform(), actor()) as bench:
        draft = forms.draft(bench, key)
        table = bench.published.table(table_key)
    version = int(request.form.get("version", "0"))
    if op == "new":
        return _new(draft, table).form.key
    if op == "publish":
        forms.publish(platform(), actor(), key, version)
        hx.toast(T("Published. Records are added and edited with this form from now on."))
    else:
        forms.save(platform(), actor(), _changed(draft.form, table, op, about), version)
    return ""


def _new(draft: FormDraft, table: RecordType) -> FormDraft:
    label = _label(T("A form needs a name."))
    with reading(platform(), actor()) as bench:
        known = [one.key for one in bench.uow.documents.all(actor().workspace, "form")]
    key = suggest_key(str(label), known, "form")
    return forms.create(platform(), actor(), Form(key, label, table.key, draft.form.sections))


def _label(missing: object) -> Label:
    words = {
        language: request.form.get(f"label_{language}", "").strip() for language in ("zh", "en")
    }
    if not any(words.values()):
        raise Invalid([Problem("no-name", "/label_zh", missing)])  # type: ignore[arg-type]
    return Label(words)


def _changed(form: Form, table: RecordType, op: str, about: str) -> Form:
    number = int(about) if about.isdecimal() and int(about) < len(form.sections) else 0
    match op:
        case "place":
            section, _, field = about.partition(":")
            wide = table.field(field).type.kind is FieldKind.LONG_TEXT
            return edits.place(form, field, int(section), wide=wide)
        case "out":
            return edits.take_out(form, about)
        case "wide":
            return edits.widen(form, about)
        case "up" | "down":
            return edits.move(form, about, -1 if op == "up" else 1)
        case "add-section":
            return edits.add_section(form, _label(T("A section needs a name.")))
        case "rename":
            return edits.rename_section(form, number, _label(T("A section needs a name.")))
        case "section-up" | "section-down":
            return edits.move_section(form, number, -1 if op == "section-up" else 1)
        case "remove-section":
            return edits.remove_section(form, number)
    return form
