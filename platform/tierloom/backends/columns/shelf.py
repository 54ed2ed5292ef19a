"""The shelf of a snapshot: a bounded place for what was worked out over it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Protocol, TypeVar, cast

from tierloom.engine.columns import Columns

BUDGET = 192 * 1024 * 1024
_OVERHEAD = 1024  # about what a small result and its key take up besides the array
_NAME = "backends.columns.shelf"


class Weighed(Protocol):
    """An immutable result that knows its size in bytes."""

    @property
    def nbytes(self) -> int: ...


R = TypeVar("R", bound=Weighed)


class Key:
    """What a result is kept under. It hashes a node, which may be deep, only once."""

    __slots__ = ("_hash", "parts")

    def __init__(self, *parts: Hashable) -> None:
        self.parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.parts == other.parts


class Shelf:
    """Keeps results up to a number of bytes; what was not used for longest goes first.

    Threads may share one. Two threads that miss the same result both work it out, which is
    harmless.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.used = 0
        self._results: OrderedDict[Key, Weighed] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], R]) -> R:
        """Return the result kept under `key`, or make it. A key stands for one type of result."""
        with self._lock:
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
                return cast(R, found)
        made = make()
        if made.nbytes <= self.budget:
            self._keep(key, made)
        return made

    def _keep(self, key: Key, made: Weighed) -> None:
        with self._lock:
            before = self._results.pop(key, None)
            self.used += (
                _OVERHEAD + made.nbytes - (_OVERHEAD + before.nbytes if before is not None else 0)
            )
            self._results[key] = made
            while self.used > self.budget:
                self.used -= _OVERHEAD + self._results.popitem(last=False)[1].nbytes


def shelf_of(columns: Columns) -> Shelf:
    """Return the shelf of a snapshot's table."""
    return cast(Shelf, columns.cache.setdefault(_NAME, Shelf()))
