"""Three first days: what is in the tables afterwards equals what pandas makes of the same files."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.services.imports.proposing.conftest import Office
from tierloom.backends import columns as evaluator
from tierloom.domain.fields import FieldKind
from tierloom.domain.people import Actor
from tierloom.domain.tables import Catalogue
from tierloom.errors import Invalid, NotFound
from tierloom.jobs.kinds import Cancelled
from tierloom.services.imports import batches, creating, proposals, undo
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.layouts import Layout
from tierloom.services.imports.undo import UndoReport
from tierloom.services.workbench import reading
from tierloom.store.database import Database
from tierloom.store.jobs import Job
from tierloom.text import T

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
    assert {one.header for one in proposed.of("customer")} == {
        "姓名",
        "手机",
        "性别",
        "生日",
        "城市",
        "客户来源",
    }
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
    wanted = zip(
        good.phone.map(ids), (good.day - EPOCH).dt.days, good.price.astype(int), strict=True
    )
    assert sorted(bought) == sorted((int(a), int(b), int(c)) for a, b, c in wanted)


def test_problem_rows_keep_the_numbers_of_the_file(office: Office, files: Path) -> None:
    number = office.receive(files / "dealer.xlsx")
    office.create(number)
    with reading(office.platform, office.owner) as bench:
        problems = batches.problem_rows(bench, batches.get(bench, number))
        counts = batches.get(bench, number).counts
    assert [(one.row, one.value) for one in problems] == [
        (104, "面议"),
        (704, "24/2/30"),
        (1_504, "见备注"),
    ]
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
    by_phone = {
        key: {phones[one]: value for one, value in found.items()} for key, found in values.items()
    }
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
    found = evaluator.value(
        bench.value_of(table.field(key), "customers"), bench.columns("customers"), bench.context
    )
    return found.column.values.tolist()


# ── fuel: companies, cards, transactions; three files, one mapping ──────────────────────────────────────────────────


def fuel_frame(files: Path) -> pd.DataFrame:
    found = [pd.read_csv(one, encoding="gb18030", dtype=str) for one in fuel_files(files)]
    frame = pd.concat(found, ignore_index=True)
    frame["moment"] = pd.to_datetime(frame["加油时间"], format="%Y/%m/%d %H:%M")
    frame["cents"] = (frame["金额(元)"].astype(float) * 100).round().astype(int)
    return frame


def fuel_files(files: Path) -> list[Path]:
    return sorted(files.glob("加油流水*.csv"))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_three_months_of_fuel_in_any_order(
    office: Office, files: Path, order: tuple[int, ...]
) -> None:
    paths = fuel_files(files)
    number = office.receive(*[paths[one] for one in order])
    proposed = office.proposal(number)
    assert [one.key for one in proposed.tables] == ["companies", "cards", "transactions"]
    assert office.create(number).state == "done", office.said

    frame = fuel_frame(files)
    companies = office.ids("companies", "company")
    cards = office.ids("cards", "card")
    assert companies.keys() == set(frame["公司名称"])
    assert cards.keys() == set(frame["卡号"])
    assert office.table("cards").field("card").type.kind is FieldKind.TEXT  # leading zeros
    of_card = dict(zip(frame["卡号"], frame["公司名称"].map(companies), strict=True))
    assert dict(office.rows("cards", ["card", "company"])) == of_card
    bought = office.rows("transactions", ["company", "card", "ordered_at", "amount"])
    assert sorted(bought) == sorted(
        zip(
            frame["公司名称"].map(companies).tolist(), frame["卡号"].map(cards).tolist(),
            [milliseconds(one) for one in frame.moment], frame.cents.tolist(), strict=True,
        )
    )  # fmt: skip


def milliseconds(local: datetime) -> int:
    """Shanghai has been eight hours ahead all these years."""
    return round((local - EPOCH).total_seconds() * 1000) - 8 * 3_600_000


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("done", "publishing", "publishing"), "publishing"),
        (("done", "cancelled", "cancelled"), "cancelled"),
        (("undone", "undone", "undoing"), "undoing"),
        (("done", "done", "done"), "done"),
    ],
)
def test_files_are_in_when_the_last_one_is(
    office: Office, files: Path, states: tuple[str, ...], whole: str
) -> None:
    number = office.receive(*fuel_files(files))
    with reading(office.platform, office.owner) as bench:
        found = proposals.files(bench, number)
    imports = tuple(
        replace(one, batch=replace(one.batch, state=state))
        for one, state in zip(found.imports, states, strict=True)
    )
    assert creating.state_of(replace(found, imports=imports)) == whole


def test_undo_takes_everything_back(office: Office, files: Path) -> None:
    number = office.receive(*fuel_files(files))
    office.create(number)
    assert office.work(creating.undo(office.platform, office.owner, number)).state == "done", (
        office.said
    )
    assert [office.count(one) for one in ("companies", "cards", "transactions")] == [0, 0, 0]
    with reading(office.platform, office.owner) as bench:
        assert {one.state for one in batches.recent(bench)} == {"undone"}


def test_what_was_taken_back_before_it_was_broken_off_moves_tiers(
    office: Office, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.receive(fuel_files(files)[0])
    office.create(number)
    companies, runs = office.count("companies"), len(runs_of(office))
    undone: list[int] = []

    def undo_import(actor: Actor, database: Database, tables: Catalogue, batch: int) -> UndoReport:
        if undone:
            raise Cancelled(T("Cancelled."))
        undone.append(batch)
        return undo.undo_import(actor, database, tables, batch)

    monkeypatch.setattr(creating, "undo_import", undo_import)
    job = office.work(creating.undo(office.platform, office.owner, number))
    assert job.state == "cancelled"
    assert (office.count("companies"), office.count("transactions")) == (companies, 0)
    assert len(runs_of(office)) == runs + 1


def runs_of(office: Office) -> list[Job]:
    with office.platform.database.reading() as uow:
        return [one for one in uow.jobs.recent(office.owner.workspace, 100) if one.kind == "run"]


def test_files_of_another_kind_are_refused_together(office: Office, files: Path) -> None:
    with pytest.raises(Invalid, match="加油时间"):
        office.receive(fuel_files(files)[0], files / "orders.csv")


# ── order lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_frame(files: Path) -> pd.DataFrame:
    frame = pd.read_csv(files / "orders.csv", dtype=str)
    frame["cents"] = frame["Qty"].astype(int) * (
        frame["Unit Price"].astype(float) * 100
    ).round().astype(int)
    return frame


def test_order_lines_are_added_up(office: Office, files: Path) -> None:
    number = office.receive(files / "orders.csv")
    assert office.proposal(number).layout is Layout.TOTALS
    assert office.create(number).state == "done", office.said
    frame = lines_frame(files)
    by = frame.groupby("Order ID")
    ids = office.ids("customers", "customer_id")
    assert ids.keys() == set(frame["Customer ID"])
    wanted = sorted(
        (order, ids[customer], cents, quantity, lines)
        for order, customer, cents, quantity, lines in zip(
            by.groups, by["Customer ID"].first(), by.cents.sum(),
            by["Qty"].agg(lambda one: one.astype(int).sum()), by.size(), strict=True,
        )
    )  # fmt: skip
    assert (
        sorted(office.rows("orders", ["order_id", "customer", "amount", "quantity", "lines"]))
        == wanted
    )


def test_order_lines_can_be_kept(office: Office, files: Path) -> None:
    number = office.receive(files / "orders.csv")
    office.create(number, layout="split", c7__seen="1")
    frame = lines_frame(files)
    kept = office.table("orders") if "orders" in names(office) else office.table("purchases")
    assert kept.key_field is None
    assert kept.find("product") is None  # its box was not ticked
    assert len(office.rows(kept.key, ["quantity"])) == len(frame)
    assert office.count("customers") == frame["Customer ID"].nunique()


def names(office: Office) -> set[str]:
    with reading(office.platform, office.owner) as bench:
        return set(bench.catalogue.tables)


def test_one_table_with_other_words(office: Office, files: Path) -> None:
    number = office.receive(files / "dealer.xlsx")
    given = {
        "layout": "one",
        "t__rows__en": "Sales",
        "t__rows__zh": "销售",
        "c1__type": "text",
        "c8__type": "text",
    }
    proposed = office.proposal(number, **given)
    assert len(proposed.tables) == 1
    assert proposed.field_at(1).misfits == ()
    office.create(number, **given)
    table = office.table(proposed.tables[0].key)
    assert (table.label.read("zh"), table.label.read("en")) == ("销售", "Sales")
    assert office.count(table.key) == 1_839  # all but the day that does not exist


def test_a_second_export_links_to_the_customers_that_exist(office: Office, files: Path) -> None:
    office.create(office.receive(files / "orders.csv"))
    proposed = office.proposal(office.receive(files / "orders.csv"))
    column = proposed.field_at(2)
    assert (column.type.kind, column.type.target) == (FieldKind.REFERENCE, "customers")
    assert [one.role for one in proposed.tables] == ["rows"]


def test_what_is_in_cannot_be_proposed_again(office: Office, files: Path) -> None:
    number = office.receive(files / "orders.csv")
    office.create(number)
    with pytest.raises(NotFound):
        creating.create(office.platform, office.owner, number, Choices())


def test_a_table_without_name_or_columns_is_refused(office: Office, files: Path) -> None:
    number = office.receive(files / "orders.csv")
    empty = {f"c{place}.seen": "1" for place in range(11)} | {"t.rows.zh": "", "t.rows.en": " "}
    with reading(office.platform, office.owner) as bench:
        proposed = proposals.proposal(bench, proposals.files(bench, number), Choices(empty))
    codes = [one.code for one in creating.check(proposed, Choices(empty))]
    assert "no-name" in codes
    assert "no-columns" in codes
    assert "key-left-out" in codes
    with pytest.raises(Invalid):
        creating.create(office.platform, office.owner, number, Choices(empty))
    assert names(office) == set()


# ── the real thing ──────────────────────────────────────────────────────────────────────────────────────────────────

REAL = Path(os.environ.get("TIERLOOM_TEST_DATA") or Path(__file__).parents[6] / "shared/data")


def test_half_a_million_real_lines(office: Office) -> None:
    path = REAL / "uci_online_retail_lines.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {REAL}")
    number = office.receive(path)
    proposed = office.proposal(number)
    assert {one.role: one.records for one in proposed.tables} == {"customer": 4_372, "rows": 25_900}
    assert office.create(number).state == "done", office.said
    frame = pd.read_csv(path, dtype={"InvoiceNo": str})
    frame["amount"] = frame.Quantity * (frame.UnitPrice * 1000).round().astype("int64")
    wanted = frame.groupby("InvoiceNo").agg(amount=("amount", "sum"), lines=("amount", "size"))
    scale = office.table("orders").field("amount").type.scale
    found = {
        key: (cents, lines)
        for key, cents, lines in office.rows("orders", ["order_id", "amount", "lines"])
    }
    assert scale == 3
    assert found == {key: (int(one.amount), int(one.lines)) for key, one in wanted.iterrows()}
    assert office.count("customers") == frame.CustomerID.nunique() == 4_372
