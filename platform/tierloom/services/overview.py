"""What the first page says about a workspace."""

from dataclasses import dataclass

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.engine.columns import NumberColumn
from tierloom.services import authorize, grid
from tierloom.services.shown import RecordView
from tierloom.services.standing import Moved, last_moves
from tierloom.services.trends import Trend, Week, trend_and_week
from tierloom.services.workbench import Workbench


@dataclass(frozen=True, slots=True)
class TableFigures:
    """A table with the number of its records that the actor may see."""

    table: RecordType
    records: int


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """A tier model's sizes, and what each tier brings: shares of the sum of `figure`, by tier key."""

    model: TierModel
    table: RecordType
    total: int
    sizes: dict[str, int]
    figure: Field | None
    shares: dict[str, float]
    moves: list[tuple[RecordView, Moved]]
    trend: Trend | None = None
    week: Week | None = None

    @property
    def best(self) -> tuple[int, float, float] | None:
        """The first tiers that bring far more than their number: how many, their share of records, of the figure."""
        records = brought = 0.0
        for count, tier in enumerate(self.model.tiers[:-1], 1):
            records += self.sizes[tier.key] / self.total if self.total else 0
            brought += self.shares.get(tier.key, 0)
            if brought >= 1 / 3 and brought > 2 * records:
                return count, records, brought
        return None


@dataclass(frozen=True, slots=True)
class Overview:
    """Every table, tier model and segment with its size, and when tiers were last brought up to date (milliseconds)."""

    tables: tuple[TableFigures, ...]
    models: tuple[ModelFigures, ...]
    segments: tuple[tuple[Segment, int], ...]
    updated_at: int | None

    @property
    def best(self) -> ModelFigures | None:
        """The first tier model of which few records bring much; None where there is none."""
        return next((one for one in self.models if one.best), None)

    @property
    def alert(self) -> Week | None:
        """What happened this week to whoever is at risk, else who moved down; None where that is not known."""
        weeks = sorted((one.week for one in self.models if one.week), key=_urgency)
        return next(iter(weeks), None)


def _urgency(week: Week) -> tuple[bool, bool]:
    """Put weeks in which something happened first, and of these churn risk."""
    return not week.count, week.kind != "risk"


def overview(bench: Workbench) -> Overview:
    """Return the figures of a workspace as the actor may see them."""
    authorize.require(bench.actor, Grant.READ)
    models = sorted(bench.published.tier_models(), key=lambda one: not one.main)
    return Overview(
        tuple(TableFigures(one, int(bench.visible(one.key).sum())) for one in bench.catalogue),
        tuple(_model(bench, one) for one in models),
        tuple(
            (one, int(bench.matching(one.rule, one.record_type).sum()))
            for one in bench.published.segments()
            if _readable(bench, one)
        ),
        bench.uow.results.last_run_at(bench.actor.workspace),
    )


def _model(bench: Workbench, model: TierModel) -> ModelFigures:
    table = bench.published.table(model.record_type)
    visible = bench.visible(table.key)
    figure = figure_of(bench, model)
    return ModelFigures(
        model,
        table,
        int(visible.sum()),
        grid.tier_sizes(bench, model, visible),
        figure,
        _shares(bench, model, figure) if figure else {},
        last_moves(bench, model),
        *trend_and_week(bench, model, leading_figure(bench, model)),
    )


def figure_of(bench: Workbench, model: TierModel) -> Field | None:
    """Return the sum that a model is about: the money its first rule asks about, else the first calculated money."""
    table = bench.published.table(model.record_type)
    readable = authorize.readable_fields(bench.actor, table)
    money = [one for one in readable if one.type.kind is FieldKind.MONEY and not one.is_stored]
    asked = bench.compile_as_system(model.tiers[0].rule, table.key).reads
    return next((one for one in money if (table.key, one.key) in asked), next(iter(money), None))


def leading_figure(bench: Workbench, model: TierModel) -> Field | None:
    """Return the sum by which people count whatever model they look at: that of the table's main tier model."""
    return figure_of(bench, bench.published.main_model(model.record_type) or model)


def _shares(bench: Workbench, model: TierModel, figure: Field) -> dict[str, float]:
    columns = bench.columns(model.record_type)
    node = bench.value_of(figure, model.record_type)
    column = evaluator.value(node, columns, bench.context).column
    if not isinstance(column, NumberColumn):
        return {}
    codes = bench.codes(model)
    counted = bench.visible(model.record_type) & (codes >= 0) & ~np.isnan(column.values)
    places = len(model.all_tiers)
    sums = np.bincount(codes[counted], weights=column.values[counted], minlength=places)
    whole = float(sums.sum())
    if whole <= 0 or bool((sums < 0).any()):
        return {}
    return {one.key: float(part) / whole for one, part in zip(model.all_tiers, sums, strict=True)}


def _readable(bench: Workbench, segment: Segment) -> bool:
    reads = bench.compile_as_system(segment.rule, segment.record_type).reads
    return bench.allows(reads, segment.record_type)
