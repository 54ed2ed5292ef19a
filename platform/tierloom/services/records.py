"""Records: adding, editing, deleting and restoring them, one at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from tierloom.domain.fields import Field, Link, Value
from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType, Relation
from tierloom.errors import Forbidden, Invalid, NotFound, Problem, raise_if
from tierloom.schemas.display import edit_text
from tierloom.schemas.field_types import from_cell, to_cell
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.schemas.records import validate
from tierloom.services import authorize
from tierloom.services.platform import Platform
from tierloom.services.runs.retiering import Following
from tierloom.services.shown import RecordView, Shown, link_keys, shown, value_of, view_of, views_at
from tierloom.services.workbench import Workbench, writing
from tierloom.store.cells import Cell
from tierloom.store.changes import Action, Cause
from tierloom.store.record_reading import RecordHistory, StoredRecord
from tierloom.text import T, Text


@dataclass(frozen=True, slots=True)
class Saved:
    """A record that was just written. Its tiers have followed, unless there is a job that brings them up to date."""

    id: int
    version: int
    job: int | None


def read(
    bench: Workbench, table: RecordType, record_id: int, *, deleted: bool = False
) -> RecordView:
    """Return one record as the actor sees it.

    Raises:
        NotFound: there is no such record, it is in the bin, or it is outside the actor's records.
    """
    authorize.require(bench.actor, Grant.READ)
    record = _stored(bench, table, record_id, deleted=deleted)
    return view_of(bench, table, record, authorize.shown_fields(bench.actor, table))


def _stored(
    bench: Workbench, table: RecordType, record_id: int, *, deleted: bool = False
) -> StoredRecord:
    record = bench.uow.records(table).fetch([record_id]).get(record_id)
    missing = NotFound(T("There is no record %(id)s here.", id=record_id))
    if record is None or (record.deleted_at is not None and not deleted):
        raise missing
    if record_id not in bench.seen(table.key, [record_id]):
        raise missing
    return record


def _require_in_sight(bench: Workbench, table: RecordType, ids: Iterable[int]) -> None:
    """Let nobody write a record to where their role does not see it; `bench` has the columns from before the write.

    Raises:
        Forbidden: a record that was written is outside the actor's records; nothing is stored.
    """
    if bench.scope(table.key) is None:
        return
    after = Workbench(bench.platform, bench.actor, bench.uow)
    if after.seen(table.key, written := set(ids)) != written:
        raise Forbidden(T("This record would be outside those that your role sees."))


def add(platform: Platform, actor: Actor, table_key: str, values: Mapping[str, Value]) -> Saved:
    """Add a record.

    Raises:
        Invalid: values have problems; each names its field.
        Forbidden: the actor may not write records, or not one of these fields.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        table = bench.published.table(table_key)
        _require_writable(actor, table, values)
        complete = {field.key: values.get(field.key) for field in table.stored_fields}
        raise_if(_problems(bench, table, complete, complete, None))
        cells, tiers = _cells(bench, table, complete), Following(bench)
        tiers.before(table, (), cells)
        rows = bench.uow.records(table)
        [record_id] = rows.insert([cells], platform.now_ms(), _cause(actor))
        _link_waiting(bench, table, record_id, complete)
        _require_in_sight(bench, table, [record_id])
        tiers.after(table, [record_id])
        return Saved(record_id, 1, tiers.job)


def edit(
    platform: Platform,
    actor: Actor,
    table_key: str,
    record_id: int,
    version: int,
    values: Mapping[str, Value],
) -> Saved:
    """Change some fields of a record.

    Raises:
        Conflict: somebody changed it since `version`.
        Invalid, Forbidden, NotFound: as for `add` and `read`.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        table = bench.published.table(table_key)
        _require_writable(actor, table, values)
        record = _stored(bench, table, record_id)
        before = _values(bench, table, record)
        changed = {key: value for key, value in values.items() if not _same(value, before[key])}
        raise_if(_problems(bench, table, {**before, **changed}, changed, record_id, before))
        cells, tiers = _cells(bench, table, changed), Following(bench)
        tiers.before(table, [record_id], cells)
        new = bench.uow.records(table).update(
            record_id, cells, version, platform.now_ms(), _cause(actor)
        )
        if table.key_field in changed:
            _link_waiting(bench, table, record_id, {**before, **changed})
        _require_in_sight(bench, table, [record_id])
        if new != version:
            tiers.after(table, [record_id])
        return Saved(record_id, new, tiers.job)


def delete(platform: Platform, actor: Actor, table_key: str, ids: Iterable[int]) -> int | None:
    """Put records into the bin; returns the job that brings the tiers up to date, None where they are."""
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        table = bench.published.table(table_key)
        wanted = [_stored(bench, table, one).id for one in ids]
        tiers = Following(bench)
        tiers.before(table, wanted)
        bench.uow.records(table).delete(wanted, platform.now_ms(), _cause(actor))
        tiers.after(table, wanted)
        return tiers.job


def restore(platform: Platform, actor: Actor, table_key: str, ids: Iterable[int]) -> int | None:
    """Take records out of the bin, with their links and those that wait for their keys; returns what `delete` does.

    Raises:
        Invalid: another record has taken its key meanwhile.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        table = bench.published.table(table_key)
        known: dict[int, dict[str, Value]] = {}
        for one in (wanted := list(ids)):
            record = bench.uow.records(table).fetch([one]).get(one)
            if record is None:
                raise NotFound(T("There is no record %(id)s here.", id=one))
            known[one] = _values(bench, table, record)
            raise_if(_taken(bench, table, known[one], one))
        tiers = Following(bench)
        tiers.before(table, wanted)
        bench.uow.records(table).restore(wanted, platform.now_ms(), _cause(actor))
        for one, values in known.items():
            _link_waiting(bench, table, one, values)
        _require_in_sight(bench, table, wanted)
        tiers.after(table, wanted)
        return tiers.job


def _cause(actor: Actor) -> Cause:
    return Cause("edit", actor.account)


def _require_writable(actor: Actor, table: RecordType, values: Mapping[str, Value]) -> None:
    for key in values:
        field = table.find(key)
        if field is None or field.retired:
            raise Invalid(
                [Problem("unknown-field", f"/{key}", T("There is no field “%(key)s”.", key=key))]
            )
        if not authorize.may_write(actor, field):
            raise Forbidden(T("You cannot change “%(field)s”.", field=field.label))


def _values(bench: Workbench, table: RecordType, record: StoredRecord) -> dict[str, Value]:
    links = link_keys(bench, [record], table.stored_fields)
    return {field.key: value_of(field, record, links) for field in table.stored_fields}


def _same(value: Value, before: Value) -> bool:
    """Tell whether a value is the one that was there; a link as it was typed has only its key."""
    if isinstance(value, Link) and isinstance(before, Link) and value.id is None:
        return value.key == before.key
    return value == before


def _problems(
    bench: Workbench,
    table: RecordType,
    values: Mapping[str, Value],
    changed: Mapping[str, Value],
    record_id: int | None,
    before: Mapping[str, Value] | None = None,
) -> Iterable[Problem]:
    yield from validate(table, values, before)
    yield from _taken(bench, table, changed, record_id)
    for key, value in changed.items():
        field = table.field(key)
        if (
            isinstance(value, Link)
            and value.id is None
            and _target_id(bench, field, value.key) is None
        ):
            target = bench.published.table(field.type.target or "")
            yield Problem(
                "unknown-record",
                f"/{key}",
                T("%(table)s has no record “%(key)s”.", table=target.label, key=value.key),
            )


def _taken(
    bench: Workbench, table: RecordType, values: Mapping[str, Value], record_id: int | None
) -> Iterable[Problem]:
    for field in table.stored_fields:
        value = values.get(field.key)
        single = field.unique or field.key == table.key_field
        if not single or value is None or isinstance(value, Link):
            continue
        cell = to_cell(field.type, value)
        holders = bench.uow.records(table).ids_by_key([cell], field.key)
        if holders.get(cell) not in (None, record_id):
            yield Problem(
                "not-unique",
                f"/{field.key}",
                T(
                    "“%(value)s” is taken: another record has this %(field)s.",
                    value=edit_text(field.type, value, bench.zone),
                    field=field.label,
                ),
            )


def _cells(bench: Workbench, table: RecordType, values: Mapping[str, Value]) -> dict[str, Cell]:
    """Turn values into cells; a link to a record that does not exist is stored as its key."""
    cells: dict[str, Cell] = {}
    for key, value in values.items():
        field = table.field(key)
        if not isinstance(value, Link):
            cells[key] = to_cell(field.type, value)
        else:
            found = value.id if value.id is not None else _target_id(bench, field, value.key)
            cells[key] = value.key if found is None else found
    return cells


def _target_id(bench: Workbench, field: Field, key: str) -> int | None:
    target = bench.published.table(field.type.target or "")
    key_field = target.find(target.key_field) if target.key_field else None
    if key_field is None:
        return int(key) if key.isdigit() and bench.uow.records(target).fetch([int(key)]) else None
    try:
        cell = to_cell(key_field.type, parse_text(key_field.type, key, bench.zone))
    except BadText:
        return None
    return bench.uow.records(target).ids_by_key([cell]).get(cell)


def _link_waiting(
    bench: Workbench, table: RecordType, record_id: int, values: Mapping[str, Value]
) -> None:
    """Link the records that wait for this one's key."""
    key_field = table.find(table.key_field) if table.key_field else None
    value = values.get(table.key_field or "")
    if key_field is None or value is None:
        return
    text = edit_text(key_field.type, value, bench.zone)
    for relation in bench.catalogue.relations(table.key):
        child = bench.uow.records(bench.published.table(relation.child))
        child.link(
            relation.reference, {text: record_id}, bench.platform.now_ms(), _cause(bench.actor)
        )


@dataclass(frozen=True, slots=True)
class RelatedList:
    """Records of another table that point at this one: how many, and the newest few."""

    relation: Relation
    table: RecordType
    fields: tuple[Field, ...]
    total: int
    rows: tuple[RecordView, ...]


def related(
    bench: Workbench, table: RecordType, record_id: int, limit: int = 8
) -> list[RelatedList]:
    """Return the related records that the actor may see, newest first."""
    columns = bench.columns(table.key)
    position = int(columns.positions_of(np.array([record_id], np.int64))[0])
    found = []
    for relation in bench.catalogue.relations(table.key) if position >= 0 else ():
        child = bench.published.table(relation.child)
        rows = columns.children(relation)
        own = rows.rows[rows.starts[position] : rows.starts[position + 1]]
        own = own[bench.visible(child.key)[own]][::-1]
        fields = tuple(
            one
            for one in authorize.shown_fields(bench.actor, child)
            if one.key != relation.reference
        )
        views = views_at(bench, child, own[:limit], fields)
        found.append(RelatedList(relation, child, fields, len(own), tuple(views)))
    return found


_TITLES = {
    ("edit", Action.INSERT): T("Added"),
    ("edit", Action.UPDATE): T("Edited"),
    ("edit", Action.DELETE): T("Moved to the bin"),
    ("edit", Action.RESTORE): T("Restored"),
    ("import", Action.INSERT): T("Added by an import"),
    ("import", Action.UPDATE): T("Changed by an import"),
    ("undo", Action.UPDATE): T("Import undone"),
}


def title_of(cause: str, action: Action) -> Text:
    """Return what a change is called."""
    return _TITLES.get((cause, action), _TITLES["edit", action])


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a record: when, by whom, and which fields from what to what (as the actor sees them).

    `imported` is the number of the import that did it, None for every other change.
    """

    when: datetime
    who: str
    title: Text
    fields: tuple[tuple[Field, Shown, Shown], ...]
    imported: int | None = None


def changes(bench: Workbench, table: RecordType, record_id: int, limit: int = 20) -> list[Changed]:
    """Return a record's last changes, newest first."""
    entries = bench.uow.records(table).history(record_id)[::-1][:limit]
    seen = {one.key: one for one in authorize.shown_fields(bench.actor, table)}
    return [_changed(bench, entry, seen) for entry in entries]


def _changed(bench: Workbench, entry: RecordHistory, seen: Mapping[str, Field]) -> Changed:
    account = bench.uow.accounts.get(entry.cause.actor) if entry.cause.actor else None

    def past(key: str, cell: Cell) -> Shown:
        return shown(bench, seen[key], _past(bench, seen[key], cell))

    fields = tuple(
        (seen[key], past(key, before), past(key, after))
        for key, (before, after) in entry.cells.items()
        if key in seen
    )
    when = datetime.fromtimestamp(entry.at / 1000, UTC)
    title = title_of(entry.cause.kind, entry.action)
    ref = entry.cause.ref
    imported = int(ref) if entry.cause.kind in ("import", "undo") and ref.isdecimal() else None
    return Changed(when, account.name if account else "", title, fields, imported)


def _past(bench: Workbench, field: Field, cell: Cell) -> Value:
    if field.type.target is None:
        return from_cell(field.type, cell)
    if isinstance(cell, str):
        return Link(None, cell)
    if cell is None:
        return None
    target = bench.published.table(field.type.target)
    key = target.find(target.key_field) if target.key_field else None
    found = bench.uow.records(target).fetch([cell]).get(cell)
    named = (
        from_cell(key.type, found.cells[key.key]) if found and key and not key.type.target else None
    )
    return Link(
        cell, str(cell) if named is None or key is None else edit_text(key.type, named, bench.zone)
    )
