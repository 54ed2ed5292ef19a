"""The same on Spark: asked for by `make test-spark`, which says where in TIERLOOM_TEST_SPARK."""

import os
from collections.abc import Iterator

import pytest

from tests.properties.worlds import World, world
from tierloom.backends.sql.connections import Connection, connect
from tierloom.backends.sql.verify import verify
from tierloom.rules import ir

MASTER = os.environ.get("TIERLOOM_TEST_SPARK", "")
RULES = int(os.environ.get("TIERLOOM_TEST_SPARK_RULES", "40"))

pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(not MASTER, reason="Spark is tested by `make test-spark`."),
    pytest.mark.filterwarnings("ignore"),  # pyspark's own
]


@pytest.fixture(scope="module")
def spark() -> Iterator[Connection]:
    with connect(f"spark://{MASTER}") as connection:
        yield connection


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("hold", [False, True])
def test_a_rule_means_the_same_on_spark(seed: int, hold: bool, spark: Connection) -> None:
    made = world(seed, RULES)
    made.load(spark)
    wanted = made.by_row(hold=hold)
    found = made.by_engine(spark, hold=hold)
    different = [
        rule for rule, one, other in zip(made.rules, wanted, found, strict=True) if one != other
    ]
    assert different == []


def test_a_rule_and_its_negation_share_all_records_on_spark(spark: Connection) -> None:
    made = world(4711, 10)
    pairs = World(made.tables, made.context, [*made.rules, *map(ir.Not, made.rules)], 0)
    pairs.load(spark)
    counts = [column.count(True) for column in pairs.by_engine(spark, hold=False)]
    for holds, holds_not in zip(counts[:10], counts[10:], strict=True):
        assert holds + holds_not == len(made.records)


def test_spark_is_verified(spark: Connection) -> None:
    assert verify(spark).differences == []
