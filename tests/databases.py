"""A PostgreSQL server for tests, started from the installed programs."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

MEMORY = Path("/dev/shm")
GIBIBYTE = 2**30
PROGRAMS = Path("/usr/lib/postgresql")
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}


class PostgresServer:
    """A server in a temporary folder, reached by its socket only."""

    def __init__(self, folder: Path, role: str) -> None:
        self._folder = folder
        self._role = role
        self._numbers = count(1)
        self._prefix = f"t{os.getpid()}"

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        address = URL.create("postgresql+psycopg", username=self._role, database=database)
        return str(address.set(query={"host": str(self._folder)}).render_as_string(False))

    def new_database(self, like: str = "template1") -> str:
        """Make a database, empty or a copy of another one of ours; return its address."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def drop(self, address: str) -> None:
        """Drop a database that `new_database` made."""
        self._execute(f"DROP DATABASE {make_url(address).database} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


def _programs() -> Path | None:
    versions = sorted(PROGRAMS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def _ordinary_user() -> str | None:
    """PostgreSQL refuses to run as root: return who is to run it then."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


def _run(command: list[str], user: str | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")


def _wait(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = create_engine(server.url(), poolclass=NullPool)
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
        with suppress(Exception), engine.connect():
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL does not answer: {log.read_text()}")


def quick_folder() -> str | None:
    """Return a folder in memory where there is room; None is where temporary files go."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > GIBIBYTE:
        return str(MEMORY)
    return None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server while the block runs. Skips the test where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(f"PostgreSQL is not installed in {PROGRAMS}")
    user = _ordinary_user()
    if user is None and os.getuid() == 0:
        pytest.skip("PostgreSQL needs an ordinary user to run as")
    role = user or pwd.getpwuid(os.getuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="tl-pg-", dir=quick_folder()))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        options = ["--auth=trust", f"--username={role}", "--encoding=UTF8", "--no-sync"]
        options += ["--locale-provider=icu", "--icu-locale=und", "--locale=C.UTF-8"]
        _run([str(programs / "initdb"), "-D", str(data), *options], user)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *settings]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, user=user, cwd="/", stdout=output, stderr=output)
        try:
            server = PostgresServer(folder, role)
            _wait(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
