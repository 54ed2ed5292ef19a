"""A shop whose tiers follow from its orders, the work that its jobs do, and the truth about it worked out by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest

from tests.faults.processes import Place
from tests.unit.services.shop import KeptShop, Row, Shop, insert
from tierloom.domain.fields import Link
from tierloom.domain.views import Sort
from tierloom.jobs.worker import Worker, complete
from tierloom.services.exports import requests
from tierloom.services.grid import Query
from tierloom.services.imports import batches
from tierloom.services.imports.plan import ImportPlan
from tierloom.services.imports.staging import ROWS_FILE
from tierloom.services.jobs import schedules
from tierloom.services.runs import self_check
from tierloom.services.runs.recalculation import enqueue
from tierloom.services.workbench import reading, writing
from tierloom.store.jobs import Job

CHUNK = 60
ROWS = 150
CODES = ("gold", "silver", "rest")


@contextmanager
def opened(kept: KeptShop, folder: Path, url: str = "") -> Iterator[Shop]:
    """A shop at the present, in which nothing waits."""
    with kept.opened(folder, url) as shop:
        shop.clock.now = datetime.now(UTC)
        schedules.ask_for_due_jobs(shop.platform)
        Worker(shop.platform).run_until_done()
        yield shop


@contextmanager
def of_kind(request: pytest.FixtureRequest, folder: Path, database: str) -> Iterator[Shop]:
    """Such a shop on SQLite or PostgreSQL."""
    if database == "sqlite":
        with opened(request.getfixturevalue("kept_shop"), folder) as found:
            yield found
        return
    server = request.getfixturevalue("postgres")
    kept, name = request.getfixturevalue("kept_on_server")
    address = server.new_database(like=name)
    try:
        with opened(kept, folder, address) as found:
            yield found
    finally:
        server.drop(address)


def place_of(shop: Shop) -> Place:
    """Where other processes find it."""
    settings = shop.platform.settings
    return Place(str(settings.folder), settings.database_url, shop.clock.now)


def job(shop: Shop, number: int) -> Job:
    with shop.platform.database.reading() as uow:
        found = uow.jobs.get(number)
    assert found is not None
    return found


# ── work ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def new_orders(shop: Shop, first: int = 0) -> list[tuple[str, int, float]]:
    """Orders (invoice, customer number, amount) that lift every third customer into gold."""
    numbers = sorted(shop.numbers)
    return [
        (f"N{first + row:05}", numbers[row % len(numbers)], 900.0 if row % 3 == 0 else 1.0)
        for row in range(ROWS)
    ]


def order(shop: Shop, invoice: str, customer: int, amount: float) -> Row:
    """An order as the shop knows it."""
    return {"invoice": invoice, "customer": Link(shop.numbers[customer], ""), "amount": amount}


def checked(shop: Shop, first: int = 0) -> int:
    """An import of new orders, checked; returns its number."""
    lines = [f"{one},{customer},{amount}" for one, customer, amount in new_orders(shop, first)]
    source = BytesIO("\n".join(["invoice,customer,amount", *lines]).encode())
    found = batches.receive(shop.platform, shop.owner, source, "orders.csv")
    _in_small_chunks(found.folder / ROWS_FILE)
    matches = {name: name for name in ("invoice", "customer", "amount")}
    plan = ImportPlan("orders", matches, "invoice")
    done = complete(shop.platform, batches.plan(shop.platform, shop.owner, found.batch.id, plan))
    assert done.state == "done"
    return found.batch.id


def _in_small_chunks(file: Path) -> None:
    """Write the rows that were read anew, so that a short file has several chunks."""
    with pa.memory_map(str(file)) as source:
        rows = pa.ipc.open_file(source).read_all()
        copy = pa.Table.from_pydict(rows.to_pydict(), rows.schema)
    with pa.OSFile(str(file), "wb") as target, pa.ipc.new_file(target, copy.schema) as writer:
        writer.write_table(copy, max_chunksize=CHUNK)


def publish(shop: Shop) -> int:
    """Ask for the publishing of an import; the shop then knows what must come of it."""
    number = batches.request(shop.platform, shop.owner, checked(shop), "publish")
    for invoice, customer, amount in new_orders(shop):
        shop.orders[-len(shop.orders) - 1] = order(shop, invoice, customer, amount)
    return number


def undo(shop: Shop) -> int:
    """Ask for an import to be taken back that is in already."""
    before = dict(shop.orders)
    complete(shop.platform, publish(shop))
    Worker(shop.platform).run_until_done()
    with shop.platform.database.reading() as uow:
        batch = uow.imports.recent(shop.workspace)[0].id
    shop.orders = before
    return batches.request(shop.platform, shop.owner, batch, "undo")


def recalculate(shop: Shop) -> int:
    """Write orders past the services, and ask for a run."""
    rows = [order(shop, *one) for one in new_orders(shop)]
    with writing(shop.platform, shop.owner) as bench:
        numbers = insert(bench, "orders", rows)
        shop.orders |= dict(zip(numbers, rows, strict=True))
        return enqueue(bench, "import")


def export(shop: Shop) -> int:
    query = Query("customers", sort=Sort("number", False))
    return requests.request(shop.platform, shop.owner, query, "csv", "en")


def check(shop: Shop) -> int:
    with writing(shop.platform, shop.owner) as bench:
        return self_check.enqueue(bench)


# ── truth ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def stored_tiers(shop: Shop) -> dict[int, str]:
    """The tier of every customer as it is stored now, by key."""
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        ids = bench.columns("customers").ids.tolist()
        return {one: CODES[code] for one, code in zip(ids, bench.codes(model), strict=True)}


def true_tiers(shop: Shop) -> dict[int, str]:
    return {one: shop.tier(one) for one in shop.customers}


def moves(shop: Shop) -> list[tuple[int, int, int]]:
    """Who moved from where to where, without the past that was rebuilt."""
    with reading(shop.platform, shop.owner) as bench:
        document = bench.published.documents["tier_model", "value"].id
        stored = bench.uow.results.moves(document)
    return [(one.record, one.origin, one.target) for one in stored if one.cause != "reconstructed"]


def invoices(shop: Shop) -> Counter[str]:
    with reading(shop.platform, shop.owner) as bench:
        table = bench.uow.records(bench.published.table("orders"))
        return Counter(
            str(cell) for chunk in table.scan(("invoice",)) for cell in chunk.cells("invoice")
        )


def baselines(shop: Shop) -> int:
    with shop.platform.database.reading() as uow:
        return int(uow.connection.exec_driver_sql("SELECT count(*) FROM baselines").scalar_one())


@contextmanager
def nothing_lost_nothing_twice(shop: Shop) -> Iterator[list[int]]:
    """What the block does to the shop is done whole and once: rows, moves, baselines.

    It notes the jobs that were given up and tried again: tiers followed what those had written by then.
    """
    before, known, bases = stored_tiers(shop), len(moves(shop)), baselines(shop)
    given_up: list[int] = []
    yield given_up
    wanted = true_tiers(shop)
    assert stored_tiers(shop) == wanted
    rows = Counter(str(one["invoice"]) for one in shop.orders.values())
    assert invoices(shop) == rows
    by_record: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for record, origin, target in moves(shop)[known:]:
        by_record[record].append((origin, target))
    path = {one: [(CODES[a], CODES[b]) for a, b in steps] for one, steps in by_record.items()}
    for record, steps in path.items():
        ends = [before[record], *(end for _, end in steps)]
        assert [start for start, _ in steps] == ends[:-1], "each move begins where the last ended"
        assert ends[-1] == wanted[record]
        assert all(start != end for start, end in steps)
    assert {one for one in wanted if before[one] != wanted[one]} <= path.keys()
    once = all(len(steps) == 1 for steps in path.values())
    assert once or given_up, "nobody moves there and back"
    assert baselines(shop) == bases
    with shop.platform.database.reading() as uow:
        states = Counter(one.state for one in uow.jobs.recent(shop.workspace, 500))
    assert not {"queued", "running", "failed"} & states.keys(), states
