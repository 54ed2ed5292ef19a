"""Operators whose arguments are all worked out first, as functions over JavaScript values."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from tierloom.rules.js.budget import MAX_DEPTH, Budget
from tierloom.rules.js.values import (
    UNDEFINED,
    Order,
    from_units,
    is_number,
    loosely_equal,
    member,
    number,
    ordered,
    parse_float,
    strictly_equal,
    text,
    truthy,
    units,
)

Args = Sequence[object]
Operation = Callable[[Args, object, Budget], object]
"""Takes the arguments, the data at hand, and the budget."""


def _at(args: Args, place: int) -> object:
    return args[place] if place < len(args) else UNDEFINED


def _ordered(order: Order) -> Operation:
    """Compare two values, or three for a between (`<` and `<=` only)."""

    def ask(args: Args, _data: object, budget: Budget) -> object:
        first, second, third = _at(args, 0), _at(args, 1), _at(args, 2)
        found = ordered(order, first, second, budget)
        if order in (">", ">=") or third is UNDEFINED or not found:
            return found
        return ordered(order, second, third, budget)

    return ask


def _equal(test: Callable[[object, object, Budget], bool], *, wanted: bool) -> Operation:
    return lambda args, _, budget: test(_at(args, 0), _at(args, 1), budget) is wanted


def _in(args: Args, _data: object, budget: Budget) -> bool:
    needle, where = _at(args, 0), _at(args, 1)
    if isinstance(where, str) and where:
        budget.spend(len(where))
        return text(needle, budget) in where
    if isinstance(where, list):
        budget.spend(len(where))
        return any(strictly_equal(one, needle, budget) for one in where)
    return False


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def _plus(args: Args, _data: object, budget: Budget) -> float:
    total = 0.0
    for one in args:
        total += parse_float(one, budget)
    return total


def _times(args: Args, _data: object, budget: Budget) -> object:
    """Multiply; one argument alone is given back as it is."""
    found = args[0]
    for one in args[1:]:
        found = parse_float(found, budget) * parse_float(one, budget)
    return found


def _minus(args: Args, _data: object, budget: Budget) -> float:
    left, right = number(_at(args, 0), budget), _at(args, 1)
    return -left if right is UNDEFINED else left - number(right, budget)


def _divided(args: Args, _data: object, budget: Budget) -> float:
    left, right = number(_at(args, 0), budget), number(_at(args, 1), budget)
    if right:
        return left / right
    if not left or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _remainder(args: Args, _data: object, budget: Budget) -> float:
    left, right = number(_at(args, 0), budget), number(_at(args, 1), budget)
    if math.isinf(left) or not right:
        return math.nan
    return math.fmod(left, right)


def _smallest(args: Args, _data: object, budget: Budget) -> float:
    found = [number(one, budget) for one in args]
    return math.nan if any(map(math.isnan, found)) else min(found, default=math.inf)


def _largest(args: Args, _data: object, budget: Budget) -> float:
    found = [number(one, budget) for one in args]
    return math.nan if any(map(math.isnan, found)) else max(found, default=-math.inf)


# ── texts and lists ─────────────────────────────────────────────────────────────────────────────


def _joined(args: Args, _data: object, budget: Budget) -> str:
    return "".join("" if one is None or one is UNDEFINED else text(one, budget) for one in args)


def _part(args: Args, _data: object, budget: Budget) -> str:
    """Cut a text by UTF-16 units; a negative end counts from the end of what is left."""
    pairs = units(text(_at(args, 0), budget))
    size = len(pairs) // 2
    start = _whole(number(_at(args, 1), budget), size)
    begin = max(size + start, 0) if start < 0 else min(start, size)
    length = size - begin
    end = _at(args, 2)
    if end is not UNDEFINED:
        asked = _whole(number(end, budget), size)
        length = max(0, length + asked) if asked < 0 else min(asked, length)
    return from_units(pairs[begin * 2 : (begin + length) * 2])


def _whole(value: float, most: int) -> int:
    """Truncate; what is no number is 0, and nothing is beyond `most`."""
    if math.isnan(value):
        return 0
    return int(max(-float(most), min(value, float(most))))


def _merged(args: Args, _data: object, budget: Budget) -> list[object]:
    found: list[object] = []
    for one in args:
        more = one if isinstance(one, list) else [one]
        budget.spend(len(more))
        found.extend(more)
    return found


# ── data ────────────────────────────────────────────────────────────────────────────────────────


def read(args: Args, data: object, budget: Budget) -> object:
    """Read a dotted path of the data; a default stands in for what is not there."""
    path, default = _at(args, 0), _at(args, 1)
    if path is None or path is UNDEFINED or path == "":
        return data
    missing = None if default is UNDEFINED else default
    found = data
    for key in text(path, budget).split("."):
        budget.spend(1)
        found = member(found, key, budget)
        if found is UNDEFINED:
            return missing
    return found


def _missing(args: Args, data: object, budget: Budget) -> list[object]:
    first = _at(args, 0)
    names = first if isinstance(first, list) else args
    return [one for one in names if _is_missing(one, data, budget)]


def _is_missing(name: object, data: object, budget: Budget) -> bool:
    budget.step()
    found = read([name], data, budget)
    return found is None or found == ""


def _missing_some(args: Args, data: object, budget: Budget) -> list[object]:
    needed, names = _at(args, 0), _at(args, 1)
    missing = _missing([names], data, budget)
    size = member(names, "length", budget)
    known = size - len(missing) if isinstance(size, int) else math.nan
    return [] if ordered(">=", known, needed, budget) else missing


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "==": _equal(loosely_equal, wanted=True),
        "!=": _equal(loosely_equal, wanted=False),
        "===": _equal(strictly_equal, wanted=True),
        "!==": _equal(strictly_equal, wanted=False),
        "<": _ordered("<"),
        "<=": _ordered("<="),
        ">": _ordered(">"),
        ">=": _ordered(">="),
        "!!": lambda args, _data, _budget: truthy(_at(args, 0)),
        "!": lambda args, _data, _budget: not truthy(_at(args, 0)),
        "in": _in,
        "+": _plus,
        "*": _times,
        "-": _minus,
        "/": _divided,
        "%": _remainder,
        "min": _smallest,
        "max": _largest,
        "cat": _joined,
        "substr": _part,
        "merge": _merged,
        "log": lambda args, _data, _budget: _at(args, 0),
        "var": read,
        "missing": _missing,
        "missing_some": _missing_some,
    }
)
"""`log` gives back its argument and writes nothing."""

LEAST: Mapping[str, int] = MappingProxyType({"*": 1})
"""How many arguments an operator needs, where it cannot do without."""


def plain(value: object, budget: Budget, depth: int = 0) -> object:
    """Return a result as JSON can hold it; what it cannot hold (NaN, undefined) is null.

    Raises:
        Invalid: it is larger than the budget allows.
    """
    budget.spend(1)
    if depth > MAX_DEPTH:
        budget.spend(budget.bytes + 1)
    match value:
        case str():
            budget.spend(len(value))
            return value
        case list():
            return [plain(one, budget, depth + 1) for one in value]
        case dict():
            return {key: plain(one, budget, depth + 1) for key, one in value.items()}
        case float() if is_number(value):
            if not math.isfinite(value):
                return None
            return int(value) if value.is_integer() and abs(value) < 1e21 else value
    return None if value is UNDEFINED else value
