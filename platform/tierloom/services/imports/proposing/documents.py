"""A proposal as tables and forms to publish, and as plans for the import of its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.tables import RecordType
from tierloom.schemas.naming import make_key
from tierloom.services.imports.plan import ImportPlan, UnknownParents
from tierloom.services.imports.proposing.concepts import SECTIONS
from tierloom.services.imports.proposing.figures import standard_figures
from tierloom.services.imports.proposing.layouts import ROWS
from tierloom.services.imports.proposing.proposal import (
    AMOUNT,
    Proposal,
    ProposedField,
    ProposedTable,
)
from tierloom.text import Label

_NO_UNITS = frozenset({"元", "¥", "￥", "$", "€", "£", "rmb", "cny", "usd", "eur", "gbp"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A table of a proposal made real: `fields` are its field keys by column, links included (by the key column)."""

    proposed: ProposedTable
    table: RecordType
    form: Form
    fields: Mapping[int, str]

    def plan(self, columns: Mapping[int, str]) -> ImportPlan:
        """Return how rows go in from columns with these names, by place."""
        matches = {
            name: self.fields[place] for place, name in columns.items() if place in self.fields
        }
        return ImportPlan(self.table.key, matches, self.table.key_field, UnknownParents.LEAVE)


def planned_tables(proposal: Proposal) -> tuple[Planned, ...]:
    """Return the tables and forms of a proposal, parents first."""
    return tuple(_planned(proposal, one) for one in proposal.tables)


def _planned(proposal: Proposal, proposed: ProposedTable) -> Planned:
    used = proposal.used(proposed.role)
    links = dict(_links(proposal, proposed))
    stored = [_field(one, proposed) for one in used] + list(links.values())
    places = {one.place: one.key for one in used} | {place: one.key for place, one in links.items()}
    taken = [one.key for one in stored]
    figures = list(_figures(proposal, proposed, taken)) if proposal.figures else []
    table = RecordType(
        proposed.key, proposed.label, (*stored, *figures), noun=proposed.name.noun,
        key_field=places.get(_place(proposed.key_place)),
        title_field=places.get(_place(proposed.title_place)),
        date_field=places.get(_place(proposed.date_place)),
        icon=proposed.name.icon,
    )  # fmt: skip
    return Planned(proposed, table, _form(proposed, used, list(links.values())), places)


def _place(place: int | None) -> int:
    return -99 if place is None else place


def _field(one: ProposedField, table: ProposedTable) -> Field:
    key = one.place == table.key_place
    kind = one.type
    unit = (
        one.unit
        if one.unit.casefold() not in _NO_UNITS and kind.kind is not FieldKind.MONEY
        else ""
    )
    return Field(
        one.key, one.label, kind, unique=key, data_class=one.data_class,
        unit=Label.of(unit) if unit and kind.kind.is_number else None,
    )  # fmt: skip


def _links(proposal: Proposal, proposed: ProposedTable) -> Iterator[tuple[int, Field]]:
    """Yield the references to the parents, with the column that names them."""
    taken = {one.key for one in proposal.used(proposed.role)}
    for role in proposed.parents:
        parent = proposal.table(role)
        key = make_key(parent.name.reference, taken)
        taken.add(key)
        noun = parent.name.noun
        label = Label({"zh": noun.read("zh"), "en": noun.read("en").capitalize()})
        if parent.key_place is not None:
            kind = FieldType(FieldKind.REFERENCE, target=parent.key)
            yield parent.key_place, Field(key, label, kind)


def _figures(proposal: Proposal, proposed: ProposedTable, taken: list[str]) -> Iterator[Field]:
    rows = proposal.table(ROWS)
    if proposed.role == ROWS or proposed.role not in rows.parents:
        return
    stored = {one.place: _field(one, rows) for one in proposal.used(ROWS)}
    date = stored.get(_place(rows.date_place))
    yield from standard_figures(rows.key, date, amount_of(proposal, stored), taken)


def amount_of(proposal: Proposal, stored: Mapping[int, Field]) -> Field | None:
    """Return what purchases are worth: the field about an amount, else the first one in money."""
    if AMOUNT in stored:
        return stored[AMOUNT]
    if proposal.totals and (summed := stored.get(_place(proposal.totals.amount))):
        return summed
    money = [one for one in stored.values() if one.type.kind is FieldKind.MONEY]
    known = [one for one in money if one.key in ("amount", "deal_price")]
    return next(iter((*known, *money)), None)


def _form(proposed: ProposedTable, used: tuple[ProposedField, ...], links: list[Field]) -> Form:
    """Lay the fields out by sections; links stand first, with whom they are about."""
    by_section: dict[str, list[FormItem]] = {}
    for one in used:
        name = (
            "purchase"
            if proposed.role == ROWS and one.section == "other" and links
            else one.section
        )
        item = FormItem(one.key, one.type.kind is FieldKind.LONG_TEXT)
        by_section.setdefault(name, []).append(item)
    ordered = [(name, by_section[name]) for name in SECTIONS if name in by_section]
    first = [FormItem(one.key) for one in links]
    if first and ordered:
        ordered[0] = (ordered[0][0], [*first, *ordered[0][1]])
    elif first:
        ordered = [("basic", first)]
    sections = tuple(Section(SECTIONS[name], tuple(items)) for name, items in ordered)
    return Form(proposed.key, proposed.label, proposed.key, sections)
