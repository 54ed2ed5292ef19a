"""JSON and JSON Schemas from strangers: limits first, on the raw text, before anything recurses.

Every function here answers with `Invalid` or with Problems, never with another exception.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from tierloom.domain.rules import Json
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.schemas.free_text import is_storable
from tierloom.schemas.patterns import compile_pattern
from tierloom.schemas.problems import Path, pointer_of, shown
from tierloom.schemas.schema_refs import check_references
from tierloom.schemas.validators import schema_problems
from tierloom.text import T, Text


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a JSON text may be: `size` in bytes, `depth` in brackets, `nodes` in values."""

    size: int
    depth: int
    nodes: int


SCHEMA_LIMITS = Limits(size=256 * 1024, depth=16, nodes=8_000)
MAX_NAME = 1_000
"""The longest key of an object, so that a pointer stays short."""
# A string runs to its end or to the end of the text, so that each character is looked at once.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"|\Z)|[\[\]{}]', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def read_json(text: str, limits: Limits) -> Json:
    """Parse a JSON text within limits.

    Raises:
        Invalid: it is too large or too deep, is no JSON, or has a key twice, NaN, an infinity, a
        lone
            surrogate or U+0000.
    """
    _check_size(text, limits)
    try:
        document: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        message = T("This is not JSON: line %(line)s, column %(column)s.",
                    line=error.lineno, column=error.colno)  # fmt: skip
        raise Invalid([Problem("not-json", "", message)]) from error
    raise_if(_check_nodes(document, limits))
    return document


def read_schema(text: str) -> dict[str, Json]:
    """Parse a JSON Schema and make sure that nothing in it can hurt.

    Raises:
        Invalid: with the place of each fault. Size and depth, references (only into the schema
            itself, without a circle), patterns (RE2's), and what the meta-schema says.
    """
    schema = read_json(text, SCHEMA_LIMITS)
    if not isinstance(schema, dict):
        raise _invalid("not-an-object", T("A schema is a JSON object."))
    raise_if([*_check_patterns(schema), *check_references(schema)])
    raise_if(schema_problems(schema))
    return schema


def walk(document: Json) -> Iterator[tuple[Path, Json]]:
    """Yield every value of a document with its place, without recursion."""
    waiting: list[tuple[Path, Json]] = [(None, document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            waiting += (((path, key), one) for key, one in value.items())
        elif isinstance(value, list):
            waiting += (((path, place), one) for place, one in enumerate(value))


def _invalid(code: str, message: Text) -> Invalid:
    return Invalid([Problem(code, "", message)])


def _check_size(text: str, limits: Limits) -> None:
    if len(text) > limits.size or len(text.encode("utf-8", "surrogatepass")) > limits.size:
        raise _invalid(
            "too-large", T("The JSON text is larger than %(n)s KiB.", n=limits.size // 1024)
        )
    if not is_storable(text):
        raise _bad_character()
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += _STEP.get(found[0], 0)
        deepest = max(deepest, depth)
    if deepest > limits.depth:
        raise _invalid("too-deep", T("The JSON is nested more than %(n)s deep.", n=limits.depth))


def _bad_character() -> Invalid:
    return _invalid("bad-character", T("The text holds a character that cannot be stored."))


def _object(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise _invalid("duplicate-key", T("The key %(key)s stands twice.", key=shown(twice)))
    return found


def _refuse_constant(word: str) -> NoReturn:
    raise _invalid("not-finite", T("%(word)s is not a number of JSON.", word=word))


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _invalid("not-finite", T("%(word)s is too large a number.", word=shown(text)))
    return number


def _integer(text: str) -> int:
    if len(text) > 40:  # far beyond any double; Python itself refuses 4,300 digits
        raise _invalid("not-finite", T("%(word)s is too large a number.", word=shown(text)))
    return int(text)


def _check_nodes(document: Json, limits: Limits) -> Iterator[Problem]:
    """Yield problems of the parsed values: an escape can hide what the raw text does not show."""
    for count, (path, value) in enumerate(walk(document), start=1):
        if count > limits.nodes:
            message = T("The JSON has more than %(n)s values.", n=limits.nodes)
            yield Problem("too-many-nodes", "", message)
            return
        if isinstance(value, dict) and any(len(key) > MAX_NAME for key in value):
            message = T("A key is longer than %(n)s characters.", n=MAX_NAME)
            yield Problem("long-key", pointer_of(path), message)
        words = value if isinstance(value, dict) else [value] if isinstance(value, str) else ()
        if not all(map(is_storable, words)):
            message = T("The text holds a character that cannot be stored.")
            yield Problem("bad-character", pointer_of(path), message)


def _check_patterns(schema: Json) -> Iterator[Problem]:
    for path, value in walk(schema):
        if not isinstance(value, dict):
            continue
        one = value.get("pattern")
        if isinstance(one, str):
            yield from _check_pattern((path, "pattern"), one)
        if "patternProperties" in value:
            # The library itself would run these with `re`, in more than one keyword.
            message = T("%(keyword)s is not supported.", keyword="patternProperties")
            place = pointer_of((path, "patternProperties"))
            yield Problem("not-supported", place, message)


def _check_pattern(path: Path, source: str) -> Iterator[Problem]:
    try:
        compile_pattern(source)
    except ValueError as error:
        message = T("This pattern cannot be used: %(reason)s.", reason=str(error).rstrip("."))
        hint = T("Look-around and back references are not available.")
        yield Problem("bad-pattern", pointer_of(path), message, hint)
