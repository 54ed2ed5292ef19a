"""Files to practise with: the same each time, as messy as promised, readable by others' programs."""

import io
import zipfile
from datetime import date

import pandas as pd
import pytest

from tierloom.services.demo import practice
from tierloom.services.demo.names import Lang

ANCHORS = [date(2024, 2, 29), date(2025, 3, 1), date(2026, 11, 21)]
DAYS = pytest.mark.parametrize("day", ANCHORS, ids=str)
LANGS = pytest.mark.parametrize("lang", ["zh", "en"])


def workbook(lang: Lang, day: date) -> pd.DataFrame:
    file = io.BytesIO(practice.dealer_workbook(lang, day))
    return pd.read_excel(file, header=2, dtype=str, engine="openpyxl")


@LANGS
@DAYS
def test_the_dealers_workbook_has_a_row_for_each_purchase(lang: Lang, day: date) -> None:
    frame = workbook(lang, day)
    assert len(frame) == 1_840
    phones = frame.iloc[:, 1].str.replace(r"\D", "", regex=True).str[-11:]
    times = phones.value_counts()
    assert len(times) == 1_206
    assert (times == 3).sum() > 200, "some customers bought three times"
    assert frame.iloc[:, 1].str.contains(" ").sum() > 300
    title = pd.read_excel(
        io.BytesIO(practice.dealer_workbook(lang, day)), header=None, nrows=1, engine="openpyxl"
    )
    assert title.notna().to_numpy().sum() == 1, "a title stands alone on top"


def test_the_chinese_workbook_is_written_as_people_write() -> None:
    frame = workbook("zh", ANCHORS[2])
    assert frame["成交价"].str.fullmatch(r"\d+(\.\d)?万").sum() > 400
    assert frame["成交价"].str.contains(",").sum() > 200
    assert frame["购车日期"].str.fullmatch(r"\d\d/\d{1,2}/\d{1,2}").sum() > 300
    assert frame["购车日期"].str.contains("年").sum() > 300


@DAYS
def test_three_months_of_fill_ups(day: date) -> None:
    files = practice.fuel_files(day)
    assert len(files) == 3
    first_of_month = day.replace(day=1)
    frames = []
    for name, body in files.items():
        frame = pd.read_csv(io.BytesIO(body), encoding="gb18030", dtype=str)
        months = pd.to_datetime(frame["加油时间"], format="%Y/%m/%d %H:%M").dt.strftime("%Y-%m")
        assert set(months) == {name.removeprefix("加油流水 ").removesuffix(".csv")}
        frames.append(frame)
    every = pd.concat(frames)
    assert pd.to_datetime(every["加油时间"]).max() < pd.Timestamp(first_of_month)
    assert every["公司名称"].nunique() == 20
    assert every["卡号"].nunique() == 160
    assert (every.groupby("卡号")["公司名称"].nunique() == 1).all()
    last = set(frames[2]["卡号"])
    assert set(frames[0]["卡号"]) - last, "some fall silent"
    assert last - set(frames[0]["卡号"]), "some are new"
    with pytest.raises(UnicodeDecodeError):
        next(iter(files.values())).decode()


@DAYS
def test_order_lines_cross_recency_frequency_and_amount(day: date) -> None:
    frame = pd.read_csv(io.BytesIO(practice.order_lines(day)))
    frame["at"] = pd.to_datetime(frame["Order Date"])
    frame["paid"] = frame["Qty"] * frame["Unit Price"]
    assert frame["Order ID"].is_monotonic_increasing
    assert frame["Order ID"].nunique() < len(frame) * 0.6, "orders have several lines"
    assert (frame.groupby("Order ID")["Customer ID"].nunique() == 1).all()
    people = frame.groupby("Customer ID").agg(
        last=("at", "max"), orders=("Order ID", "nunique"), paid=("paid", "sum")
    )
    assert len(people) == 480
    recent = people["last"] > pd.Timestamp(day) - pd.Timedelta(days=90)
    often = people["orders"] > people["orders"].median()
    much = people["paid"] > people["paid"].median()
    assert (people.groupby([recent, often, much]).size() >= 5).sum() == 8, "all eight RFM types"


def test_files_are_the_same_each_time() -> None:
    for trade in ("shop", "fuel", "dealer"):
        first, second = (practice.practice_file(trade, "zh", ANCHORS[0]) for _ in range(2))
        assert first == second
    archive = zipfile.ZipFile(
        io.BytesIO(practice.practice_file("fuel", "zh", date(2026, 1, 3)).body)
    )
    assert archive.namelist() == [f"加油流水 2025-{month}.csv" for month in (10, 11, 12)]
    assert practice.practice_file("dealer", "en", ANCHORS[0]).name == "car-sales.xlsx"
