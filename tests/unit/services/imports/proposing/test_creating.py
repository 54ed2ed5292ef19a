"""Three first days: what is in the tables afterwards equals what pandas makes of the same files."""

import os
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.services.imports.proposing.conftest import Office
from tierloom.domain.fields import FieldKind
from tierloom.errors import Invalid, NotFound
from tierloom.services.imports import batches, creating, proposals
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.layouts import Layout
from tierloom.services.workbench import reading

EPOCH = pd.Timestamp("1970-01-01")


def dealer_frame(files: Path) -> pd.DataFrame:
    """The workbook, read by pandas; its own way of reading phones, days and prices."""
    frame = pd.read_excel(files / "dealer.xlsx", header=2, dtype=str, engine="openpyxl")
    frame["row"] = range(4, 4 + len(frame))
    digits = frame["手机"].str.replace(r"[^0-9]", "", regex=True)
    frame["phone"] = digits.where(digits.str.len() >= 11).str[-11:]
    day = frame["购车日期"].str.replace(r"[年月/]", "-", regex=True).str.replace("日", "")
    day = day.where(day.str.len().gt(8) | day.str.startswith("20"), "20" + day)
    frame["day"] = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
    plain = frame["成交价"].str.replace("[,元]", "", regex=True)
    wan = plain.str.endswith("万")
    number = pd.to_numeric(plain.str.replace("万", ""), errors="coerce")
    frame["price"] = (number.where(~wan, number * 10_000) * 100).round()
    return frame


def test_the_dealers_workbook_becomes_customers_and_purchases(office: Office, files: Path) -> None:
    number = office.receive(files / "dealer.xlsx")
    proposed = office.proposal(number)
    frame = dealer_frame(files)
    assert proposed.layout is Layout.SPLIT
    assert proposed.rows == len(frame) == 1_840
    assert proposed.table("customer").records == frame.phone.nunique()
    assert {one.header for one in proposed.of("customer")} == {"姓名", "手机", "性别", "生日", "城市", "客户来源"}
    assert office.create(number).state == "done", office.said

    customers = office.rows("customers", ["phone", "name", "city"])
    known = frame[frame.phone.notna()]
    assert sorted(one[0] for one in customers) == sorted(known.phone.unique())
    names = {phone: name for phone, name, _ in customers}
    assert names == dict(zip(known.phone, known["姓名"], strict=True))

    good = frame[frame.phone.notna() & frame.day.notna() & frame.price.notna()]
    assert len(good) == 1_837
    ids = office.ids("customers", "phone")
    bought = office.rows("purchases", ["customer", "ordered_at", "deal_price"])
    wanted = zip(good.phone.map(ids), (good.day - EPOCH).dt.days, good.price.astype(int), strict=True)
    assert sorted(bought) == sorted((int(a), int(b), int(c)) for a, b, c in wanted)


def test_problem_rows_keep_the_numbers_of_the_file(office: Office, files: Path) -> None:
    number = office.receive(files / "dealer.xlsx")
    office.create(number)
    with reading(office.platform, office.owner) as bench:
        problems = batches.problem_rows(bench, batches.get(bench, number))
        counts = batches.get(bench, number).counts
    assert [(one.row, one.value) for one in problems] == [(104, "面议"), (704, "24/2/30"), (1_504, "见备注")]
    assert counts is not None
    assert (counts.rows, counts.created, counts.rejected) == (1_840, 1_837, 3)


def test_the_standard_figures_are_those_of_pandas(office: Office, files: Path) -> None:
    number = office.receive(files / "dealer.xlsx")
    office.create(number)
    frame = dealer_frame(files)
    good = frame[frame.phone.notna() & frame.day.notna() & frame.price.notna()]
    today = pd.Timestamp("2026-01-05")
    recent = good[good.day > today - pd.Timedelta(days=365)]
    by = good.groupby("phone")
    with reading(office.platform, office.owner) as bench:
        table = bench.published.table("customers")
        columns = bench.columns("customers")
        phones = dict(office_cells(bench, "phone"))
        values = {
            key: dict(zip(columns.ids.tolist(), figure(bench, table, key), strict=True))
            for key in (
                "first_purchase", "last_purchase", "days_since_purchase", "purchase_count", "total_spend",
                "average_spend", "spend_12m", "purchase_count_12m",
            )
        }  # fmt: skip
    by_phone = {key: {phones[one]: value for one, value in found.items()} for key, found in values.items()}
    for phone, spend in (by.price.sum() / 100).items():
        assert by_phone["total_spend"][phone] == pytest.approx(spend)
        assert by_phone["average_spend"][phone] == pytest.approx(by.price.mean()[phone] / 100)
        assert by_phone["purchase_count"][phone] == by.size()[phone]
        assert by_phone["first_purchase"][phone] == (by.day.min()[phone] - EPOCH).days
        assert by_phone["last_purchase"][phone] == (by.day.max()[phone] - EPOCH).days
        assert by_phone["days_since_purchase"][phone] == (today - by.day.max()[phone]).days
    spent, times = recent.groupby("phone").price.sum() / 100, recent.groupby("phone").size()
    for phone in frame.phone.dropna().unique():
        assert by_phone["spend_12m"][phone] == pytest.approx(spent.get(phone, 0))
        assert by_phone["purchase_count_12m"][phone] == times.get(phone, 0)


def office_cells(bench, key):
    for chunk in bench.uow.records(bench.published.table("customers")).scan((key,)):
        yield from zip(chunk.ids, chunk.cells(key), strict=True)


def figure(bench, table, key):
    from tierloom.backends import columns as evaluator

    found = evaluator.value(bench.value_of(table.field(key), "customers"), bench.columns("customers"), bench.context)
    return list(found.column.numbers if hasattr(found, "column") else found.numbers)
