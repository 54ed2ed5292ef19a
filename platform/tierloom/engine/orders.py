"""Orders of a table's records, kept with the snapshot, and pages of filtered lists."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.context import RunContext
from tierloom.engine.collation import Collation, Ranks
from tierloom.engine.collation import ranks as text_ranks
from tierloom.engine.columns import (
    Column,
    Columns,
    Dictionary,
    Mask,
    Positions,
    ReferenceColumn,
    TextColumn,
    array_of,
)
from tierloom.engine.evaluator import Evaluator
from tierloom.engine.steps import Step
from tierloom.rules import ir

_MANY = 16
_NAME = "engine.orders"
_FIRST_BLOCK, _BLOCK = 4_096, 65_536
"""So many of an order are looked at first, and at most: the first page is mostly near the beginning."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list: the positions to show, and how many the whole list has."""

    positions: Positions
    total: int


@dataclass(frozen=True, slots=True)
class _Kept:
    ranks: NDArray[Any]
    order: Positions


@dataclass(frozen=True, slots=True)
class _Places:
    """The ranks of a dictionary's texts (None where its codes are in order), and of the records' codes."""

    dictionary: Dictionary
    ranks: Ranks | None
    codes: NDArray[Any]
    by_record: NDArray[Any]

    @classmethod
    def of(cls, column: TextColumn, ranks: Ranks | None) -> "_Places":
        """Give every record the rank of its text, -1 where it has none."""
        codes = column.codes
        by_record = codes if ranks is None else np.append(ranks, np.int32(-1))[codes]
        return cls(column.dictionary, ranks, codes, by_record)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What was worked out for a table; the next snapshot goes on with it (`engine.steps.Heir`).

    Of what changed since, the ranks tell: an order serves only whom it was made for.
    """

    orders: dict[Hashable, _Kept] = field(default_factory=dict)
    places: dict[str, _Places] = field(default_factory=dict)

    def heir(self, _step: Step) -> "_Memory":
        """Return this, with dictionaries of its own: two snapshots may be in use at once."""
        return _Memory(dict(self.orders), dict(self.places))


def _memory(columns: Columns) -> _Memory:
    return cast(_Memory, columns.cache.setdefault(_NAME, _Memory()))


def sort_order(
    columns: Columns,
    key: str,
    collation: Collation = Collation.CODE_POINT,
    *,
    descending: bool = False,
) -> Positions:
    """Return all positions in the order of a stored field.

    Unknown comes last either way, ties go by record id. Text is ordered by the collation, options by
    their place in the list, references by the name of the record that they point to.

    Raises:
        KeyError: the table has no such stored field.
    """
    ranks = _stored_ranks(columns, key, collation)
    return _kept(columns, (key, collation, descending), ranks, descending=descending)


def value_order(
    node: ir.ValueNode,
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
    collation: Collation = Collation.CODE_POINT,
    *,
    descending: bool = False,
) -> Positions:
    """Return all positions in the order of an expression, as `sort_order` does."""
    column = evaluator.value(node, columns, context).column
    ranks = _ranks(column, node.type.options, collation)
    return _kept(columns, (node, collation, descending), ranks, descending=descending)


def order_by(
    ranks: NDArray[Any], within: Positions | None = None, *, descending: bool = False
) -> Positions:
    """Return the positions in ascending (or descending) order of their ranks; NaN and -1 come last.

    Equal ranks keep the order `within`, which by default is that of the record ids: to order by two
    things, order by the second one, then within that by the first one.
    """
    keys = ranks if within is None else ranks[within]
    known = ~np.isnan(keys) if keys.dtype.kind == "f" else keys != -1
    first, last = np.flatnonzero(known), np.flatnonzero(~known)
    keys = _narrowed(keys[first])
    # The stable order of equal keys must not turn round with the rest: negate keys, not the result.
    sorted_ = first[np.argsort(-keys if descending else keys, kind="stable")]
    found = np.concatenate([sorted_, last])
    return found if within is None else within[found]


def page(order: Positions, mask: Mask | None, start: int, count: int) -> Page:
    """Return `count` positions of `order` from `start` on, among those for which the mask holds."""
    if mask is None:
        return Page(order[start : start + count], len(order))
    total = int(np.count_nonzero(mask))
    found: list[Positions] = []
    seen, place, block = 0, 0, _FIRST_BLOCK
    while place < len(order) and seen < start + count:
        here = order[place : place + block]
        hits = mask[here]
        before, seen = seen, seen + int(np.count_nonzero(hits))
        if seen > start:
            found.append(here[hits][max(start - before, 0) : start + count - before])
        place, block = place + block, min(block * 4, _BLOCK)
    return Page(np.concatenate(found) if found else np.empty(0, np.int64), total)


def _stored_ranks(columns: Columns, key: str, collation: Collation) -> NDArray[Any]:
    column = columns.column(key)
    if isinstance(column, ReferenceColumn):
        return _name_ranks(columns.parent(key), collation)[column.positions]
    options = columns.record_type.field(key).type.option_keys
    if not isinstance(column, TextColumn) or options or collation is Collation.CODE_POINT:
        return _ranks(column, options, collation)
    # Kept as long as the texts are the same: an edit elsewhere leaves them.
    known = _memory(columns).places
    found = known.get(key)
    if found is None or found.dictionary is not column.dictionary:
        found = known[key] = _Places.of(column, text_ranks(column.dictionary, collation))
    elif found.codes is not column.codes:
        found = known[key] = _Places.of(column, found.ranks)
    return found.by_record


def _name_ranks(above: Columns, collation: Collation) -> NDArray[Any]:
    """Return ranks in the order of the records' names, with one more, unknown, for position -1."""
    name = above.record_type.name_field
    if name is None or not name.is_stored or name.type.target is not None:
        return np.append(np.arange(above.size), -1)
    ranks = _stored_ranks(above, name.key, collation)
    return np.append(ranks, ranks.dtype.type(np.nan if ranks.dtype.kind == "f" else -1))


def _ranks(column: Column, options: Sequence[str], collation: Collation) -> NDArray[Any]:
    """Return numbers in the order of the values; -1 and NaN are unknown."""
    if not isinstance(column, TextColumn):
        return array_of(column)
    dictionary = column.dictionary
    if not options:
        return _Places.of(column, text_ranks(dictionary, collation)).by_record
    texts = [dictionary.text(code) for code in range(len(dictionary))]
    place = {option: rank for rank, option in enumerate(options)}
    table = [[place.get(key, len(place)) for key in text.strip("|").split("|")] for text in texts]
    sorted_ = {tuple(entry): rank for rank, entry in enumerate(sorted({tuple(t) for t in table}))}
    ranks = np.asarray([*(sorted_[tuple(entry)] for entry in table), -1], np.int32)
    return ranks[column.codes]


def _narrowed(keys: NDArray[Any]) -> NDArray[Any]:
    """Return the keys in 16 bits where they fit: numpy sorts those by radix, far more quickly."""
    if keys.dtype.kind == "i" and keys.size and -(2**15) < keys.min() <= keys.max() < 2**15:
        return keys.astype(np.int16)
    return keys


def _kept(columns: Columns, name: Hashable, ranks: NDArray[Any], *, descending: bool) -> Positions:
    """Return the order kept under this name if its ranks were the same, else make and keep it.

    Comparing is quicker than sorting by far, and an expression may or may not have changed with time.
    """
    orders = _memory(columns).orders
    found = orders.get(name)
    if found is None or not _same(found.ranks, ranks):
        order = order_by(ranks, descending=descending)
        order.flags.writeable = False
        found = orders[name] = _Kept(ranks, order)
        for old in list(orders)[:-_MANY]:
            orders.pop(old, None)
    return found.order


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one is other or np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
