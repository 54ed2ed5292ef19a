"""UCI "Online Retail" through the command line: orders with their customers, tiers, and half a million lines.

Chen, D. (2012). What comes out is compared with pandas over the same files; totals are published figures of the set.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tests.realdata.given import (
    CUSTOMERS,
    LINE_COLUMNS,
    LINES,
    ORDER_COLUMNS,
    ORDERS,
    VALUE,
    data_file,
)
from tierloom.backends import columns as evaluator
from tierloom.cli import main
from tierloom.services.access import accounts
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading

AS_OF = pd.Timestamp("2011-12-11")
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retail")


@pytest.fixture(scope="module")
def command(folder: Path) -> Command:
    """Run a command on the test's data folder; returns its JSON, or its text."""

    def run(*words: str) -> Any:
        place = {"TIERLOOM_DATA": str(folder / "data"), "TIERLOOM_DATABASE_URL": ""}
        found = CliRunner().invoke(main, list(words), env=place, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout) if "--json" in words else found.stdout

    return run


@pytest.fixture(scope="module")
def orders(folder: Path, command: Command) -> dict[str, Any]:
    """The counts of the import of the orders."""
    file = data_file("uci_online_retail_orders.csv")
    config = folder / "config.json"
    config.write_text(json.dumps([VALUE, LINES, ORDERS, CUSTOMERS]), "utf-8")
    command("init", "--lang", "en", "--zone", "Europe/London", "--currency", "GBP")
    command("apply", str(config))
    pairs = [word for pair in ORDER_COLUMNS.items() for word in ("--map", "=".join(pair))]
    found: dict[str, Any] = command(
        "import", str(file), "--table", "orders", *pairs, "--unknown-parent", "create", "--json"
    )
    return found


@pytest.fixture(scope="module")
def plain_orders() -> pd.DataFrame:
    return pd.read_csv(data_file("uci_online_retail_orders.csv"), parse_dates=["order_time"])


def calculated(folder: Path, key: str) -> np.ndarray[Any, Any]:
    """A calculated field of every customer."""
    with open_platform(Settings(folder / "data"), migrate=False) as platform:
        actor = accounts.actor_named(platform, "main", None)
        with reading(platform, actor) as bench:
            field = bench.published.table("customers").field(key)
            columns = bench.columns("customers")
            found = evaluator.value(bench.value_of(field, "customers"), columns, bench.context)
            return np.array(found.column.values, np.float64)


def counted(folder: Path, table: str) -> int:
    with open_platform(Settings(folder / "data"), migrate=False) as platform:
        actor = accounts.actor_named(platform, "main", None)
        with reading(platform, actor) as bench:
            return bench.uow.records(bench.published.table(table)).count()


def test_orders_and_their_customers(orders: dict[str, Any], folder: Path) -> None:
    assert (orders["rows"], orders["created"], orders["rejected"]) == (18_532, 18_532, 0)
    assert orders["parents_created"] == 4_338
    assert (counted(folder, "orders"), counted(folder, "customers")) == (18_532, 4_338)


def test_roll_ups(orders: dict[str, Any], folder: Path, plain_orders: pd.DataFrame) -> None:
    spend, number = calculated(folder, "spend"), calculated(folder, "orders_count")
    assert round(spend.sum(), 2) == 8_911_407.90
    assert number.sum() == 18_532
    by_customer = plain_orders.groupby("customer_id")["amount"].sum()
    assert sorted(spend.round(2)) == sorted(by_customer.round(2))


def test_tiers_are_those_of_pandas(
    orders: dict[str, Any], command: Command, plain_orders: pd.DataFrame
) -> None:
    by_customer = plain_orders.groupby("customer_id").agg(
        spend=("amount", "sum"), last=("order_time", "max")
    )
    spend = by_customer["spend"].round(2)
    silent = (AS_OF - by_customer["last"].dt.normalize()).dt.days
    gold = (spend >= 2000) & (silent <= 90)
    silver = ~gold & (spend >= 500)
    wanted = {"gold": gold.sum(), "silver": silver.sum(), "rest": (~gold & ~silver).sum()}
    [found] = command("run", "value", "--as-of", "2011-12-11", "--json")
    assert found["sizes"] == wanted == {"gold": 830, "silver": 1747, "rest": 1761}
    assert found["not_enough_data"] == 0


def test_the_same_file_again_changes_nothing(
    orders: dict[str, Any], command: Command, folder: Path
) -> None:
    file = data_file("uci_online_retail_orders.csv")
    pairs = [word for pair in ORDER_COLUMNS.items() for word in ("--map", "=".join(pair))]
    again = command("import", str(file), "--table", "orders", *pairs, "--json")
    assert (again["unchanged"], again["created"], again["updated"]) == (18_532, 0, 0)
    assert counted(folder, "customers") == 4_338


# ── the lines ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def plain_lines(plain_orders: pd.DataFrame) -> dict[str, int]:
    """How many lines name no customer, one without orders, and one with orders."""
    customer = pd.read_csv(data_file("uci_online_retail_lines.csv.gz"), usecols=["CustomerID"])
    ids, known = customer["CustomerID"], set(plain_orders["customer_id"])
    linked = int(ids.isin(known).sum())
    blank = int(ids.isna().sum())
    return {
        "rows": len(ids),
        "blank": blank,
        "linked": linked,
        "unknown": len(ids) - blank - linked,
    }


@pytest.fixture(params=["reject", "leave"])
def lines(
    request: pytest.FixtureRequest, orders: dict[str, Any], command: Command
) -> tuple[str, dict[str, Any]]:
    """The counts of an import of the lines; the test takes it back."""
    file = data_file("uci_online_retail_lines.csv.gz")
    pairs = [word for pair in LINE_COLUMNS.items() for word in ("--map", "=".join(pair))]
    options = ("--unknown-parent", request.param, "--json")
    return request.param, command("import", str(file), "--table", "lines", *pairs, *options)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_lines(
    lines: tuple[str, dict[str, Any]],
    plain_lines: dict[str, int],
    command: Command,
    folder: Path,
) -> None:
    choice, found = lines
    assert (plain_lines["rows"], plain_lines["blank"]) == (541_909, 135_080)
    assert found["rows"] == 541_909
    parts = ("created", "updated", "unchanged", "skipped", "rejected")
    assert found["rows"] == sum(found[name] for name in parts)
    if choice == "reject":
        assert found["rejected"] == plain_lines["blank"] + plain_lines["unknown"]
        assert (found["without_parent"], found["unlinked"]) == (0, 0)
    else:
        assert found["rejected"] == 0
        assert found["without_parent"] == plain_lines["blank"]
        assert found["unlinked"] == plain_lines["unknown"]
    assert found["created"] == counted(folder, "lines")
    assert calculated(folder, "lines_count").sum() == plain_lines["linked"]
    text = command("undo", str(found["import"]))
    assert text.startswith(f"{found['created']:,} removed, 0 restored, 0 kept")
    assert counted(folder, "lines") == 0
    assert calculated(folder, "lines_count").sum() == 0
    assert counted(folder, "customers") == 4_338
