"""Columns, row evaluator and plain Python agree on generated rules and records."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from random import Random
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.backends.generated import CATALOGUE, Rules, tables
from tests.unit.backends.memory_columns import MemoryColumns, Tables
from tests.unit.backends.plain import NEVER, Plain
from tierloom.backends import columns as backend
from tierloom.backends.columns import program
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.engine.evaluator import Evaluator
from tierloom.engine.values import display_values
from tierloom.rules import ir, row
from tierloom.rules.types import BOOLEAN, DATE, DATETIME, DOUBLE, TEXT

ZONES = tuple(map(ZoneInfo, ("Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "UTC")))
MOMENTS = (
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 400, tzinfo=UTC),
    datetime(2023, 12, 31, 16, 30, tzinfo=UTC),
    datetime(2025, 3, 1, 4, 59, 59, 999_000, tzinfo=UTC),
)
SIZES = {"companies": 3, "customers": 12, "orders": 25, "calls": 12, "lines": 20}
EVALUATOR: Evaluator = backend

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def contexts(random: Random) -> list[RunContext]:
    """Two moments over one snapshot: what is kept for the one must not serve the other."""
    zone = random.choice(ZONES)
    return [RunContext(moment, zone, CATALOGUE) for moment in random.sample(MOMENTS, 2)]


def check_predicates(seed: int, customers: int = SIZES["customers"]) -> None:
    random = Random(seed)
    made = tables(random, {**SIZES, "customers": customers})
    made.narrow = random.random() < 0.5
    columns = made.columns("customers")
    moments = contexts(random)
    rules = [Rules(random, "customers").predicate(3) for _ in range(4)]
    for context in moments:
        check_together(rules, made, context)
        for rule in (*rules, *others_of(rules)):
            check_predicate(rule, columns, context)


def others_of(rules: list[ir.Predicate]) -> list[ir.Predicate]:
    """Other rules with the same parts: what is asked again is kept."""
    first, second, third, last = rules
    return [ir.And((first, second)), ir.Or((second, ir.Not(third))), ir.And((last, first, third))]


def check_together(rules: list[ir.Predicate], made: Tables, context: RunContext) -> None:
    """Several rules in one go answer as each alone, on a table that nobody has asked before."""
    columns = MemoryColumns(made, CATALOGUE.table("customers"))
    alone = [EVALUATOR.mask(rule, made.columns("customers"), context).tolist() for rule in rules]
    strict = EVALUATOR.packed(rules, columns, context)
    assert [np.unpackbits(one, count=columns.size).astype(bool).tolist() for one in strict] == alone
    assert [one.tolist() for one in EVALUATOR.masks(rules, columns, context)] == alone
    pairs = EVALUATOR.kleenes(rules, columns, context)
    packed = EVALUATOR.packed_kleenes(rules, columns, context)
    for rule, pair, bits in zip(rules, pairs, packed, strict=True):
        single = EVALUATOR.kleene(rule, made.columns("customers"), context)
        for one, its_bits, wanted in (
            (pair.true, bits.true, single.true), (pair.certain, bits.certain, single.certain),
        ):  # fmt: skip
            assert np.array_equal(one, wanted)
            assert np.array_equal(np.unpackbits(its_bits, count=columns.size), wanted)


def check_predicate(rule: ir.Predicate, columns: MemoryColumns, context: RunContext) -> None:
    rows = columns.records
    strict, hold = Plain(context, hold=False), Plain(context, hold=True)
    mask = EVALUATOR.mask(rule, columns, context)
    assert mask.tolist() == [strict.holds(rule, one) for one in rows], rule
    assert mask.tolist() == list(map(row.compile_predicate(rule, context), rows)), rule
    pair = EVALUATOR.kleene(rule, columns, context)
    answers = [bool(t) if c else None for t, c in zip(pair.true, pair.certain, strict=True)]
    assert answers == [hold.holds(rule, one) for one in rows], rule
    assert answers == list(map(row.compile_kleene(rule, context), rows)), rule
    assert not np.any(pair.true & ~pair.certain)
    negated = EVALUATOR.mask(ir.Not(rule), columns, context)
    assert mask.sum() + negated.sum() == columns.size


def check_values(seed: int) -> None:
    random = Random(seed)
    made = tables(random, SIZES)
    made.narrow = random.random() < 0.5
    columns = made.columns("customers")
    moments = contexts(random)
    for kind in (DOUBLE, TEXT, DATE, DATETIME, BOOLEAN):
        node = Rules(random, "customers").value(kind, 3)
        for context in moments:
            check_value(node, columns, context)


def check_value(node: ir.ValueNode, columns: MemoryColumns, context: RunContext) -> None:
    plain = Plain(context, hold=False)
    wanted = [plain.work_out(node, one) for one in columns.records]
    answer = EVALUATOR.value(node, columns, context)
    none = np.zeros(columns.size, bool) if answer.none is None else answer.none
    assert none.tolist() == [one is NEVER for one in wanted], node
    known = [None if one is NEVER else one for one in wanted]
    found = display_values(node, columns, np.arange(columns.size), context, EVALUATOR)
    # Instants are held in milliseconds; only "now" may be finer.
    assert [_coarse(one) for one in found] == [_coarse(one) for one in known], node
    by_row = map(row.compile_value(node, context), columns.records)
    assert [_coarse(one) for one in found] == [_coarse(one) for one in by_row], node


def _coarse(value: Value) -> Value:
    if not isinstance(value, datetime):
        return value
    return value.replace(microsecond=round(value.microsecond, -3))


def in_blocks(size: int) -> AbstractContextManager[object]:
    return mock.patch.multiple(
        program, BLOCK=size, BLOCK_OF_VALUES=size, BLOCK_OF_TESTS=size
    )  # fmt: skip


@quick
@given(st.integers(0, 2**48), st.sampled_from([8, 24, 32_768]))
def test_a_rule_means_the_same_everywhere(seed: int, block: int) -> None:
    with in_blocks(block):
        check_predicates(seed)


@quick
@given(st.integers(0, 2**48), st.sampled_from([1, 7, 8, 9, 15, 16, 17]))
def test_bits_end_with_the_last_record(seed: int, customers: int) -> None:
    with in_blocks(8):
        check_predicates(seed, customers)


@quick
@given(st.integers(0, 2**48), st.sampled_from([8, 24, 32_768]))
def test_a_value_is_the_same_everywhere(seed: int, block: int) -> None:
    with in_blocks(block):
        check_values(seed)
