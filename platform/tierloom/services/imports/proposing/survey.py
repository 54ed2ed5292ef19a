"""A file looked over: for each column its concept, type and values. Read once, however often the proposal changes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tierloom.domain.fields import FieldKind
from tierloom.services.imports.proposing.columns import Cells, Codes, FileTable, Texts
from tierloom.services.imports.proposing.concepts import Concept, Hint, Place, concept_of
from tierloom.services.imports.proposing.inferring import Guess, Reading, infer

DATES = frozenset({FieldKind.DATE, FieldKind.DATETIME})


@dataclass(frozen=True)
class Column:
    """A column at its place in the file, with what it is about and holds."""

    place: int
    header: str
    concept: Concept | None
    guess: Guess
    texts: Texts
    cells: Cells

    @property
    def codes(self) -> Codes:
        """A number for each row's value, -1 for none; equal values have equal numbers."""
        return self.cells.codes

    @property
    def about(self) -> str:
        """The concept's key, empty where there is none."""
        return self.concept.key if self.concept else ""

    @property
    def hint(self) -> Hint:
        """What the name says about the values."""
        return self.concept.hint if self.concept else Hint.NONE

    @property
    def where(self) -> Place:
        """Where the name says that the column belongs."""
        return self.concept.place if self.concept else Place.FREE

    @property
    def is_date(self) -> bool:
        """Whether the values are days or moments."""
        return self.guess.type.kind in DATES

    @property
    def is_number(self) -> bool:
        """Whether the values can be added."""
        return self.guess.type.kind.is_number


@dataclass(frozen=True)
class Survey:
    """All columns of a file, or of several files with the same ones."""

    table: FileTable
    columns: tuple[Column, ...]
    how: Reading

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.table)

    def about(self, *concepts: str) -> Column | None:
        """Return the first column about one of these concepts; an earlier concept wins."""
        return next((one for key in concepts for one in self.columns if one.about == key), None)

    def hinted(self, *hints: Hint) -> Iterator[Column]:
        """Yield the columns with one of these hints."""
        return (one for one in self.columns if one.hint in hints)


def survey(table: FileTable, how: Reading) -> Survey:
    """Look a file over."""
    return Survey(table, tuple(_distinct_concepts(_columns(table, how))), how)


def _columns(table: FileTable, how: Reading) -> Iterator[Column]:
    for place, (header, texts) in enumerate(zip(table.names, table.columns, strict=True)):
        concept = concept_of(header)
        guess = infer(texts, header, concept, how)
        yield Column(place, header, concept, guess, texts, texts.read(guess.type, how.zone))


def _distinct_concepts(columns: Iterable[Column]) -> Sequence[Column]:
    """An amount of text is no amount: a concept whose hint the values contradict says nothing."""
    return [one if _agrees(one) else _without_concept(one) for one in columns]


def _agrees(one: Column) -> bool:
    kind = one.guess.type.kind
    match one.hint:
        case Hint.MONEY | Hint.NUMBER | Hint.QUANTITY | Hint.PRICE | Hint.PERCENT:
            return kind.is_number or not one.texts.known
        case Hint.DATE:
            return kind in DATES or not one.texts.known
        case Hint.FLAG:
            return kind is FieldKind.BOOLEAN
        case _:
            return True


def _without_concept(one: Column) -> Column:
    return Column(one.place, one.header, None, one.guess, one.texts, one.cells)
