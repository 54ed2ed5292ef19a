"""The tables of a sample, loosely typed: what is expected of them is worked out on plain values."""

from dataclasses import dataclass
from typing import Any

from tierloom.services.demo.rows import Sample

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows, and the positions that they point to by reference."""

    rows: list[Row]
    links: dict[str, list[int]]


def tables_of(sample: Sample) -> dict[str, Table]:
    return {
        one.table: Table(
            [dict(row) for row in one.rows],
            {
                key: [-1 if to is None else to for to in places]
                for key, (_, places) in one.links.items()
            },
        )
        for one in sample
    }


def differing(one: Table, other: Table) -> set[str]:
    """Fields in which two drawings of a table differ."""
    pairs = zip(one.rows, other.rows, strict=True)
    return {key for left, right in pairs for key in left if left[key] != right[key]}
