"""JSON text to syntax nodes. Everything is measured before anything recurses."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tierloom.domain.fields import MAX_DIGITS
from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import Invalid, Problem
from tierloom.rules.operators import find, refusal
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, step
from tierloom.text import T, Text

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 500
MAX_LIST = 1_000
MAX_LITERAL_BYTES = 64 * 1024
MAX_PROBLEMS = 50

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LONGEST_NUMBER = 40


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object, repeated keys included."""


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A number that cannot be a literal: too long, or not finite."""

    text: str


def parse(source: "str | Json | RuleDocument") -> Syntax:
    """Read a rule from JSON text, a stored document, or parsed JSON.

    Raises:
        Invalid: the limit that it breaks, or every unknown operator and wrong shape.
    """
    if isinstance(source, RuleDocument):
        tree = _load(source.json)
    elif isinstance(source, str):
        tree = _load(source)
    else:
        tree = source
    _measure(tree)
    problems: list[Problem] = []
    node = _build(tree, "", problems)
    if problems:
        raise Invalid(problems[:MAX_PROBLEMS])
    assert node is not None
    return node


# ── text ────────────────────────────────────────────────────────────────────────────────────────


def _load(text: str) -> object:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_much(
            "rule-too-long", T("The rule is longer than %(n)s KiB.", n=MAX_BYTES // 1024)
        )
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()
        elif found[0] in "]}":
            depth -= 1
    try:
        return json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_Unreadable,
        )
    except ValueError as error:
        place = getattr(error, "pos", 0)
        message = T("This is not JSON (at character %(place)s).", place=place + 1)
        raise Invalid([Problem("not-json", "", message)]) from error


def _number(text: str) -> int | float | _Unreadable:
    """Read a number without ever building a huge one."""
    if len(text) > _LONGEST_NUMBER:
        return _Unreadable(text)
    if text.lstrip("-").isdigit():
        return int(text)
    return float(text) if math.isfinite(float(text)) else _Unreadable(text)


# ── measures ────────────────────────────────────────────────────────────────────────────────────


def _measure(tree: object) -> None:
    """Refuse a tree beyond the limits, walking it with a stack of our own."""
    nodes = literal_bytes = 0
    stack: list[tuple[object, int, str]] = [(tree, 0, "root")]
    while stack:
        value, depth, holder = stack.pop()
        if depth > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, (_Pairs, dict)):
            nodes += 1
            stack.extend((below, depth + 1, key) for key, below in _members(value))
        elif isinstance(value, list):
            inside = "list" if holder in ("args", "list") else _held(holder)
            stack.extend((below, depth + 1, inside) for below in value)
        else:
            nodes += holder not in ("list", "var")
            literal_bytes += _size(value)
        if nodes > MAX_NODES:
            raise _too_much("too-many-parts", T("The rule has more than %(n)s parts.", n=MAX_NODES))
        if literal_bytes > MAX_LITERAL_BYTES:
            kib = MAX_LITERAL_BYTES // 1024
            raise _too_much(
                "too-many-values", T("The values in the rule are longer than %(n)s KiB.", n=kib)
            )


def _held(key: str) -> str:
    """Tell arguments apart: names in a `var` are no parts of a rule."""
    return "var" if key == "var" else "args"


def _is_literal(value: list[object]) -> bool:
    return not any(isinstance(one, (list, dict)) for one in value)


def _size(value: object) -> int:
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else 8


def _members(value: object) -> Iterator[tuple[str, object]]:
    yield from value.items() if isinstance(value, dict) else value  # type: ignore[misc]


def _too_deep() -> Invalid:
    return _too_much("too-deep", T("The rule is nested deeper than %(n)s brackets.", n=MAX_DEPTH))


def _too_much(code: str, message: Text) -> Invalid:
    hint = T("Split it: make segments of its parts and use those.")
    return Invalid([Problem(code, "", message, hint)])


# ── nodes ───────────────────────────────────────────────────────────────────────────────────────


def _build(value: object, pointer: str, problems: list[Problem]) -> Syntax | None:
    """Build a node; what is wrong goes to `problems`, and None comes back."""
    if isinstance(value, (_Pairs, dict)):
        return _apply(value, pointer, problems)
    if isinstance(value, list):
        return _items(value, pointer, problems)
    found = next(_faults(value, pointer), None)
    if found:
        problems.append(found)
        return None
    assert value is None or isinstance(value, (bool, int, float, str))
    return Scalar(value, pointer)


def _apply(value: object, pointer: str, problems: list[Problem]) -> Syntax | None:
    members = list(_members(value))
    if len(members) != 1:
        problems.append(_not_one_key(members, pointer))
        return None
    key, inner = members[0]
    operator = find(key)
    if operator is None:
        problems.append(Problem("unknown-operator", pointer, *refusal(key)))
        return None
    below = step(pointer, key)
    if isinstance(inner, list) and not isinstance(inner, _Pairs):
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


def _not_one_key(members: list[tuple[str, object]], pointer: str) -> Problem:
    names = [key for key, _ in members]
    if len(set(names)) < len(names):
        return Problem("duplicate-key", pointer, T("The same key stands twice in one object."))
    message = T("An operator is an object with one key, this one has %(n)s.", n=len(members))
    return Problem("not-an-operator", pointer, message)


def _faults(value: object, pointer: str) -> Iterator[Problem]:
    match value:
        case None | bool():
            return
        case str():
            if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
                message = T(
                    "The text contains a character that is no character (U+0000 or half a pair)."
                )
                yield Problem("bad-character", pointer, message)
        case int() | float() if _short_enough(value):
            return
        case int() | float() | _Unreadable():
            message = T("The number is not finite or has more than %(n)s digits.", n=MAX_DIGITS)
            yield Problem("bad-number", pointer, message)
        case _:
            message = T("%(name)s is not JSON.", name=type(value).__name__)
            yield Problem("not-json", pointer, message)


def _short_enough(value: float) -> bool:
    if isinstance(value, int):
        if abs(value) >= 10**_LONGEST_NUMBER:
            return False
    elif not math.isfinite(value):
        return False
    digits = Decimal(repr(value)).normalize().as_tuple()
    exponent = int(digits.exponent)
    return len(digits.digits) <= MAX_DIGITS and abs(exponent) <= 100
