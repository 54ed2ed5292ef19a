"""The cells of single sources: which values there are, and in which of them a value is."""

import pytest

from tests.unit.rules.world import CATALOGUE, CONTEXT, compiled, var
from tierloom.domain.rules import Json
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.lint.cells import Cells, cells_of, is_lacking
from tierloom.rules.lint.conditions import leaves
from tierloom.rules.lint.values import lacking
from tierloom.rules.roll_ups import NONE, Known

AVERAGE: Json = {"avg": [var("orders"), var("amount")]}


def cut(rule: Json, *, hold: bool = False) -> tuple[Source, Cells]:
    predicate = compiled(rule).predicate
    [source] = sources_of([predicate], "customers", CATALOGUE)
    asked = [*leaves(abstracted(predicate, [source]))]
    return source, cells_of(source, asked, [CONTEXT], lacking(source.node, {}), hold=hold)


@pytest.mark.parametrize("hold", [False, True])
def test_what_there_is_none_of_is_in_no_cell_of_a_known_value(*, hold: bool) -> None:
    _, cells = cut({">=": [AVERAGE, 100]}, hold=hold)
    low, high = (cells.place(one) for one in (99.99, 100))
    assert low is not None
    assert high is not None
    assert low != high
    assert not any(is_lacking(cells.values[one]) for one in (low, high))
    assert cells.lacking == cells.where(lambda value: value in (None, NONE))


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        ({">=": [var("spend"), 1]}, {None}),
        ({">=": [var("total"), 1]}, {None}),
        ({">=": [var("recent"), 1]}, set()),
        ({">=": [AVERAGE, 1]}, {None, NONE}),
        ({">=": [var("newest"), "2025-01-01"]}, {None, NONE}),
        ({">=": [var("idle"), 1]}, {None, NONE}),
    ],
)
def test_what_a_source_may_lack(rule: Json, missing: set[Known]) -> None:
    source, _ = cut(rule)
    assert {*lacking(source.node, {})} == missing
