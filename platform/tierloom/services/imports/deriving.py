"""Rows made from the rows of a file, column-wise: one for each customer, or one for each order.

What is made is staged like a file that was read, so that the import goes on as with any other; a row's
number is that of the file's row it was taken from.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.domain.fields import FieldType
from tierloom.errors import Problem
from tierloom.services.imports.limits import CHUNK_ROWS
from tierloom.services.imports.problem_rows import ProblemRows
from tierloom.services.imports.proposing.columns import Cells, FileTable, Flags
from tierloom.services.imports.shape import RAGGED_FILE, SHAPE_FILE, FileColumn, FileShape
from tierloom.services.imports.staging import ROWS_FILE
from tierloom.text import T

Places = NDArray[np.int64]
_SAFE = 2**62


@dataclass(frozen=True)
class Source:
    """A file's rows with the types that its columns are read as, by place. `date` is the column that orders rows."""

    table: FileTable
    types: Mapping[int, FieldType]
    zone: ZoneInfo
    date: int | None

    def cells(self, place: int) -> Cells:
        """Read a column."""
        return self.table.columns[place].read(self.types[place], self.zone)

    def order(self) -> Places:
        """Return the rows by date, those without one first, then by number."""
        days = np.full(len(self.table), np.iinfo(np.int64).min)
        if self.date is not None:
            cells = self.cells(self.date)
            values = np.append(pc.cast(cells.cells, pa.int64()).to_numpy(zero_copy_only=False), 0)
            days = np.where(cells.codes >= 0, values[cells.codes], days)
        return np.lexsort((self.table.rows, days))


@dataclass(frozen=True)
class Derived:
    """Made rows: texts by name, and the number of each row in the file. `lost` are rows that could not be used."""

    columns: Mapping[str, Any]
    rows: NDArray[np.int64]
    lost: tuple[tuple[str, Problem, list[int], list[str]], ...] = ()
    refused: int = 0


def one_for_each(source: Source, key: int, places: Sequence[int]) -> Derived:
    """Make a row for each value of the column `key`: of every column the latest value that can be read.

    Rows whose key is blank or cannot be read make none. A value that cannot be read and has no other in its
    place is noted in `lost`, as a warning.
    """
    codes = source.cells(key).codes
    order = source.order()
    order = order[codes[order] >= 0]
    _, at = np.unique(codes[order][::-1], return_index=True)
    last = order[len(order) - 1 - at]
    columns, lost = {}, []
    for place in places:
        name, texts = source.table.names[place], source.table.columns[place]
        cells = source.cells(place)
        found = _latest(codes, cells.codes, order)[codes[last]]
        columns[name] = _texts(source.table, place, found)
        unread = (found < 0) & (
            _latest(codes, np.where(texts.codes >= 0, 0, -1), order)[codes[last]] >= 0
        )
        if unread.any():
            lost.append(
                _unread(source, place, _latest(codes, texts.codes, order)[codes[last]][unread])
            )
    return Derived(columns, source.table.rows[last], tuple(lost))


def _latest(groups: Places, values: Places, order: Places) -> Places:
    """Return for each group the last row, in `order`, that has a value; -1 where none has."""
    found = np.full(int(groups.max(initial=-1)) + 1, -1, np.int64)
    known = order[values[order] >= 0]
    found[groups[known]] = known  # of several rows of a group, the last one stays
    return found


def _texts(table: FileTable, place: int, rows: Places) -> Any:
    """Return the texts of some rows of a column; a row of -1 has none."""
    column = table.columns[place]
    codes = np.where(rows >= 0, column.codes[rows], -1)
    blank = len(column.distinct)
    return pa.array([*column.distinct, ""], pa.string()).take(
        pa.array(np.where(codes < 0, blank, codes))
    )


def _unread(source: Source, place: int, rows: Places) -> tuple[str, Problem, list[int], list[str]]:
    name = source.table.names[place]
    message = T("This value could not be read, and was left out.")
    problem = Problem("left-out", "", message, None, "warning")
    return (
        name,
        problem,
        source.table.rows[rows].tolist(),
        _texts(source.table, place, rows).to_pylist(),
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """How lines are added up. Columns by place; the names are those of the made columns, empty for none.

    `amount` is summed, or else quantity × price; `scale` is the decimals of the amount.
    """

    order: int
    amount: int | None
    quantity: int | None
    price: int | None
    amount_name: str
    lines_name: str
    scale: int


def add_up(source: Source, sums: Sums, kept: Sequence[int]) -> Derived:
    """Make a row for each order: what is kept from its first line by date, and the sums over its lines.

    Lines without an order number, or with a number to add that is blank or none, are lost.
    """
    order_codes = source.cells(sums.order).codes
    used, lost = _usable(source, sums)
    order = source.order()
    order = order[used[order]]
    groups = order_codes[order]
    ids, first = np.unique(groups, return_index=True)
    slots = np.searchsorted(ids, order_codes[used])
    head = order[first]
    backwards = order[::-1]
    columns = {source.table.names[sums.order]: _texts(source.table, sums.order, head)}
    for place in kept:
        found = _latest(order_codes, source.table.columns[place].codes, backwards)[ids]
        columns[source.table.names[place]] = _texts(source.table, place, found)
    for name, total, scale in _totals(source, sums, used, slots, len(ids)):
        columns[name] = pa.array([_decimal(int(one), scale) for one in total], pa.string())
    rows = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(rows, slots, source.table.rows[used])
    return Derived(columns, rows, tuple(lost), int((~used).sum()))


def _usable(
    source: Source, sums: Sums
) -> tuple[Flags, list[tuple[str, Problem, list[int], list[str]]]]:
    """Return the lines that can be added up, and why the others cannot."""
    used = np.ones(len(source.table), np.bool_)
    lost = []
    for place in (sums.order, sums.amount, sums.quantity, sums.price):
        if place is None:
            continue
        bad = used & (source.cells(place).codes < 0)
        used &= ~bad
        if bad.any():
            name, rows = source.table.names[place], np.flatnonzero(bad)
            message = T("“%(column)s” has no value that could be added up.", column=name)
            problem = Problem("not-added", "", message)
            values = _texts(source.table, place, rows).to_pylist()
            lost.append((name, problem, source.table.rows[rows].tolist(), values))
    return used, lost


def _totals(
    source: Source, sums: Sums, used: Flags, slots: Places, size: int
) -> list[tuple[str, NDArray[Any], int]]:
    """Return the sums by order as scaled integers, each with its name and decimals."""
    found = [(sums.lines_name, np.bincount(slots, minlength=size), 0)]
    quantity = None if sums.quantity is None else _numbers(source, sums.quantity, used)
    if quantity is not None and sums.quantity is not None:
        scale = source.types[sums.quantity].scale
        found.append((source.table.names[sums.quantity], _sum(quantity, slots, size), scale))
    if sums.amount is not None:
        amounts = _numbers(source, sums.amount, used)
        scale = source.types[sums.amount].scale
        found.append((source.table.names[sums.amount], _sum(amounts, slots, size), scale))
    elif sums.price is not None and sums.amount_name:
        prices, scale = _numbers(source, sums.price, used), source.types[sums.price].scale
        if quantity is not None and sums.quantity is not None:
            prices, scale = _product(quantity, prices), scale + source.types[sums.quantity].scale
        total = _sum(prices, slots, size)
        if scale > sums.scale:
            total = np.array([_rounded(int(one), scale - sums.scale) for one in total], object)
            scale = sums.scale
        found.append((sums.amount_name, total, scale))
    return [one for one in found if one[0]]


def _numbers(source: Source, place: int, used: Flags) -> NDArray[Any]:
    cells = source.cells(place)
    numbers: NDArray[Any] = cells.cells.to_numpy(zero_copy_only=False)[cells.codes[used]]
    return numbers


def _product(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Multiply; with Python's integers where the product might not fit 64 bits."""
    largest = int(np.abs(one).max(initial=0)) * int(np.abs(other).max(initial=0))
    if largest * max(1, len(one)) >= _SAFE:
        one, other = one.astype(object), other.astype(object)
    product: NDArray[Any] = one * other
    return product


def _sum(numbers: NDArray[Any], slots: Places, size: int) -> NDArray[Any]:
    total = np.zeros(size, numbers.dtype)
    np.add.at(total, slots, numbers)
    return total


def _rounded(number: int, digits: int) -> int:
    """Drop decimals, half to even."""
    unit = int(10**digits)
    whole, rest = divmod(number, unit)
    return whole + (rest * 2 > unit or (rest * 2 == unit and whole % 2 == 1))


def _decimal(number: int, scale: int) -> str:
    if not scale:
        return str(number)
    digits = f"{abs(number):0{scale + 1}}"
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def stage(derived: Derived, folder: Path, like: FileShape) -> FileShape:
    """Leave made rows in a folder as a file that was read, with the facts of the file they are from."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProblemRows(folder, RAGGED_FILE) as problems:
        for name, problem, rows, values in derived.lost:
            problems.add(name, problem, rows, values)
    table = pa.table(
        [*derived.columns.values(), pa.array(derived.rows, pa.int64())],
        names=[*(f"c{place}" for place in range(len(derived.columns))), "row"],
    )
    with (
        pa.OSFile(str(folder / ROWS_FILE), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        for start in range(0, len(table), CHUNK_ROWS):
            writer.write_table(table.slice(start, CHUNK_ROWS).combine_chunks())
    shape = replace(
        like, columns=tuple(map(FileColumn, derived.columns)), rows=len(table),
        ragged=derived.refused, digest="", problems=(),
    )  # fmt: skip
    (folder / SHAPE_FILE).write_text(json.dumps(shape.to_json(), ensure_ascii=False), "utf-8")
    return shape
