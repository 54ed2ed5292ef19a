"""Whatever is done to records, they are what a dictionary would be, and their history tells how."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.unit.store.conftest import BY_HAND, customers, numbered
from tierloom.errors import Conflict
from tierloom.store.cells import Cell
from tierloom.store.changes import Action
from tierloom.store.database import Database

KEYS = st.sampled_from(["1", "2", "3", "甲"])
TEXTS = st.none() | st.text("aé中'\"\\%|", min_size=1, max_size=4)
MONEY = st.none() | st.integers(-(10**15), 10**15)
ROWS = st.fixed_dictionaries(
    {}, optional={"number": st.none() | KEYS, "name": TEXTS, "spend": MONEY}
)
FIELDS = ("number", "name", "spend", "grade")


@dataclass
class Expected:
    """What the dictionary knows of one record."""

    cells: dict[str, Cell]
    version: int = 1
    deleted: bool = False
    history: list[tuple[Action, dict[str, tuple[Cell, Cell]]]] = field(
        default_factory=lambda: [(Action.INSERT, {})]
    )


class Machine(RuleBasedStateMachine):
    """Works on one database; each run has a table of its own."""

    database: Database
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.type = numbered(self.database, customers())
        self.model: dict[int, Expected] = {}
        self.clock = 0
        with self.database.reading() as work:
            self.cursor = work.changes.head()
        self.mirror: dict[int, dict[str, Cell]] = {}

    def now(self) -> int:
        self.clock += 1
        return self.clock

    def taken(self, key: Cell, but: set[int]) -> bool:
        """Whether a record outside the bin has this key already."""
        return key is not None and any(
            one.cells["number"] == key and not one.deleted
            for number, one in self.model.items()
            if number not in but
        )

    @rule(target=ids, rows=st.lists(ROWS, min_size=1, max_size=3))
    def insert(self, rows: list[dict[str, Cell]]) -> object:
        keys = [row.get("number") for row in rows if row.get("number") is not None]
        clash = len(set(keys)) < len(keys) or any(self.taken(key, set()) for key in keys)
        with self.database.writing() as work:
            records = work.records(self.type)
            if clash:
                with pytest.raises(Conflict):
                    records.insert(rows, self.now(), BY_HAND)
                return multiple()
            ids = records.insert(rows, self.now(), BY_HAND)
        for number, row in zip(ids, rows, strict=True):
            self.model[number] = Expected({key: row.get(key) for key in FIELDS})
        return multiple(*ids)

    @rule(number=ids, changes=ROWS, stale=st.booleans())
    def update(self, number: int, changes: dict[str, Cell], stale: bool) -> None:
        one = self.model[number]
        if one.deleted:
            return
        clash = self.taken(changes.get("number"), {number})
        with self.database.writing() as work:
            records = work.records(self.type)
            expected = one.version - stale
            if stale or clash:
                with pytest.raises(Conflict):
                    records.update(number, changes, expected, self.now(), BY_HAND)
                return
            version = records.update(number, changes, expected, self.now(), BY_HAND)
        self.changed(number, changes)
        assert version == one.version

    @rule(rows=st.dictionaries(ids, MONEY, min_size=1, max_size=5))
    def update_many(self, rows: dict[int, Cell]) -> None:
        with self.database.writing() as work:
            records = work.records(self.type)
            written = records.update_many(
                list(rows), {"spend": list(rows.values())}, self.now(), BY_HAND
            )
        live = {number: cell for number, cell in rows.items() if not self.model[number].deleted}
        assert written == sorted(
            number for number, cell in live.items() if self.changed(number, {"spend": cell})
        )

    def changed(self, number: int, changes: dict[str, Cell]) -> bool:
        one = self.model[number]
        pairs = {
            key: (one.cells[key], cell) for key, cell in changes.items() if one.cells[key] != cell
        }
        if pairs:
            one.cells.update(changes)
            one.version += 1
            one.history.append((Action.UPDATE, pairs))
        return bool(pairs)

    @rule(numbers=st.sets(ids, min_size=1, max_size=4))
    def delete(self, numbers: set[int]) -> None:
        with self.database.writing() as work:
            found = work.records(self.type).delete(numbers, self.now(), BY_HAND)
        assert found == sorted(one for one in numbers if not self.model[one].deleted)
        self.marked(found, Action.DELETE)

    @rule(numbers=st.sets(ids, min_size=1, max_size=4))
    def restore(self, numbers: set[int]) -> None:
        binned = sorted(one for one in numbers if self.model[one].deleted)
        keys = [self.model[one].cells["number"] for one in binned]
        known = [key for key in keys if key is not None]
        clash = len(set(known)) < len(known) or any(self.taken(key, set(binned)) for key in known)
        with self.database.writing() as work:
            records = work.records(self.type)
            if clash:
                with pytest.raises(Conflict):
                    records.restore(numbers, self.now(), BY_HAND)
                return
            assert records.restore(numbers, self.now(), BY_HAND) == binned
        self.marked(binned, Action.RESTORE)

    def marked(self, numbers: list[int], action: Action) -> None:
        for number in numbers:
            one = self.model[number]
            one.deleted = action is Action.DELETE
            one.version += 1
            one.history.append((action, {}))

    @rule(number=consumes(ids))
    def forget(self, number: int) -> None:
        """Let later steps use other records."""

    @invariant()
    def records_are_what_the_model_says(self) -> None:
        live = {number: one for number, one in self.model.items() if not one.deleted}
        with self.database.reading() as work:
            records = work.records(self.type)
            stored = records.fetch(self.model)
            assert {
                number: (one.cells, one.version, one.deleted_at is not None)
                for number, one in stored.items()
            } == {
                number: (one.cells, one.version, one.deleted) for number, one in self.model.items()
            }
            assert records.count() == len(live)
            by_key = {
                one.cells["number"]: number
                for number, one in live.items()
                if one.cells["number"] is not None
            }
            assert records.ids_by_key(["1", "2", "3", "甲"]) == by_key

    @invariant()
    def a_follower_of_the_change_log_has_the_same_records(self) -> None:
        with self.database.reading() as work:
            changes, self.cursor = work.changes.since(self.cursor, [self.type.id])
            touched = sorted({number for one in changes for number in one.ids.tolist()})
            chunk = work.records(self.type).scan_ids(touched, FIELDS)
        for number in touched:
            self.mirror.pop(number, None)
        for place, number in enumerate(chunk.ids):
            self.mirror[number] = {key: chunk.columns[key][place] for key in FIELDS}
        assert self.mirror == {
            number: one.cells for number, one in self.model.items() if not one.deleted
        }

    def teardown(self) -> None:
        with self.database.reading() as work:
            records = work.records(self.type)
            for number, one in self.model.items():
                told = [(entry.action, dict(entry.cells)) for entry in records.history(number)]
                assert told == one.history


def test_records_behave_like_a_dictionary(database: Database) -> None:
    machine = type("BoundMachine", (Machine,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
