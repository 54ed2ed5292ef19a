"""One meaning: row ≡ columns ≡ SQLite ≡ DuckDB ≡ PostgreSQL, strict and under hold, and p and not p share all records.

`make properties` asks for more worlds than the tests do (TIERLOOM_TEST_WORLDS).
"""

import os
from collections.abc import Iterator

import pytest

from tests.databases import PostgresServer
from tests.properties.worlds import SIZES, World, world
from tierloom.backends import columns
from tierloom.backends.sql.connections import Connection, connect
from tierloom.backends.sql.verify import verify
from tierloom.rules import ir

WORLDS = int(os.environ.get("TIERLOOM_TEST_WORLDS", "8"))
RULES = 50
PAIRS = 100_000


@pytest.fixture(scope="module")
def engines(postgres: PostgresServer) -> Iterator[list[Connection]]:
    address = postgres.new_database()
    with (
        connect("sqlite://") as sqlite,
        connect("duckdb://") as duckdb,
        connect(address) as postgresql,
    ):
        yield [sqlite, duckdb, postgresql]
    postgres.drop(address)


def test_the_worlds_are_large_enough() -> None:
    assert WORLDS * RULES * SIZES["customers"] >= PAIRS


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(WORLDS))
def test_a_rule_means_the_same_in_every_engine(seed: int, engines: list[Connection]) -> None:
    made = world(seed, RULES)
    assert made.refused < RULES / 4, "what is refused is the exception"
    for engine in engines:
        made.load(engine)
    for hold in (False, True):
        wanted = made.by_row(hold=hold)
        assert _differences(made, wanted, _by_columns(made, hold=hold)) == []
        for engine in engines:
            found = list(made.by_engine(engine, hold=hold))
            assert _differences(made, wanted, found) == [], engine.engine.name


@pytest.mark.postgres
def test_a_rule_and_its_negation_share_all_records(engines: list[Connection]) -> None:
    made = world(4711, 20)
    both = [one for rule in made.rules for one in (rule, ir.Not(rule))]
    pairs = World(made.tables, made.context, both, 0)
    for engine in engines:
        pairs.load(engine)
        counts = [column.count(True) for column in pairs.by_engine(engine, hold=False)]
        for holds, holds_not in zip(counts[::2], counts[1::2], strict=True):
            assert holds + holds_not == len(made.records)


@pytest.mark.postgres
def test_engines_pass_the_conformance_suite_and_the_traps(engines: list[Connection]) -> None:
    for engine in engines[1:]:  # SQLite passes it in the tests of the command
        report = verify(engine)
        assert report.differences == [], engine.engine.name
        assert report.refused == {}


def _by_columns(made: World, *, hold: bool) -> list[list[bool | None]]:
    table = made.tables.columns("customers")
    if not hold:
        return [columns.mask(rule, table, made.context).tolist() for rule in made.rules]
    pairs = [columns.kleene(rule, table, made.context) for rule in made.rules]
    return [
        [bool(true) if certain else None for true, certain in zip(p.true, p.certain, strict=True)]
        for p in pairs
    ]


def _differences(
    made: World, wanted: list[list[bool | None]], found: list[list[bool | None]]
) -> list[tuple[object, ...]]:
    """Return for each rule with a difference the first record that shows it."""
    different = []
    for rule, one, other in zip(made.rules, wanted, found, strict=True):
        if one != other:
            place = next(
                n for n, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]
            )
            different.append((rule, made.records[place].values, one[place], other[place]))
    return different
