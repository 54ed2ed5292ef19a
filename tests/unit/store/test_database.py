"""Units of work: all or nothing, one at a time in a thread, and safe between processes."""

import multiprocessing
import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tierloom.store.database import Database

ROUNDS = 25


def test_an_error_rolls_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.writing() as work:
            work.workspaces.create("shop", "Shop", "en", "UTC", "EUR")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.reading() as work:
        assert work.workspaces.all() == []


def test_callbacks_run_after_the_commit_and_only_then(database: Database) -> None:
    seen: list[str] = []

    def look() -> None:
        with database.reading() as other:
            seen.extend(one.key for one in other.workspaces.all())

    with database.writing() as work:
        work.workspaces.create("shop", "Shop", "en", "UTC", "EUR")
        work.after_commit(look)
        assert seen == []
    assert seen == ["shop"]

    def fail() -> None:
        with database.writing() as work:
            work.after_commit(look)
            raise KeyError

    seen.clear()
    with pytest.raises(KeyError):
        fail()
    assert seen == []


def test_units_of_work_do_not_nest(database: Database) -> None:
    for outer in (database.reading, database.writing):
        with outer(), pytest.raises(RuntimeError, match="do not nest"), database.reading():
            pass
    with database.reading():
        """The refusals have left nothing behind."""


def test_the_database_refuses_to_write_in_a_reading_unit(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), database.reading() as work:
        work.workspaces.create("shop", "Shop", "en", "UTC", "EUR")
    with database.writing() as work:
        work.workspaces.create("shop", "Shop", "en", "UTC", "EUR")


def test_a_reader_sees_one_state_throughout(database: Database) -> None:
    def write() -> None:
        with database.writing() as work:
            work.workspaces.create("shop", "Shop", "en", "UTC", "EUR")

    with database.reading() as work:
        before = work.workspaces.all()
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        assert work.workspaces.all() == before == []
    with database.reading() as work:
        assert len(work.workspaces.all()) == 1


def test_the_moment_of_a_unit_comes_from_the_clock(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url, tmp_path, clock=lambda: 1_700_000_000_000)
    with database.reading() as work:
        assert (work.now, work.writes) == (1_700_000_000_000, False)
    with database.writing() as work:
        assert (work.now, work.writes) == (1_700_000_000_000, True)
    database.close()


def test_a_sqlite_file_is_its_owners_alone_and_set_up_for_safety(tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "tierloom.db", tmp_path)
    assert database.file == tmp_path / "new" / "tierloom.db"
    assert stat.S_IMODE(database.file.stat().st_mode) == 0o600
    wanted = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000,
        "recursive_triggers": 1,
    }  # fmt: skip
    with database.reading() as work:
        for name, value in wanted.items():
            assert work.connection.scalar(text(f"PRAGMA {name}")) == value
    database.close()


@pytest.mark.parametrize("url", ["mysql://server/name", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_by_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Known: a SQLite file, postgresql"):
        Database(url, tmp_path)


def test_a_password_in_a_refused_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mysql") as refused:
        Database("mysql://me:s3cret@server/name", tmp_path)
    assert "s3cret" not in str(refused.value)


def count_up(url: str, folder: str, failures: "multiprocessing.Queue[str]") -> None:
    """Read a number and write the next one, many times: a lost update would show."""
    database = Database(url, Path(folder))
    try:
        for _ in range(ROUNDS):
            with database.writing() as work:
                found = work.workspaces.all()[0]
                counted = str(int(found.name) + 1)
                work.connection.execute(
                    text("UPDATE workspaces SET name = :name"), {"name": counted}
                )
                time.sleep(0.001)
    except Exception as error:  # noqa: BLE001
        failures.put(repr(error))
    database.close()


def test_processes_and_threads_write_without_locked_errors_or_lost_updates(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tierloom.db'}"
    database = Database(url, tmp_path)
    database.migrate()
    with database.writing() as work:
        work.workspaces.create("shop", "0", "en", "UTC", "EUR")
    context = multiprocessing.get_context("spawn")
    failures: multiprocessing.Queue[str] = context.Queue()
    processes = [
        context.Process(target=count_up, args=(url, str(tmp_path), failures)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    threads = [
        threading.Thread(target=count_up, args=(url, str(tmp_path), failures)) for _ in range(2)
    ]
    for worker in threads:
        worker.start()
    for worker in [*processes, *threads]:
        worker.join()
    assert failures.empty()
    with database.reading() as work:
        assert work.workspaces.all()[0].name == str(5 * ROUNDS)
    database.close()


def write_in_child(database: Database, key: str) -> None:
    with database.writing() as work:
        work.workspaces.create(key, key, "en", "UTC", "EUR")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking a process with threads
def test_a_forked_process_opens_its_own_connections(database: Database) -> None:
    write_in_child(database, "parent")
    child = multiprocessing.get_context("fork").Process(
        target=write_in_child, args=(database, "child")
    )
    child.start()
    child.join()
    write_in_child(database, "again")
    with database.reading() as work:
        assert [one.key for one in work.workspaces.all()] == ["parent", "child", "again"]
