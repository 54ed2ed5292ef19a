"""The database: the one door to what is stored."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from tierloom.store import migrating
from tierloom.store.driver_postgresql import PostgresqlDriver
from tierloom.store.driver_sqlite import SqliteDriver
from tierloom.store.drivers import Driver
from tierloom.store.transaction import Transaction
from tierloom.store.uow import UnitOfWork

Clock = Callable[[], int]


def wall_clock() -> int:
    """Return the present moment in milliseconds since 1970-01-01, UTC."""
    return time.time_ns() // 1_000_000


class Database:
    """A SQLite file or a PostgreSQL database, with units of work over it.

    `url_or_path` is a path, or a URL (`sqlite:///…`, `postgresql://…`); `data_folder` is where
    derived files such as columns lie. Threads may share a Database; each has one unit of work at a
    time.

    Raises:
        ValueError: the URL is of another system.
    """

    def __init__(
        self, url_or_path: str | Path, data_folder: Path, clock: Clock = wall_clock
    ) -> None:
        self.data_folder = data_folder
        self._driver = open_driver(url_or_path)
        self._clock = clock
        self._busy = threading.local()

    @property
    def engine(self) -> Engine:
        """The engine. Only the store's own code uses it."""
        return self._driver.engine

    @property
    def file(self) -> Path | None:
        """The database file of SQLite, None for a server."""
        return Path(self._driver.file) if self._driver.file else None

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Read: all queries see one state of the database; writing is refused by the database.

        Raises:
            RuntimeError: this thread has a unit of work open.
        """
        with self._alone(), self._driver.reading() as connection:
            yield UnitOfWork(Transaction(connection, self._driver, self._clock(), writes=False))

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """Write: all or nothing. Keep it short: SQLite has one writer at a time over all processes.

        Raises:
            RuntimeError: this thread has a unit of work open.
        """
        with self._alone(), self._driver.writing() as connection:
            work = UnitOfWork(Transaction(connection, self._driver, self._clock(), writes=True))
            yield work
        work.run_callbacks()

    def migrate(self, revision: str = "head") -> None:
        """Bring the database to a revision (`head`, `base`, or a name): wholly or not at all."""
        with self._alone(), self._driver.writing() as connection:
            self._driver.lock(connection, "migrate")
            migrating.migrate(connection, revision)

    def is_current(self) -> bool:
        """Tell whether the database has the newest revision."""
        with self._alone(), self._driver.reading() as connection:
            return migrating.is_current(connection)

    def revision(self) -> str | None:
        """Return the database's revision, None where it is empty."""
        with self._alone(), self._driver.reading() as connection:
            return migrating.current_revision(connection)

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if getattr(self._busy, "open", False):
            raise RuntimeError("Units of work do not nest: hand the open one on instead.")
        self._busy.open = True
        try:
            yield
        finally:
            self._busy.open = False


def open_driver(url_or_path: str | Path) -> Driver:
    """Return the driver of a database by its path or URL; for others than `Database`: migrations.

    Raises:
        ValueError: the URL is of another system.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return SqliteDriver(Path(url_or_path))
    url = make_url(url_or_path)
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return PostgresqlDriver(url)
        case "sqlite" if url.database and url.database != ":memory:":
            return SqliteDriver(Path(url.database))
        case other:
            raise ValueError(
                f"No database {other!r} at {url.render_as_string()}. Known: a SQLite file, postgresql://…"
            )
