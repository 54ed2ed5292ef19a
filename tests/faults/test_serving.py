"""Two processes serve while a third imports: every page answers, and nothing is ever locked."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

import pytest

from tests.faults import world
from tests.unit.services.shop import Shop
from tierloom.jobs.worker import LEASE_SECONDS, Worker
from tierloom.services.access import accounts
from tierloom.web.session import COOKIE

pytestmark = pytest.mark.faults
EVERYTHING = os.environ.get("TIERLOOM_TEST_FAULTS") == "all"
ROWS = 20_000 if EVERYTHING else 3_000
PATIENCE_SECONDS = 120


@pytest.fixture(params=["sqlite", "postgresql"] if EVERYTHING else ["sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with world.of_kind(request, tmp_path, request.param) as found:
        yield found


@dataclass
class Browser:
    """Asks a server for pages as somebody who is signed in; counts the answers by address and status."""

    port: int
    secret: str
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    slowest: float = 0.0

    def get(self, address: str) -> None:
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", address, headers={"Cookie": f"{COOKIE}={self.secret}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.answers[address, answer.status] += 1
        self.slowest = max(self.slowest, time.monotonic() - begun)


def environment(shop: Shop) -> dict[str, str]:
    settings = shop.platform.settings
    place = {"TIERLOOM_DATA": str(settings.folder), "TIERLOOM_WORKSPACE": "shop"}
    url = {"TIERLOOM_DATABASE_URL": settings.database_url} if settings.database_url else {}
    return {**os.environ, **place, **url}


def signed_in(shop: Shop) -> str:
    secret, now = token_urlsafe(32), shop.platform.now_ms()
    with shop.platform.database.writing() as uow:
        handle = accounts.hashed(secret)
        uow.accounts.open_session(handle, shop.owner.account, shop.workspace, now, now + 10**7)
    return secret


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(
    shop: Shop, folder: Path, number: int, before: Sequence[str] = ()
) -> Iterator[tuple[int, Path]]:
    """Run `tierloom serve`, with words of a command before it; yields its port and its log. `kill` ends it."""
    port, log = free_port(), folder / f"serve-{number}.log"
    command = [*before, sys.executable, "-m", "tierloom", "serve", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment(shop), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(port, process, log)
        yield port, log
    finally:
        process.terminate()
        code = process.wait(PATIENCE_SECONDS)
    assert code == 0, log.read_text()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def write_orders(shop: Shop, file: Path) -> None:
    """Write new orders into a file, and tell the shop of them."""
    numbers = sorted(shop.numbers)
    rows = [f"N{row:06},{numbers[row % len(numbers)]},{row % 90}" for row in range(ROWS)]
    file.write_text("\n".join(["invoice,customer,amount", *rows]))
    for row in rows:
        invoice, customer, amount = row.split(",")
        made = world.order(shop, invoice, int(customer), float(amount))
        shop.orders[-len(shop.orders) - 1] = made


def test_pages_answer_while_a_third_process_imports(shop: Shop, tmp_path: Path) -> None:
    file, secret = tmp_path / "orders.csv", signed_in(shop)
    write_orders(shop, file)
    customer = next(iter(shop.customers))
    pages = ["/", "/data/customers", "/data/orders", f"/data/customers/{customer}", "/tiers/", "/tiers/value",
             "/views/tiers", "/jobs/", "/import"]  # fmt: skip
    with served(shop, tmp_path, 1) as (one, first), served(shop, tmp_path, 2) as (two, second):
        browsers = [Browser(port, secret) for port in (one, two)]
        command = [sys.executable, "-m", "tierloom", "import", str(file), "--table", "orders"]
        importing = subprocess.Popen(
            command, env=environment(shop), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )  # fmt: skip
        rounds = 0
        while importing.poll() is None or rounds < 2:
            for address in pages:
                for browser in browsers:
                    browser.get(address)
            rounds += 1
        said = importing.communicate()[0]
        assert importing.returncode == 0, said
        assert f"{ROWS:,}  created" in said
        logs = first.read_text() + second.read_text() + said
    statuses = Counter(status for browser in browsers for _, status in browser.answers.elements())
    assert set(statuses) == {200}, [browser.answers for browser in browsers]
    assert statuses[200] >= 2 * 2 * len(pages)
    assert "locked" not in logs
    assert "Traceback" not in logs, logs
    # A server's worker may have been stopped at a job: another one takes it over.
    shop.clock.now = datetime.now(UTC) + timedelta(seconds=2 * LEASE_SECONDS)
    Worker(shop.platform).run_until_done()
    with shop.platform.database.reading() as uow:
        states = {one.state for one in uow.jobs.recent(shop.workspace, 500)}
    assert states == {"done"}
    assert world.invoices(shop) == Counter(one["invoice"] for one in shop.orders.values())
    assert world.stored_tiers(shop) == world.true_tiers(shop)


def test_a_server_that_a_script_started_ends_when_told_to(shop: Shop, tmp_path: Path) -> None:
    """What a shell starts in the background ignores Ctrl+C."""
    script = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    with served(shop, tmp_path, 1, script) as (_, log):
        assert "Tierloom is at" in log.read_text()
    assert "Traceback" not in log.read_text()
