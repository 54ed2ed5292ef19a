"""The conformance suite, on the row evaluator and on columns; every operator is in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.backends.memory_columns import Tables
from tierloom.backends import columns
from tierloom.domain.fields import Link, Value
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.errors import Invalid
from tierloom.rules.compile import CompiledRule, compile_rule
from tierloom.rules.conformance import Case, Refused, read_suite
from tierloom.rules.given import GivenRow, read_record
from tierloom.rules.operators import FOREIGN, OPERATORS
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.services.tier_columns import TierResults

SUITE = read_suite()
NAMED = [pytest.param(one, id=f"{one.about}-{one.why}") for one in SUITE.cases]


def compiled(case: Case) -> CompiledRule:
    zone = case.context.zone
    return compile_rule(case.rule, case.table, SUITE.catalogue, SUITE.objects, zone=zone)


def rows(case: Case) -> list[GivenRow]:
    read = (one.record for one in case.rows)
    return [read_record(one, case.table, SUITE.catalogue, case.context.zone) for one in read]


@dataclass
class Filled:
    """Tables in memory, filled with given records and all that belongs to them."""

    tables: Tables = field(default_factory=lambda: Tables(SUITE.catalogue))
    count: int = 0

    def add(self, row: GivenRow, table: str, **links: Value) -> int:
        self.count += 1
        number = self.count
        values: dict[str, Value] = {**row.values, **links}
        for reference, above in row.parents.items():
            target = SUITE.catalogue.table(table).field(reference).type.target
            assert target is not None
            values[reference] = Link(self.add(above, target), "")
        self.tables.add(table, number, values)
        for relation in SUITE.catalogue.relations(table):
            for one in row.related(relation.name):
                self.add(one, relation.child, **{relation.reference: Link(number, "")})
        return number


@pytest.mark.parametrize("case", NAMED)
def test_one_record_at_a_time(case: Case) -> None:
    predicate = compiled(case).predicate
    strict, hold = (
        compile_predicate(predicate, case.context),
        compile_kleene(predicate, case.context),
    )
    found = [(strict(row), hold(row)) for row in rows(case)]
    assert found == [(one.strict, one.hold) for one in case.rows]


def placed(tables: Tables, model: TierModel) -> NDArray[np.int8]:
    """The codes of the tiers that the records were given with."""
    keys = {one.key: code for code, one in enumerate(model.all_tiers)}
    given = (
        one.values.get(f"tier:{model.key}") for one in tables.records.get(model.record_type, [])
    )
    return np.array([keys.get(str(one), NOT_ENOUGH_DATA) for one in given], np.int8)


@pytest.mark.parametrize("case", NAMED)
def test_all_records_at_once(case: Case) -> None:
    filled = Filled()
    numbers = [filled.add(row, case.table) for row in rows(case)]
    models = SUITE.objects.tier_models
    results = TierResults(
        models.__getitem__, lambda model: (model.key, lambda: placed(filled.tables, model))
    )
    table = results.over(filled.tables.columns(case.table))
    places = [list(table.ids).index(number) for number in numbers]
    predicate = compiled(case).predicate
    strict = columns.mask(predicate, table, case.context)
    hold = columns.kleene(predicate, table, case.context)
    found = [
        (bool(strict[one]), bool(hold.true[one]) if hold.certain[one] else None) for one in places
    ]
    assert found == [(one.strict, one.hold) for one in case.rows]


@pytest.mark.parametrize("case", NAMED)
def test_hold_never_contradicts(case: Case) -> None:
    """Under hold an answer is the strict one, or uncertain."""
    assert all(one.hold in (one.strict, None) for one in case.rows)


@pytest.mark.parametrize("one", [pytest.param(one, id=one.why) for one in SUITE.refused])
def test_it_is_refused(one: Refused) -> None:
    with pytest.raises(Invalid) as caught:
        compile_rule(one.rule, "customers", SUITE.catalogue, SUITE.objects)
    assert [(two.code, two.pointer) for two in caught.value.problems] == [(one.code, one.pointer)]


def used(rule: Any) -> Iterator[str]:
    match rule:
        case dict():
            for key, inner in rule.items():
                yield key
                yield from used(inner)
        case list():
            for inner in rule:
                yield from used(inner)


def test_every_operator_is_there_with_both_answers() -> None:
    answers: dict[str, set[bool]] = {}
    for case in SUITE.cases:
        for key in used(case.rule):
            answers.setdefault(key, set()).update(one.strict for one in case.rows)
    assert set(OPERATORS) <= set(answers)
    assert set(answers) <= {*OPERATORS, *FOREIGN, "===", "!==", "date==", "startsWith"}
    assert all(answers[key] == {True, False} for key in OPERATORS)


def test_there_are_enough_of_them() -> None:
    assert sum(len(case.rows) for case in SUITE.cases) >= 250
