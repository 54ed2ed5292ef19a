"""One canonical text for each number, and links that lead nowhere."""

import pytest

from tests.unit.backends.generated import CATALOGUE
from tests.unit.backends.memory_columns import Tables
from tests.unit.rules.world import CONTEXT
from tierloom.domain.fields import Link
from tierloom.rules import ir
from tierloom.rules.functions import FUNCTIONS
from tierloom.rules.row import compile_predicate
from tierloom.rules.types import value_type


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.000_01, "0.00001"),  # no exponent: what a reader of numbers would write
        (-0.05, "-0.05"),
        (100.0, "100"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (7, "7"),
    ],
)
def test_numbers_in_a_text(number: float, text: str) -> None:
    assert FUNCTIONS[ir.Function.CAT]([number], "", CONTEXT) == text


def test_a_link_to_a_record_that_is_not_there_is_unknown() -> None:
    tables = Tables(CATALOGUE, {key: [] for key in CATALOGUE.tables})
    tables.add("companies", 7, {"name": "甲"})
    links = (Link(7, "甲"), Link(8, "gone"), Link(None, "never was"), None)
    rows = [tables.add("customers", n, {"company": link}) for n, link in enumerate(links, 1)]
    kind = value_type(CATALOGUE.table("customers").field("company").type)
    known = compile_predicate(ir.IsKnown(ir.Var(("company",), kind)), CONTEXT)
    assert list(map(known, rows)) == [True, False, False, False]
