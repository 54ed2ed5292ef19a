"""Connections to engines: records go in as tables of this session only, answers come out.

sqlite:///file.db   sqlite://   postgresql://user@host/name   duckdb:///file.db   duckdb://
spark://host:7077   spark://local[2]
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import unquote

from sqlglot import exp

from tierloom.backends.sql.engines import ENGINES, Engine
from tierloom.backends.sql.layout import Layout
from tierloom.backends.sql.refused import Refused
from tierloom.text import T

_CHUNK = 10_000
"""Values in one statement: quicker than row by row, and no driver refuses so many."""

Cell = int | str | None
Answers = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table to load: columns by key with whether they hold text, and its rows."""

    key: str
    columns: Mapping[str, bool]
    rows: Sequence[Sequence[Cell]]


class Statement(Protocol):
    """A query in an engine's own words, with its bound values."""

    @property
    def text(self) -> str: ...

    @property
    def values(self) -> Mapping[str, int | float | str]: ...


class Connection(Protocol):
    """An open session of an engine."""

    @property
    def engine(self) -> Engine: ...

    @property
    def version(self) -> str: ...

    def load(self, tables: Iterable[Loaded], layout: Layout) -> None:
        """Make tables of this session only, in place of those that it made before."""
        ...

    def ask(self, statement: Statement) -> Answers:
        """Run a query."""
        ...


class DatabaseConnection:
    """A session over a DB-API connection."""

    def __init__(self, engine: Engine, connection: Any, mark: str, version: str) -> None:
        self.engine = engine
        self.version = version
        self._cursor = connection.cursor()  # one: to some drivers another is another session
        self._mark = mark

    def load(self, tables: Iterable[Loaded], layout: Layout) -> None:
        """Make temporary tables."""
        for table in tables:
            name = layout.table(table.key).sql(dialect=self.engine.dialect)
            columns = [self._column(key, text) for key, text in table.columns.items()]
            cursor = self._cursor
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)})")
            step = max(1, _CHUNK // len(columns))
            for start in range(0, len(table.rows), step):
                rows = table.rows[start : start + step]
                marks = f"({', '.join([self._mark] * len(columns))})"
                insert = f"INSERT INTO {name} VALUES {', '.join([marks] * len(rows))}"  # noqa: S608
                cursor.execute(insert, [cell for row in rows for cell in row])
            if self.engine.dialect == "postgres":
                cursor.execute(f"ANALYZE {name}")

    def _column(self, key: str, text: bool) -> str:
        name = exp.to_identifier(key, quoted=True).sql(dialect=self.engine.dialect)
        if not text:
            return f"{name} BIGINT"
        return f'{name} TEXT COLLATE "C"' if self.engine.dialect == "postgres" else f"{name} TEXT"

    def ask(self, statement: Statement) -> Answers:
        """Run a query."""
        self._cursor.execute(statement.text, dict(statement.values))
        return [tuple(row) for row in self._cursor.fetchall()]


class SparkConnection:
    """A Spark session; tables are temporary views."""

    def __init__(self, session: Any) -> None:
        self.engine = ENGINES["spark"]
        self.version = str(session.version)
        self._session = session
        self._types = import_module("pyspark.sql.types")

    def load(self, tables: Iterable[Loaded], layout: Layout) -> None:
        """Make temporary views."""
        types = self._types
        for table in tables:
            fields = [
                types.StructField(key, types.StringType() if text else types.LongType())
                for key, text in table.columns.items()
            ]
            frame = self._session.createDataFrame(
                [tuple(row) for row in table.rows], types.StructType(fields)
            )
            frame.createOrReplaceTempView(layout.table(table.key).name)

    def ask(self, statement: Statement) -> Answers:
        """Run a query."""
        found = self._session.sql(statement.text, args=dict(statement.values))
        return [tuple(row) for row in found.collect()]


@contextmanager
def connect(address: str) -> Iterator[Connection]:
    """Open a session of the engine at an address while the block runs.

    Raises:
        Refused: no such engine is known, its driver is not installed, or it cannot be reached.
    """
    full, _, rest = address.partition("://")
    scheme = full.partition("+")[0]
    if scheme not in ENGINES:
        known = ", ".join(ENGINES)
        raise Refused(T("%(scheme)s is no engine. Known: %(known)s.", scheme=scheme, known=known))
    if scheme == "spark":
        with _spark(rest) as session:
            yield SparkConnection(session)
        return
    connection, mark, version = _database(scheme, rest)
    try:
        yield DatabaseConnection(ENGINES[scheme], connection, mark, version)
    finally:
        connection.close()


def _database(scheme: str, rest: str) -> tuple[Any, str, str]:
    path = unquote(rest.partition("/")[2]) or ":memory:"
    drivers = {"sqlite": "sqlite3", "duckdb": "duckdb", "postgresql": "psycopg"}
    driver = _driver(drivers[scheme])
    try:
        match scheme:
            case "sqlite":
                return driver.connect(path), "?", driver.sqlite_version
            case "duckdb":
                return driver.connect(path), "?", driver.__version__
        connection = driver.connect(f"postgresql://{rest}", autocommit=True)
    except driver.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise Refused(T("The engine cannot be reached: %(reason)s", reason=reason)) from error
    return connection, "%s", str(connection.info.parameter_status("server_version"))


@contextmanager
def _spark(master: str) -> Iterator[Any]:
    local = master.startswith("local")
    builder = _driver("pyspark.sql").SparkSession.builder
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": "2" if local else "32",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.master(master if local else f"spark://{master}").getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def _driver(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        message = T("The Python package %(package)s is not installed.", package=package)
        raise Refused(message) from error
