"""The shelf of a snapshot: a bounded place for what was worked out over it, and a look at former snapshots' shelves."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar, cast

from tierloom.engine.columns import Columns
from tierloom.engine.steps import Step

BUDGET = 192 * 1024 * 1024
_OVERHEAD = 1024  # about what a small result and its key take up besides the array
_NAME = "backends.columns.shelf"
_ASKED = 4_096
"""So many questions are remembered that were answered without keeping what was found."""
_PASTS = 3
"""So many former snapshots are remembered: one may have been made and hardly used."""


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


class Results:
    """Keeps results up to a number of bytes; what was not used for longest goes first."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.used = 0
        self._results: OrderedDict[Key, Weighed] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> Weighed | None:
        """Return the result kept under `key`, None where there is none."""
        with self._lock:
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
            return found

    def __contains__(self, key: Key) -> bool:
        with self._lock:
            return key in self._results

    def keep(self, key: Key, made: Weighed) -> None:
        """Keep a result, unless it is larger than everything may be together."""
        if made.nbytes > self.budget:
            return
        with self._lock:
            before = self._results.pop(key, None)
            self.used += (
                _OVERHEAD + made.nbytes - (_OVERHEAD + before.nbytes if before is not None else 0)
            )
            self._results[key] = made
            while self.used > self.budget:
                self.used -= _OVERHEAD + self._results.popitem(last=False)[1].nbytes


@dataclass(frozen=True, slots=True)
class Past:
    """What was worked out over a former snapshot, and the step from it to the present one."""

    results: Results
    step: Step


class Shelf:
    """Keeps results of one snapshot, and knows those of snapshots before it.

    Threads may share one. Two threads that miss the same result both work it out, which is
    harmless.
    """

    def __init__(self, budget: int = BUDGET, pasts: tuple[Past, ...] = ()) -> None:
        """`pasts` are former snapshots, the last one first."""
        self._results = Results(budget)
        self._pasts = pasts
        self._asked: OrderedDict[Key, None] = OrderedDict()
        self._lock = Lock()

    @property
    def used(self) -> int:
        """About how many bytes the results take up."""
        return self._results.used

    def get(self, key: Key, make: Callable[[], R]) -> R:
        """Return the result kept under `key`, or make it. A key stands for one type of result."""
        found = self._results.find(key)
        if found is not None:
            return cast(R, found)
        made = make()
        self._results.keep(key, made)
        return made

    def __contains__(self, key: Key) -> bool:
        """Whether there is a result under this key now."""
        return key in self._results

    def asked_again(self, key: Key) -> bool:
        """Note that a result was wanted that nobody keeps; tell whether it was wanted before.

        Who types a rule asks again and again, and changes one number each time.
        """
        with self._lock:
            again = key in self._asked
            self._asked[key] = None
            self._asked.move_to_end(key)
            if len(self._asked) > _ASKED:
                self._asked.popitem(last=False)
        return again

    def former(self, key: Key) -> tuple[Weighed, Step] | None:
        """Return what a former snapshot held under `key`, and the step from it; None where none did."""
        for past in self._pasts:
            found = past.results.find(key)
            if found is not None:
                return found, past.step
        return None

    def heir(self, step: Step) -> "Shelf":
        """Return an empty shelf for the next snapshot, which remembers this one (`engine.steps.Heir`)."""
        pasts = [Past(self._results, step)]
        pasts += [Past(one.results, step.after(one.step)) for one in self._pasts]
        used = 0
        kept: list[Past] = []
        for one in pasts:
            used += one.results.used
            if one.results.used and used <= BUDGET and len(kept) < _PASTS:
                kept.append(one)
        found = Shelf(self._results.budget, tuple(kept))
        with self._lock:
            found._asked = self._asked.copy()
        return found


def shelf_of(columns: Columns) -> Shelf:
    """Return the shelf of a snapshot's table."""
    return cast(Shelf, columns.cache.setdefault(_NAME, Shelf()))
