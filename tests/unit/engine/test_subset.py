"""What is worked out over some records is what is worked out over all, at these records."""

from datetime import UTC, datetime
from math import isnan
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.backends.generated import CATALOGUE, Rules, tables
from tests.unit.backends.memory_columns import MemoryColumns
from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.tables import Relation
from tierloom.engine.columns import Column, Columns, Positions, ReferenceColumn, TextColumn
from tierloom.engine.subset import related, subset, taken
from tierloom.engine.values import display_values
from tierloom.rules import ir
from tierloom.rules.types import BOOLEAN, DATE, DATETIME, DOUBLE, TEXT

SIZES = {"companies": 4, "customers": 15, "orders": 40, "calls": 20, "lines": 40}
CONTEXT = RunContext(datetime(2024, 2, 29, 12, tzinfo=UTC), ZoneInfo("America/New_York"), CATALOGUE)
KINDS = (DOUBLE, TEXT, DATE, DATETIME, BOOLEAN)

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def some(random: Random, size: int) -> Positions:
    return np.array(sorted(random.sample(range(size), random.randint(0, size))), np.int64)


def same_rule(rule: ir.Predicate, whole: Columns, part: Columns, places: Positions) -> None:
    """Both answers of a rule over a part are those over the whole."""
    mask = evaluator.mask(rule, part, CONTEXT)
    assert mask.tolist() == evaluator.mask(rule, whole, CONTEXT)[places].tolist(), rule
    here, there = (evaluator.kleene(rule, one, CONTEXT) for one in (part, whole))
    assert here.true.tolist() == there.true[places].tolist(), rule
    assert here.certain.tolist() == there.certain[places].tolist(), rule


def same_value(node: ir.ValueNode, whole: Columns, part: Columns, places: Positions) -> None:
    """A value over a part is that over the whole, *none* included."""
    everywhere = np.arange(part.size)
    here = display_values(node, part, everywhere, CONTEXT, evaluator)
    assert here == display_values(node, whole, places, CONTEXT, evaluator), node
    none, wanted = (evaluator.value(node, one, CONTEXT).none for one in (part, whole))
    marked = np.zeros(part.size, np.bool_) if none is None else none
    assert marked.tolist() == ([False] * part.size if wanted is None else wanted[places].tolist())


def check(random: Random, whole: Columns, part: Columns, places: Positions) -> None:
    rules = Rules(random, "customers")
    for _ in range(3):
        same_rule(rules.predicate(3), whole, part, places)
    for kind in KINDS:
        same_value(rules.value(kind, 3), whole, part, places)


@quick
@given(st.integers(0, 2**48))
def test_a_subset_is_evaluated_as_the_whole(seed: int) -> None:
    random = Random(seed)
    whole = tables(random, SIZES).columns("customers")
    places = some(random, whole.size)
    part = subset(whole, places)
    check(random, whole, part, places)
    fewer = some(random, part.size)
    check(random, whole, subset(part, fewer), places[fewer])


@quick
@given(st.integers(0, 2**48))
def test_related_records_know_their_way_back(seed: int) -> None:
    random = Random(seed)
    whole = tables(random, SIZES).columns("customers")
    part = subset(whole, some(random, whole.size))
    for relation in CATALOGUE.relations("customers"):
        mine, all_of_them = part.children(relation), whole.children(relation)
        assert part.children(relation) is mine
        assert mine.columns.parent(relation.reference) is part
        back = mine.columns.column(relation.reference)
        assert isinstance(back, ReferenceColumn)
        for place, number in enumerate(part.positions):
            rows = mine.rows[mine.starts[place] : mine.starts[place + 1]]
            wanted = all_of_them.rows[all_of_them.starts[number] : all_of_them.starts[number + 1]]
            assert mine.columns.ids[rows].tolist() == all_of_them.columns.ids[wanted].tolist()
            assert back.positions[rows].tolist() == [place] * len(rows)
        assert mine.columns.size == mine.starts[-1]


def customers() -> MemoryColumns:
    return tables(Random(1), SIZES).columns("customers")


def test_a_subset_finds_its_records() -> None:
    whole = customers()
    part = subset(whole, np.array([2, 5, 11]))
    assert part.ids.tolist() == whole.ids[[2, 5, 11]].tolist()
    sought = np.array([whole.ids[5], whole.ids[4], -1])
    assert part.positions_of(sought).tolist() == [1, -1, -1]
    nobody = subset(whole, np.empty(0, np.int64))
    assert nobody.size == 0
    assert nobody.positions_of(sought).tolist() == [-1, -1, -1]


def test_a_long_dictionary_is_cut_to_the_texts_that_are_there() -> None:
    texts = tables(Random(2), {**SIZES, "customers": 400})
    for number, one in enumerate(texts.records["customers"]):
        one.values = {**one.values, "city": None if number % 5 == 0 else f"city {number:03}"}
    whole = texts.columns("customers")
    places = np.arange(0, 400, 7)
    part = subset(whole, places)
    column, full = part.column("city"), whole.column("city")
    assert isinstance(column, TextColumn)
    assert isinstance(full, TextColumn)
    wanted = [None if code < 0 else full.dictionary.text(code) for code in full.codes[places]]
    found = [None if code < 0 else column.dictionary.text(code) for code in column.codes]
    assert found == wanted
    words = column.dictionary
    assert len(words) == len({one for one in wanted if one}) < len(full.dictionary)
    assert [words.code(words.text(code)) for code in range(len(words))] == [*range(len(words))]
    absent = next(f"city {n:03}" for n in range(400) if f"city {n:03}" not in wanted)
    assert words.code(absent) == words.code("nowhere") == -1
    assert words.where(lambda one: one.endswith("4")).sum() == sum(
        one is not None and one.endswith("4") for one in wanted
    )


def test_a_few_values_and_related_records_of_any_columns() -> None:
    whole = customers()
    places = np.array([3, -1, 0])
    unknown: dict[str, object] = {"spend": None, "member": -1, "city": -1, "company": -1}
    for key, nothing in unknown.items():
        few, all_of_them = listed(taken(whole, key, places)), listed(whole.column(key))
        assert few == [all_of_them[3], nothing, all_of_them[0]]
    relation = Relation("orders", "customers", "orders", "customer")
    found, children = related(whole, relation, np.array([4, 2])), whole.children(relation)
    assert found.rows.tolist() == [
        *children.rows[children.starts[4] : children.starts[5]],
        *children.rows[children.starts[2] : children.starts[3]],
    ]
    assert np.diff(found.starts).tolist() == np.diff(children.starts)[[4, 2]].tolist()


def listed(column: Column) -> list[object]:
    """The bare values; None for NaN."""
    values = next(getattr(column, one) for one in column.__slots__ if one != "dictionary")
    return [None if isinstance(one, float) and isnan(one) else one for one in values.tolist()]
