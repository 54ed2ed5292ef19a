"""What an engine is asked, with the answers: the conformance suite, and rules on which engines differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tierloom.backends.sql import traps
from tierloom.backends.sql.connections import Loaded
from tierloom.backends.sql.loading import loaded
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Link, Value
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.rules import ir
from tierloom.rules.compile import compile_rule
from tierloom.rules.conformance import Case, Suite, read_suite
from tierloom.rules.given import GivenRow, read_record
from tierloom.rules.row import compile_kleene, compile_predicate

Records = dict[int, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Question:
    """A rule, and what is to be answered for records by number; under hold None is uncertain."""

    rule: Json
    predicate: ir.Predicate
    strict: Mapping[int, bool]
    hold: Mapping[int, bool | None]


@dataclass(frozen=True, slots=True)
class Exam:
    """Questions about the records of one table at one moment."""

    table: str
    context: RunContext
    tables: Sequence[Loaded]
    records: Records
    questions: Sequence[Question]


def exams() -> Iterator[Exam]:
    """Yield all that an engine is asked."""
    suite = read_suite()
    cases = sorted(suite.cases, key=lambda one: (one.about, one.table))
    for (_, table), some in groupby(cases, key=lambda one: (one.about, one.table)):
        yield _of_suite(suite, table, list(some))
    yield _of_traps()


# ── the conformance suite ───────────────────────────────────────────────────────────────────────


@dataclass
class _Filled:
    """Records by table and number, with all that belongs to them."""

    catalogue: Catalogue
    records: dict[str, Records] = field(default_factory=dict)
    count: int = 0

    def add(self, row: GivenRow, table: str, links: Mapping[str, Value] | None = None) -> int:
        self.count += 1
        number = self.count
        values: dict[str, Value] = {**row.values, **(links or {})}
        for reference, above in row.parents.items():
            target = self.catalogue.table(table).field(reference).type.target
            assert target is not None, "a parent is reached by a reference"
            values[reference] = Link(self.add(above, target), "")
        self.records.setdefault(table, {})[number] = values
        for relation in self.catalogue.relations(table):
            for one in row.related(relation.name):
                self.add(one, relation.child, {relation.reference: Link(number, "")})
        return number


def _of_suite(suite: Suite, table: str, cases: Sequence[Case]) -> Exam:
    filled, context = _Filled(suite.catalogue), cases[0].context
    questions = []
    for case in cases:
        numbers = [
            filled.add(read_record(row.record, table, suite.catalogue, context.zone), table)
            for row in case.rows
        ]
        compiled = compile_rule(case.rule, table, suite.catalogue, suite.objects, zone=context.zone)
        questions.append(
            Question(
                case.rule,
                compiled.predicate,
                {number: row.strict for number, row in zip(numbers, case.rows, strict=True)},
                {number: row.hold for number, row in zip(numbers, case.rows, strict=True)},
            )
        )
    models = tuple(suite.objects.tier_models.values())
    tables = [
        loaded(one, filled.records.get(one.key, {}).items(), models) for one in suite.catalogue
    ]
    return Exam(table, context, tables, filled.records[table], questions)


# ── the traps ───────────────────────────────────────────────────────────────────────────────────


class _Customer:
    """A customer or an order as rules see it."""

    def __init__(
        self, number: int, values: Mapping[str, Value], orders: "Sequence[_Customer]" = ()
    ) -> None:
        self.number = number
        self.values = values
        self._orders = orders

    def value(self, key: str) -> Value:
        return self.values.get(key)

    def parent(self, reference: str) -> "_Customer | None":
        raise LookupError(f"No trap asks for the {reference} of an order.")

    def related(self, _relation: str) -> "Sequence[_Customer]":
        return self._orders


def _customers() -> list[_Customer]:
    mine: dict[int | None, list[_Customer]] = {}
    for number, values in traps.orders():
        link = values["customer"]
        assert isinstance(link, Link), "an order has a customer"
        mine.setdefault(link.id, []).append(_Customer(number, values))
    return [
        _Customer(number, values, sorted(mine.get(number, []), key=_when))
        for number, values in traps.customers()
    ]


def _when(order: _Customer) -> tuple[bool, str, int]:
    day = order.value("day")
    return day is not None, str(day or ""), order.number


def _of_traps() -> Exam:
    context, people = traps.CONTEXT, _customers()
    questions = []
    for rule in traps.rules():
        document = RuleDocument.of(rule)
        compiled = compile_rule(document, "customers", traps.CATALOGUE, zone=context.zone)
        strict = compile_predicate(compiled.predicate, context)
        hold = compile_kleene(compiled.predicate, context)
        questions.append(
            Question(
                rule,
                compiled.predicate,
                {one.number: strict(one) for one in people},
                {one.number: hold(one) for one in people},
            )
        )
    given = {"customers": traps.customers(), "orders": traps.orders()}
    tables = [loaded(one, given[one.key]) for one in traps.CATALOGUE]
    records = {one.number: one.values for one in people}
    return Exam("customers", context, tables, records, questions)
