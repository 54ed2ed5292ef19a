"""What other builders write, in our own spelling: one function per operator of theirs.

Arguments have been brought to our spelling already; pointers stay those of the given document.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from tierloom.errors import Invalid, Problem
from tierloom.rules.dialects.relative import reach, relative
from tierloom.rules.operators import refusal
from tierloom.rules.syntax import Apply, Scalar, Syntax, variable
from tierloom.text import T

Form = Callable[[Apply], Syntax]
_CURRENT = "current."


def _locked(node: Apply) -> Syntax:
    """A mark that a part cannot be edited there; it says nothing about records."""
    return node.args[0]


def _switched(node: Apply) -> Syntax:
    """A switch comes as an `if` in the last place of an `if`, and so on; here it is one `if`."""
    last = node.args[-1]
    if len(node.args) % 2 and isinstance(last, Apply) and last.key == "if" and len(last.args) % 2:
        return Apply("if", (*node.args[:-1], *last.args), node.pointer)
    return node


# ── counts and sums ─────────────────────────────────────────────────────────────────────────────


def _reduced(node: Apply) -> Syntax:
    """Builders export counts and sums as `reduce` with an accumulator."""
    rows, added, start = node.args
    match added, start:
        case Apply("+", (left, right)), Scalar(0):
            for one, other in ((left, right), (right, left)):
                if variable(other) == "accumulator":
                    found = _counted(rows, one, node.pointer)
                    if found:
                        return found
    message, _ = refusal("reduce")
    hint = T("Use count, sum, avg, min_of, max_of, first or last.")
    raise Invalid([Problem("unknown-operator", node.pointer, message, hint)])


def _counted(rows: Syntax, added: Syntax, pointer: str) -> Syntax | None:
    name = variable(added)
    if isinstance(added, Scalar) and added.value == 1:
        return Apply("count", (rows,), pointer)
    if name is not None and name.startswith(_CURRENT):
        operand = Apply("var", (Scalar(name.removeprefix(_CURRENT), pointer),), pointer)
        return Apply("sum", (rows, operand), pointer)
    return None


# ── dates of react-querybuilder ─────────────────────────────────────────────────────────────────


def _renamed(key: str, *, negated: bool = False) -> Form:
    def form(node: Apply) -> Syntax:
        found = Apply(key, node.args, node.pointer)
        return Apply("!", (found,), node.pointer) if negated else found

    return form


def _between(*, negated: bool) -> Form:
    """Both ends are included, and their order does not matter there."""

    def form(node: Apply) -> Syntax:
        low, middle, high = node.args
        low, high = _rising(low, high)
        found = Apply("<=", (low, middle, high), node.pointer)
        return Apply("!", (found,), node.pointer) if negated else found

    return form


def _rising(one: Syntax, other: Syntax) -> tuple[Syntax, Syntax]:
    """Return two ends, the earlier first; where that depends on the day, what works it out."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (other, one) if str(one.value) > str(other.value) else (one, other)
    if reach(one) is None and reach(other) is None:
        return one, other
    rises = _rises(one, other)
    if rises is None:
        return Apply("min", (one, other), one.pointer), Apply("max", (one, other), other.pointer)
    return (one, other) if rises else (other, one)


def _rises(one: Syntax, other: Syntax) -> bool | None:
    """Tell whether the other end is never the earlier one, None where either can be."""
    (start, offset, unit), (other_start, other_offset, other_unit) = _moved(one), _moved(other)
    if start == other_start and (unit == other_unit or not offset or not other_offset):
        return other_offset >= offset
    first, second = reach(one), reach(other)
    if first is None or second is None:
        return None
    return first[1] <= second[0] or (None if second[1] > first[0] else False)


def _moved(node: Syntax) -> tuple[Syntax, int, str]:
    """Return what a relative date is moved from, by how many units, wherever it stands."""
    match node:
        case Apply("date_add" | "datetime_add", (start, Scalar(int(offset)), Scalar(str(unit)))):
            return _placeless(start), offset, unit
    return _placeless(node), 0, ""


def _placeless(node: Syntax) -> Syntax:
    if isinstance(node, Apply):
        return Apply(node.key, tuple(_placeless(one) for one in node.args), "")
    return replace(node, pointer="")


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "locked": _locked,
        "if": _switched,
        "reduce": _reduced,
        "dateOn": _renamed("=="),
        "dateNotOn": _renamed("!="),
        "dateBefore": _renamed("<"),
        "dateOnOrBefore": _renamed("<="),
        "dateAfter": _renamed(">"),
        "dateOnOrAfter": _renamed(">="),
        "dateIn": _renamed("in"),
        "dateNotIn": _renamed("in", negated=True),
        "dateBetween": _between(negated=False),
        "dateNotBetween": _between(negated=True),
        "dateRelative": relative,
    }
)
