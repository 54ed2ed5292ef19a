"""The way of tier models through time: moves at their own instants, in order, with the right cause."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tierloom.domain.rules import NOBODY
from tierloom.domain.tiers import DefaultTier, Slot, StayPolicy, Tier, TierModel
from tierloom.engine.columns import Positions
from tierloom.engine.results import ABSENT, Codes, Instants, Placements
from tierloom.engine.stays import NEVER, entered
from tierloom.engine.timeline import Course, Given, Policy, run
from tierloom.text import Label

DAY = 86_400_000
UTC = ZoneInfo("UTC")
MODEL = TierModel(
    "value",
    Label.of("Value"),
    "customers",
    (
        Tier("gold", Label.of("Gold"), "crown", Slot.GOLD, NOBODY),
        Tier("silver", Label.of("Silver"), "medal", Slot.SLATE, NOBODY),
    ),
    DefaultTier("rest", Label.of("Rest")),
)
GOLD, SILVER, REST = 0, 1, 2


@dataclass
class Scripted:
    """Rules whose answers are written down: for every record, from which instant on it has which code."""

    scripts: list[list[tuple[int, int]]]
    asked: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def place(self, at: int, positions: Positions | None) -> Codes:
        who = range(len(self.scripts)) if positions is None else positions.tolist()
        self.asked.append((at, tuple(who)))
        return np.array(
            [[code for when, code in self.scripts[one] if when <= at][-1] for one in who], np.int8
        )

    def next_change(self, at: int, positions: Positions | None) -> Instants:
        who = range(len(self.scripts)) if positions is None else positions.tolist()
        turns = ([when for when, _ in self.scripts[one] if when > at] for one in who)
        return np.array([min(found, default=NEVER) for found in turns], np.int64)


def course(scripts: list[list[tuple[int, int]]], **more: object) -> Course:
    """Records 10, 11 … as their scripts have them at instant 0, right up to there."""
    codes = np.array([one[0][1] for one in scripts], np.int8)
    ids, zeros = np.arange(10, 10 + len(scripts)), np.zeros(len(scripts), np.int64)
    settled = more.pop("settled", zeros.copy())
    found = Course(MODEL, Placements(ids, codes, zeros), settled, Scripted(scripts), **more)  # type: ignore[arg-type]
    found.start(0)
    return found


def story(found: Course) -> list[tuple[int, str, int, int, int]]:
    """Every move as (instant, cause, record, from, to)."""
    return [
        (step.at, step.cause, *move)
        for step in found.steps
        for move in zip(
            step.moves.ids.tolist(),
            step.moves.origin.tolist(),
            step.moves.target.tolist(),
            strict=True,
        )
    ]


def test_each_record_moves_at_its_own_instant() -> None:
    found = course(
        [[(0, GOLD), (5, SILVER), (9, REST)], [(0, GOLD)], [(0, GOLD), (7, SILVER), (30, REST)]]
    )
    run([found], 0, 20)
    assert story(found) == [
        (5, "time", 10, GOLD, SILVER),
        (7, "time", 12, GOLD, SILVER),
        (9, "time", 10, SILVER, REST),
    ]
    assert found.codes.tolist() == [REST, GOLD, SILVER]
    assert found.since.tolist() == [9, 0, 7]
    assert found.next_changes(20).tolist() == [NEVER, NEVER, 30]


def test_only_those_are_asked_whom_time_can_have_moved() -> None:
    scripts = [[(0, GOLD)] for _ in range(100)]
    scripts[3].append((8, REST))
    found = course(scripts)
    run([found], 0, 50)
    assert found._placer.asked == [(8, (3,))]  # type: ignore[attr-defined]


@pytest.mark.parametrize("stops", [(20,), (3, 20), (5, 6, 7, 8, 9, 20), range(1, 21)])
def test_it_does_not_matter_how_often_somebody_looks(stops: range) -> None:
    found = course([[(0, GOLD), (5, SILVER), (9, REST)], [(0, SILVER), (9, GOLD), (12, REST)]])
    before = 0
    for stop in stops:
        run([found], before, stop)
        before = stop
    assert [(at, record, target) for at, _, record, _, target in story(found)] == [
        (5, 10, SILVER),
        (9, 10, REST),
        (9, 11, GOLD),
        (12, 11, REST),
    ]


def test_a_record_that_was_settled_later_is_asked_from_then_on() -> None:
    found = course([[(0, GOLD), (5, SILVER), (9, REST)]], settled=np.array([6]))
    found.codes[0] = SILVER
    run([found], 0, 20)
    assert story(found) == [(9, "time", 10, SILVER, REST)]


def test_a_change_is_taken_in_with_its_cause_and_those_settled_later_are_left_alone() -> None:
    found = course([[(0, GOLD)], [(0, GOLD)]], settled=np.array([0, 8]))
    found._placer.scripts[:] = [[(0, REST)], [(0, REST)]]  # type: ignore[attr-defined]
    found.take_in(7, "import")
    assert story(found) == [(7, "import", 10, GOLD, REST)]


def test_a_tier_given_by_hand_hides_what_the_rules_say() -> None:
    by_hand = Given(np.array([0]), np.array([GOLD], np.int8), np.array([3]), np.array([12]))
    found = course([[(0, SILVER), (5, REST), (20, SILVER)]], given=by_hand)
    run([found], 0, 15)
    assert story(found) == [
        (3, "override", 10, SILVER, GOLD),
        (12, "override", 10, GOLD, REST),
    ]


def test_a_stay_ends_by_itself() -> None:
    """Protected for 10 days; the rules give less from day 4 on; three days of grace after the protection."""
    stay = StayPolicy(days=10, grace_days=3)
    codes, zeros = np.array([GOLD], np.int8), np.zeros(1, np.int64)
    stays = entered(codes, zeros, stay, UTC, 2)
    found = course([[(0, GOLD), (4 * DAY, REST)]], policy=Policy(stay, UTC, 2), stays=stays)
    run([found], 0, 12 * DAY)
    assert story(found) == []
    assert found.next_changes(12 * DAY).tolist() == [13 * DAY]
    run([found], 12 * DAY, 40 * DAY)
    assert story(found) == [(13 * DAY, "time", 10, GOLD, REST)]


def test_a_model_follows_the_one_that_it_reads_at_the_same_instant() -> None:
    """The reader's answer depends on the other's codes alone: nothing tells its next change."""
    first = course([[(0, GOLD), (5, REST)], [(0, GOLD)]])

    class Follows(Scripted):
        def place(self, at: int, positions: Positions | None) -> Codes:
            return first.codes if positions is None else first.codes[positions]

        def next_change(self, at: int, positions: Positions | None) -> Instants:
            return np.full(2 if positions is None else len(positions), NEVER, np.int64)

    ids, zeros = np.array([10, 11]), np.zeros(2, np.int64)
    before = Placements(ids, np.array([GOLD, GOLD], np.int8), zeros)
    second = Course(MODEL, before, zeros.copy(), Follows([]), reads=frozenset({"value"}))
    second.start(0)
    run([first, second], 0, 9)
    assert story(second) == [(5, "time", 10, GOLD, REST)]


def test_who_was_never_placed_waits_for_a_change() -> None:
    found = course([[(0, ABSENT), (5, GOLD)]])
    run([found], 0, 9)
    assert story(found) == []
    found.take_in(9, "import")
    assert story(found) == [(9, "import", 10, ABSENT, GOLD)]


def test_what_was_given_by_hand_does_not_come_back_to_who_is_settled_further() -> None:
    """Record 10 was given gold until 9 and settled then; the rules move record 11 at 5."""
    by_hand = Given(np.array([0]), np.array([GOLD], np.int8), np.array([3]), np.array([9]))
    found = course([[(0, REST)], [(0, GOLD), (5, REST)]], given=by_hand, settled=np.array([9, 0]))
    run([found], 0, 20)
    assert story(found) == [(5, "time", 11, GOLD, REST)]
