"""Tables: defining fields, publishing them, taking them away without breaking what uses them."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pypinyin import lazy_pinyin

from tierloom.domain.fields import Bands, Field, FieldKind, Formula, Option, TimeSince, TimeUntil
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.keys import MAX_KEY, RESERVED
from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import InUse, Invalid, NotFound, Problem, TierloomError, raise_if
from tierloom.rules.compile import Objects, check_rule, compile_field
from tierloom.rules.expressions import rename_field
from tierloom.rules.facts import FactFinder
from tierloom.schemas import documents
from tierloom.services import authorize, consistency, forms
from tierloom.services.members import member_options, with_members
from tierloom.services.platform import Platform
from tierloom.services.published import Published
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.documents import Document
from tierloom.text import Label, T, Text

MAIN_FORM = Label({"zh": "基本信息", "en": "Details"})


@dataclass(frozen=True, slots=True)
class TableDraft:
    """A table as it is being designed, with the document that holds it."""

    document: Document
    table: RecordType

    @property
    def published(self) -> RecordType | None:
        """The published version, None before the first."""
        if self.document.published is None:
            return None
        return _table(self.document.published)

    @property
    def has_changes(self) -> bool:
        """Whether the draft differs from what is published; the members of a person field are in neither."""
        published = self.published
        return published is None or documents.dump(self.table) != documents.dump(published)


def _table(body: str) -> RecordType:
    found = documents.load(body, "record_type")
    if not isinstance(found, RecordType):
        raise TypeError(f"A {type(found).__name__} where a table should be.")
    return found


def suggest_key(words: str, taken: Iterable[str], otherwise: str = "field") -> str:
    """Make a key from a label: pinyin for Chinese, lower case, `_` between words, unlike all of `taken`."""
    spelt = "_".join(lazy_pinyin(unicodedata.normalize("NFKC", words)))
    key = re.sub(r"[^a-z0-9]+", "_", spelt.lower()).strip("_")[: MAX_KEY - 4].strip("_")
    if not key or not key[0].isalpha():
        key = f"{otherwise}_{key}".strip("_")
    used = {*taken, *RESERVED}
    numbers = (f"{key}_{n}" for n in range(2, 10_000))
    return key if key not in used else next(one for one in numbers if one not in used)


def create(platform: Platform, actor: Actor, table: RecordType) -> TableDraft:
    """Create a table as a draft.

    Raises:
        Invalid: the key is taken.
    """
    authorize.require(actor, Grant.DESIGN)
    with writing(platform, actor) as bench:
        if bench.uow.documents.find(actor.workspace, "record_type", table.key):
            raise Invalid(
                [
                    Problem(
                        "key-taken", "/key", T("There is already a table “%(key)s”.", key=table.key)
                    )
                ]
            )
        document = bench.uow.documents.create(
            actor.workspace, "record_type", table.key, documents.dump(table), actor.account
        )
        return TableDraft(document, table)


def draft(bench: Workbench, key: str) -> TableDraft:
    """Return a table as it is being designed.

    Raises:
        NotFound: the workspace has no such table.
    """
    document = bench.uow.documents.find(bench.actor.workspace, "record_type", key)
    if document is None:
        raise NotFound(T("There is no table “%(key)s”.", key=key))
    members = member_options(bench.uow, bench.actor.workspace)
    return TableDraft(document, with_members(_table(document.body), members))


def edit(
    platform: Platform,
    actor: Actor,
    key: str,
    version: int,
    change: Callable[[RecordType], RecordType],
) -> TableDraft:
    """Change the draft of a table.

    Raises:
        Conflict: somebody changed it since `version`.
        Invalid: the change makes no valid table.
    """
    authorize.require(actor, Grant.DESIGN)
    with writing(platform, actor) as bench:
        before = draft(bench, key)
        try:
            after = change(before.table)
        except ValueError as error:
            raise Invalid([Problem("bad-table", "", T("%(why)s", why=str(error)))]) from error
        raise_if(_check(actor, before, after, bench.published))
        document = bench.uow.documents.save_draft(
            before.document.id, documents.dump(after), version, actor.account
        )
        return TableDraft(document, after)


def add_field(table: RecordType, field: Field) -> RecordType:
    """Return the table with one field more."""
    return replace(table, fields=(*table.fields, field))


def replace_field(table: RecordType, field: Field) -> RecordType:
    """Return the table with the field of the same key replaced."""
    table.field(field.key)
    return replace(
        table, fields=tuple(field if one.key == field.key else one for one in table.fields)
    )


def rename_key(table: RecordType, old: str, new: str) -> RecordType:
    """Return the table with a field under another key, for fields that nothing outside it reads yet."""

    def renamed(key: str | None) -> str | None:
        return new if key == old else key

    def changed(field: Field) -> Field:
        match field.calculation:
            case (
                TimeSince(source=source) | TimeUntil(source=source) | Bands(source=source) as found
            ):
                source = renamed(source) or source
                field = replace(field, calculation=replace(found, source=source))
            case Formula(rule):
                field = replace(field, calculation=Formula(rename_field(rule, old, new)))
        return replace(field, key=new) if field.key == old else field

    return replace(
        table,
        fields=tuple(changed(one) for one in table.fields),
        key_field=renamed(table.key_field),
        title_field=renamed(table.title_field),
        date_field=renamed(table.date_field),
    )


def take_schema(table: RecordType, wanted: RecordType) -> RecordType:
    """Return the table with the fields of a schema that was read; fields that it leaves out go into the bin, and so do
    options.
    """
    known = {one.key: one for one in table.fields}
    fields = [_going_on(known[one.key], one) if one.key in known else one for one in wanted.fields]
    listed = {one.key for one in fields}
    gone = [
        replace(one, retired=True, required=False) for one in table.fields if one.key not in listed
    ]
    live = {one.key for one in fields if not one.retired}

    def kept(key: str | None, otherwise: str | None) -> str | None:
        return next((one for one in (key, otherwise) if one in live), None)

    return replace(
        table,
        fields=(*fields, *gone),
        label=wanted.label,
        key_field=kept(wanted.key_field, table.key_field),
        title_field=kept(wanted.title_field, table.title_field),
        date_field=kept(wanted.date_field, table.date_field),
    )


def _going_on(known: Field, wanted: Field) -> Field:
    """Return a field as it is wanted, still the one that is known: stored values may have any of its options."""
    gone = _gone_options(known, wanted)
    options = (*wanted.type.options, *(replace(one, retired=True) for one in gone))
    changed = replace(wanted, type=replace(wanted.type, options=options)) if gone else wanted
    return changed.with_id(known.id) if known.id else changed


def _gone_options(known: Field, wanted: Field) -> list[Option]:
    """Return the options that a choice had; those of a person are whoever belongs to the workspace."""
    if known.type.kind not in (FieldKind.CHOICE, FieldKind.CHOICES):
        return []
    left = {one.key for one in wanted.type.options}
    return [one for one in known.type.options if one.key not in left]


def move_field(table: RecordType, key: str, by: int) -> RecordType:
    """Return the table with a field moved up (negative) or down among the live ones."""
    live, rest = list(table.live_fields), [one for one in table.fields if one.retired]
    at = [one.key for one in live].index(key)
    to = max(0, min(len(live) - 1, at + by))
    live.insert(to, live.pop(at))
    return replace(table, fields=(*live, *rest))


def retire_field(table: RecordType, key: str, *, retired: bool = True) -> RecordType:
    """Return the table with a field put into the bin, or taken out of it. Stored values stay."""
    changed = replace_field(table, replace(table.field(key), retired=retired, required=False))
    if not retired:
        return changed
    return replace(
        changed,
        key_field=None if table.key_field == key else table.key_field,
        title_field=None if table.title_field == key else table.title_field,
        date_field=None if table.date_field == key else table.date_field,
    )


def remove_field(
    platform: Platform, actor: Actor, key: str, version: int, field: str
) -> TableDraft:
    """Put a field into the bin.

    Raises:
        InUse: rules, views or calculated fields read it; they are named.
    """
    authorize.require(actor, Grant.DESIGN)
    with reading(platform, actor) as bench:
        users = used_in(bench, key, field)
    if users:
        raise InUse(T("This field is in use and cannot be deleted."), users)
    return edit(platform, actor, key, version, lambda table: retire_field(table, field))


def used_in(bench: Workbench, table: str, field: str) -> tuple[Text, ...]:
    """Name everything that reads a field."""
    published = bench.published
    if table not in published.catalogue.tables or published.table(table).find(field) is None:
        return ()
    return tuple(_users(bench, published, (table, field)))


def _users(bench: Workbench, published: Published, wanted: tuple[str, str]) -> Iterable[Text]:
    for segment in published.segments():
        if wanted in _reads(bench, segment.rule, segment.record_type):
            yield T("Segment “%(name)s”", name=segment.label)
    for model in published.tier_models():
        for tier in model.tiers:
            if wanted in _reads(bench, tier.rule, model.record_type):
                yield T("Tier model “%(name)s”, tier “%(tier)s”", name=model.label, tier=tier.label)
    for found in published.label_sets():
        for label in found.labels:
            if wanted in _reads(bench, label.rule, found.record_type):
                yield T(
                    "Label set “%(name)s”, label “%(label)s”", name=found.label, label=label.label
                )
    for score in published.scores():
        if wanted in bench.compiled_score(score).reads:
            yield T("Score “%(name)s”", name=score.label)
    for view in published.views():
        shown = (*view.columns, *(sort.column for sort in view.sort))
        own = view.record_type == wanted[0] and wanted[1] in shown
        if own or wanted in _reads(bench, view.filter, view.record_type):
            yield T("View “%(name)s”", name=view.label)
    for owner in published.catalogue:
        for field in owner.live_fields:
            if wanted in calculation_reads(published.catalogue, owner, field, published.objects):
                yield T(
                    "Calculated field “%(name)s” of %(table)s", name=field.label, table=owner.label
                )


def _reads(bench: Workbench, rule: RuleDocument, table: str) -> frozenset[tuple[str, str]]:
    compiled, _ = check_rule(rule, table, bench.catalogue, bench.published.objects, zone=bench.zone)
    return compiled.reads if compiled else frozenset()


def calculation_reads(
    catalogue: Catalogue, owner: RecordType, field: Field, objects: Objects | None = None
) -> set[tuple[str, str]]:
    """Return all that a calculated field depends on, as pairs of table and field; nothing for a stored one.

    Of a calculation that does not work nothing is known.
    """
    if field.calculation is None:
        return set()
    try:
        value = compile_field(field, owner.key, catalogue, objects)
    except Invalid:
        return set()
    return set(FactFinder(catalogue).facts(value, owner.key).reads)


def _check(
    actor: Actor, before: TableDraft, after: RecordType, published: Published
) -> Iterable[Problem]:
    yield from changed_types(before.published, after)
    yield from opened_fields(actor, before.published, after)
    for field in after.fields:
        target = field.type.target
        if target and target not in published.catalogue.tables and target != after.key:
            yield Problem(
                "unknown-table",
                f"/fields/{field.key}",
                T("There is no table “%(key)s” to link to.", key=target),
            )
    yield from _check_calculations(after, published)


def opened_fields(actor: Actor, stored: RecordType | None, after: RecordType) -> Iterable[Problem]:
    """Yield a problem for every field that needs less care than before, if the actor cannot read its values."""
    for known in stored.fields if stored else ():
        field = after.find(known.key)
        if field is None or authorize.may_read(actor, known):
            continue
        if consistency.strictest((field.data_class, known.data_class)) != field.data_class:
            yield Problem(
                "opened",
                f"/fields/{known.key}",
                T(
                    "You cannot open “%(field)s”: its values are hidden from your role.",
                    field=known.label,
                ),
            )


def changed_types(stored: RecordType | None, after: RecordType) -> Iterable[Problem]:
    """Yield a problem for every published field whose stored values the changed table would lose or misread."""
    for known in stored.fields if stored else ():
        field = after.find(known.key)
        pointer = f"/fields/{known.key}"
        if field is None:
            yield Problem(
                "field-gone",
                pointer,
                T("“%(field)s” is published: put it into the bin instead.", field=known.label),
            )
        elif _storage(known) != _storage(field):
            yield Problem(
                "type-change",
                pointer,
                T(
                    "“%(field)s” has stored values: its type can no longer change.",
                    field=field.label,
                ),
                T("Add a new field of the other type, and delete this one."),
            )
        elif known.is_stored and (gone := _gone_options(known, field)):
            yield Problem(
                "option-gone",
                pointer,
                T(
                    "The option “%(option)s” of “%(field)s” is published: retire it instead,"
                    " as stored values may have it.",
                    option=gone[0].label,
                    field=known.label,
                ),
            )


def _storage(field: Field) -> tuple[object, ...]:
    """Return what decides how a field's values are stored and read."""
    one = field.type
    if not field.is_stored:
        return ()
    return (one.kind, one.scale, one.currency, one.target)


def _check_calculations(after: RecordType, published: Published) -> Iterable[Problem]:
    catalogue = Catalogue({**published.catalogue.tables, after.key: after})
    for field in after.live_fields:
        if field.calculation is None:
            continue
        try:
            compile_field(field, after.key, catalogue)
        except TierloomError as error:
            yield Problem("bad-calculation", f"/fields/{field.key}", error.text)


def publish(platform: Platform, actor: Actor, key: str, version: int) -> TableDraft:
    """Publish a table: its fields get columns, and a first form where it has none.

    Raises:
        Conflict: somebody changed the draft since `version`.
        Invalid: the draft has errors.
    """
    authorize.require(actor, Grant.PUBLISH)
    recalculation.catch_up(platform, actor.workspace)
    with writing(platform, actor) as bench:
        found = draft(bench, key)
        raise_if(_check(actor, found, found.table, bench.published))
        raise_if(_retired_but_used(bench, found))
        stored = _with_ids(bench, found)
        bench.uow.tables.ensure(stored)
        saved = bench.uow.documents.save_draft(
            found.document.id, documents.dump(stored), version, actor.account
        )
        document = bench.uow.documents.publish(saved.id, saved.version, actor.account)
        _ensure_form(bench, stored)
        consistency.require(bench)
        recalculation.enqueue(bench, recalculation.RULES)
        return TableDraft(document, stored)


def _retired_but_used(bench: Workbench, found: TableDraft) -> Iterable[Problem]:
    for field in found.table.fields:
        for user in used_in(bench, found.table.key, field.key) if field.retired else ():
            yield Problem(
                "field-in-use",
                f"/fields/{field.key}",
                T("“%(field)s” is in the bin but in use: %(user)s.", field=field.label, user=user),
            )


def _with_ids(bench: Workbench, found: TableDraft) -> RecordType:
    fields = tuple(
        one if one.id else one.with_id(bench.uow.documents.next_id()) for one in found.table.fields
    )
    return replace(found.table, id=found.document.id, fields=fields)


def _ensure_form(bench: Workbench, table: RecordType) -> None:
    workspace, by = bench.actor.workspace, bench.actor.account
    known = [
        one
        for one in bench.uow.documents.all(workspace, "form")
        if one.published and forms.read_form(one.published).record_type == table.key
    ]
    if known or not table.stored_fields:
        return
    items = tuple(
        FormItem(one.key, one.type.kind is FieldKind.LONG_TEXT) for one in table.stored_fields
    )
    form = Form(table.key, table.label, table.key, (Section(MAIN_FORM, items),))
    made = bench.uow.documents.create(workspace, "form", form.key, documents.dump(form), by)
    bench.uow.documents.publish(made.id, made.version, by)
