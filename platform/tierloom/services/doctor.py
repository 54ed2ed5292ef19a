"""Checks of a whole installation, for `tierloom doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass

from tierloom.domain.people import system_actor
from tierloom.engine.results import ABSENT
from tierloom.services import placements, recalculation
from tierloom.services.platform import Platform
from tierloom.services.workbench import reading


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    what: str


def examine(platform: Platform) -> Iterator[Finding]:
    """Look at everything that can be checked without changing it."""
    yield Finding(
        platform.database.is_current(), f"database at revision {platform.database.revision()}"
    )
    with platform.database.reading() as uow:
        workspaces = uow.workspaces.all()
    for workspace in workspaces:
        with reading(platform, system_actor(workspace.id)) as bench:
            for table in bench.catalogue:
                stored, columns = bench.uow.records(table).count(), bench.columns(table.key).size
                yield Finding(
                    stored == columns,
                    f"{workspace.key}/{table.key}: {stored:,} records, {columns:,} in the columns",
                )
            for model in bench.published.tier_models():
                ids = bench.columns(model.record_type).ids
                kept = placements.by_position(bench.placed(model), ids)
                wrong = int((kept != recalculation.codes_of(bench, model)).sum())
                waiting = int((kept == ABSENT).sum())
                yield Finding(
                    wrong == 0,
                    f"{workspace.key}/{model.key}: {wrong:,} records not in the tier that a full run gives"
                    + (f", {waiting:,} not placed yet" if waiting else ""),
                )
