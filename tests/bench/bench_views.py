"""A page of a list: filtered, sorted, with the exact total, at its beginning and far down, beside DuckDB.

Ours is the whole service: a unit of work opened, the rule compiled and evaluated, fifty records read from
the database and made ready to be shown. Every page has a filter that nobody asked for before. The order of
a column is kept with the table: the first page by each is not among them, and `sorting` says what it took.
"""

import time
from typing import Any

import pytest

from tests.bench.company import KEY, Company
from tests.bench.figures import report
from tests.bench.many_rules import REPETITIONS, many
from tests.bench.side_by_side import in_turns, p95
from tests.bench.yardstick import ROWS, World
from tierloom.domain.rules import RuleDocument
from tierloom.domain.views import Sort
from tierloom.services.grid import Listing, Query, listing
from tierloom.services.workbench import reading

TABLE = f"{ROWS:,} stored customers"
RULE = "高客单"
PAGES = 100
DEEP = ROWS // 2
ORDERS = ("total_amount", "last_order_date", "name")

Rule = tuple[Any, str]


@pytest.fixture(scope="module")
def filters(world: World) -> list[Rule]:
    """The yardstick's rule with other numbers each time, and for each order."""
    [given] = [one for one in world.rules["segments"] if one["name"] == RULE]
    scales = {one.key: one.type.scale for one in world.catalogue.table(KEY).fields}
    found: list[Rule] = []
    for times in range(-(-len(ORDERS) * PAGES // REPETITIONS)):
        logic, sql = given["rule"], given["duckdb"]
        extra = f" and total_amount>{times}"
        both = {"and": [logic, {">": [{"var": "total_amount"}, times]}]}
        found += many([{"rule": both, "duckdb": sql + extra}], scales)
    return found


@pytest.fixture(scope="module")
def many_left() -> list[Rule]:
    """Filters that leave most customers."""
    return [
        ({"<": [{"var": "points"}, 10**6 + number]}, f"points<{10**6 + number}")
        for number in range(PAGES)
    ]


def ours(company: Company, rule: Any, sort: str, offset: int) -> Listing:
    with reading(company.platform, company.owner) as bench:
        asked = Query(KEY, RuleDocument.of(rule), sort=Sort(sort, True), offset=offset)
        return listing(bench, asked)


def theirs(world: World, condition: str, sort: str, offset: int) -> tuple[int, list[Any]]:
    """Ask for the total, and for fifty whole records."""
    total = world.duck.execute(f"SELECT count(*) FROM {KEY} WHERE {condition}").fetchone()
    page = world.duck.execute(
        f"SELECT * FROM {KEY} WHERE {condition} "
        f"ORDER BY {sort} DESC NULLS LAST, customer_id LIMIT 50 OFFSET {offset}"
    ).fetchall()
    assert total is not None
    return total[0], [row[0] for row in page]


@pytest.fixture(scope="module")
def sorting(company: Company, filters: list[Rule]) -> dict[str, float]:
    """Return the CPU milliseconds of each first page by a column; reading the columns is done before."""
    ours(company, filters[0][0], "age", 0)
    found: dict[str, float] = {}
    for sort in ORDERS:
        start = time.process_time()
        ours(company, filters[0][0], sort, 0)
        found[sort] = (time.process_time() - start) * 1000
    return found


@pytest.mark.parametrize("sort", ORDERS)
def test_first_page(
    world: World, company: Company, filters: list[Rule], sorting: dict[str, float], sort: str
) -> None:
    first = ORDERS.index(sort) * PAGES + 1  # The very first one is asked before.
    rules = filters[first : first + PAGES - 1]
    compare(world, company, rules, sort, 0, 0.15, sorting=sorting[sort])


def test_far_down(
    world: World, company: Company, many_left: list[Rule], sorting: dict[str, float]
) -> None:
    compare(world, company, many_left, ORDERS[0], DEEP, 0.1, sorting=sorting[ORDERS[0]])


def compare(
    world: World,
    company: Company,
    rules: list[Rule],
    sort: str,
    offset: int,
    goal: float,
    **beside: float,
) -> None:
    mine, others = in_turns(
        len(rules),
        lambda n: ours(company, rules[n][0], sort, offset),
        lambda n: theirs(world, rules[n][1], sort, offset),
    )
    assert [one.total for one in mine.answers] == [total for total, _ in others.answers]
    if sort != "name":  # whose order is another one in Chinese
        ids = [[row.values["customer_id"] for row in one.rows] for one in mine.answers]
        assert ids == [page for _, page in others.answers]
    report(
        f"page at {offset:,} of {TABLE} by {sort}, exact total, p95 of {len(rules)}",
        p95(mine.wall) / p95(others.wall), "× time of DuckDB's page and count", goal,
        **mine.beside("our"), **others.beside("duckdb"), **beside,
    )  # fmt: skip
