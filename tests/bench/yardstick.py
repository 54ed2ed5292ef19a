"""The yardstick: one made workload for every figure about rules, as columns and as a DuckDB database.

`make bench` takes 200,000 customers with 2,000,000 events, `make bench FULL=1` a million with ten million. The data are
made once, into a folder of the system's temporary directory.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.engine.columns import (
    BooleanColumn,
    ChildRows,
    Column,
    NumberColumn,
    Positions,
    ReferenceColumn,
    TextColumn,
)
from tierloom.engine.subset import chosen
from tierloom.rules import ir
from tierloom.rules.compile import compile_rule
from tierloom.store.columns.dictionary import join
from tierloom.store.columns.links import group, resolve
from tierloom.store.columns.narrow import narrow_numbers
from tierloom.text import Label

SHARED = Path(__file__).parents[3] / "shared" / "yardstick"
FULL = os.environ.get("FULL") == "1"
ROWS, EVENTS = (1_000_000, 10_000_000) if FULL else (200_000, 2_000_000)
SEED = 7
DATE_FIELDS = {"events": "ts"}


def given(name: str) -> Any:
    """Read one of the yardstick's documents; skips where the yardstick is not there."""
    if not (SHARED / name).exists():
        pytest.skip(f"The yardstick is not there: no {SHARED / name}.")
    return json.loads((SHARED / name).read_text("utf-8"))


def data() -> Path:
    """Return the folder with the data, which are made where they are not there yet."""
    maker = SHARED / "make_data.py"
    if not maker.exists():
        pytest.skip(f"The yardstick is not there: no {maker}.")
    folder = Path(tempfile.gettempdir()) / "tierloom-yardstick" / f"{ROWS}-{EVENTS}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            sizes = ["--rows", str(ROWS), "--events", str(EVENTS), "--seed", str(SEED)]
            subprocess.run([sys.executable, str(maker), f"{place}/data", *sizes], check=True)
            Path(place, "data").rename(folder)
    return folder


class ArrowColumns:
    """A table's columns as the column store has them, made of a Parquet file, each when it is first asked for.

    `times` repeats all records that often, for a larger table of the same sort.
    """

    def __init__(self, world: "World", key: str, table: pa.Table, times: int = 1) -> None:
        self.world, self.table, self.times = world, table, times
        self.record_type = world.catalogue.table(key)
        self.size = len(table) * times
        self.ids: Positions = np.arange(1, self.size + 1)
        self.cache: dict[object, object] = {}
        self._columns: dict[str, Column] = {}
        self._children: dict[Relation, ChildRows] = {}
        self._greatest: dict[str, float] = {}

    def column(self, key: str) -> Column:
        if key not in self._columns:
            self._columns[key] = self._made(self.record_type.field(key), self.table[key])
        return self._columns[key]

    def _made(self, field: Field, cells: pa.ChunkedArray) -> Column:
        match field.type.kind:
            case FieldKind.TEXT:
                texts = cells.cast(pa.large_string())
                codes, words = join([one.dictionary_encode() for one in texts.chunks])
                return TextColumn(np.tile(codes, self.times), words)
            case FieldKind.BOOLEAN:
                flags = cells.cast(pa.int8()).fill_null(-1).to_numpy()
                return BooleanColumn(np.tile(flags, self.times))
            case FieldKind.REFERENCE:
                return ReferenceColumn(resolve(cells.to_numpy().copy(), self.parent(field.key).ids))
            case FieldKind.DATE:
                cells = cells.cast(pa.int32())
            case FieldKind.DATETIME:
                cells = cells.cast(pa.timestamp("ms")).cast(pa.int64())
        numbers = narrow_numbers(cells.cast(pa.float64()).fill_null(np.nan).to_numpy())
        return NumberColumn(np.tile(numbers, self.times))

    def taken(self, key: str, positions: Positions) -> Column:
        return chosen(self.column(key), positions)

    def child(self, relation: Relation) -> "ArrowColumns":
        return self.world.columns(relation.child)

    def related(self, relation: Relation, positions: Positions) -> ChildRows:
        return self.children(relation).of(positions)

    def greatest(self, key: str) -> float:
        """The store works it out once for a base."""
        if key not in self._greatest:
            column = self.column(key)
            assert isinstance(column, NumberColumn)
            self._greatest[key] = float(np.fmax.reduce(column.values, initial=-np.inf))
        return self._greatest[key]

    def children(self, relation: Relation) -> ChildRows:
        if relation not in self._children:
            child = self.world.columns(relation.child)
            parents = child.column(relation.reference)
            dates = child.column(child.record_type.date_field or "")
            assert isinstance(parents, ReferenceColumn)
            assert isinstance(dates, NumberColumn)
            found = group(parents.positions, dates.values)
            rows, counts = found.of(np.arange(self.size))
            self._children[relation] = ChildRows(child, rows, np.append(0, np.cumsum(counts)))
        return self._children[relation]

    def parent(self, reference: str) -> "ArrowColumns":
        return self.world.columns(self.record_type.field(reference).type.target or "")

    def positions_of(self, ids: Positions) -> Positions:
        return resolve(ids, self.ids)


@dataclass
class World:
    """The tables, their data and the rules about them."""

    catalogue: Catalogue
    context: RunContext
    folder: Path

    @cached_property
    def rules(self) -> Any:
        return given("rules.json")

    @cached_property
    def _tables(self) -> dict[str, ArrowColumns]:
        return {key: ArrowColumns(self, key, self.arrow(key)) for key in self.catalogue.tables}

    def arrow(self, key: str) -> pa.Table:
        return pq.read_table(self.folder / f"{key}.parquet")

    def columns(self, key: str) -> ArrowColumns:
        return self._tables[key]

    def compiled(self, rule: Any) -> ir.Predicate:
        return compile_rule(rule, "customers", self.catalogue, zone=self.context.zone).predicate

    def forget(self) -> None:
        """Empty the shelves, where evaluations keep what they worked out."""
        for columns in self._tables.values():
            columns.cache.clear()

    def larger(self, key: str, times: int) -> ArrowColumns:
        """Return a table whose records are repeated."""
        return ArrowColumns(self, key, self.arrow(key), times)

    @cached_property
    def duck(self) -> duckdb.DuckDBPyConnection:
        """A database in memory with the same tables; it uses as many threads as it likes."""
        found = duckdb.connect()
        found.execute("SET enable_progress_bar = false")
        for key in self.catalogue.tables:
            file = self.folder / f"{key}.parquet"
            found.execute(f"CREATE TABLE {key} AS SELECT * FROM read_parquet('{file}')")
        return found


def _field(one: dict[str, Any]) -> Field:
    kind = FieldType(FieldKind(one["type"]), scale=one.get("scale", 0), target=one.get("to"))
    return Field(one["key"], Label.of(one["key"]), kind, unique=one.get("unique", False))


def catalogue_and_context() -> tuple[Catalogue, RunContext]:
    """Read the yardstick's tables, and the moment and zone of its runs."""
    described = given("catalogue.json")
    tables = {
        key: RecordType(
            key,
            Label.of(key),
            tuple(map(_field, fields)),
            key_field=fields[0]["key"],
            date_field=DATE_FIELDS.get(key),
        )
        for key, fields in described["tables"].items()
    }
    catalogue = Catalogue(tables)
    where = described["workspace"]
    as_of, zone = datetime.fromisoformat(where["as_of"]), ZoneInfo(where["zone"])
    return catalogue, RunContext(as_of, zone, catalogue)


def open_world() -> World:
    """Open the yardstick with its data, which are made where they are not there yet."""
    return World(*catalogue_and_context(), data())
