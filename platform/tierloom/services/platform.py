"""One installation, opened: its database, its column files, its clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from tierloom.domain.rules import RuleDocument
from tierloom.engine.results import Placements
from tierloom.rules.compile import CompiledRule
from tierloom.services.published import Published
from tierloom.services.settings import Settings
from tierloom.services.throttle import Throttle
from tierloom.store.columns import ColumnStore
from tierloom.store.database import Database
from tierloom.store.results import Head, Past

Clock = Callable[[], datetime]
Compiled = dict[tuple[RuleDocument, str], CompiledRule]
"""Compiled rules by document and table."""
MOST_RULES = 2_000


def system_clock() -> datetime:
    """Return the present instant. The one wall clock of the product; rules get it as `as_of`."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Platform:
    """What every service works with.

    `work` is set when a job was enqueued, to wake a worker of this process. `published` (by workspace), `placements`
    and `pasts` (by tier model) and `rules` (by workspace) remember what was read last; each entry carries the version
    that it is right for.
    """

    settings: Settings
    database: Database
    columns: ColumnStore
    clock: Clock = system_clock
    work: Event = field(default_factory=Event)
    throttle: Throttle = field(default_factory=Throttle)
    published: dict[int, Published] = field(default_factory=dict)
    placements: dict[int, tuple[Head, Placements]] = field(default_factory=dict)
    pasts: dict[int, tuple[object, list[Past | None]]] = field(default_factory=dict)
    rules: dict[int, tuple[Published, ZoneInfo, Compiled]] = field(default_factory=dict)

    def compiled(self, workspace: int, published: Published, zone: ZoneInfo) -> Compiled:
        """Return the place where rules are kept that were compiled with just this; empty where it is new."""
        known = self.rules.get(workspace)
        if (
            known is None
            or known[0] is not published
            or known[1] != zone
            or len(known[2]) > MOST_RULES
        ):
            known = self.rules[workspace] = (published, zone, {})
        return known[2]

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.settings.folder

    def now_ms(self) -> int:
        """Milliseconds since 1970 of the present instant."""
        return _milliseconds(self.clock())


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@contextmanager
def open_platform(
    settings: Settings, clock: Clock = system_clock, *, migrate: bool = True
) -> Iterator[Platform]:
    """Open an installation, bringing its database up to date first unless told otherwise."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    database = Database(
        settings.database_url or settings.folder / "tierloom.sqlite3",
        settings.folder,
        lambda: _milliseconds(clock()),
    )
    try:
        if migrate:
            database.migrate()
        yield Platform(
            settings, database, ColumnStore(database, settings.folder / "columns"), clock
        )
    finally:
        database.close()
