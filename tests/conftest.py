"""Fixtures for all tests: databases of both kinds, empty or migrated."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import make_url

from tests.databases import PostgresServer, postgres_server
from tests.unit.services.shop import KeptShop, Shop
from tierloom.services.access import passwords
from tierloom.store.database import Database

# The same commit gives the same answer, on a busy machine too. `pytest --hypothesis-profile search`
# looks for new examples instead.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("search", **_PATIENT)
settings.register_profile("steady", derandomize=True, database=None, **_PATIENT)
settings.load_profile("steady")

# Whoever runs the tests may have a Tierloom of their own, or a proxy: neither is meant here.
for _name in [one for one in os.environ if one.startswith("TIERLOOM_")]:
    if not _name.startswith("TIERLOOM_TEST_"):
        del os.environ[_name]
os.environ["no_proxy"] = "*"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash as the product does, but in no time: it takes a fifth of a second of all cores for each on purpose."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole session."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tierloom.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.new_database()
    yield address
    server.drop(address)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: that is quicker than migrating for every test."""
    folder = tmp_path_factory.mktemp("migrated")
    return Path(_migrate(str(folder / "tierloom.db"), folder))


@pytest.fixture(scope="session")
def migrated_server(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    address = _migrate(postgres.new_database(), tmp_path_factory.mktemp("migrated"))
    return str(make_url(address).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database, of each kind in turn."""
    if request.param == "sqlite":
        copyfile(request.getfixturevalue("migrated_file"), tmp_path / "tierloom.db")
        yield f"sqlite:///{tmp_path / 'tierloom.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.new_database(like=request.getfixturevalue("migrated_server"))
    yield address
    server.drop(address)


@pytest.fixture
def database(migrated_url: str, tmp_path: Path) -> Iterator[Database]:
    """A migrated database of each kind in turn."""
    opened = Database(migrated_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def kept_shop(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> KeptShop:
    """The small shop on SQLite, to copy."""
    folder = tmp_path_factory.mktemp("kept")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    return KeptShop.made(folder)


@pytest.fixture(scope="session")
def kept_on_server(
    postgres: PostgresServer, migrated_server: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[KeptShop, str]:
    """The small shop on PostgreSQL, and the name of its database, to copy."""
    address = postgres.new_database(like=migrated_server)
    kept = KeptShop.made(tmp_path_factory.mktemp("kept"), address)
    return kept, str(make_url(address).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A small shop for the test alone, on each kind of database in turn."""
    if request.param == "sqlite":
        with request.getfixturevalue("kept_shop").opened(tmp_path) as found:
            yield found
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    kept, name = request.getfixturevalue("kept_on_server")
    address = server.new_database(like=name)
    with kept.opened(tmp_path, address) as found:
        yield found
    server.drop(address)


def _migrate(address: str, folder: Path) -> str:
    database = Database(address, folder)
    database.migrate()
    database.close()
    return address
