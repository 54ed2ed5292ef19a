"""Thresholds proposed from the data by a named measure, in two significant digits, and what each would count."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, inf, log10

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind, FieldType, TimeSince, Value
from tierloom.engine.columns import NumberColumn
from tierloom.rules.templates.values import Asks, Measure, Parameter
from tierloom.schemas.parsing import parse_text
from tierloom.schemas.problems import BadText
from tierloom.services import authorize
from tierloom.services.templates.purchases import Purchases
from tierloom.services.workbench import Workbench

Numbers = NDArray[np.float64]
MIN_GAPS = 30
"""Of fewer gaps between purchases no quantile is told."""
DAYS = FieldType(FieldKind.INTEGER)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold as it stands: `value` is None where `text` is no number that will do.

    `type` says how it is written; `proposed` is what the data propose, `count` how many records it is about. `measured`
    is False where the data told nothing and the usual number stands. `behind` are the days that were added because
    the data end that long ago.
    """

    parameter: Parameter
    field: Field | None
    type: FieldType
    proposed: str
    measured: bool
    text: str
    value: float | None
    count: int | None
    behind: int = 0


def numbers_of(bench: Workbench, table: str, field: Field) -> Numbers:
    """Return a figure of the records that the actor may see, NaN where it is unknown; of a date the days since."""
    if field.type.kind in (FieldKind.DATE, FieldKind.DATETIME):
        since = Field("since_then", field.label, DAYS, calculation=TimeSince(field.key))
        return numbers_of(bench, table, since)
    node = bench.value_of(field, table)
    column = evaluator.value(node, bench.columns(table), bench.context).column
    if not isinstance(column, NumberColumn):
        raise TypeError(f"{field.key!r} has no numbers.")
    return np.asarray(column.values, np.float64)[bench.visible(table)]


def gaps(bench: Workbench, bought: Purchases | None) -> Numbers:
    """Return the days between one purchase and the next of the same customer, on different days, as a row of all."""
    dated = bought.fields.get("purchase_date") if bought else None
    if bought is None or dated is None or not authorize.may_read(bench.actor, dated):
        return np.empty(0)
    child = bench.columns(bought.table.key)
    since = Field("since_then", dated.label, DAYS, calculation=TimeSince(dated.key))
    node = bench.value_of(since, bought.table.key)
    column = evaluator.value(node, child, bench.context).column
    assert isinstance(column, NumberColumn)
    days = np.asarray(column.values, np.float64)
    counted = (days >= 0) & bench.visible(bought.table.key)
    if bought.only is not None:
        counted &= bench.matching(bought.only, bought.table.key)
    related = bench.columns(bought.relation.parent).children(bought.relation)
    seen = bench.visible(bought.relation.parent)
    owners = np.repeat(np.arange(len(related.starts) - 1), np.diff(related.starts))
    kept = counted[related.rows] & seen[owners]
    owners, days = owners[kept], days[related.rows][kept]
    order = np.lexsort((-days, owners))
    found = -np.diff(days[order])
    same = np.diff(owners[order]) == 0
    return np.asarray(found[same & (found > 0)], np.float64)


# ── proposing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def measured(parameter: Parameter, values: Numbers, between: Numbers, centre: str) -> float | None:
    """Return what a parameter's measure gives over a figure's values, None where that is nothing.

    A quantile is of type 7. `centre` is "mean" or "median".
    """
    known = values[~np.isnan(values)]
    known = known[known > 0] if parameter.asks is Asks.AT_LEAST else known[known >= 0]
    match parameter.measure:
        case Measure.FIXED:
            return parameter.share
        case Measure.GAP_QUANTILE:
            return (
                float(np.quantile(between, parameter.share)) if len(between) >= MIN_GAPS else None
            )
        case _ if not known.size:
            return None
        case Measure.QUANTILE:
            return float(np.quantile(known, parameter.share))
        case Measure.CENTRE:
            return float(known.mean() if centre == "mean" else np.median(known))
        case Measure.PARETO:
            falling = np.sort(known)[::-1]
            bring = np.cumsum(falling)
            return float(falling[np.searchsorted(bring, parameter.share * bring[-1])])


def behind(
    parameters: tuple[Parameter, ...], values: Mapping[str, Numbers], between: Numbers
) -> int:
    """Return how many days ago the data end, where that is longer than a usual gap; else 0.

    Files of past months are read weeks later: measured against today, everybody in them would be gone.
    """
    for one in parameters:
        known = values.get(one.figure, np.empty(0))
        known = known[known >= 0]
        if one.measure is not Measure.GAP_QUANTILE or len(between) < MIN_GAPS or not known.size:
            continue
        if known.min() > np.quantile(between, one.share):
            return int(known.min())
    return 0


def rounded(value: float, asks: Asks, kind: FieldType) -> float:
    """Round to two significant digits; whole numbers so that as many reach it as reach the number itself."""
    short = float(f"{value:.2g}")
    if kind.kind is not FieldKind.INTEGER:
        return round(short, kind.scale) or 10.0**-kind.scale
    return float(max(1, ceil(short) if asks is Asks.AT_LEAST else floor(short)))


def above(value: float, low: float, kind: FieldType) -> float:
    """Return `value` if it is larger than `low`, else the next number of two digits above that."""
    if value > low:
        return value
    step = 10.0 ** (floor(log10(low)) - 1) if low > 0 else 1.0
    least = 1.0 if kind.kind is FieldKind.INTEGER else 10.0**-kind.scale
    return round(low + max(step, least), 6)


def proposals(
    parameters: tuple[Parameter, ...],
    values: Mapping[str, Numbers],
    types: Mapping[str, FieldType],
    between: Numbers,
    centre: str,
    late: int = 0,
) -> dict[str, tuple[float, bool]]:
    """Return a number for each parameter, and whether the data gave it; those that must be larger are.

    `values` are by figure, `types` by parameter; `late` days are added to what gaps tell.
    """
    found: dict[str, tuple[float, bool]] = {}
    waiting = list(parameters)
    while waiting:
        one = next(each for each in waiting if each.above not in {two.key for two in waiting})
        waiting.remove(one)
        told = measured(one, values.get(one.figure, np.empty(0)), between, centre)
        if told is not None and one.measure is Measure.GAP_QUANTILE:
            told += late
        number = rounded(one.default if told is None else told, one.asks, types[one.key])
        if one.above:
            number = above(number, found[one.above][0], types[one.key])
        found[one.key] = number, told is not None
    return found


# ── what somebody types ─────────────────────────────────────────────────────────────────────────────────────────────


def read(text: str, kind: FieldType, bench: Workbench) -> float | None:
    """Read a typed threshold, None where it is no number above 0."""
    try:
        value: Value = parse_text(kind, text, bench.zone)
    except BadText:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < inf else None


def written_number(value: float) -> str:
    """Write a proposed number as it can be typed."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def reach(values: Numbers, value: float, parameter: Parameter) -> int:
    """Count the records that a threshold is about: those that reach it, or those beyond it."""
    if parameter.beyond:
        return int((values > value).sum())
    return int((values >= value if parameter.asks is Asks.AT_LEAST else values <= value).sum())
