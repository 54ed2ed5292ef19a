"""Workspaces with the yardstick's customers and tier model, in which customers change and move."""

import random
import time
from array import array
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from tests.bench.stored import CAUSE, chunks
from tests.bench.workload import Workload
from tierloom.backends import columns as evaluator
from tierloom.domain.people import Actor, Role
from tierloom.services import configuration, records, workspaces
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading, writing


@dataclass
class Clock:
    """A clock that goes on by a second whenever somebody looks."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Company:
    """A workspace with customers, on an installation that several share."""

    platform: Platform
    workload: Workload
    key: str
    rows: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    """An array: the garbage collector walks a list of a million again and again, 20 ms each time."""

    def __post_init__(self) -> None:
        workspace, _ = workspaces.ensure(self.platform, self.key, self.key, "en", "UTC")
        with self.platform.database.reading() as uow:
            account = uow.accounts.members(workspace.id)[0].account
        self.actor = Actor(account, "Owner", workspace.id, Role.OWNER)
        customers = self.workload.world.catalogue.table("customers")
        configuration.apply(self.platform, self.actor, [customers])
        with reading(self.platform, self.actor) as bench:
            self.table = bench.published.table("customers")
        for chunk in chunks(self.table, self.rows):
            with self.platform.database.writing() as uow:
                self.ids.extend(uow.records(self.table).insert_many(chunk, uow.now, CAUSE))
        self.chance.shuffle(self.ids)

    def publish(self) -> None:
        configuration.apply(self.platform, self.actor, [self.workload.model])

    def forget(self) -> None:
        """Make as if nobody had ever been placed."""
        with self.platform.database.writing() as uow:
            for name in ("baselines", "moves", "frontiers", "settled"):
                gone = text(f"DELETE FROM {name} WHERE workspace_id = :workspace")
                uow.connection.execute(gone, {"workspace": self.actor.workspace})
        self.platform.placements.clear()

    def take(self, count: int) -> list[int]:
        """Customers whom nobody has changed yet."""
        found, self.ids = self.ids[:count], self.ids[count:]
        return sorted(found)

    def change(self, count: int) -> None:
        """Change what tiers depend on, as an import does; the columns know it before the run."""
        ids = self.take(count)
        columns = {
            "total_amount": [self.chance.randrange(2_000_000) for _ in ids],
            "order_count": [self.chance.randrange(12) for _ in ids],
        }
        with writing(self.platform, self.actor) as bench:
            bench.uow.records(self.table).update_many(ids, columns, bench.uow.now, CAUSE)
            recalculation.enqueue(bench, "import")
        self.look()

    def look(self) -> None:
        """Bring the columns up to date, and forget what was worked out from them."""
        with reading(self.platform, self.actor) as bench:
            found = bench.columns("customers")
            for one in self.table.stored_fields:
                found.column(one.key)
            found.cache.clear()

    def run(self) -> int:
        """Work everything out and store it; returns how many moved."""
        work = self.workload
        with reading(self.platform, self.actor) as bench:
            columns = bench.columns("customers")
            evaluator.packed(work.rules, columns, bench.context)
            evaluator.value(work.score, columns, bench.context)
        found = recalculation.recalculate(self.platform, self.actor.workspace, "import")
        return sum(one.moves for one in found)

    def edit(self, count: int) -> list[float]:
        """Give customers another total, one after the other; the seconds of each edit."""
        found = []
        for number in self.take(count):
            values = {"total_amount": self.chance.randrange(2_000_000) / 100}
            start = time.perf_counter()
            records.edit(self.platform, self.actor, "customers", number, 1, values)
            found.append(time.perf_counter() - start)
        return found

    def past(self, at: int) -> int:
        """Read who was where at an instant; returns how many there were."""
        with reading(self.platform, self.actor) as bench:
            document = bench.published.documents["tier_model", "value"].id
            [found] = bench.uow.results.past(document, [at])
        return found.placements.ids.size if found else 0

    def stored_bytes(self) -> int:
        with self.platform.database.reading() as uow:
            pages, free, size = (
                int(uow.connection.execute(text(f"PRAGMA {one}")).scalar_one())
                for one in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size
