"""Parts of stored tables, and results that follow changes, against tables made from nothing."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.backends.generated import CATALOGUE, Rules
from tests.unit.engine.test_subset import KINDS, check, listed, some
from tests.unit.store.columns.tables_that_change import NUMBERED, ChangingTables
from tierloom.backends import columns as evaluator
from tierloom.backends.columns.shelf import Shelf, shelf_of
from tierloom.domain.context import RunContext
from tierloom.domain.tables import Catalogue
from tierloom.engine.columns import Column, Columns, NumberColumn, TextColumn
from tierloom.engine.reads import reads
from tierloom.engine.subset import subset
from tierloom.engine.values import display_values
from tierloom.rules import ir
from tierloom.store.columns import base_index, steps, table
from tierloom.store.columns.assembly import assemble
from tierloom.store.columns.encoding import encoding_of
from tierloom.store.columns.generation import Base
from tierloom.store.columns.manifest import Point
from tierloom.store.columns.table import Rows, Tail

SIZES = {"companies": 4, "customers": 15, "orders": 40, "calls": 20, "lines": 40}
CONTEXT = RunContext(datetime(2024, 2, 29, 12, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)

quick = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.integers(0, 2**48), st.integers(0, 4))
def test_a_part_of_a_stored_table_is_evaluated_as_the_whole(seed: int, writes: int) -> None:
    random = Random(seed)
    changing = ChangingTables(random, SIZES)
    for _ in range(writes):
        changing.write()
    memory, stored = changing.memory("customers"), changing.snapshot.table("customers")
    places = some(random, memory.size)
    check(random, memory, subset(stored, places), places)


@quick
@given(st.integers(0, 2**48), st.integers(0, 4))
def test_a_few_values_and_related_records_are_those_of_whole_columns(
    seed: int, writes: int
) -> None:
    random = Random(seed)
    changing = ChangingTables(random, SIZES)
    for _ in range(writes):
        changing.write()
    for record_type in NUMBERED:
        memory = changing.memory(record_type.key)
        stored = changing.snapshot.table(record_type.key)
        places = np.array([random.randint(-1, memory.size - 1) for _ in range(5)], np.int64)
        for field in record_type.stored_fields:
            few, whole = stored.taken(field.key, places), memory.column(field.key)
            assert texts(few) == [None if p < 0 else texts(whole)[p] for p in places.tolist()]
            if isinstance(whole, NumberColumn):
                greatest = np.fmax.reduce(whole.values, initial=-np.inf)
                assert stored.greatest(field.key) == greatest
        for relation in NUMBERED.relations(record_type.key):
            for sought in (places[places >= 0], np.arange(memory.size)):
                found, wanted = stored.related(relation, sought), memory.children(relation)
                assert found.columns is stored.child(relation)
                assert found.rows.tolist() == wanted.of(sought).rows.tolist()
                assert found.starts.tolist() == wanted.of(sought).starts.tolist()
            whole_rows = stored.children(relation)
            assert whole_rows.rows.tolist() == memory.children(relation).rows.tolist()
            assert whole_rows.starts.tolist() == memory.children(relation).starts.tolist()


def texts(column: Column) -> list[object]:
    """The values, with texts for their codes; None for what is unknown."""
    if isinstance(column, TextColumn):
        return [None if one < 0 else column.dictionary.text(one) for one in column.codes.tolist()]
    return [
        None if one == -1 and not isinstance(column, NumberColumn) else one
        for one in listed(column)
    ]


@settings(deadline=None)
@given(st.data(), st.sampled_from((np.float32, np.float64)))
def test_the_greatest_number_is_found_however_rows_change(
    data: st.DataObject, kind: type[np.floating]
) -> None:
    numbers = st.lists(st.sampled_from((math.nan, -2.0, 1.0, 7.0, 8.0)), max_size=12)
    before, now = data.draw(numbers), data.draw(numbers)
    gone = data.draw(st.sets(st.integers(0, len(before))))
    changed = sorted(data.draw(st.permutations(range(len(before) + 12)))[: len(now)])
    field = replace(NUMBERED.table("orders").field("amount"), id=1)
    rows = dict(enumerate(before)) | dict(zip(changed, now, strict=True))
    left = [rows[one] for one in rows if one not in gone or one in changed]
    encodings = {1: encoding_of(field)}

    def made(ids: list[int], values: list[float]) -> Rows:
        return Rows(np.array(ids, np.int64), {1: NumberColumn(np.array(values, kind))})

    all_rows = made([*range(len(before))], before)
    base = Base(all_rows.ids, all_rows.columns, encodings, Point(0), Point(0), ())
    ids = np.array(sorted(gone - {*changed}), np.int64)
    with mock.patch.multiple(table, BLOCK=3), mock.patch.multiple(base_index, BLOCK=3):
        found = table.TableData(encodings, base, Tail(made(changed, now), ids)).greatest(1)
    assert found == max((one for one in left if not math.isnan(one)), default=-math.inf)


def test_no_column_is_merged_for_a_few_records() -> None:
    random = Random(5)
    sizes = {"companies": 200, "customers": 300, "orders": 900, "calls": 300, "lines": 300}
    changing = ChangingTables(random, sizes)
    for _ in range(5):
        changing.write()
    stored = changing.snapshot.table("customers")
    part = subset(stored, np.array([3, 8]))
    rules = Rules(random, "customers")
    with mock.patch.object(table, "spliced", side_effect=AssertionError("a column was merged")):
        for _ in range(20):
            evaluator.mask(rules.predicate(3), part, CONTEXT)
            for kind in KINDS:
                evaluator.value(rules.value(kind, 2), part, CONTEXT)


# ── results that follow changes ─────────────────────────────────────────────────────────────────


@quick
@given(st.integers(0, 2**48), st.sampled_from(((100, 0.05), (3, 0.05), (0, 0.2))))
def test_results_follow_changes(seed: int, limits: tuple[int, float]) -> None:
    random = Random(seed)
    changing = ChangingTables(random, SIZES)
    made = Rules(random, "customers")
    rules = [made.predicate(2) for _ in range(4)]
    values = [made.value(kind, 2) for kind in KINDS]
    few, most = limits
    with mock.patch.multiple(steps, FEW=few, MOST=most):
        for _ in range(6):
            memory, stored = changing.memory("customers"), changing.snapshot.table("customers")
            # What is asked now and then follows several changes at once.
            for rule in random.sample(rules, 3):
                same_answers(rule, memory, stored)
            for node in random.sample(values, 3):
                assert shown(node, stored) == shown(node, memory), node
            changing.write() if random.randrange(5) else changing.compact()


def same_answers(rule: ir.Predicate, memory: Columns, stored: Columns) -> None:
    here, there = (evaluator.mask(rule, one, CONTEXT) for one in (stored, memory))
    assert here.tolist() == there.tolist(), rule
    held, wanted = (evaluator.kleene(rule, one, CONTEXT) for one in (stored, memory))
    assert held.true.tolist() == wanted.true.tolist(), rule
    assert held.certain.tolist() == wanted.certain.tolist(), rule


def shown(node: ir.ValueNode, columns: Columns) -> tuple[list[Any], list[bool]]:
    none = evaluator.value(node, columns, CONTEXT).none
    marks = [False] * columns.size if none is None else none.tolist()
    places = np.arange(columns.size)
    return display_values(node, columns, places, CONTEXT, evaluator), marks


def test_only_the_touched_are_worked_out_again() -> None:
    random = Random(11)
    changing = ChangingTables(random, {**SIZES, "customers": 400, "orders": 1000})
    rules = Rules(random, "customers")
    asked = [rules.predicate(2) for _ in range(30)]
    for rule in asked:
        evaluator.mask(rule, changing.snapshot.table("customers"), CONTEXT)
    before = changing.snapshot
    while changing.data[NUMBERED.table("orders").id] is before.table("orders").data:
        changing.write()
    stored, sizes = changing.snapshot.table("customers"), set()
    made = Shelf.get

    def watched(self: Shelf, key: Any, make: Any) -> Any:
        if self is not shelf_of(stored) or "newest" in key.parts:
            return made(self, key, make)
        known = key in self
        found = made(self, key, make)
        if not known and not reads(key.parts[0]).tiers:
            sizes.add(make.__qualname__.split(".")[0])
        return found

    with mock.patch.object(Shelf, "get", watched):
        for rule in asked:
            evaluator.mask(rule, stored, CONTEXT)
    assert sizes == {"bring_forward"}


def test_where_it_is_not_known_what_changed_nothing_is_handed_on() -> None:
    changing = ChangingTables(Random(3), SIZES)
    rule = ir.Not(Rules(Random(4), "customers").predicate(2))
    evaluator.mask(rule, changing.snapshot.table("customers"), CONTEXT)
    customers = NUMBERED.table("customers")
    anew = {**changing.data, customers.id: ChangingTables(Random(3), SIZES).data[customers.id]}
    assert not assemble(NUMBERED, anew, changing.snapshot).table("customers").cache
    described = Catalogue({one.key: replace(one, icon="star") for one in NUMBERED})
    assert not assemble(described, changing.data, changing.snapshot).table("customers").cache
    assert assemble(NUMBERED, changing.data, changing.snapshot).table("customers").cache
    before = changing.snapshot.table("customers")
    changing.compact()
    assert changing.snapshot.table("customers").cache.keys() == before.cache.keys()
