"""An independent reading of SEMANTICS.md: a slow interpreter of JSON Logic over dictionaries.

It shares nothing with the product but the field catalogue: no IR, no passes, no closures. An answer
is True, False or None (uncertain, only under hold); a value may be UNKNOWN or NEVER (the aggregate
of no rows).
"""

import math
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.unit.rules.world import AS_OF, CATALOGUE, OBJECTS, TIERS, TODAY, ZONE, Record
from tierloom.domain.fields import Link, RollUp, TimeSince

UNKNOWN = "unknown value"
NEVER = "no such value"
PREDICATES = frozenset(
    [
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "starts_with",
        "ends_with",
        "and",
        "or",
        "xor",
        "!",
        "!!",
        "missing",
        "missing_some",
        "is_known",
        "some",
        "all",
        "none",
        "segment",
    ]
)


class Oracle:
    def __init__(self, hold: bool, table: str = "customers") -> None:
        self.doubt = None if hold else False
        self.hold = hold
        self.table = CATALOGUE.table(table)

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def ask(self, rule: Any, row: Record) -> bool | None:
        if isinstance(rule, bool):
            return rule
        ((key, args),) = rule.items()
        if not isinstance(args, list):
            args = [args]
        if key not in PREDICATES:
            found = self.value(rule, row)
            return self.doubt if found == UNKNOWN else found is True
        return getattr(self, "_" + NAMES[key])(args, row)

    def _and(self, args: Any, row: Record) -> bool | None:
        found = [self.ask(one, row) for one in args]
        return False if False in found else None if None in found else True

    def _or(self, args: Any, row: Record) -> bool | None:
        found = [self.ask(one, row) for one in args]
        return True if True in found else None if None in found else False

    def _xor(self, args: Any, row: Record) -> bool | None:
        found = [self.ask(one, row) for one in args]
        return None if None in found else found.count(True) in (1, 3, 5, 7)

    def _truth(self, args: Any, row: Record) -> bool | None:
        if self._is_question(args[0]):
            return self.ask(args[0], row)
        return self.value(args[0], row) not in (UNKNOWN, NEVER)

    def _not(self, args: Any, row: Record) -> bool | None:
        found = self._truth(args, row)
        return None if found is None else not found

    def _is_question(self, node: Any) -> bool:
        if not isinstance(node, dict):
            return isinstance(node, bool)
        (key,) = node
        if key == "if":
            return self._is_question(node["if"][-1])
        return key in PREDICATES or (key == "var" and node["var"] == "plus")

    def _eq(self, args: Any, row: Record) -> bool | None:
        if None in args or "" in args:
            other = args[0] if args[1] in (None, "") else args[1]
            return self.value(other, row) in (UNKNOWN, NEVER)
        return self._compare(args, row, lambda a, b: a == b)

    def _ne(self, args: Any, row: Record) -> bool | None:
        found = self._eq(args, row)
        return None if found is None else not found

    def _lt(self, args: Any, row: Record) -> bool | None:
        return self._chain(args, row, lambda a, b: a < b)

    def _le(self, args: Any, row: Record) -> bool | None:
        return self._chain(args, row, lambda a, b: a <= b)

    def _gt(self, args: Any, row: Record) -> bool | None:
        return self._chain(args, row, lambda a, b: a > b)

    def _ge(self, args: Any, row: Record) -> bool | None:
        return self._chain(args, row, lambda a, b: a >= b)

    def _chain(self, args: Any, row: Record, test: Any) -> bool | None:
        found = [self._compare(pair, row, test) for pair in pairwise(args)]
        return False if False in found else None if None in found else True

    def _compare(self, args: Any, row: Record, test: Any) -> bool | None:
        left, right = self.value(args[0], row), self.value(args[1], row)
        if NEVER in (left, right):
            return False
        if UNKNOWN in (left, right):
            return self.doubt
        if isinstance(left, datetime) or isinstance(right, datetime):
            # A day means all its moments: a moment inside it is equal to it.
            left, right = self._moments(left, right)
        elif isinstance(left, date) or isinstance(right, date):
            left, right = (
                date.fromisoformat(x) if isinstance(x, str) else x for x in (left, right)
            )
        elif "tier" in (self._name(args[0]), self._name(args[1])):
            left, right = TIERS.index(left), TIERS.index(right)
        return test(left, right)

    def _moments(self, left: Any, right: Any) -> tuple[Any, Any]:
        text = left if isinstance(left, str) else right
        moment = left if isinstance(left, datetime) else right
        if "T" in text:
            given = datetime.fromisoformat(text)
            given = given if given.tzinfo else given.replace(tzinfo=ZONE)
            return (given, moment) if text is left else (moment, given)
        local = moment.astimezone(ZONE).date().isoformat()
        return (text, local) if text is left else (local, text)

    def _in(self, args: Any, row: Record) -> bool | None:
        needle, where = args
        if isinstance(where, list):
            return self._or([{"==": [needle, one]} for one in where], row)
        found = self.value(where, row)
        if found == UNKNOWN:
            return self.doubt
        return needle in found

    def _starts(self, args: Any, row: Record) -> bool | None:
        found = self.value(args[0], row)
        return self.doubt if found == UNKNOWN else found[: len(args[1])] == args[1]

    def _ends(self, args: Any, row: Record) -> bool | None:
        found = self.value(args[0], row)
        return self.doubt if found == UNKNOWN else found[-len(args[1]) :] == args[1]

    def _missing(self, args: Any, row: Record) -> bool | None:
        return any(self.value({"var": name}, row) in (UNKNOWN, NEVER) for name in args)

    def _missing_some(self, args: Any, row: Record) -> bool | None:
        there = [n for n in args[1] if self.value({"var": n}, row) not in (UNKNOWN, NEVER)]
        return len(there) < args[0]

    def _is_known(self, args: Any, row: Record) -> bool | None:
        return not self._missing(args, row)

    def _segment(self, args: Any, row: Record) -> bool | None:
        return self.ask({">=": [{"var": "spend"}, 500]}, row) if args == ["spenders"] else None

    def _some(self, args: Any, row: Record) -> bool | None:
        return self._quantified(args, row, any, empty=False)

    def _all(self, args: Any, row: Record) -> bool | None:
        return self._quantified(args, row, all, empty=False)

    def _none(self, args: Any, row: Record) -> bool | None:
        return self._quantified(args, row, lambda found: not any(found), empty=True)

    def _quantified(self, args: Any, row: Record, how: Any, empty: bool) -> bool | None:
        if args[0] == {"var": "tags"}:
            chosen = self.value(args[0], row)
            if chosen == UNKNOWN:
                return None if self.hold else empty
            return how([one in args[1]["in"][1] for one in chosen])
        rows = self._rows(args[0], row)
        inner = Oracle(False, "orders")
        return how([inner.ask(args[1], one) for one in rows]) if rows else empty

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def value(self, node: Any, row: Record) -> Any:
        if not isinstance(node, dict):
            return node
        ((key, args),) = node.items()
        if not isinstance(args, list):
            args = [args]
        if key == "var":
            return self._default(args, row)
        if key in PREDICATES:
            found = self.ask(node, row)
            return UNKNOWN if found is None else found
        if key == "share":
            rows = self._rows(args[0], row)
            found = [Oracle(False, "orders").ask(args[1], one) for one in rows]
            return found.count(True) / len(found) if found else NEVER
        if key in ("distinct", "most_frequent"):
            return self._frequent(key, args, row)
        if key in ("count", "sum", "avg", "min_of", "max_of", "first", "last"):
            operand = args[1]["var"] if len(args) > 1 else None
            return self._aggregate(key, self._rows(args[0], row), operand)
        if key == "if":
            return self._if(args, row)
        if key == "coalesce":
            found = [self.value(one, row) for one in args]
            known = [one for one in found if one not in (UNKNOWN, NEVER)]
            return known[0] if known else UNKNOWN if UNKNOWN in found else NEVER
        found = [self.value(one, row) for one in args]
        if UNKNOWN in found:
            return UNKNOWN
        if NEVER in found:
            return NEVER
        return self._function(key, found)

    def _function(self, key: str, args: Any) -> Any:
        match key, args:
            case "today", _:
                return TODAY
            case "now", _:
                return AS_OF
            case "days_since", [date() as day]:
                return (TODAY - _local(day)).days
            case "date_of", [moment]:
                return _local(moment)
            case "date_add", [day, count, "day"]:
                return day + timedelta(days=count)
            case "date_add", [day, count, "month"]:
                return _months_later(day, count)
            case "date_diff", [a, b, unit]:
                return _diff(_day(a), _day(b), unit)
            case "date_part", [day, part]:
                return {
                    "year": day.year, "month": day.month, "day": day.day,
                    "weekday": day.weekday() + 1,
                }[part]  # fmt: skip
            case "days_to_anniversary", [day]:
                return next(n for n in range(367) if _same_day(day, TODAY + timedelta(days=n)))
            case (("min" | "max"), _):
                return (min if key == "min" else max)(args)
            case "cat", _:
                return "".join(str(one) for one in args)
            case "lower", [text]:
                return text.lower()
            case "upper", [text]:
                return text.upper()
            case "substr", [text, start, *rest]:
                begin = max(len(text) + start, 0) if start < 0 else start
                kept = text[begin:][: rest[0]] if rest else text[begin:]
                return kept or UNKNOWN
            case "+", _:
                total = float(args[0])
                for one in args[1:]:
                    total += float(one)
                return total
            case "-", [one]:
                return -one
            case "-", [one, other]:
                return float(one) - float(other)
            case "*", [one, other]:
                return float(one) * float(other)
            case "/", [one, other]:
                return UNKNOWN if other == 0 else float(one) / float(other)
            case "%", [one, other]:
                return UNKNOWN if other == 0 else one - other * math.trunc(Fraction(one, other))
        raise AssertionError((key, args))

    def _default(self, args: Any, row: Record) -> Any:
        found = self._field(args[0], row)
        return args[1] if len(args) > 1 and found in (UNKNOWN, NEVER) else found

    def _field(self, name: str, row: Record) -> Any:
        if "." in name:
            reference, _, key = name.partition(".")
            above = row.parent(reference)
            return UNKNOWN if above is None else Oracle(self.hold)._field(key, above)
        field = self.table.field(name)
        match field.calculation:
            case RollUp() as roll:
                rows = self._rows({"var": roll.relation}, row)
                if roll.window_days:
                    first = TODAY - timedelta(days=roll.window_days - 1)
                    rows = [r for r in rows if r.value("day") and r.value("day") >= first]
                if roll.only:
                    rows = [r for r in rows if (r.value("amount") or 0) >= 100]
                return self._aggregate(roll.aggregate.value, rows, roll.operand)
            case TimeSince(source):
                return self.value({"days_since": [{"var": source}]}, row)
        found = row.value(name)
        if isinstance(found, Link):
            return found.key if row.parent(name) else UNKNOWN
        return UNKNOWN if found is None or found in ("", ()) else found

    def _rows(self, node: Any, row: Record) -> list[Record]:
        if "filter" in node:
            rows, rule = node["filter"]
            inner = Oracle(False, "orders")
            return [one for one in self._rows(rows, row) if inner.ask(rule, one)]
        return [r for r in row.related(node["var"]) if (r.value("day") or date.min) <= TODAY]

    def _aggregate(self, key: str, rows: list[Record], operand: str | None) -> Any:
        if key == "count":
            return len(rows)
        found = [r.value(str(operand)) for r in rows]
        known: list[Any] = [one for one in found if one is not None]
        if found and not known:
            return UNKNOWN
        cents = [round(Fraction(repr(one)) * 100) for one in known if isinstance(one, float)]
        if key == "sum":
            return sum(cents) / 100
        if not known:
            return NEVER
        match key:
            case "avg":
                return sum(cents) / (100 * len(known))
            case "min_of":
                return sorted(known)[0]
            case "max_of":
                return sorted(known)[-1]
        return known[0] if key == "first" else known[-1]

    def _frequent(self, key: str, args: Any, row: Record) -> Any:
        found = [one.value(args[1]["var"]) for one in self._rows(args[0], row)]
        known = [one for one in found if one is not None]
        if not known:
            return UNKNOWN if found else NEVER
        if key == "distinct":
            return len(set(map(repr, known)))
        latest: list[Any] = []
        for one in known:  # the later of equally frequent values comes to the front
            latest = [one, *(other for other in latest if other != one)]
        return max(latest, key=known.count)

    def _if(self, args: Any, row: Record) -> Any:
        """All values that may come, given that every uncertain condition may hold or not."""
        possible: list[Any] = []
        rest = list(args)
        while len(rest) > 1:
            condition, value = rest.pop(0), rest.pop(0)
            found = self.ask(condition, row)
            if found is not False:
                possible.append(self.value(value, row))
            if found is True:
                break
        else:
            possible.append(UNKNOWN if rest[0] is None else self.value(rest[0], row))
        possible = [UNKNOWN if one is None else one for one in possible]
        return possible[0] if all(one == possible[0] for one in possible) else UNKNOWN

    def _name(self, node: Any) -> str | None:
        return node.get("var") if isinstance(node, dict) else None


def _local(day: date) -> date:
    return day.astimezone(ZONE).date() if isinstance(day, datetime) else day


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _months_later(day: date, count: int) -> date:
    """Try the same number of the day, then smaller ones."""
    year, month = day.year, day.month
    for _ in range(abs(count)):
        month += 1 if count > 0 else -1
        year, month = (
            (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
        )
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)


def _diff(a: date, b: date, unit: str) -> int:
    if a < b:
        return -_diff(b, a, unit)
    if unit == "day":
        return (a - b).days
    count = 0
    while _months_later(b, count + 1) <= a:
        count += 1
    return count


def _same_day(born: date, day: date) -> bool:
    leap = (day + timedelta(days=1)).month == 2
    if (born.month, born.day) == (2, 29) and (day.month, day.day) == (2, 28) and not leap:
        return True
    return (born.month, born.day) == (day.month, day.day)


NAMES = {
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "in": "in",
    "starts_with": "starts", "ends_with": "ends", "and": "and", "or": "or", "xor": "xor", "!": "not",
    "!!": "truth", "missing": "missing", "missing_some": "missing_some", "is_known": "is_known",
    "some": "some", "all": "all", "none": "none", "segment": "segment",
}  # fmt: skip
assert set(NAMES) == PREDICATES
assert OBJECTS.segments
