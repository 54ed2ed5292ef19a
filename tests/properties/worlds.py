"""Many rules over many records, answered by the row evaluator and by engines of SQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

from tests.unit.backends.columns.test_agreement import MOMENTS
from tests.unit.backends.generated import CATALOGUE, Rules, tables
from tests.unit.backends.memory_columns import Record, Tables
from tierloom.backends.sql import ENGINES, Refused, translate
from tierloom.backends.sql.connections import Connection
from tierloom.backends.sql.loading import layout, loaded
from tierloom.domain.context import RunContext
from tierloom.rules import ir, row

SIZES = {"companies": 12, "customers": 260, "orders": 600, "calls": 250, "lines": 500}
ZONES = tuple(map(ZoneInfo, ("Asia/Shanghai", "America/Sao_Paulo", "UTC")))
BATCH = 20
LAYOUT = layout("check_")

Column = list[bool | None]


@dataclass(frozen=True)
class World:
    """Records, a moment, and the rules to ask."""

    tables: Tables
    context: RunContext
    rules: Sequence[ir.Predicate]
    refused: int

    @property
    def records(self) -> list[Record]:
        return self.tables.columns("customers").records

    def load(self, connection: Connection) -> None:
        connection.load(
            [
                loaded(one, [(r.id, r.values) for r in self.tables.records[one.key]])
                for one in CATALOGUE
            ],
            LAYOUT,
        )

    def by_row(self, *, hold: bool) -> list[Column]:
        compile_rule = row.compile_kleene if hold else row.compile_predicate
        asked = [compile_rule(rule, self.context) for rule in self.rules]
        return [[ask(one) for one in self.records] for ask in asked]

    def by_engine(self, connection: Connection, *, hold: bool) -> Iterator[Column]:
        """Each query answers a batch of rules for all records."""
        for start in range(0, len(self.rules), BATCH):
            some = self.rules[start : start + BATCH]
            statement = translate(
                some, "customers", self.context, connection.engine, LAYOUT, hold=hold
            )
            answers = connection.ask(statement)
            assert [one[0] for one in answers] == [one.id for one in self.records]
            for number in range(len(some)):
                yield [_answer(one, number, hold=hold) for one in answers]


def _answer(answer: tuple[int, ...], number: int, *, hold: bool) -> bool | None:
    if not hold:
        return answer[1 + number] == 1
    true, certain = answer[1 + 2 * number : 3 + 2 * number]
    return true == 1 if certain == 1 else None


def world(seed: int, count: int, depth: int = 3) -> World:
    """Make a world with `count` rules that can be translated."""
    random = Random(seed)
    made = tables(random, SIZES)
    made.narrow = bool(seed % 2)
    context = RunContext(random.choice(MOMENTS), random.choice(ZONES), CATALOGUE)
    rules: list[ir.Predicate] = []
    refused = 0
    while len(rules) < count:
        rule = Rules(random, "customers").predicate(depth)
        try:
            translate([rule], "customers", context, ENGINES["duckdb"], LAYOUT)
        except Refused:
            refused += 1
        else:
            rules.append(rule)
    return World(made, context, rules, refused)
