"""The IR as short text, for fixtures that people read."""

from tierloom.rules import ir


def show(node: ir.Node) -> str:
    match node:
        case ir.Constant(value):
            return "true" if value else "false"
        case ir.And(parts):
            return " and ".join(map(_inner, parts))
        case ir.Or(parts):
            return " or ".join(map(_inner, parts))
        case ir.Not(part):
            return f"not {_inner(part)}"
        case ir.Compare(comparison, left, right):
            return f"{_inner(left)} {comparison.value} {_inner(right)}"
        case ir.OneOf(value, choices):
            return f"{show(value)} in {list(choices)}"
        case ir.IsKnown(value):
            return f"known {show(value)}"
        case ir.IsTrue(value):
            return show(value)
        case ir.Literal(value):
            return str(value)
        case ir.Var(path):
            return ".".join(path)
        case ir.Today():
            return "today"
        case ir.Arithmetic(sign, parts):
            return f" {sign.value} ".join(map(show, parts))
        case ir.Call(function, args, _, unit):
            inside = [*map(show, args), *([unit] if unit else [])]
            return f"{function.value}({', '.join(inside)})"
        case ir.If(branches, otherwise):
            cases = ", ".join(
                f"{show(value)} if {show(condition)}" for condition, value in branches
            )
            return f"{cases} else {show(otherwise)}"
        case ir.RollUpOf(aggregate, rows, operand):
            only = f" where {_inner(rows.only)}" if rows.only else ""
            return f"{aggregate.value} of {show(operand) + ' of ' if operand else ''}{rows.relation}{only}"
    raise AssertionError(node)


def _inner(node: ir.Node) -> str:
    text = show(node)
    return f"({text})" if isinstance(node, (ir.And, ir.Or, ir.If)) else text
