"""The check of an import: every cell read, every row decided upon, and a preview of what publishing
would do.

Nothing is written to the database. What the check leaves in the folder is what publishing takes up.
"""

import numpy as np

from tierloom.domain.people import Actor, Grant
from tierloom.errors import Problem, raise_if
from tierloom.services import authorize
from tierloom.services.imports.cells import CellReader, CellWriter, Flags, StagedCells
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.decisions import Decision, Decisions, save_decisions
from tierloom.services.imports.plan import UnknownParents, check_plan
from tierloom.services.imports.preview import Preview
from tierloom.services.imports.problem_rows import ProblemRows, add_refusals, first_problem_rows
from tierloom.services.imports.progress import Progress, unheard
from tierloom.services.imports.repeats import Places, repeated_keys, repeated_values
from tierloom.services.imports.report import REPORT_FILE, CheckReport
from tierloom.services.imports.resolving import find_parents, unknown_parents
from tierloom.services.imports.staging import StagedRows
from tierloom.services.imports.work import PROBLEM_FILE, ImportWork, late_file
from tierloom.store.collector import collector_paused
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork
from tierloom.text import T


def check_import(
    actor: Actor,
    database: Database,
    work: ImportWork,
    progress: Progress = unheard,
) -> CheckReport:
    """Check all rows, and stage their cells for publishing. `progress` hears of rows done, and of
    all.

    Raises:
        Forbidden: the actor may not import. Invalid: the plan does not fit the file or the table.
    """
    authorize.require(actor, Grant.IMPORT)
    found = tuple(check_plan(actor, work.plan, work.shape, work.catalogue))
    raise_if(found)
    for earlier in (work.folder / REPORT_FILE, *work.folder.glob(late_file("*"))):
        earlier.unlink(missing_ok=True)
    with collector_paused(), ProblemRows(work.folder, PROBLEM_FILE) as problems:
        _read_cells(work, problems, progress)
        with database.reading() as uow:
            counts = _decide(uow, work, problems, progress)
    total = counts + ImportCounts(rows=work.shape.ragged, rejected=work.shape.ragged)
    report = CheckReport(
        total.require_balance(),
        problems.count + work.shape.ragged,
        found,
        first_problem_rows(work.problem_files),
    )
    report.save(work)
    return report


def _read_cells(work: ImportWork, problems: ProblemRows, progress: Progress) -> None:
    reader = CellReader(work, problems)
    writer = CellWriter(work.folder)
    done = 0
    for batch in StagedRows(work.folder):
        writer.write(reader.read(batch))
        done += batch.num_rows
        progress(done // 2, work.shape.rows)
    writer.close()


def _decide(
    uow: UnitOfWork, work: ImportWork, problems: ProblemRows, progress: Progress
) -> ImportCounts:
    staged = StagedCells(work.folder)
    readable = staged.readable()
    if work.plan.unknown_parents is UnknownParents.REJECT:
        readable = _with_parents(uow, work, problems, staged, readable)
    decisions = np.where(readable, Decision.TAKE, Decision.REJECT).astype(np.int8)
    _decide_repeats(work, problems, staged, decisions)
    preview = Preview(uow, work, problems)
    counts = ImportCounts()
    start = 0
    for chunk in staged:
        mine = decisions[start : start + len(chunk.rows)]
        counts += preview.chunk(chunk.taken(mine == Decision.TAKE, work.decisive), mine)
        start += len(mine)
        progress((work.shape.rows + start) // 2, work.shape.rows)
    save_decisions(work.folder, decisions)
    return counts


def _with_parents(
    uow: UnitOfWork, work: ImportWork, problems: ProblemRows, staged: StagedCells, readable: Flags
) -> Flags:
    """Which of the readable rows name only parents that exist; the others are noted."""
    good = readable.copy()
    start = 0
    for chunk in staged:
        mine = readable[start : start + len(chunk.rows)]
        taken = chunk.taken(mine, {one.field.key for one in work.references})
        parents = find_parents(uow, work.references, taken)
        lost = unknown_parents(work, taken, parents)
        add_refusals(problems, lost, taken.rows, taken.columns, work.column_of)
        good[start + np.flatnonzero(mine)[list(lost)]] = False
        start += len(mine)
    return good


def _decide_repeats(
    work: ImportWork, problems: ProblemRows, staged: StagedCells, decisions: Decisions
) -> None:
    """Keep the last row of each key, and the first row of each other unique value."""

    def note(field: str, problem: Problem, places: Places) -> None:
        column = staged.whole(field)
        values = [str(column[int(place)].as_py()) for place in places]
        problems.add(work.column_of(field), problem, staged.rows()[places].tolist(), values)

    if work.key is not None and len(staged):
        earlier = repeated_keys(staged.whole(work.key), decisions == Decision.TAKE)
        message = T("A later row has the same key, and counts instead of this one.")
        note(work.key, Problem("repeated-key", f"/{work.key}", message, None, "warning"), earlier)
        decisions[earlier] = Decision.SKIP
    for field in work.unique_fields if len(staged) else ():
        again = repeated_values(staged.whole(field.key), decisions == Decision.TAKE)
        message = T("An earlier row of the file has the same %(field)s.", field=field.label)
        note(field.key, Problem("repeated-value", f"/{field.key}", message), again)
        decisions[again] = Decision.REJECT
