"""What the first page says about a workspace."""

from dataclasses import dataclass

from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.services import authorize, grid
from tierloom.services.workbench import Workbench


@dataclass(frozen=True, slots=True)
class TableFigures:
    """A table with the number of its records that the actor may see, and its main tier model's sizes."""

    table: RecordType
    records: int
    model: TierModel | None
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """Every table, every segment with its size, and when tiers were last brought up to date (milliseconds)."""

    tables: tuple[TableFigures, ...]
    segments: tuple[tuple[Segment, int], ...]
    updated_at: int | None


def overview(bench: Workbench) -> Overview:
    """Return the figures of a workspace as the actor may see them."""
    authorize.require(bench.actor, Grant.READ)
    return Overview(
        tuple(_figures(bench, table) for table in bench.catalogue),
        tuple(
            (one, int(bench.matching(one.rule, one.record_type).sum()))
            for one in bench.published.segments()
            if _readable(bench, one)
        ),
        bench.uow.results.last_run_at(bench.actor.workspace),
    )


def _figures(bench: Workbench, table: RecordType) -> TableFigures:
    visible = bench.visible(table.key)
    model = bench.published.main_model(table.key)
    sizes = grid.tier_sizes(bench, model, visible) if model else {}
    return TableFigures(table, int(visible.sum()), model, sizes)


def _readable(bench: Workbench, segment: Segment) -> bool:
    reads = bench.compile_as_system(segment.rule, segment.record_type).reads
    fields = (bench.catalogue.table(table).find(key) for table, key in reads)
    return all(field is None or authorize.may_read(bench.actor, field) for field in fields)
