"""An import from upload to undo: what the wizard and the command line call. Each long step is a job.

States: uploaded → checking → checked → publishing → done → undoing → undone. A step whose job ended without it was
broken off: the import is then where it was before, or `cancelled` when rows are in; that can go on or be undone.
"""

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.errors import Forbidden, Invalid, NotFound, Problem, raise_if
from tierloom.fail_points import fail_point
from tierloom.services import authorize
from tierloom.services.imports.checking import check_import
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.plan import ImportPlan, UnknownParents, check_plan, references
from tierloom.services.imports.problem_rows import RowProblem, first_problem_rows, write_problem_csv
from tierloom.services.imports.problem_table import ProblemTable, correct_rows, problem_table
from tierloom.services.imports.progress import Progress
from tierloom.services.imports.publishing import publish_import
from tierloom.services.imports.reading import read_file
from tierloom.services.imports.report import CheckReport
from tierloom.services.imports.shape import FileShape
from tierloom.services.imports.undo import undo_import
from tierloom.services.imports.work import ImportWork
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.imports import Batch
from tierloom.text import T, Translator

KIND = "import"
UPLOAD = "upload"
STEPS = {"check": "checking", "publish": "publishing", "undo": "undoing"}
AFTER = {"check": "checked", "publish": "done", "undo": "undone"}
BROKEN_OFF = {"checking": "uploaded", "publishing": "cancelled", "undoing": "done"}
"""Where an import stands when the job of its step has ended without finishing it."""
BEFORE = {
    "check": ("uploaded", "checked"),
    "publish": ("checked", "cancelled"),
    "undo": ("done", "cancelled"),
}
"""States from which a step can be made."""


@dataclass(frozen=True, slots=True)
class Import:
    """A batch with what was read. `plan` is None until columns were matched."""

    batch: Batch
    folder: Path
    shape: FileShape
    plan: ImportPlan | None

    @property
    def counts(self) -> ImportCounts | None:
        """What became of the rows, None before the publishing."""
        return ImportCounts.from_json(self.batch.counts) if self.batch.counts else None


def receive(
    platform: Platform, actor: Actor, source: IO[bytes], name: str, sheet: str = ""
) -> Import:
    """Keep an uploaded file under a random name, and read it in the limited child process.

    Raises:
        Forbidden: the actor may not import.
        Invalid: the file cannot be taken, and why.
    """
    authorize.require(actor, Grant.IMPORT)
    place = uuid.uuid4().hex
    folder = platform.folder / "imports" / place
    folder.mkdir(parents=True)
    with (folder / UPLOAD).open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
    try:
        shape = read_file(folder / UPLOAD, folder, Path(name).name, sheet)
    except Invalid:
        shutil.rmtree(folder)
        raise
    with platform.database.writing() as uow:
        batch = uow.imports.create(
            actor.workspace,
            None,
            shape.name,
            actor.account,
            {"folder": place, "digest": shape.digest},
        )
        return Import(batch, folder, shape, None)


def get(bench: Workbench, number: int) -> Import:
    """Return an import of the actor's workspace.

    Raises:
        NotFound: there is none.
    """
    authorize.require(bench.actor, Grant.IMPORT)
    batch = bench.uow.imports.get(number, bench.actor.workspace)
    batch = _settled(bench, batch)
    options = cast(Mapping[str, Json], batch.options)
    folder = bench.platform.folder / "imports" / Path(str(options["folder"])).name
    if not folder.is_dir():
        raise NotFound(T("The file of this import is no longer kept."))
    plan = options.get("plan")
    return Import(
        batch, folder, FileShape.load(folder), ImportPlan.from_json(plan) if plan else None
    )


def recent(bench: Workbench) -> list[Batch]:
    """Return the latest imports of the workspace."""
    authorize.require(bench.actor, Grant.IMPORT)
    return [_settled(bench, one) for one in bench.uow.imports.recent(bench.actor.workspace)]


def _settled(bench: Workbench, batch: Batch) -> Batch:
    """Return a batch as it stands: a step whose job ended without it was broken off."""
    if batch.state not in BROKEN_OFF or batch.job is None:
        return batch
    job = bench.uow.jobs.get(batch.job)
    if job is not None and job.state in ("queued", "running"):
        return batch
    return replace(batch, state=BROKEN_OFF[batch.state])


def repeated(bench: Workbench, found: Import) -> Batch | None:
    """Return an earlier import of the very same file that is in, None where there is none."""
    for batch in bench.uow.imports.recent(bench.actor.workspace):
        options = cast(Mapping[str, Json], batch.options)
        if (
            batch.id != found.batch.id
            and batch.state == "done"
            and options.get("digest") == found.shape.digest
        ):
            return batch
    return None


def plan(platform: Platform, actor: Actor, number: int, wanted: ImportPlan) -> int:
    """Take the matching of columns, and ask for a check; returns its job.

    Raises:
        Invalid: the plan does not fit the file or the table, or rows are in already.
    """
    authorize.require(actor, Grant.IMPORT)
    with writing(platform, actor) as bench:
        found = get(bench, number)
        _require_state(bench, found.batch, "check")
        raise_if(check_plan(actor, wanted, found.shape, bench.catalogue))
        options = {**cast(dict[str, Json], found.batch.options), "plan": wanted.to_json()}
        table = bench.published.table(wanted.table)
        _require_all(bench, table)
        bench.uow.imports.change(number, record_type=table.id, options=options)
        return _enqueue(bench, number, "check")


def request(platform: Platform, actor: Actor, number: int, step: str) -> int:
    """Ask for a step (`publish` or `undo`) of an import; returns its job.

    Raises:
        Invalid: the import is not at a state from which the step can be made.
    """
    authorize.require(actor, Grant.IMPORT)
    with writing(platform, actor) as bench:
        batch = get(bench, number).batch
        _require_state(bench, batch, step)
        if step == "undo" and batch.created_by != actor.account and not actor.has(Grant.MANAGE):
            raise Forbidden(T("Only whoever imported this, or an owner, can undo it."))
        return _enqueue(bench, number, step)


def _require_all(bench: Workbench, table: RecordType) -> None:
    """Refuse an import into tables that the actor sees in part: it would find and change the other records."""
    links = {one.type.target for one in table.stored_fields if one.type.target}
    for name in (table.key, *sorted(links)):
        if bench.scope(name) is not None:
            label = bench.published.table(name).label
            raise Forbidden(
                T(
                    "You may see some records of %(table)s only, and cannot import into it.",
                    table=label,
                )
            )


def _require_state(bench: Workbench, batch: Batch, step: str) -> None:
    written = step == "check" and bench.uow.imports.chunks(batch.id)
    if batch.state not in BEFORE[step] or written:
        raise Invalid([Problem("wrong-state", "", T("This import cannot do that now."))])


def correct(
    platform: Platform, actor: Actor, number: int, fixes: Mapping[int, Mapping[int, str]]
) -> int:
    """Take corrected cells (row → column's place → text), and ask for the check again; returns its job.

    Raises:
        Invalid: the import is not waiting to be published.
    """
    authorize.require(actor, Grant.IMPORT)
    with writing(platform, actor) as bench:
        found = get(bench, number)
        _require_state(bench, found.batch, "check")
        correct_rows(work_of(bench, found), fixes)
        return _enqueue(bench, number, "check")


def _enqueue(bench: Workbench, number: int, step: str) -> int:
    job = bench.uow.jobs.enqueue(
        bench.actor.workspace,
        KIND,
        {"batch": number, "step": step},
        bench.actor.account,
        key=f"{step}:{number}",
    )
    bench.uow.imports.change(number, state=STEPS[step], job=job)
    bench.uow.after_commit(bench.platform.work.set)
    return job


def work(
    platform: Platform, actor: Actor, job: int, payload: Mapping[str, Json], progress: Progress
) -> Json:
    """Do the step that a job asks for. Where it is broken off, its state stays, and whoever works has tiers follow.

    Raises:
        Invalid: the import has gone on to another step meanwhile.
    """
    number, step = int(str(payload["batch"])), str(payload["step"])
    with reading(platform, actor) as bench:
        found = get(bench, number)
        if (found.batch.job, found.batch.state) != (job, STEPS[step]):
            raise Invalid([Problem("wrong-state", "", T("This import cannot do that now."))])
        task = work_of(bench, found)
    match step:
        case "check":
            counts = check_import(actor, platform.database, task, progress).counts
            done, kept = counts.to_json(), None
        case "publish":
            recalculation.catch_up(platform, actor.workspace)
            counts = publish_import(actor, platform.database, task, number, progress)
            done = kept = counts.to_json()
        case _:
            recalculation.catch_up(platform, actor.workspace)
            report = undo_import(actor, platform.database, task.catalogue, number, progress)
            names = ("removed", "restored", "kept")
            done, kept = {name: getattr(report, name) for name in names}, None
    _leave(platform, actor, number, AFTER[step], kept, job, done)
    return done


def _leave(
    platform: Platform,
    actor: Actor,
    number: int,
    state: str,
    counts: Json,
    job: int,
    done: Json,
) -> None:
    fail_point("import-step-done")
    with writing(platform, actor) as bench:
        bench.uow.imports.change(number, state=state, counts=counts)
        bench.uow.jobs.keep(job, done)
        if state in ("done", "undone"):
            recalculation.enqueue_for(bench, "import", _tables(bench, get(bench, number)))
    fail_point("import-step-stored")


def _tables(bench: Workbench, found: Import) -> set[str]:
    """Return the tables that an import writes to: its own, and those in which it creates what rows link to."""
    if found.plan is None:
        return set()
    table = bench.published.table(found.plan.table)
    if found.plan.unknown_parents is not UnknownParents.CREATE:
        return {table.key}
    linked = (one.type.target for one in references(found.plan, table))
    return {table.key, *(key for key in linked if key)}


def work_of(bench: Workbench, found: Import) -> ImportWork:
    """Return what the steps of an import work with.

    Raises:
        Invalid: its columns were not matched yet.
    """
    if found.plan is None:
        raise Invalid([Problem("no-plan", "", T("Match the columns first."))])
    return ImportWork(found.folder, found.shape, found.plan, bench.catalogue, bench.zone)


def report(bench: Workbench, found: Import) -> CheckReport | None:
    """Return what the check found, None before it."""
    return CheckReport.load(work_of(bench, found)) if found.plan else None


def problem_rows(bench: Workbench, found: Import) -> tuple[RowProblem, ...]:
    """Return the first problem rows, those that the publishing has added included."""
    return first_problem_rows(work_of(bench, found).all_problem_files)


def problem_lines(bench: Workbench, found: Import) -> ProblemTable:
    """Return the first problem rows whole, with the wrong cells marked."""
    return problem_table(work_of(bench, found), problem_rows(bench, found))


def problem_file(bench: Workbench, found: Import, words: Translator) -> Path:
    """Write all problem rows as a CSV file to download, and return it."""
    target = found.folder / "problems.csv"
    write_problem_csv(work_of(bench, found).all_problem_files, target, words)
    return target
