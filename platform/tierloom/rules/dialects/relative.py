"""Relative dates of react-querybuilder: an anchor (now, the start or end of a period) plus some units.

`relative` reads one, `as_relative` writes one.
"""

from tierloom.domain.rules import Json
from tierloom.errors import Invalid, Problem
from tierloom.rules.dates import INSTANT_UNITS, UNITS
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.text import T, Text

_PERIODS = {"Day": "day", "Month": "month", "Year": "year"}


def relative(node: Apply) -> Syntax:
    """Return the date, or the instant, that `[anchor, offset, unit, date only]` names.

    Raises:
        Invalid: it starts at a week (there a week begins on Sunday, or as the browser likes), ends
            within an instant, or moves a date by hours.
    """
    values = [one.value if isinstance(one, Scalar) else None for one in node.args]
    anchor, offset, unit = values[:3]
    day_only = len(values) > 3 and values[3] is True
    if type(offset) is not int or not isinstance(anchor, str) or not isinstance(unit, str):
        raise _refused(node, T("A relative date has an anchor, a whole number and a unit."))
    start = _day(anchor, node) if day_only else _moment(anchor, node)
    if not offset:
        return start
    if unit not in (UNITS if day_only else INSTANT_UNITS):
        raise _refused(node, T("A date cannot be moved by “%(unit)s”.", unit=unit[:40]))
    key = "date_add" if day_only else "datetime_add"
    return _apply(node, key, start, offset, unit)


def _day(anchor: str, node: Apply) -> Syntax:
    today = _apply(node, "today")
    if anchor in ("now", "startOfDay", "endOfDay"):
        return today
    edge, period = _parts(anchor, node)
    first = _apply(node, "date_of", _start(node, period))
    if edge == "start":
        return first
    return _apply(node, "date_add", _apply(node, "date_add", first, 1, period), -1, "day")


def _moment(anchor: str, node: Apply) -> Syntax:
    if anchor == "now":
        return _apply(node, "now")
    edge, period = _parts(anchor, node)
    if edge == "start":
        return _start(node, period)
    message = T("“%(name)s” names the last instant of a period.", name=anchor)
    raise _refused(node, message, T("Ask for what is before the start of the next one."))


def _parts(anchor: str, node: Apply) -> tuple[str, str]:
    edge, _, name = anchor.partition("Of")
    if edge not in ("start", "end") or name not in (*_PERIODS, "Week"):
        raise _refused(node, T("There is no anchor “%(name)s”.", name=anchor[:40]))
    if name == "Week":
        message = T("Where a week begins differs from program to program.")
        raise _refused(node, message, T("Use a number of days."))
    return edge, _PERIODS[name]


def _start(node: Apply, period: str) -> Syntax:
    return _apply(node, "datetime_truncate", _apply(node, "now"), period)


# ── which is first ──────────────────────────────────────────────────────────────────────────────

_LENGTHS: dict[str, tuple[float, float]] = {
    "minute": (1 / 1440, 1 / 1440),
    "hour": (1 / 24, 1 / 24),
    "day": (1, 1),
    "week": (7, 7),
    "month": (28, 31),
    "year": (365, 366),
}
"""The shortest and the longest of a unit, in days."""


def reach(node: Syntax) -> tuple[float, float] | None:
    """Return between how many days from now a relative date or instant can lie, None for any other node."""
    match node:
        case Apply("today" | "now"):
            return 0, 0
        case Apply("date_of", (inner,)):
            return reach(inner)
        case Apply("datetime_truncate", (Apply("now"), Scalar(str(unit)))):
            return -_LENGTHS[unit][1], 0
        case Apply("date_add" | "datetime_add", (start, Scalar(int(offset)), Scalar(str(unit)))):
            found, lengths = reach(start), _LENGTHS[unit]
            if found is not None:
                moves = sorted(offset * one for one in lengths)
                return found[0] + moves[0], found[1] + moves[1]
    return None


# ── out ─────────────────────────────────────────────────────────────────────────────────────────


def as_relative(node: Syntax) -> Json:
    """Return what `relative` reads as this node, None where nothing is."""
    anchor = _anchor(node)
    if anchor is not None:
        return _written(*anchor, 0, "day")
    match node:
        case Apply("date_add" | "datetime_add" as key, (start, Scalar(int(offset)), Scalar(unit))):
            anchor = _anchor(start)
            if anchor is not None and anchor[1] is (key == "date_add"):
                return _written(*anchor, offset, unit)
    return None


def _written(anchor: str, day_only: bool, offset: int, unit: Json) -> Json:
    return {"dateRelative": [anchor, offset, unit, day_only]}


def _anchor(node: Syntax) -> tuple[str, bool] | None:
    """Return the anchor that a node is, and whether it is a day."""
    match node:
        case Apply("today"):
            return "now", True
        case Apply("now"):
            return "now", False
        case Apply("date_of", (inner,)) if (period := _started(inner)) is not None:
            return f"startOf{period}", True
        case Apply(
            "date_add",
            (Apply("date_add", (first, Scalar(1), Scalar(unit))), Scalar(-1), Scalar("day")),
        ):
            found = _anchor(first)
            if found is not None and found[0] == f"startOf{str(unit).title()}":
                return found[0].replace("start", "end"), True
    period = _started(node)
    return None if period is None else (f"startOf{period}", False)


def _started(node: Syntax) -> str | None:
    match node:
        case Apply("datetime_truncate", (Apply("now"), Scalar(str(unit)))):
            return next((name for name, one in _PERIODS.items() if one == unit), None)
    return None


# ── pieces ──────────────────────────────────────────────────────────────────────────────────────


def _apply(node: Apply, key: str, *args: "Syntax | str | int") -> Apply:
    """Make a node that stands where the given one stood."""
    made = (Scalar(one, node.pointer) if isinstance(one, (str, int)) else one for one in args)
    return Apply(key, tuple(made), node.pointer)


def _refused(node: Apply, message: Text, hint: Text | None = None) -> Invalid:
    return Invalid([Problem("relative-date", node.pointer, message, hint)])
