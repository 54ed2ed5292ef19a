"""JSON text to syntax nodes. Everything is measured before anything recurses."""

from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import Invalid, Problem
from tierloom.rules.json_text import (
    MAX_DEPTH,
    Pairs,
    faults,
    has_duplicates,
    load,
    members,
    too_deep,
    too_much,
)
from tierloom.rules.operators import find, refusal
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, step
from tierloom.text import T

MAX_BYTES = 256 * 1024
MAX_NODES = 500
MAX_LIST = 1_000
MAX_LITERAL_BYTES = 64 * 1024
MAX_PROBLEMS = 50


def parse(source: "str | Json | RuleDocument") -> Syntax:
    """Read a rule from JSON text, a stored document, or parsed JSON.

    Raises:
        Invalid: the limit that it breaks, or every unknown operator and wrong shape.
    """
    if isinstance(source, RuleDocument):
        tree = load(source.json, MAX_BYTES)
    elif isinstance(source, str):
        tree = load(source, MAX_BYTES)
    else:
        tree = source
    measure(tree)
    problems: list[Problem] = []
    node = _build(tree, "", problems)
    if problems:
        raise Invalid(problems[:MAX_PROBLEMS])
    assert node is not None
    return node


# ── measures ────────────────────────────────────────────────────────────────────────────────────


def measure(tree: object) -> None:
    """Refuse a tree beyond the limits, walking it with a stack of our own.

    Raises:
        Invalid: with the limit.
    """
    nodes = literal_bytes = 0
    stack: list[tuple[object, int, str]] = [(tree, 0, "root")]
    while stack:
        value, depth, holder = stack.pop()
        if depth > MAX_DEPTH:
            raise too_deep()
        if isinstance(value, (Pairs, dict)):
            nodes += 1
            stack += [(below, depth + 1, key) for key, below in members(value)]
        elif isinstance(value, list):
            inside = "list" if holder in ("args", "list") else _held(holder)
            stack += [(below, depth + 1, inside) for below in value]
        else:
            nodes += holder not in ("list", "var")
            literal_bytes += _size(value)
        if nodes > MAX_NODES:
            raise too_much("too-many-parts", T("The rule has more than %(n)s parts.", n=MAX_NODES))
        if literal_bytes > MAX_LITERAL_BYTES:
            kib = MAX_LITERAL_BYTES // 1024
            raise too_much(
                "too-many-values", T("The values in the rule are longer than %(n)s KiB.", n=kib)
            )


def _held(key: str) -> str:
    """Tell arguments apart: names in a `var` are no parts of a rule."""
    return "var" if key == "var" else "args"


def _is_literal(value: list[object]) -> bool:
    return not any(isinstance(one, (list, dict)) for one in value)


def _size(value: object) -> int:
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else 8


# ── nodes ───────────────────────────────────────────────────────────────────────────────────────


def _build(value: object, pointer: str, problems: list[Problem]) -> Syntax | None:
    """Build a node; what is wrong goes to `problems`, and None comes back."""
    if isinstance(value, (Pairs, dict)):
        return _apply(value, pointer, problems)
    if isinstance(value, list):
        return _items(value, pointer, problems)
    found = next(faults(value, pointer), None)
    if found:
        problems.append(found)
        return None
    assert value is None or isinstance(value, (bool, int, float, str))
    return Scalar(value, pointer)


def _apply(value: object, pointer: str, problems: list[Problem]) -> Syntax | None:
    pairs = list(members(value))
    if len(pairs) != 1:
        problems.append(not_one_key(pairs, pointer))
        return None
    key, inner = pairs[0]
    operator = find(key)
    if operator is None:
        problems.append(Problem("unknown-operator", pointer, *refusal(key)))
        return None
    below = step(pointer, key)
    if isinstance(inner, list) and not isinstance(inner, Pairs):
        args = [_build(one, step(below, place), problems) for place, one in enumerate(inner)]
    else:
        args = [_build(inner, below, problems)]
    if not operator.takes(len(args)):
        message = T(
            "“%(name)s” takes %(arity)s arguments, here are %(n)s.",
            name=key,
            arity=operator.arity,
            n=len(args),
        )
        problems.append(Problem("wrong-arity", pointer, message))
    built = tuple(one for one in args if one is not None)
    return Apply(key, built, pointer) if len(built) == len(args) else None


def _items(value: list[object], pointer: str, problems: list[Problem]) -> Items | None:
    if len(value) > MAX_LIST:
        message = T("The list has more than %(n)s values.", n=MAX_LIST)
        problems.append(Problem("list-too-long", pointer, message))
        return None
    if not _is_literal(value):
        message = T("A list can hold constants only.")
        problems.append(Problem("list-of-constants", pointer, message))
        return None
    built = [_build(one, step(pointer, place), problems) for place, one in enumerate(value)]
    scalars = tuple(one for one in built if isinstance(one, Scalar))
    return Items(scalars, pointer) if len(scalars) == len(value) else None


def not_one_key(pairs: list[tuple[str, object]], pointer: str) -> Problem:
    """Say what is wrong with an object that is no operator."""
    if has_duplicates(pairs):
        return Problem("duplicate-key", pointer, T("The same key stands twice in one object."))
    message = T("An operator is an object with one key, this one has %(n)s.", n=len(pairs))
    return Problem("not-an-operator", pointer, message)
