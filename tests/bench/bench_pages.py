"""Pages over the yardstick's customers, as a browser asks for them: the whole answer, HTML included.

None may take much longer than the others, whatever it has to go through. Each is asked for once beforehand.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.bench.figures import report
from tests.bench.placed import Clock, Company
from tests.bench.side_by_side import side_by_side
from tests.bench.workload import Workload
from tests.bench.yardstick import ROWS, open_world
from tests.shop import Shop
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings

WEEKS = 3
TABLE = f"{ROWS:,} customers"
PAGES = (
    "/",
    "/?as_of={day}",
    "/data/customers",
    "/data/customers?sort=name",
    "/data/customers?q=王",
    "/data/customers?tier=value.{tier}",
    "/data/customers?as_of={day}",
    "/data/customers/{record}",
    "/views/value",
    "/views/value?as_of={day}",
    "/tiers/value",
    "/tiers/value/check",
    "/tiers/value/publish",
    "/tiers/value/almost?tier={tier}",
    "/tiers/value/thresholds",
    "/tiers/value/moved?from={day}",
    "/tiers/value/over-time",
    "/tiers/value/over-time?by=day",
    "/start/templates/value_tiers",
    "/jobs/",
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Customers with a result, of whom some moved in each of three weeks."""
    workload = Workload(open_world())
    clock = Clock(workload.world.context.as_of)
    with open_platform(Settings(tmp_path_factory.mktemp("pages")), clock) as platform:
        made = Company(platform, workload, "large", ROWS)
        made.publish()
        made.run()
        for _ in range(WEEKS):
            clock.now += timedelta(days=7)
            made.change(ROWS // 500)
            made.run()
        yield made


def test_every_page(company: Company) -> None:
    """The slowest page, and how long each took."""
    client = Shop(company.platform, company.actor).client()
    day = (company.platform.clock() - timedelta(days=10)).date().isoformat()
    tier = company.workload.model.tiers[0].key
    spent: dict[str, float] = {}
    for page in PAGES:
        address = page.format(day=day, tier=tier, record=company.ids[0])
        for _ in range(2):
            start = time.process_time()
            answer = client.get(address, follow_redirects=True)
            spent[page] = time.process_time() - start
            assert answer.status_code == 200, address
    pair = side_by_side(lambda: client.get("/"), company.workload.run_sql, rounds=1)
    slowest = max(spent, key=lambda page: spent[page])
    report(
        f"slowest page over {TABLE}: {slowest}",
        spent[slowest] / pair.theirs.cpu[0], "× CPU of CREATE TABLE AS in DuckDB", 0.4,
        **{f"{page} ms": seconds * 1000 for page, seconds in spent.items()},
    )  # fmt: skip
