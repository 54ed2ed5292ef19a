"""Templates over the tables of three first days: every figure is found, and sizes are those of pandas."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.unit.services.imports.proposing.conftest import Office
from tests.unit.services.imports.proposing.test_creating import (
    dealer_frame,
    fuel_files,
    fuel_frame,
    lines_frame,
)
from tierloom.services.templates import creating, plans
from tierloom.services.templates.plans import Choices, Plan
from tierloom.services.workbench import reading

TODAY = pd.Timestamp("2026-01-05")


def laid(office: Office, name: str) -> Plan:
    with reading(office.platform, office.owner) as bench:
        return plans.plan(bench, name, Choices())


def fields_of(plan: Plan) -> dict[str, str]:
    return {one.figure.key: one.field.key for one in plan.held if one.field}


def test_the_dealers_three_tiers(office: Office, files: Path) -> None:
    office.create(office.receive(files / "dealer.xlsx"))
    plan = laid(office, "car_dealer")
    assert plan.table.key == "customers"
    assert fields_of(plan) == {"purchase_count": "purchase_count", "last_contact": "last_purchase"}
    assert plan.added == ()
    frame = dealer_frame(files)
    good = frame[frame.phone.notna() & frame.day.notna() & frame.price.notna()]
    days = good.drop_duplicates(["phone", "day"]).sort_values("day")
    gaps = days.groupby("phone").day.diff().dt.days.dropna()
    risk = float(f"{gaps.quantile(0.9):.2g}")
    assert [one.value for one in plan.thresholds] == [2, risk]
    by = good.groupby("phone")
    silent, often = (TODAY - by.day.max()).dt.days, by.size()
    loyal = int(((often >= 2) & (silent <= risk)).sum())
    lost = int((silent > risk).sum())
    known = int(frame.phone.nunique())
    assert plan.sizes == {"loyal": loyal, "at_risk": lost, "potential": known - loyal - lost}
    made = creating.create(office.platform, office.owner, "car_dealer", Choices())
    assert made.added == ()


def test_the_eight_types_of_an_export_in_english(office: Office, files: Path) -> None:
    office.create(office.receive(files / "orders.csv"))
    plan = laid(office, "rfm_eight")
    assert not plan.added
    frame = lines_frame(files)
    date = next(one for one in map(str, frame) if "date" in one.lower())
    orders = frame.groupby("Order ID").agg(
        who=("Customer ID", "first"), cents=("cents", "sum"), day=(date, "min")
    )
    orders["day"] = pd.to_datetime(orders["day"], format="mixed").dt.normalize()
    each = orders.groupby("who").agg(last=("day", "max"), f=("cents", "size"), m=("cents", "sum"))
    each["r"] = (TODAY - each["last"]).dt.days
    near = np.floor(float(f"{each.r.median():.2g}"))
    often = np.ceil(float(f"{each.f.median():.2g}"))
    much = float(f"{each.m.median() / 100:.2g}")
    assert [one.value for one in plan.thresholds] == [near, often, much]
    names = {
        (True, True): "value", (False, True): "keep", (True, False): "develop", (False, False): "win_back",
    }  # fmt: skip
    kinds = [
        f"{'key' if m / 100 >= much else 'plain'}_{names[r <= near, f >= often]}"
        for r, f, m in zip(each.r, each.f, each.m, strict=True)
    ]
    wanted = pd.Series(kinds).value_counts().to_dict()
    assert {key: n for key, n in plan.sizes.items() if n} == wanted


def test_the_fuel_chains_drivers(office: Office, files: Path) -> None:
    office.create(office.receive(*fuel_files(files)))
    plan = laid(office, "fuel_drivers")
    assert plan.table.key == "cards", "drivers are people: a card has a holder, a company has none"
    assert not plan.missing
    assert {one.key for one in plan.added} == {"main_fuel", "litres_per_fill"}
    assert plan.total == fuel_frame(files)["卡号"].nunique()
    assert sum(plan.sizes.values()) + plan.not_enough_data == plan.total
    made = creating.create(office.platform, office.owner, "fuel_drivers", Choices())
    assert {one.key for one in made.added} == {"main_fuel", "litres_per_fill"}
