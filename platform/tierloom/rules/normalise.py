"""Other spellings of the same rule, brought to one form: `===`, `date==`, counts by `reduce`."""

from tierloom.errors import Invalid, Problem
from tierloom.rules.operators import ALIASES, refusal
from tierloom.rules.syntax import Apply, Scalar, Syntax, variable
from tierloom.text import T

_CURRENT = "current."


def normalise(node: Syntax) -> Syntax:
    """Return the rule in our own spelling; pointers still lead into the given document.

    Raises:
        Invalid: a `reduce` that neither counts nor adds up.
    """
    if not isinstance(node, Apply):
        return node
    key = ALIASES.get(node.key, node.key)
    if key == "locked":
        return normalise(node.args[0])
    if key == "reduce":
        return _reduced(node)
    return Apply(key, tuple(normalise(one) for one in node.args), node.pointer)


def _reduced(node: Apply) -> Syntax:
    """Builders export counts and sums as `reduce` with an accumulator."""
    rows, step, start = node.args
    match step, start:
        case Apply("+", (left, right)), Scalar(0):
            for one, other in ((left, right), (right, left)):
                if variable(other) == "accumulator":
                    found = _counted(normalise(rows), one, node.pointer)
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
