"""A table whose rows are all written together, turn by turn: whoever sees two turns at once has read a torn state."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.columns import NumberColumn, ReferenceColumn, TextColumn
from tierloom.store.changes import Cause
from tierloom.store.columns import ColumnStore, Snapshot
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork
from tierloom.text import Label

ROWS = 60
CAUSE = Cause("edit", 1)


class Torn(Exception):
    """A snapshot is of no turn."""


@dataclass(frozen=True)
class Look:
    """What a snapshot says."""

    turn: int
    tail: int


class Turns:
    """Rows (table `row`), and one record a turn that points at a row (table `turn`).

    A turn writes its number into all rows, deletes one of them and adds another, and notes itself.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.store = ColumnStore(database, folder / "columns")
        self.row, self.turn = _tables()
        self.catalogue = Catalogue({"row": self.row, "turn": self.turn})
        self.workspace = 1

    def begin(self) -> None:
        """Make the tables, and turn 0."""
        with self.database.writing() as uow:
            uow.tables.ensure(self.row)
            uow.tables.ensure(self.turn)
            uow.records(self.row).insert([_row(0)] * ROWS, uow.now, CAUSE)

    def write(self) -> int:
        """Write the next turn; return its number."""
        with self.database.writing() as uow:
            turn = self._last(uow) + 1
            rows = uow.records(self.row)
            ids = [number for chunk in rows.scan(["number"]) for number in chunk.ids]
            rows.delete([ids[turn % ROWS]], uow.now, CAUSE)
            added = rows.insert([_row(0)], uow.now, CAUSE)
            live = sorted({*ids, *added} - {ids[turn % ROWS]})
            cells = {key: [cell] * ROWS for key, cell in _row(turn).items()}
            rows.update_many(live, cells, uow.now, CAUSE)
            noted = {"number": turn, "row": added[0]}
            uow.records(self.turn).insert([noted], uow.now, CAUSE)
            if self.look(uow).turn != turn:
                raise Torn(f"Who writes turn {turn} does not see it.")
        return turn

    def committed(self) -> int:
        """Return the last turn, as the database says it."""
        with self.database.reading() as uow:
            return self._last(uow)

    def _last(self, uow: UnitOfWork) -> int:
        numbers = [
            cell
            for chunk in uow.records(self.turn).scan(["number"])
            for cell in chunk.columns["number"]
        ]
        assert numbers == list(range(1, len(numbers) + 1))
        return len(numbers)

    def look(self, uow: UnitOfWork | None = None) -> Look:
        """Return what a snapshot says.

        Raises:
            Torn: it is of no turn.
        """
        if uow:
            snapshot = self.store.snapshot(uow, self.workspace, self.catalogue)
        else:
            snapshot = self.store.latest(self.workspace, self.catalogue)
        turn = snapshot.table("turn").size
        said = list(_said(snapshot))
        sought = [turn, ROWS, {turn}, {turn / 10}, {f"turn {turn}"}, True]
        if said != sought:
            raise Torn(f"{said} instead of {sought}")
        return Look(turn, snapshot.table("row").data.tail.size)

    def generations(self) -> list[int]:
        """Return the numbers of the generations of the rows' columns; there is nothing beside them and the lock."""
        folder = self.store._folder / str(self.workspace) / str(self.row.id)
        return sorted(int(one.name) for one in folder.iterdir() if one.name != "lock")


def _tables() -> tuple[RecordType, RecordType]:
    integer = FieldType(FieldKind.INTEGER)
    number = Field("number", Label.of("number"), integer, id=11)
    tenth = Field("tenth", Label.of("tenth"), FieldType(FieldKind.DECIMAL, scale=1), id=12)
    words = Field("text", Label.of("text"), FieldType(FieldKind.TEXT), id=13)
    pointer = Field("row", Label.of("row"), FieldType(FieldKind.REFERENCE, target="row"), id=15)
    noted = replace(number, id=14)
    row = RecordType("row", Label.of("row"), (number, tenth, words), id=21)
    return row, RecordType("turn", Label.of("turn"), (noted, pointer), id=22)


def _row(turn: int) -> dict[str, int | str | None]:
    return {"number": turn, "tenth": turn, "text": f"turn {turn}"}


def _said(snapshot: Snapshot) -> list[object]:
    rows, turns = snapshot.table("row"), snapshot.table("turn")
    numbers, tenths, texts = (rows.column(key) for key in ("number", "tenth", "text"))
    noted, pointers = turns.column("number"), turns.column("row")
    assert isinstance(numbers, NumberColumn)
    assert isinstance(tenths, NumberColumn)
    assert isinstance(texts, TextColumn)
    assert isinstance(noted, NumberColumn)
    assert isinstance(pointers, ReferenceColumn)
    return [
        int(np.max(noted.values, initial=0)),
        rows.size,
        set(np.unique(numbers.values).tolist()),
        set(np.unique(tenths.values).tolist()),
        {texts.dictionary.text(int(code)) for code in np.unique(texts.codes)},
        bool(np.all(pointers.positions[-1:] >= 0)),  # at the row that the last turn added
    ]
