"""Real files, with counts that others have published (shared/data/README.md)."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.services.imports.world import ZONE, World, reasons
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.matching import propose_matches
from tierloom.services.imports.plan import ImportPlan, UnknownParents
from tierloom.services.imports.reading import read_file
from tierloom.services.imports.work import ImportWork

DATA = Path(os.environ.get("TIERLOOM_TEST_DATA") or Path(__file__).parents[5] / "shared/data")


def real(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{name} is not in {DATA}; set TIERLOOM_TEST_DATA to the folder that has it")
    return path


def matched(
    world: World, name: str, table: str, key: str | None, parents: UnknownParents
) -> ImportWork:
    """Read a file, and match its columns by themselves."""
    folder = world.folder / f"{name}-{parents}"
    shape = read_file(real(name), folder, name)
    found = propose_matches(shape.columns, world.table(table), world.catalogue, ZONE)
    matches = {one.column: one.field for one in found if one.field}
    return ImportWork(
        folder, shape, ImportPlan(table, matches, key, parents), world.catalogue, ZONE
    )


def test_orders_with_their_customers(world: World) -> None:
    work = matched(
        world, "uci_online_retail_orders.csv", "orders", "invoice", UnknownParents.CREATE
    )
    assert dict(work.plan.matches) == {
        "InvoiceNo": "invoice", "customer_id": "customer", "order_time": "day", "amount": "amount",
        "lines": "lines", "country": "country",
    }  # fmt: skip
    batch, counts = world.run(work)
    assert counts == ImportCounts(rows=18_532, created=18_532, parents_created=4_338)
    amounts = [row[0] for row in world.rows("orders", ("amount",))]
    assert sum(n for n in amounts if isinstance(n, int)) == 891_140_790
    again = matched(
        world, "uci_online_retail_orders.csv", "orders", "invoice", UnknownParents.REJECT
    )
    assert world.run(again)[1] == ImportCounts(rows=18_532, unchanged=18_532)
    assert world.undo(batch).removed == 18_532 + 4_338
    assert world.everything() == {"customers": [], "orders": [], "lines": []}


@pytest.mark.slow
def test_lines_of_which_a_quarter_name_no_customer(world: World) -> None:
    source = pd.read_csv(real("uci_online_retail_lines.csv.gz"))
    blank = int(source.CustomerID.isna().sum())
    assert (len(source), blank) == (541_909, 135_080)
    world.run(
        world.read(
            "number\n" + "\n".join(str(int(n)) for n in source.CustomerID.dropna().unique()),
            "customers",
        )
    )
    work = matched(world, "uci_online_retail_lines.csv.gz", "lines", None, UnknownParents.REJECT)
    assert world.check(work).counts == ImportCounts(rows=541_909, created=406_829, rejected=135_080)
    assert reasons(work)[0] == (624, "CustomerID", "missing-parent")
    assert pd.isna(source.CustomerID[622])
    assert not pd.isna(source.CustomerID[621])
    left = matched(world, "uci_online_retail_lines.csv.gz", "lines", None, UnknownParents.LEAVE)
    batch, counts = world.run(left)
    assert counts == ImportCounts(rows=541_909, created=541_909, without_parent=135_080)
    quantities = [row[0] for row in world.rows("lines", ("quantity",))]
    assert sum(n for n in quantities if isinstance(n, int)) == int(source.Quantity.sum())
    assert world.undo(batch).removed == 541_909
    shutil.rmtree(left.folder)


def test_ids_with_leading_zeros_stay_text(world: World) -> None:
    shape = read_file(real("cdnow_sample_transactions.csv"), world.folder / "job", "cdnow.csv")
    assert shape.rows == 6_919
    assert shape.columns[0].samples[0] == "00004"
