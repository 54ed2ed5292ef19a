"""Rules as they are stored, drawn by hypothesis: the compiler's output means the same in the engines."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rules.generated import customers, rules
from tests.unit.rules.world import CATALOGUE, CONTEXT, Record, compiled
from tierloom.backends.sql import translate
from tierloom.backends.sql.connections import Connection, connect
from tierloom.backends.sql.loading import layout, loaded
from tierloom.domain.fields import Link
from tierloom.rules.row import compile_kleene, compile_predicate


@pytest.fixture(scope="module")
def engines() -> Iterator[list[Connection]]:
    with connect("sqlite://") as sqlite, connect("duckdb://") as duckdb:
        yield [sqlite, duckdb]


quick = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.lists(rules, min_size=4, max_size=10), st.lists(customers(), min_size=1, max_size=10))
def test_a_document_means_the_same(
    engines: list[Connection], documents: list[Any], people: list[Record]
) -> None:
    predicates = [compiled(one).predicate for one in documents]
    for engine in engines:
        _load(engine, people)
        for hold in (False, True):
            compile_one = compile_kleene if hold else compile_predicate
            asked = [compile_one(one, CONTEXT) for one in predicates]
            statement = translate(
                predicates, "customers", CONTEXT, engine.engine, layout(), hold=hold
            )
            for person, (_, *answers) in zip(people, engine.ask(statement), strict=True):
                for place, (document, ask) in enumerate(zip(documents, asked, strict=True)):
                    assert _answer(answers, place, hold=hold) is ask(person), document


def _answer(answers: list[int], place: int, *, hold: bool) -> bool | None:
    if not hold:
        return answers[place] == 1
    true, certain = answers[2 * place : 2 * place + 2]
    return true == 1 if certain == 1 else None


def _load(connection: Connection, people: list[Record]) -> None:
    numbers = count(1)
    orders = [
        (next(numbers), {**one.values, "customer": Link(number, "?")})
        for number, person in enumerate(people, 1)
        for one in person.orders
    ]
    stored = {"customers": [(n, one.values) for n, one in enumerate(people, 1)], "orders": orders}
    connection.load([loaded(one, stored.get(one.key, [])) for one in CATALOGUE], layout())
