"""Which column of a file goes into which field: a proposal that a person looks over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.schemas.parsing import parse_text
from tierloom.schemas.problems import BadText
from tierloom.services.imports.shape import FileColumn
from tierloom.services.imports.words import MEANING, fold

Why = Literal["key", "label", "words", "similar", "none"]

_ALIKE = 0.85
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A column and the field proposed for it (its key, None for none), from 0 to 1 sure, with the
    reason and samples.

    `misfits` are samples that are no values of the field.
    """

    column: str
    field: str | None
    confidence: float
    why: Why
    samples: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()


def propose_matches(
    columns: Sequence[FileColumn], record_type: RecordType, catalogue: Catalogue, zone: ZoneInfo
) -> tuple[Match, ...]:
    """Propose a field for each column, in column order; no field is proposed twice, the surest
    match wins.
    """
    ranked = sorted(
        _candidates(columns, record_type, catalogue, zone), key=lambda one: -one[1].confidence
    )
    taken: dict[int, Match] = {}
    for place, match in ranked:
        used = {one.field for one in taken.values()}
        if place not in taken and match.field not in used and match.confidence >= _LEAST:
            taken[place] = match
    return tuple(
        taken.get(place, Match(column.name, None, 0.0, "none", column.samples))
        for place, column in enumerate(columns)
    )


def _candidates(
    columns: Sequence[FileColumn], record_type: RecordType, catalogue: Catalogue, zone: ZoneInfo
) -> Iterator[tuple[int, Match]]:
    for place, column in enumerate(columns):
        for field in record_type.stored_fields:
            confidence, why = _likeness(column.name, field, catalogue)
            if confidence >= _LEAST:
                misfits = tuple(_misfits(column, field, catalogue, zone))
                share = len(misfits) / max(1, len(column.samples))
                sure = round(confidence * (1 - share / 2), 3)
                yield place, Match(column.name, field.key, sure, why, column.samples, misfits)


def _likeness(column: str, field: Field, catalogue: Catalogue) -> tuple[float, Why]:
    if column == field.key:
        return 1.0, "key"
    if column in field.label.words.values():
        return 0.98, "label"
    name = fold(column)
    names = {fold(word) for word in _names(field, catalogue)}
    if name in names:
        return 0.95, "label"
    group = MEANING.get(name)
    if group is not None and group in {MEANING.get(word) for word in names}:
        return 0.8, "words"
    ratio = max((SequenceMatcher(None, name, word).ratio() for word in names), default=0.0)
    return (0.6 * ratio, "similar") if ratio >= _ALIKE else (0.0, "none")


def _names(field: Field, catalogue: Catalogue) -> Iterator[str]:
    """All names under which a file may know the field; of a reference also those of the target and
    its key.
    """
    yield field.key
    yield from field.label.words.values()
    target = catalogue.tables.get(field.type.target or "")
    if target is None:
        return
    nouns = target.noun.words.values() if target.noun else ()
    for noun in (target.key, *nouns, *target.label.words.values()):
        yield from (noun, f"{noun}id", f"{noun}编号", f"{noun}号")
    if target.key_field:
        key = target.field(target.key_field)
        if key.key not in _TOO_GENERAL:
            yield key.key
            yield from key.label.words.values()


_TOO_GENERAL = frozenset({"number", "code", "no", "key", "编号"})


def _misfits(
    column: FileColumn, field: Field, catalogue: Catalogue, zone: ZoneInfo
) -> Iterable[str]:
    field_type = field.type
    if field_type.kind is FieldKind.REFERENCE:
        target = catalogue.tables.get(field_type.target or "")
        if target is None or target.key_field is None:
            return
        field_type = target.field(target.key_field).type
    for sample in column.samples:
        try:
            parse_text(field_type, sample, zone)
        except BadText:
            yield sample
