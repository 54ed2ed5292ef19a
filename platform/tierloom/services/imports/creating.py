"""Tables made from files: the proposal becomes tables and forms, and its rows go in as one job that can be undone.

Each table's share of a file is an import like any other; what the rows of a table are made of is staged
first (`deriving`).
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import IO, cast

from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import Json
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.services import authorize, configuration
from tierloom.services.imports import batches
from tierloom.services.imports.batches import Import
from tierloom.services.imports.checking import check_import
from tierloom.services.imports.decisions import DECISIONS_FILE
from tierloom.services.imports.parts import Part, Spec, derive, spec_of
from tierloom.services.imports.progress import Progress
from tierloom.services.imports.proposals import (
    OPTION,
    Files,
    asked_of,
    column_orders,
    files,
    proposal,
    require_fresh,
)
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.documents import planned_tables
from tierloom.services.imports.proposing.proposal import Proposal
from tierloom.services.imports.publishing import publish_import
from tierloom.services.imports.undo import undo_import
from tierloom.services.platform import Platform
from tierloom.services.published import Thing
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.text import T

KIND = "creation"
_BUSY = ("publishing", "undoing")
_UNFINISHED = (*_BUSY, "failed", "cancelled")


def receive(platform: Platform, actor: Actor, sources: Sequence[tuple[IO[bytes], str]]) -> int:
    """Take files of one kind, and return the import that stands for all of them.

    Raises:
        Forbidden: the actor may not import and design.
        Invalid: a file cannot be taken, or has other columns than the first.
    """
    _require(actor)
    found = [batches.receive(platform, actor, source, name) for source, name in sources]
    column_orders([one.shape.column_names for one in found])
    more = [one.batch.id for one in found[1:]]
    with writing(platform, actor) as bench:
        for place, one in enumerate(found):
            asked: dict[str, Json] = (
                {"more": list(more)} if not place else {"of": found[0].batch.id}
            )
            _keep(bench, one.batch.id, asked)
    return found[0].batch.id


def _require(actor: Actor) -> None:
    for grant in (Grant.IMPORT, Grant.DESIGN, Grant.PUBLISH):
        authorize.require(actor, grant)


def _keep(bench: Workbench, number: int, asked: Mapping[str, Json]) -> None:
    batch = bench.uow.imports.get(number, bench.actor.workspace)
    options = cast(dict[str, Json], batch.options)
    known = cast(dict[str, Json], options.get(OPTION) or {})
    bench.uow.imports.change(number, options={**options, OPTION: {**known, **asked}})


def create(platform: Platform, actor: Actor, number: int, choices: Choices) -> int:
    """Make the tables and forms of a proposal, and ask for the import of the rows; returns its job.

    Raises:
        Forbidden: the actor may not import and design.
        Invalid: the choices make no tables; nothing was made.
        NotFound: there is no such import, or its rows are in.
    """
    _require(actor)
    with reading(platform, actor) as bench:
        found = files(bench, number)
        require_fresh(found)
        proposed = proposal(bench, found, choices)
        raise_if(check(proposed, choices))
        planned = planned_tables(proposed)
        spec = spec_of(proposed, planned, found.names)
    things: list[Thing] = [thing for one in planned for thing in (one.table, one.form)]
    configuration.apply(platform, actor, things)
    with writing(platform, actor) as bench:
        found = files(bench, number)
        require_fresh(found)
        parts = [
            Part(one.batch.id, table.role, one.batch.id if table.is_rows else 0)
            for one in found.imports
            for table in spec.tables
        ]
        kept: dict[str, Json] = {
            "choices": choices.to_json(), "spec": spec.to_json(), "parts": [asdict(one) for one in parts],
        }  # fmt: skip
        _keep(bench, number, kept)
        return _enqueue(bench, found, "create")


def check(proposed: Proposal, choices: Choices) -> Iterator[Problem]:
    """Yield what keeps a proposal from being made; the pointer is the name of the control."""
    for table in proposed.tables:
        if choices.nameless(f"t.{table.role}"):
            yield Problem("no-name", f"/t.{table.role}.zh", T("A table needs a name."))
        if not proposed.used(table.role):
            message = T("“%(table)s” has no column. Tick at least one.", table=table.label)
            yield Problem("no-columns", f"/t.{table.role}.zh", message)
        if table.fixed_key and proposed.field_at(table.key_place) not in proposed.used(table.role):
            found = proposed.field_at(table.key_place)
            message = T(
                "“%(column)s” is needed: the rows are told apart by it.",
                column=found.header if found else "",
            )
            yield Problem("key-left-out", f"/c{table.key_place}.use", message)
    for one in proposed.fields:
        if one.use and choices.nameless(f"c{one.place}"):
            yield Problem("no-name", f"/c{one.place}.zh", T("A field needs a name."))


def again(platform: Platform, actor: Actor, number: int) -> int:
    """Ask for the rest of a creation that was cancelled or has failed; returns its job."""
    return _request(platform, actor, number, "create", ("cancelled", "failed"))


def undo(platform: Platform, actor: Actor, number: int) -> int:
    """Ask for the records of a creation to be taken back; its tables stay, empty. Returns the job."""
    return _request(platform, actor, number, "undo", ("done", "cancelled", "failed"))


def _request(
    platform: Platform, actor: Actor, number: int, step: str, before: tuple[str, ...]
) -> int:
    _require(actor)
    with writing(platform, actor) as bench:
        found = files(bench, number)
        if state_of(found) not in before or "spec" not in found.asked:
            raise Invalid([Problem("wrong-state", "", T("This import cannot do that now."))])
        return _enqueue(bench, found, step)


def _enqueue(bench: Workbench, found: Files, step: str) -> int:
    number = found.first.batch.id
    job = bench.uow.jobs.enqueue(
        bench.actor.workspace, KIND, {"batch": number, "step": step}, bench.actor.account,
        key=f"{KIND}-{step}:{number}",
    )  # fmt: skip
    for one in found.imports:
        bench.uow.imports.change(
            one.batch.id, state="undoing" if step == "undo" else "publishing", job=job
        )
    bench.uow.after_commit(bench.platform.work.set)
    return job


@dataclass(frozen=True, slots=True)
class Created:
    """What a creation has made so far: its tables' keys, the main one first, and the records of each."""

    tables: tuple[str, ...]
    created: Mapping[str, int]
    rejected: int


def created(bench: Workbench, found: Files) -> Created:
    """Sum up what a creation has made."""
    spec = Spec.from_json(found.asked["spec"])
    sums = {one.table: 0 for one in spec.tables}
    rejected = 0
    for part in _parts(found.asked):
        if part.batch:
            counts = batches.get(bench, part.batch).counts
            sums[spec.table(part.role).table] += counts.created if counts else 0
            rejected += counts.rejected if counts else 0
    return Created(tuple(sums), sums, rejected)


def _parts(asked: Mapping[str, Json]) -> list[Part]:
    return [Part(**cast(dict[str, object], one)) for one in cast(list[Json], asked["parts"])]  # type: ignore[arg-type]


# ── the job ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def work(platform: Platform, actor: Actor, payload: Mapping[str, Json], progress: Progress) -> Json:
    """Do what a job asks for: bring the rows in, or take them back."""
    number, step = int(str(payload["batch"])), str(payload["step"])
    with reading(platform, actor) as bench:
        found = files(bench, number)
    creation = _Creation(platform, actor, found, progress)
    try:
        if step == "undo":
            return creation.undo()
        return creation.create()
    except Exception:
        creation.leave("cancelled")
        raise


class _Creation:
    """A creation at work, part by part: parents before children, files by their dates."""

    def __init__(self, platform: Platform, actor: Actor, found: Files, progress: Progress) -> None:
        self.platform, self.actor, self.found = platform, actor, found
        self.spec = Spec.from_json(found.asked["spec"])
        self.parts = _parts(found.asked)
        self._tell = progress
        self._done = 0
        self._total = 2 * len(self.parts) * sum(one.shape.rows for one in found.imports)

    def create(self) -> Json:
        """Bring the rows of every part in."""
        counts: dict[str, Json] = {}
        recalculation.catch_up(self.platform, self.actor.workspace)
        for place, part in enumerate(self.parts):
            if not part.batch or self._import(part.batch).batch.state != "done":
                ready = self._prepared(place, part)
                counts[str(ready.batch)] = self._publish(ready)
            self._done = (place + 1) * self._total // len(self.parts)
        with writing(self.platform, self.actor) as bench:
            recalculation.enqueue(bench, "import")
        return counts

    def _import(self, number: int) -> Import:
        with reading(self.platform, self.actor) as bench:
            return batches.get(bench, number)

    def _prepared(self, place: int, part: Part) -> Part:
        """Stage the rows of a part, if they are not those of the file, and plan its import."""
        source = next(one for one in self.found.imports if one.batch.id == part.file)
        if part.batch and (self._import(part.batch).plan is not None):
            return part
        order = self.found.orders[self.found.imports.index(source)]
        folder = self.platform.folder / "imports" / uuid.uuid4().hex
        with reading(self.platform, self.actor) as bench:
            plan, staged = derive(bench, self.spec, part.role, source, order, folder)
            table = bench.published.table(plan.table)
        with writing(self.platform, self.actor) as bench:
            number = part.batch
            if not number:
                number = bench.uow.imports.create(
                    self.actor.workspace, table.id, source.shape.name, self.actor.account,
                    {"folder": folder.name, "digest": "", OPTION: {"of": self.found.first.batch.id}},
                    "publishing",
                ).id  # fmt: skip
            made = bench.uow.imports.get(number, self.actor.workspace)
            options = {**cast(dict[str, Json], made.options), "plan": plan.to_json()}
            if staged:
                options["folder"] = folder.name
            bench.uow.imports.change(number, record_type=table.id, options=options)
            self.parts[place] = replace(part, batch=number)
            _keep(bench, self.found.first.batch.id, {"parts": [asdict(one) for one in self.parts]})
        return self.parts[place]

    def _publish(self, part: Part) -> Json:
        with reading(self.platform, self.actor) as bench:
            task = batches.work_of(bench, batches.get(bench, part.batch))
        start = self._done

        def told(done: int, _: int) -> None:
            self._tell(start + done, self._total)

        if not (task.folder / DECISIONS_FILE).is_file():
            check_import(self.actor, self.platform.database, task, told)
        start += task.shape.rows
        counts = publish_import(
            self.actor, self.platform.database, task, part.batch, told
        ).to_json()
        with writing(self.platform, self.actor) as bench:
            bench.uow.imports.change(part.batch, state="done", counts=counts)
        return counts

    def undo(self) -> Json:
        """Take back what every part has brought in, children before parents."""
        removed = kept = 0
        recalculation.catch_up(self.platform, self.actor.workspace)
        with reading(self.platform, self.actor) as bench:
            catalogue = bench.catalogue
        for place, part in enumerate(reversed(self.parts)):
            if not part.batch:
                continue
            report = undo_import(self.actor, self.platform.database, catalogue, part.batch)
            removed, kept = removed + report.removed, kept + report.kept
            with writing(self.platform, self.actor) as bench:
                bench.uow.imports.change(part.batch, state="undone")
            self._tell(place + 1, len(self.parts))
        with writing(self.platform, self.actor) as bench:
            recalculation.enqueue(bench, "import")
        return {"removed": removed, "kept": kept}

    def leave(self, state: str) -> None:
        """Note that the work has stopped before its end."""
        numbers = {one.batch for one in self.parts if one.batch}
        with writing(self.platform, self.actor) as bench:
            for number in numbers | {one.batch.id for one in self.found.imports}:
                if bench.uow.imports.get(number, self.actor.workspace).state in _BUSY:
                    bench.uow.imports.change(number, state=state)


def state_of(found: Files) -> str:
    """Return how far a creation is: files are done one after the other, and it is done with the last of them."""
    states = [one.batch.state for one in found.imports]
    return next((one for one in _UNFINISHED if one in states), found.first.batch.state)


def is_creation(found: Import) -> bool:
    """Whether an import stands for tables made from files."""
    return "spec" in asked_of(found)
