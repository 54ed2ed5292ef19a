"""From a rule's JSON to closures over data, with the semantics of json-logic-js."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import Invalid, Problem
from tierloom.rules.js.budget import MAX_BYTES, MAX_STEPS, Budget
from tierloom.rules.js.operations import LEAST, OPERATIONS, plain
from tierloom.rules.js.reading import read_rule
from tierloom.rules.js.values import UNDEFINED, truthy
from tierloom.rules.syntax import step
from tierloom.text import T

Node = Callable[[object, Budget], object]
Control = Callable[[list[Node]], Node]


def compile_js(
    source: "RuleDocument | Json", *, steps: int = MAX_STEPS, size: int = MAX_BYTES
) -> Callable[[Json], Json]:
    """Compile a rule under the official JavaScript semantics: a function of the data.

    The function raises Invalid for an operator that there is not (where it is reached), and for a
    rule that takes more than `steps` or builds more than `size` bytes. A result that JSON cannot
    hold (NaN, an infinite number) is None.

    Raises:
        Invalid: the source is no JSON, or beyond the limits of rules.
    """
    ask = _node(read_rule(source), "")

    def evaluate(data: Json) -> Json:
        budget = Budget(steps, size)
        try:
            return plain(ask(data, budget), budget)  # type: ignore[return-value]
        except RecursionError as error:
            message = T("The data are nested too deep.")
            raise Invalid([Problem("too-deep", "", message)]) from error

    return evaluate


def _node(value: Json, pointer: str) -> Node:
    match value:
        case list():
            return _list([_node(one, step(pointer, place)) for place, one in enumerate(value)])
        case dict() if len(value) == 1:
            return _applied(value, pointer)
    return lambda _data, _budget: value


def _applied(value: dict[str, Json], pointer: str) -> Node:
    ((key, inner),) = value.items()
    below = step(pointer, key)
    if isinstance(inner, list):
        args = [_node(one, step(below, place)) for place, one in enumerate(inner)]
    else:
        args = [_node(inner, below)]
    if key in CONTROLS:
        return CONTROLS[key](args)
    operation = OPERATIONS.get(key)
    if operation is None:
        return _refusal("unknown-operator", pointer, key)
    if len(args) < LEAST.get(key, 0):
        return _refusal("wrong-arity", pointer, key)

    def ask(data: object, budget: Budget) -> object:
        budget.step()
        return operation([one(data, budget) for one in args], data, budget)

    return ask


def _refusal(code: str, pointer: str, key: str) -> Node:
    """Return what refuses when it is reached, as the original throws."""
    shown = key if len(key) <= 40 else f"{key[:40]}…"
    if code == "wrong-arity":
        message = T("“%(name)s” needs an argument.", name=shown)
    else:
        message = T("There is no operator “%(name)s”.", name=shown)
    problem = Problem(code, pointer, message)

    def refuse(_data: object, _budget: Budget) -> object:
        raise Invalid([problem])

    return refuse


def _list(items: list[Node]) -> Node:
    def build(data: object, budget: Budget) -> object:
        budget.step()
        budget.spend(len(items))
        return [one(data, budget) for one in items]

    return build


# ── operators that choose what to work out ──────────────────────────────────────────────────────


def _nothing(_data: object, _budget: Budget) -> object:
    return UNDEFINED


def _two(args: list[Node]) -> tuple[Node, Node]:
    return (args[0] if args else _nothing), (args[1] if len(args) > 1 else _nothing)


def _if(args: list[Node]) -> Node:
    pairs = list(zip(args[:-1:2], args[1::2], strict=False))
    otherwise = args[-1] if len(args) % 2 else None

    def choose(data: object, budget: Budget) -> object:
        budget.step()
        for condition, value in pairs:
            if truthy(condition(data, budget)):
                return value(data, budget)
        return None if otherwise is None else otherwise(data, budget)

    return choose


def _until(*, wanted: bool) -> Control:
    """Return `or` and `and`: the first argument that settles it, else the last one."""

    def control(args: list[Node]) -> Node:
        def ask(data: object, budget: Budget) -> object:
            budget.step()
            found: object = UNDEFINED
            for one in args:
                found = one(data, budget)
                if truthy(found) is wanted:
                    break
            return found

        return ask

    return control


def _each(args: list[Node], data: object, budget: Budget) -> tuple[list[object] | None, Node]:
    """Return the list that is walked, None where there is none, and what is asked of each."""
    budget.step()
    rows, asked = _two(args)
    found = rows(data, budget)
    if not isinstance(found, list):
        return None, asked
    budget.spend(len(found))
    return found, asked


def _filter(args: list[Node]) -> Node:
    def ask(data: object, budget: Budget) -> object:
        rows, asked = _each(args, data, budget)
        return [one for one in rows or [] if truthy(asked(one, budget))]

    return ask


def _map(args: list[Node]) -> Node:
    def ask(data: object, budget: Budget) -> object:
        rows, asked = _each(args, data, budget)
        return [asked(one, budget) for one in rows or []]

    return ask


def _quantified(*, wanted: bool, found: bool) -> Control:
    """Return `found` where an answer is `wanted`, else the opposite; of nothing it is `none` that holds."""

    def control(args: list[Node]) -> Node:
        def ask(data: object, budget: Budget) -> object:
            rows, asked = _each(args, data, budget)
            if not rows:
                return wanted and not found
            hit = any(truthy(asked(one, budget)) is wanted for one in rows)
            return found if hit else not found

        return ask

    return control


def _reduce(args: list[Node]) -> Node:
    def ask(data: object, budget: Budget) -> object:
        rows, asked = _each(args, data, budget)
        so_far: object = args[2](data, budget) if len(args) > 2 else None
        for one in rows or []:
            so_far = asked({"current": one, "accumulator": so_far}, budget)
        return so_far

    return ask


CONTROLS: Mapping[str, Control] = MappingProxyType(
    {
        "if": _if,
        "?:": _if,
        "and": _until(wanted=False),
        "or": _until(wanted=True),
        "filter": _filter,
        "map": _map,
        "reduce": _reduce,
        "all": _quantified(wanted=False, found=False),
        "some": _quantified(wanted=True, found=True),
        "none": _quantified(wanted=True, found=False),
    }
)
