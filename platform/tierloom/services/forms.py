"""Forms: layouts over the fields of a table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tierloom.domain.fields import FieldKind
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid, NotFound, Problem, raise_if
from tierloom.schemas import documents
from tierloom.services import authorize
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench, writing
from tierloom.store.documents import Document
from tierloom.text import Label, T

OTHER = Label({"zh": "其他", "en": "Other"})


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A form as it is being designed."""

    document: Document
    form: Form


def read_form(body: str) -> Form:
    """Read a stored form."""
    found = documents.load(body, "form")
    if not isinstance(found, Form):
        raise TypeError(f"A {type(found).__name__} where a form should be.")
    return found


def draft(bench: Workbench, key: str) -> FormDraft:
    """Return a form as it is being designed.

    Raises:
        NotFound: the workspace has no such form.
    """
    document = bench.uow.documents.find(bench.actor.workspace, "form", key)
    if document is None:
        raise NotFound(T("There is no form “%(key)s”.", key=key))
    return FormDraft(document, read_form(document.body))


def create(platform: Platform, actor: Actor, form: Form) -> FormDraft:
    """Create a form as a draft.

    Raises:
        Invalid: the key is taken.
    """
    authorize.require(actor, Grant.DESIGN)
    with writing(platform, actor) as bench:
        if bench.uow.documents.find(actor.workspace, "form", form.key):
            raise Invalid(
                [
                    Problem(
                        "key-taken", "/key", T("There is already a form “%(key)s”.", key=form.key)
                    )
                ]
            )
        body = documents.dump(form)
        return FormDraft(
            bench.uow.documents.create(actor.workspace, "form", form.key, body, actor.account), form
        )


def save(platform: Platform, actor: Actor, form: Form, version: int) -> FormDraft:
    """Save the draft of a form.

    Raises:
        Conflict: somebody changed it since `version`.
        Invalid: it places a field that the table does not have.
    """
    authorize.require(actor, Grant.DESIGN)
    with writing(platform, actor) as bench:
        document = draft(bench, form.key).document
        raise_if(_check(form, bench.published.table(form.record_type)))
        return FormDraft(
            bench.uow.documents.save_draft(
                document.id, documents.dump(form), version, actor.account
            ),
            form,
        )


def publish(platform: Platform, actor: Actor, key: str, version: int) -> FormDraft:
    """Publish a form: records are added and edited with it from now on."""
    authorize.require(actor, Grant.PUBLISH)
    with writing(platform, actor) as bench:
        found = draft(bench, key)
        raise_if(_check(found.form, bench.published.table(found.form.record_type)))
        return FormDraft(
            bench.uow.documents.publish(found.document.id, version, actor.account), found.form
        )


def _check(form: Form, table: RecordType) -> Iterable[Problem]:
    for number, section in enumerate(form.sections):
        for item in section.items:
            if table.find(item.field) is None:
                yield Problem(
                    "unknown-field",
                    f"/sections/{number}",
                    T(
                        "The form places “%(key)s”, which is not a field of %(table)s.",
                        key=item.field,
                        table=table.label,
                    ),
                )


def layout(form: Form | None, table: RecordType) -> Form:
    """Return the form to fill in: live stored fields only, and those that no section places in one at the end."""
    stored = {one.key: one for one in table.stored_fields}
    sections = tuple(
        replace(one, items=tuple(item for item in one.items if item.field in stored))
        for one in (form.sections if form else ())
    )
    placed = {item.field for section in sections for item in section.items}
    rest = tuple(
        FormItem(key, one.type.kind is FieldKind.LONG_TEXT)
        for key, one in stored.items()
        if key not in placed
    )
    if rest:
        sections = (*sections, Section(OTHER if sections else table.label, rest))
    filled = tuple(section for section in sections if section.items)
    return Form(
        form.key if form else table.key, form.label if form else table.label, table.key, filled
    )
