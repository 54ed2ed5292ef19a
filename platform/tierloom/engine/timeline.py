"""The way of tier models from one instant to another: who moved, when, and why.

Between two writes only time moves records, and only at instants that can be told beforehand: when a date condition
turns, a stay ends, or a tier given by hand begins or ends. A course goes from one such instant to the next and asks
the rules there about the records concerned. So it does not matter when, or how often, somebody looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from tierloom.domain.tiers import StayPolicy, TierModel
from tierloom.engine.columns import Mask, Positions
from tierloom.engine.results import ABSENT, Codes, Instants, Moves, Placements
from tierloom.engine.stays import NEVER, Stays, advance, next_change

TIME = "time"
OVERRIDE = "override"


class Placer(Protocol):
    """What a tier model's rules say about the records of a course, by their positions there (None: about all)."""

    def place(self, at: int, positions: Positions | None) -> Codes:
        """Return the placement codes that the rules give at an instant."""
        ...

    def next_change(self, at: int, positions: Positions | None) -> Instants:
        """Return the next instants after `at` at which the rules can say something else, `NEVER` for none."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """Tiers given by hand: the record at `positions[i]` has `codes[i]` from `starts[i]` until before `ends[i]`.

    They go by position and then by start; those of one record do not overlap.
    """

    positions: Positions
    codes: Codes
    starts: Instants
    ends: Instants

    def over(self, codes: Codes, at: int) -> Codes:
        """Return placement codes of all records with those given by hand over them."""
        holds = (self.starts <= at) & (at < self.ends)
        found = codes.copy()
        found[self.positions[holds]] = self.codes[holds]
        return found

    def holding(self, at: Instants) -> Positions:
        """Return the positions of the records that have a tier by hand, each at an instant of its own."""
        then = at[self.positions]
        return self.positions[(self.starts <= then) & (then < self.ends)]

    def turning(self, at: int, size: int) -> Mask:
        """Tell for which of `size` records one begins or ends at an instant."""
        found = np.zeros(size, np.bool_)
        found[self.positions[(self.starts == at) | (self.ends == at)]] = True
        return found

    def next_change(self, after: Instants) -> Instants:
        """Return when one begins or ends next, by record, given the instants that are over."""
        found = np.full(after.size, NEVER, np.int64)
        for turn in (self.starts, self.ends):
            later = turn > after[self.positions]
            np.minimum.at(found, self.positions[later], turn[later])
        return found


def nothing_given() -> Given:
    """Return that nobody has a tier by hand."""
    none = np.empty(0, np.int64)
    return Given(none, np.empty(0, np.int8), none, none)


@dataclass(frozen=True, slots=True)
class Step:
    """Who moved at an instant, for one reason."""

    at: int
    cause: str
    moves: Moves


@dataclass(frozen=True, slots=True)
class Policy:
    """A stay policy where it holds; `tiers` is the number of tiers without the default tier."""

    stay: StayPolicy
    zone: ZoneInfo
    tiers: int


class Course:
    """One tier model's records on their way.

    `before` are their placements, `settled` the instants up to which these are right, by position (a record that was
    never placed is `ABSENT`). `stays` says what the policy knows of them. `reads` names the tier models whose results
    the rules read, `tell` hears the placement codes whenever they change.
    """

    def __init__(
        self,
        model: TierModel,
        before: Placements,
        settled: Instants,
        placer: Placer,
        *,
        given: Given | None = None,
        policy: Policy | None = None,
        stays: Stays | None = None,
        reads: frozenset[str] = frozenset(),
        tell: Callable[[Codes], None] = lambda _: None,
    ) -> None:
        self.model = model
        self.ids = before.ids
        self.codes = before.codes.copy()
        self.since = before.since.copy()
        self.settled = settled
        self.steps: list[Step] = []
        self.reads = reads
        self.stays = stays
        self._placer = placer
        self._given = given or nothing_given()
        self.policy = policy
        self.tell = tell
        self._rules_next = np.full(self.ids.size, NEVER, np.int64)
        self._passed_by = np.zeros(self.ids.size, np.bool_)

    def start(self, at: int) -> None:
        """Begin at an instant to which all placements reach, or further."""
        if self.ids.size:
            self._rules_next = self._placer.next_change(at, None)

    def next_changes(self, after: int) -> Instants:
        """Return when each record may move next though nobody writes anything."""
        reached = np.maximum(self.settled, after)
        found = np.minimum(self._rules_next, self._given.next_change(reached))
        if self.stays is not None:
            ends = next_change(self.stays)
            found = np.minimum(found, np.where(ends > reached, ends, NEVER))
        return np.where(self.codes == ABSENT, NEVER, found)

    @property
    def placements(self) -> Placements:
        """Where the records are now."""
        there = self.codes != ABSENT
        return Placements(self.ids[there], self.codes[there], self.since[there])

    def go(self, at: int, due: Mask) -> bool:
        """Ask the rules about the `due` records at an instant that time brings; tell whether somebody moved."""
        asked = np.flatnonzero(due & (self.settled < at) & (self.codes != ABSENT))
        moved = bool(asked.size) and self._place(asked, at, TIME)
        positions = np.flatnonzero(due)
        if positions.size:
            self._rules_next[positions] = self._placer.next_change(at, self._all(positions))
        return moved

    def take_in(self, at: int, cause: str) -> None:
        """Ask the rules about every record at an instant at which data or rules have changed."""
        asked = self.settled <= at
        self._passed_by |= ~asked
        if asked.any():
            self._place(np.flatnonzero(asked), at, cause)
        self.start(at)

    def take_in_late(self, at: int, cause: str, *, everybody: bool = False) -> bool:
        """Ask the rules about the records that `take_in` passed by: nobody knows whether the change was there when they
        were settled. With `everybody`, about all of them; tell whether somebody moved.
        """
        asked = np.flatnonzero((self._passed_by | everybody) & (self.settled <= at))
        self._passed_by[:] = False
        moved = bool(asked.size) and self._place(asked, at, cause)
        if everybody:
            self.start(at)
        return moved

    def _place(self, asked: Positions, at: int, cause: str) -> bool:
        """Place some records anew, and note who moved."""
        found = self._placer.place(at, self._all(asked))
        self.settled[asked] = at
        if self.policy is not None and self.stays is not None:
            found = self._stay(asked, found, at)
        codes = self.codes.copy()
        codes[asked] = found
        codes[asked] = self._given.over(codes, at)[
            asked
        ]  # The others are settled up to a later instant.
        moved = codes != self.codes
        if not moved.any():
            return False
        turning = self._given.turning(at, self.ids.size)
        for why, who in ((OVERRIDE, moved & turning), (cause, moved & ~turning)):
            if who.any():
                self.steps.append(Step(at, why, Moves(self.ids[who], self.codes[who], codes[who])))
        self.codes = codes
        self.since[moved] = at
        self.tell(codes)
        return True

    def _stay(self, asked: Positions, rules: Codes, at: int) -> Codes:
        """Let the policy have its say; return the tiers that it gives."""
        assert self.policy is not None
        assert self.stays is not None
        held = _taken(self.stays, asked)
        after = advance(held, rules, at, self.policy.stay, self.policy.zone, self.policy.tiers)
        self.stays.codes[asked] = after.codes
        self.stays.since[asked] = after.since
        self.stays.protected_until[asked] = after.protected_until
        self.stays.grace_until[asked] = after.grace_until
        return after.codes

    def _all(self, positions: Positions) -> Positions | None:
        return None if positions.size == self.ids.size else positions


def run(courses: Sequence[Course], after: int, until: int) -> None:
    """Let time go on for tier models, each after those whose results it reads, up to an instant.

    The courses have started. A model that reads another one is asked about all records when that one moved somebody.
    """
    if not courses:
        return
    upcoming = [one.next_changes(after) for one in courses]
    while (at := min(int(one.min(initial=NEVER)) for one in upcoming)) <= until:
        moved: set[str] = set()
        for number, course in enumerate(courses):
            due = upcoming[number] <= at
            if course.reads & moved:
                due = np.ones(due.size, np.bool_)
            if due.any():
                if course.go(at, due):
                    moved.add(course.model.key)
                upcoming[number] = course.next_changes(at)


def _taken(stays: Stays, positions: Positions) -> Stays:
    return Stays(
        stays.codes[positions],
        stays.since[positions],
        stays.protected_until[positions],
        stays.grace_until[positions],
    )
