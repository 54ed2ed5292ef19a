"""A small workspace in which something happens while a run is between computing and storing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.properties.history.driver import Driver
from tests.properties.history.expected import Model
from tests.properties.history.killed import Clock
from tests.properties.history.scripts import Script
from tierloom.services.platform import open_platform
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings

PLANNED = (
    (0, {"day": 3, "amount": 10.0}),
    (1, {"day": 5, "amount": 10.0}),
    (2, {"day": -28, "amount": 10.0}),
)
PEOPLE = tuple({"points": 0, "city": "bj", "joined": -10} for _ in range(4))


@contextmanager
def played(url: str, folder: Path, *models: Model) -> Iterator[Driver]:
    """A workspace of four customers, of whom time moves three within the next days."""
    clock = Clock(0)
    with open_platform(Settings(folder, url), clock, migrate=False) as platform:
        script = Script("Europe/Berlin", date(2025, 10, 23), models, PEOPLE, PLANNED, ())
        yield Driver(platform, clock, script)


@contextmanager
def before_storing(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> Iterator[None]:
    """Let something happen between a run's computing and its storing, once."""
    store = recalculation._store
    todo = [happens]

    def overtaken(*given: object, **more: object) -> object:
        if todo:
            todo.pop()()
        return store(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(recalculation, "_store", overtaken)
    yield
    monkeypatch.setattr(recalculation, "_store", store)
    assert not todo
