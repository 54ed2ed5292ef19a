"""Totals of related records: grouped by the record they point at, then joined to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlglot import exp

from tierloom.backends.sql import numbers
from tierloom.backends.sql.compiler import Compiler, Held
from tierloom.backends.sql.plan import Plan, Total
from tierloom.backends.sql.terms import (
    BIGINT,
    DOUBLE,
    Sql,
    all_of,
    any_of,
    case,
    cast,
    is_null,
    known,
    whole,
)
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, FieldKind
from tierloom.rules import dates, ir

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Columns = Callable[[str], Sql]
_ORDERED = (Aggregate.FIRST, Aggregate.LAST, Aggregate.MOST_FREQUENT, Aggregate.GAP)


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of the child's step: which record a row belongs to, whether it counts, its value, its date and id."""

    parent: Sql
    keep: Sql
    operand: Sql | None
    date: Sql | None
    id: Sql

    @property
    def names(self) -> tuple[str, ...]:
        found = (self.parent, self.keep, self.operand, self.date, self.id)
        terms = [one for one in found if one is not None]
        return tuple({c.name: None for one in terms for c in one.find_all(exp.Column)})


def roll_up(compiler: Compiler, node: ir.RollUpOf) -> Held:
    """Translate a roll-up. Which records count is two-valued, under hold too; so is what a share matches."""
    plan, script = compiler.plan, compiler.plan.script
    place = (node.rows.child, node.rows.reference)
    if place not in plan.plans:
        plan.plans[place] = Plan(script, node.rows.child)
    child = plan.plans[place]
    rows = _rows(compiler, node, child)
    total = Total(
        script.name("a"),
        rows.names,
        lambda step: _select(script.name("r"), total.name, node, rows, step),
        child,
    )
    return _held(plan, node, lambda key: plan.total(total, key))


def _rows(compiler: Compiler, node: ir.RollUpOf, child: Plan) -> Rows:
    hold = compiler.hold and node.aggregate is not Aggregate.SHARE
    when = None if node.rows.date_field is None else child.raw(node.rows.date_field)
    conditions = _in_time(child, node.rows, when)
    if node.rows.only is not None:
        conditions.append(compiler.other(child, hold=False).predicate(node.rows.only).true)
    operand = None
    if node.operand is not None:
        value = compiler.other(child, hold=hold).value(node.operand)
        operand = value.term
        if value.none is not None:
            conditions.append(exp.not_(value.none))
        if node.aggregate in (Aggregate.SUM, Aggregate.AVERAGE):
            operand = child.let(numbers.scaled(child, operand, node.operand.type.scale or 0))
    return Rows(
        child.raw(node.rows.reference), child.flag(all_of(conditions)), operand, when, child.id
    )


def _in_time(child: Plan, rows: ir.Related, when: Sql | None) -> list[Sql]:
    """Say which records exist at `as_of` and are in the window; undated ones exist, and are in none."""
    if when is None or rows.date_field is None:
        return []
    context = child.script.context
    kind = context.catalogue.table(rows.child).field(rows.date_field).type.kind
    by_day = kind is FieldKind.DATE
    last = _day(context) if by_day else (context.as_of - _EPOCH) // timedelta(milliseconds=1)
    past = when <= child.script.bound(last, BIGINT)
    if rows.window_days is None:
        return [any_of([is_null(when), past])]
    return [
        known(when),
        past,
        when >= child.script.bound(_first(context, rows.window_days, by_day), BIGINT),
    ]


def _day(context: RunContext) -> int:
    return (context.today - _EPOCH.date()).days


def _first(context: RunContext, window: int, by_day: bool) -> int:
    if by_day:
        return _day(context) - window + 1
    start = dates.start_of_day(context.today - timedelta(days=window - 1), context.zone)
    return (start - _EPOCH) // timedelta(milliseconds=1)


def _select(
    ranks: str, name: str, node: ir.RollUpOf, rows: Rows, step: str
) -> Iterator[tuple[str, exp.Select]]:
    """Yield the steps that make the totals: `rows_` that count, `known_` values, and what they give."""
    operand = exp.column("operand")
    source: list[Sql] = [exp.alias_(rows.parent, "parent")]
    if rows.operand is not None:
        source.append(exp.alias_(rows.operand, "operand"))
    counted = all_of([rows.keep, known(rows.parent)])
    if node.aggregate in _ORDERED:
        yield from _ranked(ranks, node, rows, source, (step, counted))
    else:
        yield ranks, _from(source, step).where(counted, copy=False)
    totals: list[Sql] = [exp.column("parent"), exp.alias_(exp.Count(this=exp.Star()), "rows_")]
    if rows.operand is not None:
        totals.append(exp.alias_(exp.Count(this=operand.copy()), "known_"))
    totals += [exp.alias_(made, key) for key, made in _made(node.aggregate, operand)]
    yield name, _from(totals, ranks).group_by(exp.column("parent"), copy=False)


def _ranked(
    name: str, node: ir.RollUpOf, rows: Rows, source: list[Sql], counted: tuple[str, Sql]
) -> Iterator[tuple[str, exp.Select]]:
    """Number each parent's rows, those with a value first, by date and id or from the end."""
    operand, parent, day = (exp.column(one) for one in ("operand", "parent", "date_"))
    down, inner = node.aggregate is not Aggregate.FIRST, f"{name}_rows"
    keys: list[tuple[Sql, bool]] = [(case([(is_null(operand), whole(1))], whole(0)), False)]
    source = [*source, exp.alias_(rows.id, "id_")]
    if rows.date is not None:
        source.append(exp.alias_(rows.date, "date_"))
    step, condition = counted
    yield inner, _from(source, step).where(condition, copy=False)
    if node.aggregate is Aggregate.MOST_FREQUENT:
        times = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[parent, operand])
        yield f"{name}_times", _from([exp.Star(), exp.alias_(times, "times_")], inner)
        inner = f"{name}_times"
        keys.append((exp.column("times_"), True))
    if rows.date is not None:
        keys.append((case([(is_null(day), whole(0))], whole(1)), down))
        keys.append((coalesce_zero(day), down))
    keys.append((exp.column("id_"), down))
    order = [exp.Ordered(this=key, desc=desc, nulls_first=not desc) for key, desc in keys]
    rank = exp.Window(
        this=exp.RowNumber(), partition_by=[parent.copy()], order=exp.Order(expressions=order)
    )
    yield name, _from([parent.copy(), operand.copy(), exp.alias_(rank, "rank_")], inner)


def _from(columns: list[Sql], step: str) -> exp.Select:
    return exp.select(*columns).from_(exp.to_table(step), copy=False)


def coalesce_zero(term: Sql) -> Sql:
    """Return 0 for an unknown date, so that no engine's order of NULLs matters."""
    return exp.Coalesce(this=term, expressions=[whole(0)])


def _made(aggregate: Aggregate, operand: Sql) -> Iterator[tuple[str, Sql]]:
    match aggregate:
        case Aggregate.SUM | Aggregate.AVERAGE:
            yield "total_", cast(exp.Sum(this=operand), DOUBLE)
        case Aggregate.MINIMUM:
            yield "total_", exp.Min(this=operand)
        case Aggregate.MAXIMUM:
            yield "total_", exp.Max(this=operand)
        case Aggregate.DISTINCT:
            yield "total_", exp.Count(this=exp.Distinct(expressions=[operand]))
        case Aggregate.SHARE:
            yield "total_", exp.Sum(this=operand)
        case Aggregate.FIRST | Aggregate.LAST | Aggregate.MOST_FREQUENT:
            yield "total_", _at(1, operand)
        case Aggregate.GAP:
            yield "total_", _at(1, operand)
            yield "before_", _at(2, operand)


def _at(rank: int, operand: Sql) -> Sql:
    return exp.Max(this=case([(exp.column("rank_").eq(whole(rank)), operand)]))


def _held(plan: Plan, node: ir.RollUpOf, total: Columns) -> Held:
    engine = plan.script.engine
    if node.aggregate is Aggregate.COUNT:
        return Held(cast(coalesce_zero(total("rows_")), DOUBLE))
    nothing, found = is_null(total("rows_")), total("total_")
    scale = 0 if node.operand is None else node.operand.type.scale or 0
    match node.aggregate:
        case Aggregate.SUM:
            amount = plan.let(engine.ratio(found, numbers.unit(scale)) if scale else found)
            return Held(case([(nothing, cast(whole(0), DOUBLE))], amount))
        case Aggregate.AVERAGE:
            known = cast(total("known_"), DOUBLE)
            return Held(engine.ratio(found, known * numbers.unit(scale)), nothing)
        case Aggregate.DISTINCT:
            some = total("known_") > whole(0)
            return Held(case([(some, cast(found, DOUBLE))]), nothing)
        case Aggregate.SHARE:
            return Held(engine.ratio(cast(found, DOUBLE), cast(total("known_"), DOUBLE)), nothing)
        case Aggregate.GAP:
            days = cast(found - total("before_"), DOUBLE)
            return Held(days, any_of([nothing, total("known_").eq(whole(1))]))
        case _:
            return Held(found, nothing)
