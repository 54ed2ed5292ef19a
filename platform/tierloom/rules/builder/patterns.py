"""Patterns: JSON Logic with places in it. One pattern writes a condition and reads it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from tierloom.domain.rules import Json
from tierloom.domain.tiers import TIER


@dataclass(frozen=True, slots=True)
class Place:
    """Where the field, a value (`0`, `1`) or the list of all values goes."""

    name: str


@dataclass(frozen=True, slots=True)
class Each:
    """A list with this pattern once for every value."""

    pattern: "Pattern"


SCORE = "score:"
"""What the name of a condition's field begins with where it is a score: fields have no colon."""
_NAMED = {"score": SCORE, "tier": TIER}
"""What is named by an operator rather than by `var`, with the beginning of its name in a condition."""
Pattern = None | bool | int | str | Place | Each | list["Pattern"] | dict[str, "Pattern"]
FIELD = Place("field")
ONE = Place("0")
TWO = Place("1")
LIST = Place("list")


def source_json(name: str) -> Json:
    """Write what a condition is about: a field, a score, or the result of a tier model."""
    for operator, start in _NAMED.items():
        if name.startswith(start):
            return {operator: [name.removeprefix(start)]}
    return {"var": name}


def _source_name(given: Json) -> str | None:
    match given:
        case {"var": str(name)}:
            return name
        case {"score": [str(key)]}:
            return f"{SCORE}{key}"
        case {"tier": [str(key)]}:
            return f"{TIER}{key}"
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a pattern's places."""

    field: str
    values: tuple[Json, ...]


def fill(pattern: Pattern, field: str, values: Sequence[Json]) -> Json:
    """Write a pattern with a field's name and values in its places."""
    match pattern:
        case Place("field"):
            return source_json(field)
        case Place("list"):
            return list(values)
        case Place(number):
            return values[int(number)]
        case Each(inner):
            return [fill(inner, field, [value]) for value in values]
        case dict():
            return {key: fill(inner, field, values) for key, inner in pattern.items()}
        case list():
            return [fill(inner, field, values) for inner in pattern]
        case _:
            return pattern


def match_pattern(pattern: Pattern, given: Json) -> Found | None:
    """Return what stands in the places, None where `given` is of another form."""
    places: dict[str, Json] = {}
    if not _matches(pattern, given, places):
        return None
    field = places.pop("field", "")
    assert isinstance(field, str)
    several = places.pop("list", None)
    if isinstance(several, list):
        return Found(field, tuple(several))
    return Found(field, tuple(places[name] for name in sorted(places)))


def _matches(pattern: Pattern, given: Json, places: dict[str, Json]) -> bool:
    match pattern:
        case Place("field"):
            return _fits("field", _source_name(given), str, places)
        case Place("list"):
            return bool(given) and _fits("list", given, list, places)
        case Place(name):
            return given is not None and _fits(name, given, (bool, int, float, str), places)
        case Each(inner):
            return isinstance(given, list) and bool(given) and _each(inner, given, places)
        case dict():
            return (
                isinstance(given, dict)
                and given.keys() == pattern.keys()
                and all(_matches(pattern[key], given[key], places) for key in pattern)
            )
        case list():
            return (
                isinstance(given, list)
                and len(given) == len(pattern)
                and all(
                    _matches(one, other, places) for one, other in zip(pattern, given, strict=True)
                )
            )
        case _:
            return type(given) is type(pattern) and given == pattern


def _fits(name: str, given: Json, sort: type | tuple[type, ...], places: dict[str, Json]) -> bool:
    return isinstance(given, sort) and places.setdefault(name, given) == given


def _each(inner: Pattern, given: list[Json], places: dict[str, Json]) -> bool:
    """Match every entry; all are about one field."""
    found = [match_pattern(inner, one) for one in given]
    values: list[Json] = []
    for one in found:
        if one is None or len(one.values) != 1 or not _fits("field", one.field, str, places):
            return False
        values.extend(one.values)
    return _fits("list", values, list, places)
