"""Where the header of a table of texts is, and what its columns are called."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tierloom.errors import Problem
from tierloom.text import T

Row = Sequence[str]
_VALUE = re.compile(r"[\d\s.,:/+%¥￥$年月日时分秒-]+\Z")
"""Numbers, dates, times: what stands under a header."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header at `index` of the rows that were looked at, with unique column names."""

    index: int
    names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def find_header(rows: Sequence[Row]) -> Header | None:
    """Find the header: the first row that fills at least half of the columns with mostly distinct
    words.

    Rows above it are titles. None where every row is blank. The width of the table is the one most
    rows have.
    """
    filled = [index for index, row in enumerate(rows) if _filled(row)]
    if not filled:
        return None
    width = _usual([_reach(rows[index]) for index in filled])
    index = next((one for one in filled if _names_columns(rows[one], width)), None)
    if index is None:
        index = next((one for one in filled if _reach(rows[one]) >= width), filled[0])
    return _header(index, rows[index], _columns(rows, index))


def _columns(rows: Sequence[Row], index: int) -> int:
    """The width of the table: of the rows as they are written, blank cells included."""
    below = [len(row) for row in rows[index + 1 :] if _filled(row)]
    return max(len(rows[index]), _usual(below) if below else 0)


def _usual(widths: Sequence[int]) -> int:
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width))


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _reach(row: Row) -> int:
    """How many columns a row has up to its last cell with something in it."""
    return max((place for place, cell in enumerate(row, 1) if cell.strip()), default=0)


def _names_columns(row: Row, width: int) -> bool:
    words = [cell.strip() for cell in row if cell.strip()]
    if len(words) < min(width, max(2, (width + 1) // 2)) or len(set(words)) * 2 < len(words):
        return False
    names = sum(1 for word in words if not _VALUE.match(word))
    # "Exported at | 2026-01-01" above a table of three columns is a title, not a header.
    return names == len(words) if len(words) < width else names * 2 >= len(words)


def _header(index: int, row: Row, width: int) -> Header:
    names: list[str] = []
    used: set[str] = set()
    problems: list[Problem] = []
    taken = {cell.strip() for cell in row}
    for place in range(width):
        name = (row[place].strip() if place < len(row) else "") or f"#{place + 1}"
        if name in used:
            name = _unused(name, taken)
            taken.add(name)
            problems.append(_repeated(place, name))
        used.add(name)
        names.append(name)
    return Header(index, tuple(names), tuple(problems))


def _unused(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _repeated(place: int, name: str) -> Problem:
    return Problem(
        "duplicate-header",
        f"/columns/{place}",
        T(
            "Column %(number)s has the header of an earlier one; it is called “%(name)s” here.",
            number=place + 1,
            name=name,
        ),
        severity="warning",
    )
