"""An import asked for in one command: columns match by themselves where nobody says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tierloom.domain.people import Actor
from tierloom.errors import Invalid, Problem
from tierloom.services.imports import batches
from tierloom.services.imports.matching import propose_matches
from tierloom.services.imports.plan import ImportPlan, UnknownParents
from tierloom.services.imports.problem_rows import RowProblem
from tierloom.services.imports.shape import FileShape
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says: `matches` are column → field key; `key` None means the table's own key."""

    table: str
    key: str | None
    no_key: bool
    matches: Mapping[str, str]
    unknown_parents: UnknownParents


def prepare(platform: Platform, actor: Actor, file: Path, asked: Asked) -> tuple[int, int]:
    """Read a file and ask for its check; returns the import's number and the job.

    Raises:
        Invalid: the file cannot be read, or the plan does not fit.
    """
    with reading(platform, actor) as bench:
        bench.published.table(asked.table)
    with file.open("rb") as source:
        found = batches.receive(platform, actor, source, file.name)
    with reading(platform, actor) as bench:
        wanted = _plan(bench, found.shape, asked)
    return found.batch.id, batches.plan(platform, actor, found.batch.id, wanted)


def publish(platform: Platform, actor: Actor, number: int) -> int:
    """Ask for the publishing of a checked import; returns the job."""
    return batches.request(platform, actor, number, "publish")


def problems(platform: Platform, actor: Actor, number: int) -> tuple[RowProblem, ...]:
    """Return the first problem rows of an import."""
    with reading(platform, actor) as bench:
        return batches.problem_rows(bench, batches.get(bench, number))


def _plan(bench: Workbench, shape: FileShape, asked: Asked) -> ImportPlan:
    table = bench.published.table(asked.table)
    unknown = [column for column in asked.matches if column not in shape.column_names]
    if unknown:
        message = T(
            "The file has no column “%(column)s”. It has: %(known)s.",
            column=unknown[0],
            known=shape.column_names,
        )
        raise Invalid([Problem("unknown-column", "/matches", message)])
    proposed = propose_matches(shape.columns, table, bench.catalogue, bench.zone)
    taken = set(asked.matches.values())
    matches = {one.column: one.field for one in proposed if one.field and one.field not in taken}
    matches = {column: field for column, field in matches.items() if column not in asked.matches}
    matches.update(asked.matches)
    key = None if asked.no_key else asked.key or _own_key(table.key_field, matches)
    return ImportPlan(
        asked.table, {c: f for c, f in matches.items() if f}, key, asked.unknown_parents
    )


def _own_key(key: str | None, matches: Mapping[str, str]) -> str | None:
    return key if key in matches.values() else None
