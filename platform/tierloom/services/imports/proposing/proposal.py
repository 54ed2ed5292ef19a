"""The proposal: tables and fields for a file, with what a person has changed about them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tierloom.domain.fields import DataClass, FieldKind, FieldType
from tierloom.schemas.naming import make_key
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.concepts import SECTIONS, Place, is_exact, label_of
from tierloom.services.imports.proposing.inferring import Guess, type_of_kind
from tierloom.services.imports.proposing.layouts import (
    ROWS,
    Entity,
    Layout,
    Structure,
    Totals,
    find_structure,
)
from tierloom.services.imports.proposing.marks import (
    KEY_CONCEPTS,
    date_of,
    marked,
    rank,
    title_of,
)
from tierloom.services.imports.proposing.survey import Column, Survey
from tierloom.services.imports.proposing.table_names import TableName, rows_name, table_name
from tierloom.text import Label

AMOUNT, LINES = -1, -2
"""The places of the columns that adding up makes."""
_SHOWN = 3
_NEARLY_UNIQUE = 0.98


@dataclass(frozen=True)
class ProposedField:
    """A column as a field.

    `misfits` are samples of the values that do not fit its type, which `unfit` rows have; `conflicts` is the number
    of records with several values of it, of which the latest counts. What adding up drops is not `available`.
    """

    place: int
    header: str
    key: str
    label: Label
    type: FieldType
    role: str
    use: bool
    data_class: DataClass
    section: str
    unit: str = ""
    samples: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()
    unfit: int = 0
    conflicts: int = 0
    available: bool = True


@dataclass(frozen=True)
class ProposedTable:
    """A table to be made. `parents` are the roles it links to; the marks are places of columns, None for none.

    `fixed_key` says that the table exists by its key: what repeats is known by it.
    """

    role: str
    name: TableName
    key: str
    label: Label
    records: int
    parents: tuple[str, ...]
    key_place: int | None
    title_place: int | None
    date_place: int | None
    fixed_key: bool


@dataclass(frozen=True)
class Proposal:
    """Everything the page shows and the creation needs. Tables come parents first."""

    layout: Layout
    layouts: tuple[Layout, ...]
    tables: tuple[ProposedTable, ...]
    fields: tuple[ProposedField, ...]
    totals: Totals | None
    figures: bool
    rows: int
    links: Mapping[int, str]
    known_by: int | None

    def table(self, role: str) -> ProposedTable:
        """Return the table with a role.

        Raises:
            KeyError: there is none.
        """
        found = next((one for one in self.tables if one.role == role), None)
        if found is None:
            raise KeyError(role)
        return found

    def of(self, role: str) -> tuple[ProposedField, ...]:
        """Return the fields of a table, in the file's order."""
        return tuple(one for one in self.fields if one.role == role and one.available)

    def used(self, role: str) -> tuple[ProposedField, ...]:
        """Return those of them that are wanted."""
        return tuple(one for one in self.of(role) if one.use)

    def field_at(self, place: int | None) -> ProposedField | None:
        """Return the field of a column."""
        return next((one for one in self.fields if one.place == place), None)

    @property
    def dropped(self) -> tuple[ProposedField, ...]:
        """Return the columns that adding up leaves out."""
        return tuple(one for one in self.fields if not one.available)

    @property
    def unfit(self) -> int:
        """How many values do not fit."""
        return sum(one.unfit for one in self.fields if one.use)


def propose(
    survey: Survey,
    name: str,
    taken: Collection[str] = (),
    links: Mapping[int, str] | None = None,
    choices: Choices | None = None,
) -> Proposal:
    """Propose tables for a file called `name`, with keys unlike `taken`.

    `links` are columns whose values are keys of tables that exist, as place → table.
    """
    choices, links = choices or Choices(), links or {}
    structure = _without_links(find_structure(survey, choices.known_by), links)
    layout = choices.layout(structure.layouts)
    maker = _Maker(survey, structure, layout, choices, links)
    fields = maker.fields()
    tables = tuple(maker.tables(fields, name, {*taken}))
    return Proposal(
        layout, structure.layouts, tables, fields,
        structure.totals if layout is Layout.TOTALS else None,
        choices.figures, survey.rows, links,
        next((one.key.place for one in structure.entities if one.role == Place.CUSTOMER), None),
    )  # fmt: skip


def _without_links(found: Structure, links: Mapping[int, str]) -> Structure:
    """Whoever has a table already gets no second one."""
    kept = tuple(one for one in found.entities if one.key.place not in links)
    return replace(found, entities=kept)


@dataclass
class _Maker:
    """Makes the parts of one proposal."""

    survey: Survey
    structure: Structure
    layout: Layout
    choices: Choices
    links: Mapping[int, str]

    @property
    def entities(self) -> tuple[Entity, ...]:
        return () if self.layout is Layout.ONE else self.structure.entities

    @property
    def totals(self) -> Totals | None:
        return self.structure.totals if self.layout is Layout.TOTALS else None

    # ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────

    def fields(self) -> tuple[ProposedField, ...]:
        """Make the fields; keys are unlike within a table."""
        made: list[ProposedField] = []
        for column in self.survey.columns:
            made.append(self._field(column, [one.key for one in made]))
        made += self._made_fields({one.key for one in made})
        return tuple(made)

    def _field(self, column: Column, taken: list[str]) -> ProposedField:
        place, concept = column.place, column.concept
        role = self._role(column)
        guess = self._type(column)
        unfit = column.texts.read(guess.type, self.survey.how.zone).bad
        proposed = label_of(column.header, concept)
        label = self.choices.label(f"c{place}", proposed)
        exact = concept is not None and is_exact(column.header, concept)
        # What adding up drops cannot be had; what is blank throughout is not wanted unless asked for.
        available = role != ""
        use = self.choices.used(place)
        return ProposedField(
            place, column.header,
            make_key(concept.key if concept and exact else _words(proposed), taken),
            label, guess.type, role or ROWS,
            available and (column.texts.known > 0 if use is None else use),
            _data_class(column, guess.type),
            concept.section if concept else "other",
            guess.unit, _samples(column),
            tuple(np.array(column.texts.distinct, object)[unfit][:_SHOWN]),
            int(column.texts.counts[unfit].sum()), self._conflicts(column, role),
            available,
        )  # fmt: skip

    def _role(self, column: Column) -> str:
        """Return the table that a column goes into; empty where adding up leaves it out."""
        owner = next(
            (
                one.role
                for one in self.entities
                if column.place == one.key.place or column.place in one.attributes
            ),
            ROWS,
        )
        fixed = any(column.place == one.key.place for one in self.entities)
        asked = self.choices.role(column.place)
        if asked in {ROWS, *(one.role for one in self.entities)} and not fixed:
            owner = asked
        if owner != ROWS or self.totals is None:
            return owner
        totals = self.totals
        sums = (totals.order, totals.amount, totals.quantity, *totals.kept)
        return ROWS if column.place in sums else ""

    def _type(self, column: Column) -> Guess:
        target = self.links.get(column.place)
        asked = self.choices.kind(column.place)
        if target is not None and asked in (None, FieldKind.REFERENCE):
            return Guess(FieldType(FieldKind.REFERENCE, target=target))
        if asked in (None, FieldKind.REFERENCE, column.guess.type.kind):
            return column.guess
        made = type_of_kind(asked, column.texts, column.header, self.survey.how)
        return Guess(made, column.guess.unit if made.kind.is_number else "")

    def _conflicts(self, column: Column, role: str) -> int:
        found = next((one for one in self.entities if one.role == role), None)
        return (found.conflicts or {}).get(column.place, 0) if found else 0

    def _made_fields(self, taken: set[str]) -> Iterator[ProposedField]:
        """Yield what adding up makes: the amount where it is quantity × price, and the number of lines."""
        if self.totals is None:
            return
        if self.totals.amount is None and self.totals.price is not None:
            price = self.survey.columns[self.totals.price].guess.type
            kind = FieldType(
                FieldKind.MONEY,
                min(6, max(2, price.scale)),
                price.currency or self.survey.how.currency,
            )
            yield self._made(AMOUNT, "amount", Label({"zh": "金额", "en": "Amount"}), kind, taken)
        lines = Label({"zh": "明细行数", "en": "Lines"})
        yield self._made(LINES, "lines", lines, FieldType(FieldKind.INTEGER), taken)

    def _made(
        self, place: int, key: str, label: Label, kind: FieldType, taken: set[str]
    ) -> ProposedField:
        used = self.choices.used(place)
        return ProposedField(
            place, "", make_key(key, taken), self.choices.label(f"c{place}", label), kind, ROWS,
            True if used is None else used, DataClass.INTERNAL, "purchase",
        )  # fmt: skip

    # ── tables ──────────────────────────────────────────────────────────────────────────────────────────────────

    def tables(
        self, fields: tuple[ProposedField, ...], file: str, taken: set[str]
    ) -> Iterator[ProposedTable]:
        """Yield the tables, parents before the tables that link to them."""
        for one in self.entities:
            found = table_name(one.role)
            key = _free(found.key, taken)
            taken.add(key)
            yield self._table(one.role, found, key, one.records, one.parents, one.key.place, fields)
        found = self._rows_name(file)
        parents = tuple(one.role for one in self.entities)
        key_place = self.totals.order if self.totals else self._unique(fields)
        records = self.survey.rows
        if self.totals:
            records = len(np.unique(self.survey.columns[self.totals.order].codes[
                self.survey.columns[self.totals.order].codes >= 0]))  # fmt: skip
        key = _free(found.key, taken)
        yield self._table(ROWS, found, key, records, parents, key_place, fields)

    def _rows_name(self, file: str) -> TableName:
        concepts = frozenset(one.about for one in self.survey.columns)
        roles = frozenset(one.role for one in self.entities)
        unique = self.totals is not None or (
            self.survey.about("order_id") is not None and self.structure.totals is None
        )
        named = {one.where for one in self.survey.columns}
        return rows_name(concepts, roles, has_orders=unique, dated=Place.ROW in named, file=file)

    def _table(
        self,
        role: str,
        name: TableName,
        key: str,
        records: int,
        parents: tuple[str, ...],
        key_place: int | None,
        fields: tuple[ProposedField, ...],
    ) -> ProposedTable:
        types = {one.place: one.type for one in fields if one.role == role and one.use}
        places = list(types)
        fixed = role != ROWS or self.totals is not None
        if not fixed:
            key_place = marked(self.choices.mark(role, "key"), places, key_place)
        title = marked(
            self.choices.mark(role, "title"), places, title_of(self.survey, places, key_place)
        )
        return ProposedTable(
            role, name, key, self.choices.label(f"t.{role}", name.label), records, parents,
            key_place, title, date_of(self.survey, types), fixed,
        )  # fmt: skip

    def _unique(self, fields: tuple[ProposedField, ...]) -> int | None:
        """Return the column by which rows are known: every row has a value of its own there."""
        ranked = sorted(
            (one for one in fields if one.role == ROWS and one.use and one.place >= 0),
            key=lambda one: rank(self.survey.columns[one.place]),
        )
        for one in ranked:
            column = self.survey.columns[one.place]
            cells = column.texts.read(one.type, self.survey.how.zone)
            near = rank(column) < len(KEY_CONCEPTS) and one.type.kind is not FieldKind.REFERENCE
            least = self.survey.rows * (_NEARLY_UNIQUE if near and not self.entities else 1)
            if (
                rank(column) <= len(KEY_CONCEPTS)
                and cells.known >= least
                and cells.distinct >= least
            ):
                return one.place
        return None


def _free(key: str, taken: Collection[str]) -> str:
    return make_key(key, taken, "table")


def _words(label: Label) -> str:
    """Return what a key is made of: the word in the file's own language."""
    return next(iter(label.words.values())).lower()


def _samples(column: Column) -> tuple[str, ...]:
    order = np.argsort(-column.texts.counts, kind="stable")[:_SHOWN]
    return tuple(column.texts.distinct[one][:40] for one in order)


def _data_class(column: Column, kind: FieldType) -> DataClass:
    if column.concept and column.concept.data_class is not DataClass.INTERNAL:
        return column.concept.data_class
    personal = kind.kind in (FieldKind.PHONE, FieldKind.EMAIL)
    return DataClass.PERSONAL if personal else DataClass.INTERNAL


__all__ = ["AMOUNT", "LINES", "SECTIONS", "Proposal", "ProposedField", "ProposedTable", "propose"]
