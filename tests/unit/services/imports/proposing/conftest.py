"""An empty workspace for each test, and the files of three people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest

from tests.unit.services.imports.proposing import sheets
from tierloom.domain.people import Actor, Role
from tierloom.domain.tables import RecordType
from tierloom.jobs.worker import Worker
from tierloom.services import workspaces
from tierloom.services.imports import creating, proposals
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.proposal import Proposal
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading
from tierloom.store.jobs import Job

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)


@dataclass
class Office:
    """A workspace on its first day, as its owner sees it."""

    platform: Platform
    owner: Actor
    said: list[str] = field(default_factory=list)

    def receive(self, *paths: Path) -> int:
        streams = [path.open("rb") for path in paths]
        try:
            pairs = [(one, path.name) for one, path in zip(streams, paths, strict=True)]
            return creating.receive(self.platform, self.owner, pairs)
        finally:
            for one in streams:
                one.close()

    def proposal(self, number: int, **given: str) -> Proposal:
        with reading(self.platform, self.owner) as bench:
            return proposals.proposal(bench, proposals.files(bench, number), Choices(dotted(given)))

    def create(self, number: int, **given: str) -> Job:
        return self.work(creating.create(self.platform, self.owner, number, Choices(dotted(given))))

    def work(self, job: int) -> Job:
        Worker(self.platform, self.said.append).run_until_done()
        with self.platform.database.reading() as uow:
            found = uow.jobs.get(job)
        assert found is not None
        return found

    def table(self, key: str) -> RecordType:
        with reading(self.platform, self.owner) as bench:
            return bench.published.table(key)

    def rows(self, table: str, keys: Sequence[str]) -> list[tuple[object, ...]]:
        """Live records' cells, in the order they came in; a reference is an id."""
        found: list[tuple[object, ...]] = []
        with reading(self.platform, self.owner) as bench:
            for chunk in bench.uow.records(bench.published.table(table)).scan(tuple(keys)):
                found += zip(*(chunk.cells(key) for key in keys), strict=True)
        return found

    def count(self, table: str) -> int:
        with reading(self.platform, self.owner) as bench:
            return bench.uow.records(bench.published.table(table)).count()

    def ids(self, table: str, key: str) -> dict[object, int]:
        with reading(self.platform, self.owner) as bench:
            return {
                cell: number
                for chunk in bench.uow.records(bench.published.table(table)).scan((key,))
                for number, cell in zip(chunk.ids, chunk.cells(key), strict=True)
            }


def dotted(given: Mapping[str, str]) -> dict[str, str]:
    """`c3__use` is the control c3.use."""
    return {name.replace("__", "."): value for name, value in given.items()}


@pytest.fixture
def office(migrated_file: Path, tmp_path: Path) -> Iterator[Office]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with open_platform(Settings(tmp_path, ""), lambda: NOW, migrate=False) as platform:
        workspace, _ = workspaces.ensure(platform, "w", "W")
        with platform.database.reading() as uow:
            owner = uow.accounts.members(workspace.id)[0]
        yield Office(platform, Actor(owner.account, owner.name, workspace.id, Role.OWNER))


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sheets")
    sheets.dealer(folder / "dealer.xlsx")
    sheets.fuel(folder)
    sheets.order_lines(folder / "orders.csv")
    return folder
