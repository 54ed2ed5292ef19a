"""Rows meet the database: which records they are, which parents they name, what would change."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierloom.errors import Problem
from tierloom.schemas.field_types import Cell
from tierloom.services.imports.cells import TakenRows, required_problem
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.work import ImportWork, Reference, key_text
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

Parents = dict[str, dict[Cell, int]]
"""Ids of parents by target table and key cell."""
Refusals = dict[int, tuple[str, Problem]]
"""By place in a chunk: the field and its problem."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows that have a record: `ids` ascend; `before` and `after` are cells by column, blanks
    filled from before.
    """

    ids: list[int]
    before: dict[str, Sequence[Cell]]
    after: dict[str, list[Cell]]

    def changed(self) -> int:
        """How many records would change."""
        differing: set[int] = set()
        for key, cells in self.after.items():
            before = self.before[key]
            differing.update(place for place, cell in enumerate(cells) if cell != before[place])
        return len(differing)


def find_parents(uow: UnitOfWork, references: Sequence[Reference], taken: TakenRows) -> Parents:
    """Look up the parents that some rows name."""
    return {
        target: uow.records(one.target).ids_by_key(cells) if cells else {}
        for one in references
        for target, cells in [(one.target.key, named_parents(references, one.target.key, taken))]
    }


def named_parents(references: Sequence[Reference], target: str, taken: TakenRows) -> set[Cell]:
    """The distinct keys by which rows name records of `target`."""
    found: set[Cell] = set()
    for one in references:
        if one.target.key == target:
            found.update(taken.columns[one.field.key])
    found.discard(None)
    return found


def unknown_parents(
    work: ImportWork, taken: TakenRows, parents: Mapping[str, Mapping[Cell, int]]
) -> Refusals:
    """Return the places of rows that name a record which does not exist, with the field and its
    problem.

    A table that links to itself may be in one file in any order: such links are made when their
    record arrives.
    """
    found: Refusals = {}
    for one in work.references:
        if one.target.key == work.plan.table:
            continue
        known = parents[one.target.key]
        message = T("“%(table)s” has no record with this key.", table=one.target.label)
        problem = Problem("unknown-parent", f"/{one.field.key}", message)
        for place, cell in enumerate(taken.columns[one.field.key]):
            if cell is not None and cell not in known:
                found.setdefault(place, (one.field.key, problem))
    return found


def count_links(work: ImportWork, linked: TakenRows) -> ImportCounts:
    """Count the links that were left open, and the blank ones."""
    kinds: Counter[type] = Counter()
    for one in work.references:
        kinds.update(map(type, linked.columns[one.field.key]))
    return ImportCounts(unlinked=kinds[str], without_parent=kinds[type(None)])


def link(
    work: ImportWork, taken: TakenRows, parents: Mapping[str, Mapping[Cell, int]]
) -> TakenRows:
    """Put record ids in place of the parents' keys; a key that names nobody stays, as its text."""
    columns = dict(taken.columns)
    for one in work.references:
        known = parents[one.target.key]
        texts = {
            cell: known[cell] if cell in known else key_text(one.key, cell, work.zone)
            for cell in set(columns[one.field.key])
            if cell is not None
        }
        columns[one.field.key] = [
            None if cell is None else texts[cell] for cell in columns[one.field.key]
        ]
    return TakenRows(columns, taken.rows)


def find_records(uow: UnitOfWork, work: ImportWork, taken: TakenRows) -> list[int | None]:
    """Return the record of each row, None for a new one."""
    if work.key is None or not taken.rows:
        return [None] * len(taken.rows)
    known = uow.records(work.record_type).ids_by_key(taken.columns[work.key], work.key)
    return [known.get(cell) for cell in taken.columns[work.key]]


def merge(uow: UnitOfWork, work: ImportWork, taken: TakenRows, ids: Sequence[int | None]) -> Merged:
    """Lay the rows that have a record over it; a blank cell leaves what is stored."""
    places = {number: place for place, number in enumerate(ids) if number is not None}
    if not places:
        return Merged([], {}, {})
    stored = uow.records(work.record_type).scan_ids(places, tuple(taken.columns))
    order = [places[number] for number in stored.ids]
    before = {key: stored.cells(key) for key in taken.columns}
    after = {
        key: [
            before[key][rank] if cells[place] is None else cells[place]
            for rank, place in enumerate(order)
        ]
        for key, cells in taken.columns.items()
    }
    return Merged(list(stored.ids), before, after)


def lacking(work: ImportWork, taken: TakenRows, ids: Sequence[int | None]) -> Refusals:
    """Refuse new records without a required value."""
    found: Refusals = {}
    for field in work.record_type.stored_fields:
        cells = taken.columns.get(field.key)
        for place, number in enumerate(ids) if field.required else ():
            if number is None and (cells is None or cells[place] is None):
                found.setdefault(place, (field.key, required_problem(field)))
    return found
