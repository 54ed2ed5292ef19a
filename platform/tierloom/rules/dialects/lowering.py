"""What only we have, said with what everybody has: forms that several dialects share."""

from dataclasses import replace

from tierloom.domain.fields import FieldKind
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.rules.dialects.writing import Form, Writer
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ADD: Json = {"+": [1, {"var": "accumulator"}]}


def counted(writer: Writer, node: Apply, table: RecordType) -> Json:
    """A count, as builders write it: a `reduce` that adds 1 for each."""
    return {"reduce": [writer.write(node.args[0], table), _ADD, 0]}


def summed(writer: Writer, node: Apply, table: RecordType) -> Json:
    """A sum: a `reduce` that adds the field of each."""
    rows, operand = writer.args(node, table)
    name = operand["var"] if isinstance(operand, dict) else operand
    added: Json = {"+": [{"var": f"current.{name}"}, {"var": "accumulator"}]}
    return {"reduce": [rows, added, 0]}


def known(writer: Writer, node: Apply, table: RecordType) -> Json:
    """`is_known`: not nothing."""
    return {"!=": [_named(writer, node.args[0], table), None]}


def missing(writer: Writer, node: Apply, table: RecordType) -> Json:
    """`missing`: any of these is nothing."""
    first = node.args[0]
    names = first.items if isinstance(first, Items) else node.args
    parts: list[Json] = [{"==": [_named(writer, one, table), None]} for one in names]
    return parts[0] if len(parts) == 1 else {"or": parts}


def _named(writer: Writer, node: Syntax, table: RecordType) -> Json:
    return {"var": node.value} if isinstance(node, Scalar) else writer.write(node, table)


def filled(writer: Writer, node: Apply, table: RecordType) -> Json:
    """`!!` of a field that is no yes/no: elsewhere 0 would be nothing, here it is a value."""
    (inner,) = node.args
    if isinstance(inner, Apply) and inner.key == "var" and not _is_boolean(writer, inner, table):
        return {"!=": [writer.write(inner, table), None]}
    return {"!!": writer.question(inner, table)}


def empty(writer: Writer, node: Apply, table: RecordType) -> Json:
    """`!` of a field that is no yes/no."""
    (inner,) = node.args
    if isinstance(inner, Apply) and inner.key == "var" and not _is_boolean(writer, inner, table):
        return {"==": [writer.write(inner, table), None]}
    return writer.same(node, table)


def _is_boolean(writer: Writer, node: Syntax, table: RecordType) -> bool:
    return writer.field(node, table, FieldKind.BOOLEAN) is not None


def days(next_form: Form) -> Form:
    """Compare days since a date by comparing the date itself: only days may change sides."""

    def form(writer: Writer, node: Apply, table: RecordType) -> Json:
        moved = _moved(writer, node, table)
        if moved is None:
            return next_form(writer, node, table)
        return writer.write(moved, table)

    return form


def as_it_is(writer: Writer, node: Apply, table: RecordType) -> Json:
    """Write an operator as it is."""
    return writer.same(node, table)


def _moved(writer: Writer, node: Apply, table: RecordType) -> Apply | None:
    """Return `x > today − N` for `days_since(x) < N`, None for any other comparison."""
    counted_days = [one for one in node.args if isinstance(one, Apply) and one.key == "days_since"]
    if len(counted_days) != 1 or not writer.field(counted_days[0].args[0], table, FieldKind.DATE):
        return None
    made: list[Syntax] = []
    for one in node.args:
        match one:
            case Apply("days_since", (day,)):
                made.append(day)
            case Scalar(int() as number) if not isinstance(number, bool):
                made.append(_days_ago(number, one.pointer))
            case _:
                return None
    if len(made) == 3:
        return replace(node, args=tuple(reversed(made)))
    return Apply(_FLIPPED[node.key], tuple(made), node.pointer)


def _days_ago(number: int, pointer: str) -> Apply:
    parts = (Apply("today", (), pointer), Scalar(-number, pointer), Scalar("day", pointer))
    return Apply("date_add", parts, pointer)
