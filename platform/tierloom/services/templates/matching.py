"""Which field of a table holds which figure of a template: by key, by name in any spelling, by what is worked out."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from tierloom.domain.fields import Aggregate, Field, FieldKind, RollUp
from tierloom.rules.templates.values import Figure
from tierloom.services.imports.proposing.concepts import BY_KEY
from tierloom.services.imports.words import fold

LEAST = 0.5
SURE = 0.6
"""A field that is less sure than this will only do."""
_NEAR = 0.6
"""A field that will do is worth so much of one that is meant."""
_WORKED = 0.93
"""A field that is worked out so: only one that is called so is surer."""
_CONTAINED = 4
_TIMES = re.compile(
    r"近|最近一年|个月|本年|年度|年消费|年购买|12m|annual|year|month|recent|last_\d|last \d",
    re.IGNORECASE,
)
"""Words for a span of time."""
_UNIT = re.compile(r"\s*[(（\[【][^()（）\[\]【】]{1,8}[)）\]】]\s*\Z")
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDLE = frozenset({"of", "in", "the", "a", "per", "no", "number", "customer", "member"})
Worked = Callable[[Figure, Field], bool]
"""Tells whether a field is worked out as a figure would be."""


@dataclass(frozen=True, slots=True)
class Match:
    """A field that can hold a figure, and from 0 to 1 how sure that is; 0 says that only its type suits."""

    field: Field
    confidence: float


def suits(figure: Figure, field: Field) -> bool:
    """Tell whether a field's type can hold a figure."""
    return field.type.kind in figure.kinds and not field.retired


def matches(figure: Figure, fields: Iterable[Field], worked: Worked) -> list[Match]:
    """Return the fields whose type suits a figure, the surest first."""
    found = [Match(one, _likeness(figure, one, worked)) for one in fields if suits(figure, one)]
    return sorted(found, key=lambda one: -one.confidence)


def assign(
    figures: Sequence[Figure], fields: Sequence[Field], worked: Worked
) -> Mapping[str, Match]:
    """Return a match for each figure that has one, by figure; the surest match goes first, no field is used twice."""
    pairs = [
        (one.confidence, -place, figure.key, one)
        for place, figure in enumerate(figures)
        for one in matches(figure, fields, worked)
        if one.confidence >= LEAST
    ]
    taken: dict[str, Match] = {}
    for _, _, key, match in sorted(pairs, key=lambda one: (-one[0], -one[1])):
        if key not in taken and match.field.key not in {one.field.key for one in taken.values()}:
            taken[key] = match
    return taken


def _likeness(figure: Figure, field: Field, worked: Worked) -> float:
    if field.key == figure.key:
        return 1.0
    meant = (figure.key, *figure.label.words.values(), *figure.words, *_of_concepts(figure))
    # Days that are counted already are no date: only a name that says so makes them one.
    loosely = not (figure.is_date and field.type.kind is FieldKind.INTEGER)
    if _of_other_times(figure, field):
        return _NEAR * _by_name(field, (*meant, *figure.near), loosely=loosely)
    return max(
        _WORKED if worked(figure, field) else 0.0,
        _by_name(field, meant, loosely=loosely),
        _NEAR * _by_name(field, figure.near, loosely=loosely),
    )


def _of_other_times(figure: Figure, field: Field) -> bool:
    """Tell whether a field adds up other months than a figure: all of them instead of the last 12, or the reverse."""
    total = figure.total
    if total is None or total.aggregate not in (Aggregate.COUNT, Aggregate.SUM):
        return False
    if isinstance(field.calculation, RollUp):
        return (field.calculation.window_days is None) != (total.window_days is None)
    names = (field.key, *field.label.words.values())
    return total.window_days is None and any(_TIMES.search(one) for one in names)


def _of_concepts(figure: Figure) -> Iterator[str]:
    for key in figure.concepts:
        yield from BY_KEY[key].words


def _by_name(field: Field, words: Sequence[str], *, loosely: bool) -> float:
    named = [_UNIT.sub("", one) for one in (field.key, *field.label.words.values())]
    names = {_plain(one) for one in named}
    known = {_plain(one) for one in words}
    if names & known:
        return 0.95
    if names & {_spelt(one) for one in known}:
        return 0.9
    if not loosely:
        return 0.0
    if any(
        len(word) >= _CONTAINED and word in name for name in names for word in known - _ascii(known)
    ):
        return 0.7
    spoken = [_tokens(one) for one in named]
    asked = [two for one in words if len(two := _tokens(one)) > 1]
    if any(ask == say for say in spoken for ask in asked):
        return 0.85
    found = any(ask <= say and len(say - ask) < 2 for say in spoken for ask in asked)
    return 0.65 if found else 0.0


def _ascii(words: Iterable[str]) -> set[str]:
    return {one for one in words if one.isascii()}


@lru_cache(maxsize=4_000)
def _plain(name: str) -> str:
    """Fold a name; a year in Chinese digits is one in Arabic digits."""
    folded = fold(name)
    return (
        folded.replace("近十二个月", "近12个月")
        .replace("近1年", "近一年")
        .replace("最近一年", "近一年")
    )


@lru_cache(maxsize=4_000)
def _spelt(word: str) -> str:
    """Write a Chinese word in pinyin, folded; others never meet a field's name twice."""
    return "" if word.isascii() else fold("".join(lazy_pinyin(word)))


@lru_cache(maxsize=4_000)
def _tokens(name: str) -> frozenset[str]:
    """Return the English words of a name, without those that say nothing, in the singular."""
    found = (one.lower() for one in _TOKEN.findall(name))
    return frozenset(
        one.removesuffix("s") if len(one) > 3 else one for one in found if one not in _IDLE
    )
