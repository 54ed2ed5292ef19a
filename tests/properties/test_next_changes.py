"""The next change by column is that of every record by itself, in worlds of many records and rules."""

import os
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.properties.worlds import world
from tests.unit.backends.columns.test_instants import made_rule
from tierloom.backends.columns.instants import next_change
from tierloom.engine.stays import NEVER
from tierloom.rules.instants import compile_next_change

WORLDS = int(os.environ.get("TIERLOOM_TEST_WORLDS", "8"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_next_change_is_the_same_by_row_and_by_column(seed: int) -> None:
    made, random = world(seed, 12), Random(seed)
    columns = made.tables.columns("customers")
    for rule in [*made.rules, *(made_rule(random) for _ in range(12))]:
        for hold in (False, True):
            ask = compile_next_change(rule, made.context, hold=hold)
            found = (ask(one) for one in made.records)
            wanted = [NEVER if one is None else (one - EPOCH) // MS for one in found]
            assert next_change(rule, columns, made.context, hold=hold).tolist() == wanted, rule
