"""Columns find their fields."""

from collections.abc import Sequence

import pytest

from tests.unit.services.imports.world import CUSTOMERS, ORDERS, ZONE
from tierloom.domain.tables import Catalogue
from tierloom.services.imports.matching import Match, propose_matches
from tierloom.services.imports.shape import FileColumn

CATALOGUE = Catalogue({"customers": CUSTOMERS, "orders": ORDERS})


def propose(table: str, columns: Sequence[FileColumn]) -> dict[str, Match]:
    found = propose_matches(columns, CATALOGUE.table(table), CATALOGUE, ZONE)
    assert [one.column for one in found] == [one.name for one in columns]
    return {one.column: one for one in found}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("InvoiceNo", "invoice"), ("customer_id", "customer"), ("CustomerID", "customer"), ("客户编号", "customer"),
        ("Customer", "customer"), ("ＡＭＯＵＮＴ", "amount"), ("order_time", "day"), ("下单时间", "day"),
        ("country", "country"), ("国家", "country"), ("Invoce", "invoice"), ("消费金额", "amount"),
    ],
)  # fmt: skip
def test_names_under_which_files_know_fields(column: str, field: str) -> None:
    assert propose("orders", [FileColumn(column)])[column].field == field


@pytest.mark.parametrize("column", ["手机号", "联系电话", "Mobile", "phone number", "TEL", "手机"])
def test_phones(column: str) -> None:
    assert propose("customers", [FileColumn(column)])[column].field == "phone"


def test_the_surest_match_wins_and_no_field_is_taken_twice() -> None:
    found = propose(
        "orders", [FileColumn("Customer ID"), FileColumn("customer"), FileColumn("remark")]
    )
    assert [one.field for one in found.values()] == [None, "customer", None]
    assert found["customer"].confidence == 1.0
    assert found["remark"].confidence == 0.0


def test_samples_that_do_not_fit_lower_the_confidence() -> None:
    good = propose("orders", [FileColumn("amount", ("1.50", "2"))])["amount"]
    bad = propose("orders", [FileColumn("amount", ("1.50", "many"))])["amount"]
    assert (good.confidence, good.misfits) == (1.0, ())
    assert (bad.confidence, bad.misfits) == (0.75, ("many",))
    parent = propose("orders", [FileColumn("customer", ("17850.0", "x1"))])["customer"]
    assert parent.misfits == ("x1",)
