"""Publishing an import: chunk by chunk, each one short transaction with its rows, change log and
chunk number.

A crash loses nothing: the next attempt goes on after the last chunk that is in. Stopping between
chunks leaves an import that can be undone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict
from tierloom.fail_points import fail_point
from tierloom.schemas.field_types import Cell
from tierloom.services import authorize
from tierloom.services.imports.cells import StagedCells, TakenRows
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.decisions import Decision, load_decisions
from tierloom.services.imports.plan import UnknownParents
from tierloom.services.imports.problem_rows import ProblemRows, add_refusals
from tierloom.services.imports.progress import Progress, unheard
from tierloom.services.imports.resolving import (
    Parents,
    Refusals,
    count_links,
    find_parents,
    find_records,
    lacking,
    link,
    merge,
    named_parents,
    unknown_parents,
)
from tierloom.services.imports.work import ImportWork, key_text, late_file
from tierloom.store.changes import Cause
from tierloom.store.collector import collector_paused
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

CAUSE = "import"


@dataclass(frozen=True, slots=True)
class Publication:
    """A checked import being published: `batch` is its number, `account` who asked for it."""

    work: ImportWork
    batch: int
    account: int

    @property
    def cause(self) -> Cause:
        """What the change log says about every write of this import."""
        return Cause(CAUSE, self.account, str(self.batch))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk ready to write: the rows to take, and what the check decided about the others."""

    number: int
    taken: TakenRows
    counts: ImportCounts


def publish_import(
    actor: Actor,
    database: Database,
    work: ImportWork,
    batch: int,
    progress: Progress = unheard,
) -> ImportCounts:
    """Publish a checked import from its next chunk on, and return the counts of the whole.

    `progress` is called between chunks with rows done and all rows; what it raises stops the import
    there.

    Raises:
        Forbidden: the actor may not import. Conflict: a unique value was taken by somebody else
            since the check; the chunk is not in.
    """
    authorize.require(actor, Grant.IMPORT)
    publication = Publication(work, batch, actor.account)
    with database.reading() as uow:
        done = _published(uow, batch)
    ragged = ImportCounts(rows=work.shape.ragged, rejected=work.shape.ragged)
    for chunk in _chunks(work, set(done)):
        with collector_paused(), database.writing() as uow:
            done[chunk.number] = _publish_chunk(uow, publication, chunk)
        fail_point("import-after-chunk")
        progress(sum(one.rows for one in done.values()), work.shape.rows)
    return sum(done.values(), ragged).require_balance()


def _published(uow: UnitOfWork, batch: int) -> dict[int, ImportCounts]:
    """Return the counts of the chunks that are in."""
    chunks = uow.imports.chunks(batch)
    return {one.number: ImportCounts.from_json(one.counts) for one in chunks}


def _chunks(work: ImportWork, done: set[int]) -> Iterator[_Chunk]:
    """Yield the chunks that are still to write; turning them into plain cells happens outside of
    any transaction.
    """
    decisions = load_decisions(work.folder)
    staged = StagedCells(work.folder)
    sizes = [len(staged.chunk(number).rows) for number in range(len(staged))]
    for number, start in enumerate(accumulate([0, *sizes[:-1]])):
        if number in done or not sizes:
            continue
        mine = decisions[start : start + sizes[number]]
        found = Counter(mine.tolist())
        counts = ImportCounts(
            rows=len(mine), skipped=found[Decision.SKIP], rejected=found[Decision.REJECT]
        )
        yield _Chunk(number, staged.chunk(number).taken(mine == Decision.TAKE), counts)


def _publish_chunk(uow: UnitOfWork, publication: Publication, chunk: _Chunk) -> ImportCounts:
    work, taken = publication.work, chunk.taken
    parents = find_parents(uow, work.references, taken)
    ids = find_records(uow, work, taken)
    refused = lacking(work, taken, ids)
    if work.plan.unknown_parents is UnknownParents.REJECT:
        refused |= unknown_parents(work, taken, parents)
    _note_late(work, chunk, refused)
    taken = taken.without(set(refused))
    ids = [number for place, number in enumerate(ids) if place not in refused]
    fresh = 0
    if work.plan.unknown_parents is UnknownParents.CREATE:
        fresh = _create_parents(uow, publication, taken, parents)
        # A parent in the same table may be one of the rows to come.
        ids = find_records(uow, work, taken)
    linked = link(work, taken, parents)
    written = _write(uow, publication, linked, ids)
    late = ImportCounts(rejected=len(refused), parents_created=fresh)
    counts = chunk.counts + count_links(work, linked) + written + late
    fail_point("import-in-chunk")
    if not uow.imports.add_chunk(publication.batch, chunk.number, counts.to_json()):
        raise Conflict(T("Another process is publishing this import."))
    return counts


def _note_late(work: ImportWork, chunk: _Chunk, refused: Refusals) -> None:
    """Note rows that were good when they were checked; a second attempt at the chunk writes the
    file anew.
    """
    if refused:
        with ProblemRows(work.folder, late_file(chunk.number)) as problems:
            add_refusals(problems, refused, chunk.taken.rows, chunk.taken.columns, work.column_of)


def _write(
    uow: UnitOfWork, publication: Publication, linked: TakenRows, ids: Sequence[int | None]
) -> ImportCounts:
    work = publication.work
    records = uow.records(work.record_type)
    new = [place for place, number in enumerate(ids) if number is None]
    columns = linked.only(new).columns
    made = records.insert_many(columns, uow.now, publication.cause, size=len(new))
    merged = merge(uow, work, linked, ids)
    changed = records.update_many(merged.ids, merged.after, uow.now, publication.cause)
    _link_waiting(uow, publication, work.record_type, columns, made)
    unchanged = len(ids) - len(new) - len(changed)
    return ImportCounts(created=len(new), updated=len(changed), unchanged=unchanged)


def _create_parents(
    uow: UnitOfWork, publication: Publication, taken: TakenRows, parents: Parents
) -> int:
    """Create the parents that do not exist yet, with their key alone, and enter them into
    `parents`.
    """
    work = publication.work
    count = 0
    for target, known in parents.items():
        table = work.catalogue.table(target)
        missing = named_parents(work.references, target, taken) - known.keys()
        cells: list[Cell] = sorted(missing, key=lambda cell: (isinstance(cell, str), cell))
        if not cells or table.key_field is None:
            continue
        columns: dict[str, list[Cell]] = {table.key_field: cells}
        made = uow.records(table).insert_many(columns, uow.now, publication.cause)
        known.update(zip(cells, made, strict=True))
        _link_waiting(uow, publication, table, columns, made)
        count += len(made)
    return count


def _link_waiting(
    uow: UnitOfWork,
    publication: Publication,
    table: RecordType,
    columns: dict[str, list[Cell]],
    made: Sequence[int],
) -> None:
    """Link the records that waited for the keys of new ones."""
    key = table.find(table.key_field) if table.key_field else None
    if key is None or key.key not in columns or not made:
        return
    zone = publication.work.zone
    found = {
        key_text(key, cell, zone): number
        for cell, number in zip(columns[key.key], made, strict=True)
        if cell is not None
    }
    for relation in publication.work.catalogue.relations(table.key):
        child = uow.records(publication.work.catalogue.table(relation.child))
        child.link(relation.reference, found, uow.now, publication.cause)
