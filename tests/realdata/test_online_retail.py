"""UCI "Online Retail" through the command line: orders with their customers, tiers, and half a million lines.

Chen, D. (2012). What comes out is compared with pandas over the same files; totals are published figures of the set.
"""

import gzip
import json
from collections.abc import Callable
from itertools import islice
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


SOME = 100_000
"""Lines of the file, when those without a customer stay: tests of imports do so with all."""


def plain_lines(rows: int | None, plain_orders: pd.DataFrame) -> dict[str, int]:
    """How many of the first lines name no customer, one without orders, and one with orders."""
    file = data_file("uci_online_retail_lines.csv.gz")
    ids = pd.read_csv(file, usecols=["CustomerID"], nrows=rows)["CustomerID"]
    linked = int(ids.isin(set(plain_orders["customer_id"])).sum())
    blank = int(ids.isna().sum())
    return {
        "rows": len(ids),
        "blank": blank,
        "linked": linked,
        "unknown": len(ids) - blank - linked,
    }


def first_lines(rows: int, target: Path) -> Path:
    """Write the head line and so many lines of the file into another one."""
    with gzip.open(data_file("uci_online_retail_lines.csv.gz"), "rt", newline="") as source:
        target.write_text("".join(islice(source, rows + 1)), newline="")
    return target


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("choice", "rows"), [("reject", None), ("leave", SOME)])
def test_lines(
    choice: str,
    rows: int | None,
    orders: dict[str, Any],
    plain_orders: pd.DataFrame,
    command: Command,
    folder: Path,
) -> None:
    """Lines of nobody are turned away, or stay without a customer; then the whole import is taken back."""
    wanted = plain_lines(rows, plain_orders)
    if rows is None:
        assert (wanted["rows"], wanted["blank"]) == (541_909, 135_080)
    whole = data_file("uci_online_retail_lines.csv.gz")
    file = first_lines(rows, folder / "lines.csv") if rows else whole
    pairs = [word for pair in LINE_COLUMNS.items() for word in ("--map", "=".join(pair))]
    options = ("--unknown-parent", choice, "--json")
    found = command("import", str(file), "--table", "lines", *pairs, *options)
    assert found["rows"] == wanted["rows"]
    parts = ("created", "updated", "unchanged", "skipped", "rejected")
    assert found["rows"] == sum(found[name] for name in parts)
    if choice == "reject":
        assert found["rejected"] == wanted["blank"] + wanted["unknown"]
        assert (found["without_parent"], found["unlinked"]) == (0, 0)
    else:
        assert found["rejected"] == 0
        assert found["without_parent"] == wanted["blank"]
        assert found["unlinked"] == wanted["unknown"]
    assert found["created"] == counted(folder, "lines")
    assert calculated(folder, "lines_count").sum() == wanted["linked"]
    text = command("undo", str(found["import"]))
    assert text.startswith(f"{found['created']:,} removed, 0 restored, 0 kept")
    assert counted(folder, "lines") == 0
    assert calculated(folder, "lines_count").sum() == 0
    assert counted(folder, "customers") == 4_338
