"""10,000 of the random rules that `make fuzz` asks 200,000 of: answered or refused, nothing else."""

import pytest

from tests.fuzz import rules

SHARE = 1_000


@pytest.mark.parametrize("first", range(0, 10 * SHARE, SHARE))
def test_random_rules_are_answered_or_refused(first: int) -> None:
    compiled, _ = rules.fuzz(first, SHARE)
    assert SHARE // 20 < compiled < SHARE // 2
