"""JSON text, read within limits: nothing recurses before its depth is known, no huge number is built."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tierloom.domain.fields import MAX_DIGITS
from tierloom.errors import Invalid, Problem
from tierloom.text import T, Text

MAX_DEPTH = 32

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LONGEST_NUMBER = 40


class Pairs(list[tuple[str, object]]):
    """The members of a JSON object, repeated keys included."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A number that cannot be a literal: too long, or not finite."""

    text: str


def load(text: str, max_bytes: int, max_depth: int = MAX_DEPTH) -> object:
    """Read JSON; objects come as `Pairs`, numbers that are none as `Unreadable`.

    Raises:
        Invalid: the text is too long, too deep, or no JSON.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise too_much(
            "rule-too-long", T("The rule is longer than %(n)s KiB.", n=max_bytes // 1024)
        )
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > max_depth:
                raise too_deep(max_depth)
        elif found[0] in "]}":
            depth -= 1
    try:
        return json.loads(
            text,
            object_pairs_hook=Pairs,
            parse_int=_number,
            parse_float=_number,
            parse_constant=Unreadable,
        )
    except ValueError as error:
        place = getattr(error, "pos", 0)
        message = T("This is not JSON (at character %(place)s).", place=place + 1)
        raise Invalid([Problem("not-json", "", message)]) from error


def _number(text: str) -> int | float | Unreadable:
    """Read a number without ever building a huge one."""
    if len(text) > _LONGEST_NUMBER:
        return Unreadable(text)
    if text.lstrip("-").isdigit():
        return int(text)
    return float(text) if math.isfinite(float(text)) else Unreadable(text)


def members(value: object) -> Iterator[tuple[str, object]]:
    """Return the members of an object, as it was read or as Python has it."""
    yield from value.items() if isinstance(value, dict) else value  # type: ignore[misc]


def has_duplicates(value: object) -> bool:
    """Tell whether a key stands twice in an object."""
    names = [key for key, _ in members(value)]
    return len(set(names)) < len(names)


def faults(value: object, pointer: str) -> Iterator[Problem]:
    """Say what is wrong with a scalar: no character, too long a number, no JSON at all."""
    match value:
        case None | bool():
            return
        case str():
            halves = not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value)
            if halves or "\0" in value:
                message = T(
                    "The text contains a character that is no character (U+0000 or half a pair)."
                )
                yield Problem("bad-character", pointer, message)
        case int() | float() if _short_enough(value):
            return
        case int() | float() | Unreadable():
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


def too_deep(depth: int = MAX_DEPTH) -> Invalid:
    """Make the refusal of a text that is nested too deep."""
    return too_much("too-deep", T("The rule is nested deeper than %(n)s brackets.", n=depth))


def too_much(code: str, message: Text) -> Invalid:
    """Make the refusal of a rule beyond a limit."""
    hint = T("Split it: make segments of its parts and use those.")
    return Invalid([Problem(code, "", message, hint)])
