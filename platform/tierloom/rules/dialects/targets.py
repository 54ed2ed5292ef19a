"""The dialects that a rule can be written in."""

from collections.abc import Mapping
from types import MappingProxyType

from tierloom.domain.fields import FieldKind
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.rules.dialects.lowering import (
    as_it_is,
    counted,
    days,
    empty,
    filled,
    known,
    missing,
    summed,
)
from tierloom.rules.dialects.relative import as_relative
from tierloom.rules.dialects.writing import Form, Target, Writer
from tierloom.rules.syntax import Apply, Scalar

_EVERYWHERE = frozenset(
    {
        "var",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "and",
        "or",
        "!",
        "some",
        "all",
        "none",
        "filter",
    }
)
_ORDERED = ("<", "<=", ">", ">=")
_SHARED: dict[str, Form] = {"count": counted, "sum": summed, "is_known": known, "missing": missing}


# ── react-awesome-query-builder ─────────────────────────────────────────────────────────────────


def _dated_equal(writer: Writer, node: Apply, table: RecordType) -> Json:
    """There, dates are compared by operators of their own; nothing is compared by the plain one."""
    beside = writer.beside(node, table)
    null = any(isinstance(one, Scalar) and one.value is None for one in node.args)
    prefix = {FieldKind.DATE: "date", FieldKind.DATETIME: "datetime"}
    if beside is None or null or beside.type.kind not in prefix:
        return writer.same(node, table)
    return writer.same(node, table, prefix[beside.type.kind] + node.key)


def _nested(writer: Writer, node: Apply, table: RecordType) -> Json:
    """There, a switch is an `if` in the last place of an `if`."""
    *pairs, last = writer.args(node, table)
    for condition, value in zip(reversed(pairs[::2]), reversed(pairs[1::2]), strict=True):
        last = {"if": [condition, value, last]}
    return last


def _midnight(text: str) -> str:
    return f"{text}T00:00:00.000Z" if len(text) == 10 else text


# ── react-querybuilder ──────────────────────────────────────────────────────────────────────────

_DATE_NAMES = {
    "==": "dateOn",
    "!=": "dateNotOn",
    "<": "dateBefore",
    "<=": "dateOnOrBefore",
    ">": "dateAfter",
    ">=": "dateOnOrAfter",
}


def _compared(writer: Writer, node: Apply, table: RecordType) -> Json:
    """Relative dates stand in the operators for dates only."""
    relative = [as_relative(one) for one in node.args]
    if not any(relative):
        return writer.same(node, table)
    args = [
        found or writer.write(one, table) for found, one in zip(relative, node.args, strict=True)
    ]
    return {"dateBetween" if len(args) == 3 else _DATE_NAMES[node.key]: args}


def _edge(key: str) -> Form:
    return lambda writer, node, table: writer.same(node, table, key)


# ── JSON Logic as it is published ───────────────────────────────────────────────────────────────


def _starts(writer: Writer, node: Apply, table: RecordType) -> Json:
    text, needle = writer.args(node, table)
    return {"==": [{"substr": [text, 0, _units(needle)]}, needle]}


def _ends(writer: Writer, node: Apply, table: RecordType) -> Json:
    text, needle = writer.args(node, table)
    return {"==": [{"substr": [text, -_units(needle)]}, needle]}


def _units(text: Json) -> int:
    """Length there counts UTF-16 units."""
    return len(str(text).encode("utf-16-le")) // 2


def _odd(writer: Writer, node: Apply, table: RecordType) -> Json:
    """An odd number holds: of two, exactly one."""
    first, *others = writer.args(node, table)
    for one in others:
        first = {"!=": [{"!!": first}, {"!!": one}]}
    return first


def _variable(writer: Writer, node: Apply, table: RecordType) -> Json:
    """A `var` with a default; there it stands in for a missing key only, not for null."""
    return {"var": [writer.write(one, table) for one in node.args]}


_FUNCTIONS = frozenset(
    {"+", "-", "*", "/", "date_add", "datetime_add", "datetime_truncate", "today", "now"}
)
_PUBLISHED = frozenset(
    {"if", "+", "-", "*", "/", "%", "min", "max", "cat", "substr", "missing_some"}
)
_BY_DAYS: dict[str, Form] = {key: days(as_it_is) for key in _ORDERED}

RAQB = Target(
    "raqb",
    "react-awesome-query-builder",
    _EVERYWHERE | _FUNCTIONS | {"!!"},
    MappingProxyType(
        _SHARED
        | _BY_DAYS
        | {
            "==": days(_dated_equal),
            "!=": days(_dated_equal),
            "if": _nested,
        }
    ),
    _midnight,
)
RQB = Target(
    "rqb",
    "react-querybuilder",
    _EVERYWHERE | {"xor", "*"},
    MappingProxyType(
        _SHARED
        | {key: days(_compared) for key in ("==", "!=", *_ORDERED)}
        | {
            "starts_with": _edge("startsWith"),
            "ends_with": _edge("endsWith"),
            "!!": filled,
            "!": empty,
        }
    ),
)
JSON_LOGIC = Target(
    "jsonlogic",
    "JSON Logic",
    _EVERYWHERE | _PUBLISHED,
    MappingProxyType(
        _SHARED
        | {
            "starts_with": _starts,
            "ends_with": _ends,
            "xor": _odd,
            "!!": filled,
            "!": empty,
            "var": _variable,
        }
    ),
)

TARGETS: Mapping[str, Target] = MappingProxyType({one.key: one for one in (RAQB, RQB, JSON_LOGIC)})
