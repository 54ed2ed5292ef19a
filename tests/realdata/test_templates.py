"""RFM types over published orders: sizes as pandas counts them, whatever the columns are called."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copyfile

import numpy as np
import pandas as pd
import pytest

from tests.realdata.given import FOLDER
from tierloom.services import configuration, workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.templates import plans
from tierloom.services.templates.plans import Choices, Plan
from tierloom.services.workbench import reading, writing
from tierloom.store.changes import Cause

FILE = FOLDER / "rfm_data_orders.csv"
AS_OF = datetime(2006, 12, 31, 12, tzinfo=UTC)
CUSTOMERS = """{
  "format": 1, "kind": "record_type", "key": "customers", "label": "Customers",
  "key_field": "name", "fields": [{"key": "name", "label": "Name", "type": "text", "unique": true}]
}"""
ORDERS = """{
  "format": 1, "kind": "record_type", "key": "orders", "label": "Orders", "date_field": "order_date",
  "fields": [
    {"key": "customer_id", "label": "Customer ID", "type": "reference", "target": "customers"},
    {"key": "order_date", "label": "Order date", "type": "date"},
    {"key": "revenue", "label": "Revenue", "type": "money", "currency": "USD", "scale": 2}
  ]
}"""


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    if not FILE.exists():
        pytest.skip(f"{FILE} is not there")
    return pd.read_csv(FILE, parse_dates=["order_date"])


@pytest.fixture(scope="module")
def platform(
    orders: pd.DataFrame, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("rfm")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    with open_platform(Settings(folder), lambda: AS_OF) as found:
        workspaces.ensure(found, "rfm", "RFM", "en", "UTC")
        owner = accounts.actor_named(found, "rfm", None)
        things = [one for text in (CUSTOMERS, ORDERS) for one in configuration.read(text)]
        configuration.apply(found, owner, things)
        names = sorted(set(orders["customer_id"]))
        with writing(found, owner) as bench:
            cause, now = Cause("import", 0), bench.uow.now
            people, sold = (bench.published.table(one) for one in ("customers", "orders"))
            ids = bench.uow.records(people).insert_many({"name": names}, now, cause)
            by_name = dict(zip(names, ids, strict=True))
            days = (orders["order_date"] - pd.Timestamp(date(1970, 1, 1))).dt.days
            columns = {
                "customer_id": [by_name[one] for one in orders["customer_id"]],
                "order_date": days.tolist(),
                "revenue": (orders["revenue"] * 100).round().astype(int).tolist(),
            }
            bench.uow.records(sold).insert_many(columns, now, cause)
        yield found


def laid(platform: Platform, name: str, centre: str = "median") -> Plan:
    owner = accounts.actor_named(platform, "rfm", None)
    with reading(platform, owner) as bench:
        return plans.plan(bench, name, Choices({"centre": centre}))


@pytest.mark.parametrize("centre", ["median", "mean"])
def test_eight_types(orders: pd.DataFrame, platform: Platform, centre: str) -> None:
    assert (len(orders), orders["revenue"].sum()) == (4_906, 464_158)
    each = orders.groupby("customer_id").agg(
        last=("order_date", "max"), f=("revenue", "size"), m=("revenue", "sum")
    )
    each["r"] = (pd.Timestamp(AS_OF.date()) - each["last"]).dt.days
    middle = each[["r", "f", "m"]].agg(centre)
    near = int(np.floor(float(f"{middle['r']:.2g}")))
    often = int(np.ceil(float(f"{middle['f']:.2g}")))
    much = float(f"{middle['m']:.2g}")
    plan = laid(platform, "rfm_eight", centre)
    assert plan.table.key == "customers"
    assert len(plan.added) == 3
    assert [one.value for one in plan.thresholds] == [near, often, much]
    kinds = pd.Series("win_back", each.index)
    kinds[(each["r"] <= near) & (each["f"] < often)] = "develop"
    kinds[(each["r"] > near) & (each["f"] >= often)] = "keep"
    kinds[(each["r"] <= near) & (each["f"] >= often)] = "value"
    kinds = kinds.where(each["m"] < much, "key_" + kinds).where(each["m"] >= much, "plain_" + kinds)
    wanted = kinds.value_counts().to_dict()
    assert {key: n for key, n in plan.sizes.items() if n} == wanted
    assert sum(wanted.values()) == plan.total == 995
    assert plan.not_enough_data == 0


def test_lifecycle_days_are_quantiles_of_the_gaps(orders: pd.DataFrame, platform: Platform) -> None:
    days = orders.drop_duplicates(["customer_id", "order_date"]).sort_values("order_date")
    gaps = days.groupby("customer_id")["order_date"].diff().dt.days.dropna()
    plan = laid(platform, "lifecycle_churn")
    cuts = [float(f"{gaps.quantile(share):.2g}") for share in (0.75, 0.9)]
    assert [one.value for one in plan.thresholds] == cuts
    assert plan.sizes["prospect"] == 0
    assert sum(plan.sizes.values()) == 995
