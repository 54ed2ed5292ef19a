"""Rules worked out one record at a time in plain Python: what the columns must agree with."""

import math
import operator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import reduce

from tests.unit.backends.memory_columns import Record
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Value
from tierloom.rules import dates, ir
from tierloom.schemas.local_time import to_instant


class Never:
    """The aggregate of nothing."""

    def __repr__(self) -> str:
        return "NEVER"


NEVER = Never()
Known = Value | Never


class Plain:
    """Evaluates on one record. Under `hold`, None is an uncertain answer."""

    def __init__(self, context: RunContext, *, hold: bool) -> None:
        self.context = context
        self.hold = hold

    def holds(self, node: ir.Predicate, row: Record) -> bool | None:
        match node:
            case ir.Constant(value):
                return value
            case ir.InSegment(_, rule):
                return self.holds(rule, row)
            case ir.Not(part):
                answer = self.holds(part, row)
                return None if answer is None else not answer
            case ir.And(parts):
                answers = [self.holds(part, row) for part in parts]
                return False if False in answers else None if None in answers else True
            case ir.Or(parts):
                answers = [self.holds(part, row) for part in parts]
                return True if True in answers else None if None in answers else False
            case ir.IsKnown(value):
                return self.work_out(value, row) not in (None, NEVER)
            case ir.Compare(how, left, right):
                return self._test(
                    [self.work_out(left, row), self.work_out(right, row)],
                    lambda a, b: _compare(how, a, b, left.type),
                )
            case ir.OneOf(value, choices):
                return self._test([self.work_out(value, row)], lambda a: a in choices)
            case ir.Matches(test, value, needle):
                return self._test([self.work_out(value, row)], lambda a: _matches(test, a, needle))
            case ir.HasAnyOf(value, options):
                return self._test(
                    [self.work_out(value, row)], lambda a: bool(set(a) & set(options))
                )
            case ir.IsTrue(value):
                return self._test([self.work_out(value, row)], lambda a: a is True)
        raise TypeError(node)

    def _test(self, values, test) -> bool | None:
        if any(value is NEVER for value in values):
            return False
        if any(value is None for value in values):
            return None if self.hold else False
        return bool(test(*values))

    def work_out(self, node: ir.ValueNode, row: Record) -> Known:
        match node:
            case ir.Literal(value, _):
                return value
            case ir.Today():
                return self.context.today
            case ir.Now():
                return self.context.as_of
            case ir.Calculated(value=inner):
                return self.work_out(inner, row)
            case ir.Scored(value=inner, hold=hold):
                return Plain(self.context, hold=hold).work_out(inner, row)
            case ir.Truth(predicate):
                return self.holds(predicate, row)
            case ir.Var(path):
                for reference in path[:-1]:
                    above = row.parent(reference)
                    if above is None:
                        return None
                    row = above
                if node.type.family is ir.Family.REFERENCE:
                    return None if row.parent(path[-1]) is None else "linked"
                return row.value(path[-1])
            case ir.Arithmetic(sign, parts):
                values = [self.work_out(part, row) for part in parts]
                return _over(values, lambda *known: _arithmetic(sign, known))
            case ir.Rounded(value, kind):
                return _over([self.work_out(value, row)], lambda x: _rounded(x, kind.scale))
            case ir.Banded(value, cuts, classes, right_closed, _):
                reached = operator.lt if right_closed else operator.le
                return _over(
                    [self.work_out(value, row)],
                    lambda x: classes[sum(reached(cut, x) for cut in cuts)],
                )
            case ir.If(branches, otherwise):
                return self._if(list(branches), otherwise, row)
            case ir.Call():
                return self._call(node, [self.work_out(arg, row) for arg in node.args])
            case ir.RollUpOf():
                return self._roll_up(node, row)
        raise TypeError(node)

    def _if(self, branches, otherwise, row) -> Known:
        if not branches:
            return self.work_out(otherwise, row)
        (condition, value), *rest = branches
        answer = self.holds(condition, row)
        if answer is True:
            return self.work_out(value, row)
        following = self._if(rest, otherwise, row)
        if answer is None:
            return following if self.work_out(value, row) == following else None
        return following

    def _call(self, node: ir.Call, args: list[Known]) -> Known:
        match node.function:
            case ir.Function.COALESCE:
                known = [arg for arg in args if arg is not None and arg is not NEVER]
                return known[0] if known else None if None in args else NEVER
            case ir.Function.MIN:
                return _over(args, lambda *a: min(a))
            case ir.Function.MAX:
                return _over(args, lambda *a: max(a))
            case ir.Function.CAT:
                return _over(args, lambda *a: "".join(map(_written, a)) or None)
            case ir.Function.SUBSTR:
                return _over(args, _cut)
            case ir.Function.TRUNCATE:
                return _over(args, lambda a: self._started(a, node.unit))
            case ir.Function.DATE_ADD if node.type.family is ir.Family.DATETIME:
                return _over(args, lambda a, n: self._moved(a, int(n), node.unit))
            case ir.Function.LOWER:
                return _over(args, str.lower)
            case ir.Function.UPPER:
                return _over(args, str.upper)
            case ir.Function.DATE_ADD:
                return _over(args, lambda d, n: dates.date_add(d, int(n), node.unit))
            case ir.Function.DATE_DIFF:
                return _over(args, lambda a, b: float(dates.date_diff(a, b, node.unit)))
            case ir.Function.DATE_OF:
                return _over(args, lambda a: dates.local_date(a, self.context.zone))
            case ir.Function.DATE_PART:
                return _over(args, lambda a: float(dates.date_part(a, node.unit)))
            case ir.Function.ANNIVERSARY:
                today = self.context.today
                return _over(args, lambda a: float(dates.days_to_anniversary(a, today)))
        raise TypeError(node)

    def _moved(self, moment: datetime, count: int, unit: str) -> datetime | None:
        if unit in ("hour", "minute"):
            minutes = count * 60 if unit == "hour" else count
            elapsed = (moment - datetime(1, 1, 1, tzinfo=UTC)) // timedelta(minutes=1) + minutes
            if not 0 < elapsed < 3_652_000 * 1440:
                return None
            found = moment + timedelta(minutes=minutes)
        else:
            local = moment.astimezone(self.context.zone)
            day = dates.date_add(local.date(), count, unit)
            found = day and to_instant(datetime.combine(day, local.time()), self.context.zone)
        return found if found and 1 < found.year < 9999 else None

    def _started(self, moment: datetime, unit: str) -> datetime:
        """Go back, minute by minute and then day by day, to where the next smaller step leaves the unit."""
        zone = self.context.zone
        local = moment.astimezone(zone)
        if unit in ("hour", "minute"):
            while (local.minute if unit == "hour" else 0) or local.second or local.microsecond:
                step = timedelta(minutes=local.minute if unit == "hour" else 0)
                moment -= step + timedelta(seconds=local.second, microseconds=local.microsecond)
                local = moment.astimezone(zone)
            return moment
        day = local.date()
        same = {
            "day": lambda one: one,
            "week": lambda one: one.isocalendar()[:2],
            "month": lambda one: (one.year, one.month),
            "year": lambda one: one.year,
        }[unit]
        while same(day - timedelta(days=1)) == same(day):
            day -= timedelta(days=1)
        return to_instant(datetime.combine(day, time()), zone)

    def _roll_up(self, node: ir.RollUpOf, row: Record) -> Known:
        strict = Plain(self.context, hold=False)
        rows = [one for one in row.related(node.rows.relation) if strict._counts(node.rows, one)]
        if node.operand is None:
            return float(len(rows))
        how = strict if node.aggregate is Aggregate.SHARE else self
        values = [how.work_out(node.operand, one) for one in rows]
        values = [value for value in values if value is not NEVER]
        if not values:
            return 0.0 if node.aggregate is Aggregate.SUM else NEVER
        known = [value for value in values if value is not None]
        return _aggregate(node, known) if known else None

    def _counts(self, rows: ir.Related, row: Record) -> bool:
        when = row.value(rows.date_field) if rows.date_field else None
        if isinstance(when, datetime):
            day, late = dates.local_date(when, self.context.zone), when > self.context.as_of
        else:
            day, late = when, when is not None and when > self.context.today
        if late:
            return False
        if rows.window_days is not None:
            first = self.context.today - timedelta(days=rows.window_days)
            if day is None or not first < day:
                return False
        return rows.only is None or self.holds(rows.only, row) is True


def _aggregate(node: ir.RollUpOf, known: list) -> Value:
    match node.aggregate:
        case Aggregate.FIRST:
            return known[0]
        case Aggregate.LAST:
            return known[-1]
        case Aggregate.MINIMUM:
            return min(known)
        case Aggregate.MAXIMUM:
            return max(known)
        case Aggregate.DISTINCT:
            return float(sum(one not in known[:place] for place, one in enumerate(known)))
        case Aggregate.SHARE:
            return known.count(True) / len(known)
        case Aggregate.GAP:
            return NEVER if len(known) < 2 else float((known[-1] - known[-2]).days)
        case Aggregate.MOST_FREQUENT:
            ranked = [(known.count(one), place) for place, one in enumerate(known)]
            return known[max(ranked)[1]]
    unit = 10**node.operand.type.scale
    total = float(sum(round(value * unit) for value in known))
    return total / (len(known) * unit if node.aggregate is Aggregate.AVERAGE else unit)


def _written(part) -> str:
    match part:
        case int() | float():
            return f"{Decimal(repr(part)).normalize():f}" if part else "0"
        case date():
            return f"{part.year:04}-{part.month:02}-{part.day:02}"
    return part


def _cut(text: str, start: float, length: float | None = None) -> str | None:
    found = list(text)[int(start) :] if start >= -len(text) else list(text)
    if length is not None:
        found = found[: int(length)]
    return "".join(found) or None


def _rounded(number: float, scale: int) -> float | None:
    """Round exactly, by decimal fractions of the double that the product is."""
    scaled = number * 10.0**scale
    if not abs(scaled) < 1e16:
        return None
    whole = int(Decimal(scaled).to_integral_value(ROUND_HALF_EVEN))
    return None if abs(whole) >= 10**15 else whole / 10**scale


def _over(args: list[Known], function) -> Known:
    if None in args:
        return None
    return NEVER if NEVER in args else function(*args)


def _arithmetic(sign: ir.Sign, known: tuple[float, ...]) -> float | None:
    return reduce(lambda a, b: None if a is None else _two(sign, a, b), known)


def _two(sign: ir.Sign, a: float, b: float) -> float | None:
    try:
        match sign:
            case ir.Sign.ADD:
                found = a + b
            case ir.Sign.SUBTRACT:
                found = a - b
            case ir.Sign.MULTIPLY:
                found = float(a) * b
            case ir.Sign.DIVIDE:
                found = a / b
            case ir.Sign.REMAINDER:
                found = math.fmod(a, b)
    except (ZeroDivisionError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _compare(how: ir.Comparison, a, b, kind: ir.ValueType) -> bool:
    if how is ir.Comparison.EQUAL:
        return a == b
    if kind.family is ir.Family.CHOICE:
        a, b = kind.options.index(a), kind.options.index(b)
    match how:
        case ir.Comparison.LESS:
            return a < b
        case ir.Comparison.LESS_EQUAL:
            return a <= b
        case ir.Comparison.GREATER:
            return a > b
    return a >= b


def _matches(test: ir.TextTest, text: str, needle: str) -> bool:
    match test:
        case ir.TextTest.CONTAINS:
            return text.find(needle) >= 0
        case ir.TextTest.STARTS_WITH:
            return text[: len(needle)] == needle
    return text[-len(needle) :] == needle
