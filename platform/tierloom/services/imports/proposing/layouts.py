"""Whose rows these are: the customers, companies and cards that repeat, and the order lines of one order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.fields import FieldKind
from tierloom.services.imports.proposing.concepts import Hint, Place
from tierloom.services.imports.proposing.dependencies import Dependency, depends, distinct
from tierloom.services.imports.proposing.survey import Column, Survey

ROWS = "rows"
"""The role of the table with what repeats: purchases, orders, transactions."""
_KEYS: tuple[tuple[Place, str], ...] = (
    (Place.CUSTOMER, "customer_id"), (Place.CARD, "card"), (Place.CUSTOMER, "phone"),
    (Place.CUSTOMER, "email"), (Place.COMPANY, "company_id"), (Place.COMPANY, "company"),
    (Place.CUSTOMER, "name"),
)  # fmt: skip
"""What people, cards and companies are known by, the better first."""
_COUNTED = frozenset({Hint.NUMBER, Hint.QUANTITY, Hint.MONEY, Hint.PRICE, Hint.PERCENT})
_WEAK = frozenset({"name"})
_LEAST_KNOWN = 0.5
_REPEATS = 0.98
_TOLERANCE = 0.02
_PERSONAL_TOLERANCE = 0.2
"""People move and marry: what is theirs by its name may differ more often."""
_LEAST_EVIDENCE = 10


class Layout(StrEnum):
    """How a file becomes tables: as it is, split by who repeats, or with order lines added up first."""

    ONE = "one"
    SPLIT = "split"
    TOTALS = "totals"


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that repeats in the rows. `parents` are the roles that it determines.

    `attributes` are the places of its columns; `conflicts` counts for each how many of its records have
    several values.
    """

    role: str
    key: Column
    records: int
    attributes: tuple[int, ...] = ()
    conflicts: Mapping[int, int] | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """How the lines of an order are added up: columns by place. Either `amount` is summed, or quantity × price.

    `kept` are the columns that all lines of an order share.
    """

    order: int
    amount: int | None
    quantity: int | None
    price: int | None
    kept: tuple[int, ...]

    @property
    def has_amount(self) -> bool:
        """Whether an order gets an amount."""
        return self.amount is not None or self.price is not None


@dataclass(frozen=True, slots=True)
class Structure:
    """What repeats in a file. `totals` is None where its rows are no order lines."""

    entities: tuple[Entity, ...]
    totals: Totals | None

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The ways in which the file can become tables, the proposed one first."""
        found = [Layout.TOTALS] if self.totals else []
        found += [Layout.SPLIT] if self.entities else []
        return (*found, Layout.ONE)


def find_structure(survey: Survey, known_by: int | None = None) -> Structure:
    """Find out who repeats in the rows, and whether they are lines of orders.

    `known_by` is the place of the column by which somebody says that customers are known.
    """
    chosen = next((one for one in repeating(survey) if one.place == known_by), None)
    candidates = list(_entities(survey))
    if chosen is not None:
        others = [one for one in candidates if one.role != Place.CUSTOMER and one.key is not chosen]
        candidates = [Entity(Place.CUSTOMER.value, chosen, distinct(chosen.codes)), *others]
    found = _hierarchy(_without_twins(candidates))
    entities = tuple(_with_attributes(survey, found))
    return Structure(entities, _order_lines(survey, entities))


def repeating(survey: Survey) -> Iterator[Column]:
    """Yield the columns by which customers could be known: names and numbers that come again."""
    kinds = {FieldKind.TEXT, FieldKind.INTEGER, FieldKind.PHONE, FieldKind.EMAIL}
    for one in survey.columns:
        of_rows = one.where in (Place.ROW, Place.ORDER) or one.hint in _COUNTED
        if one.guess.type.kind in kinds and not of_rows and _repeats(survey, one):
            yield one


def _repeats(survey: Survey, one: Column) -> bool:
    enough = one.cells.known >= _LEAST_KNOWN * survey.rows
    return enough and 2 <= distinct(one.codes) <= _REPEATS * one.cells.known


def _entities(survey: Survey) -> Iterator[Entity]:
    """Yield the best key of each kind that repeats while purchases vary."""
    taken: set[Place] = set()
    for place, concept in _KEYS:
        if place in taken or (concept in _WEAK and taken):
            continue
        key = survey.about(concept)
        if key is not None and _repeats(survey, key) and _has_purchases(survey, key):
            taken.add(place)
            yield Entity(place.value, key, distinct(key.codes))


def _has_purchases(survey: Survey, key: Column) -> bool:
    """Whether something that belongs to purchases varies while the key repeats."""
    return any(
        one.where in (Place.ROW, Place.ORDER) and depends(key.codes, one.codes).share > _TOLERANCE
        for one in survey.columns
    )


def _without_twins(found: list[Entity]) -> list[Entity]:
    """Leave out what is one to one with a better key: the phone of a card is a column of the card."""
    kept: list[Entity] = []
    for one in found:
        if not any(_determines(one, other) and _determines(other, one) for other in kept):
            kept.append(one)
    return kept


def _determines(one: Entity, other: Entity) -> bool:
    found = depends(one.key.codes, other.key.codes)
    return found.rows > 0 and found.share <= _TOLERANCE


def _hierarchy(found: list[Entity]) -> list[Entity]:
    """Order from the fewest records on; a card knows its company."""
    ordered = sorted(found, key=lambda one: one.records)
    return [
        Entity(
            one.role,
            one.key,
            one.records,
            parents=tuple(up.role for up in ordered[:number] if _determines(one, up)),
        )
        for number, one in enumerate(ordered)
    ]


def _with_attributes(survey: Survey, found: list[Entity]) -> Iterator[Entity]:
    keys = {one.key.place for one in found}
    owned: dict[str, dict[int, int]] = {one.role: {} for one in found}
    for column in survey.columns:
        owner = None if column.place in keys else _owner(survey, found, column)
        if owner is not None:
            entity, dependency = owner
            owned[entity.role][column.place] = dependency.conflicts
    for one in found:
        mine = owned[one.role]
        yield Entity(one.role, one.key, one.records, tuple(mine), mine, one.parents)


def _owner(
    survey: Survey, found: Sequence[Entity], column: Column
) -> tuple[Entity, Dependency] | None:
    """Return the first of the entities, from the one with the fewest records, that determines a column."""
    if column.where in (Place.ROW, Place.ORDER) or not column.cells.known:
        return None
    personal = column.where in (Place.CUSTOMER, Place.COMPANY, Place.CARD)
    if not personal and distinct(column.codes) < 2:
        return None
    for one in found:
        dependency = depends(one.key.codes, column.codes)
        tolerance = _PERSONAL_TOLERANCE if personal else _TOLERANCE
        enough = personal or dependency.rows >= max(_LEAST_EVIDENCE, survey.rows // 100)
        if enough and dependency.share <= tolerance:
            return one, dependency
    return None


def _order_lines(survey: Survey, entities: Sequence[Entity]) -> Totals | None:
    """Return how to add the rows up by order number, None where they are no lines of orders."""
    order = survey.about("order_id")
    if order is None or order.cells.known < 0.9 * survey.rows:
        return None
    if distinct(order.codes) > _REPEATS * order.cells.known:
        return None
    of_lines = [survey.about("price"), survey.about("quantity"), survey.about("sku", "product")]
    if not any(of_lines) or not all(_kept(order, one.key) for one in entities):
        return None
    entity_places = {place for one in entities for place in (one.key.place, *one.attributes)}
    others = [one for one in survey.columns if one.place not in entity_places and one is not order]
    kept = tuple(one.place for one in others if _kept(order, one) or one.about == "ordered_at")
    return _totals(survey, order, kept)


def _kept(order: Column, column: Column) -> bool:
    found = depends(order.codes, column.codes)
    return found.rows >= _LEAST_EVIDENCE and found.share <= _TOLERANCE


def _totals(survey: Survey, order: Column, kept: tuple[int, ...]) -> Totals | None:
    sums = [one for one in survey.hinted(Hint.MONEY) if one.place not in kept and one.is_number]
    amount = next((one for one in sums if one.about == "amount"), None)
    quantity, price = survey.about("quantity"), survey.about("price")
    multiplied = amount is None and price is not None and price.is_number
    quantity = quantity if quantity is not None and quantity.is_number else None
    lines = {one.place for one in (quantity, price) if one is not None}
    return Totals(
        order.place,
        amount.place if amount else None,
        quantity.place if quantity else None,
        price.place if multiplied and price else None,
        tuple(one for one in kept if one not in lines),
    )
