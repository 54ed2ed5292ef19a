"""References inside a schema: only into the schema itself, without circles, not too many."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.schemas.problems import MAX_SHOWN, Path, pointer_of, shown
from tierloom.text import T

MAX_EXPANDED = 20_000
"""How many values a schema may have when every reference is written out."""
MAX_HEIGHT = 100
"""How deep it may be when every reference is written out."""

_SCHEMAS = frozenset({
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
})  # fmt: skip
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_ELSEWHERE = ("$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor")


def check_references(schema: Json) -> Iterator[Problem]:
    """Yield every reference that leaves the schema, leads nowhere or leads round in a circle.

    A text under the key `$ref` counts as a reference wherever it stands, even in an example:
    better one schema refused than one circle missed.
    """
    checker = _Checker(schema)
    size = checker.measure(schema, None).size
    yield from checker.problems[:MAX_SHOWN]
    if size > MAX_EXPANDED:
        message = T("Written out, the schema has more than %(n)s values.", n=MAX_EXPANDED)
        yield Problem("too-many-nodes", "", message)


def schema_places(schema: Json) -> Iterator[Json]:
    """Yield every object that stands where JSON Schema expects a schema.

    Only these are checked by the meta-schema, hence only they may be referred to.
    """
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        yield one
        for keyword, below in one.items():
            if keyword in _SCHEMAS:
                waiting.append(below)
            elif keyword in _LISTS and isinstance(below, list):
                waiting += below
            elif keyword in _MAPS and isinstance(below, dict):
                waiting += below.values()


def resolve(schema: Json, reference: str) -> Json:
    """Return the place that a reference of the form `#/…` names.

    Raises:
        LookupError: there is no such place, or the reference has another form.
    """
    found = schema
    for key in _steps(reference):
        if isinstance(found, dict):
            found = found[key]
        elif isinstance(found, list) and key.isascii() and key.isdigit():
            found = found[int(key)]
        else:
            raise LookupError(reference)
    return found


def _steps(reference: str) -> list[str]:
    if not reference.startswith("#/"):
        raise LookupError(reference)
    steps = unquote(reference[2:]).split("/")
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _path_of(reference: str) -> Path:
    path: Path = None
    for key in _steps(reference):
        path = (path, key)
    return path


@dataclass(frozen=True, slots=True)
class _Measure:
    """How many values there are at and below a place, and how deep, with references written out."""

    size: int
    height: int


_LEAF = _Measure(1, 0)


class _Checker:
    """Walks through a schema along its references; `MAX_HEIGHT` bounds the recursion."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self.places = set(map(id, schema_places(schema)))
        self.known: dict[int, _Measure] = {}
        self.open: set[int] = set()
        self.problems: list[Problem] = []

    def measure(self, value: Json, path: Path) -> _Measure:
        """Measure a place once; its problems are found on the way."""
        if not isinstance(value, dict | list):
            return _LEAF
        if id(value) not in self.known:
            self.open.add(id(value))
            below = [] if len(self.open) > MAX_HEIGHT else list(self._below(value, path))
            self.open.discard(id(value))
            height = 1 + max((one.height for one in below), default=0)
            self.known[id(value)] = _Measure(1 + sum(one.size for one in below), height)
            if height > MAX_HEIGHT or len(self.open) >= MAX_HEIGHT:
                self.problems.append(_too_deep(path))
        return self.known[id(value)]

    def _below(self, value: dict[str, Json] | list[Json], path: Path) -> Iterator[_Measure]:
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in parts:
            if key in _ELSEWHERE or (key == "$id" and path is not None):
                message = T("%(keyword)s is not supported.", keyword=key)
                self.problems.append(Problem("not-supported", pointer_of((path, key)), message))
            if key == "$ref" and isinstance(one, str):
                yield self._follow(one, (path, key))
            yield self.measure(one, (path, key))

    def _follow(self, reference: str, path: Path) -> _Measure:
        try:
            target = resolve(self.schema, reference)
        except LookupError:
            target = None
        if id(target) not in self.places:
            self.problems.append(_bad_reference(path, reference))
            return _LEAF
        if id(target) in self.open:
            message = T("%(ref)s leads back to itself.", ref=shown(reference))
            self.problems.append(Problem("circular-reference", pointer_of(path), message))
            return _LEAF
        return self.measure(target, _path_of(reference))


def _too_deep(path: Path) -> Problem:
    message = T("References go more than %(n)s deep.", n=MAX_HEIGHT)
    return Problem("too-deep", pointer_of(path), message)


def _bad_reference(path: Path, reference: str) -> Problem:
    if reference.startswith("#/"):
        message = T("%(ref)s leads nowhere.", ref=shown(reference))
        return Problem("unknown-reference", pointer_of(path), message)
    message = T("%(ref)s does not point into this schema.", ref=shown(reference))
    hint = T("References begin with #/; nothing is fetched.")
    return Problem("outside-reference", pointer_of(path), message, hint)
