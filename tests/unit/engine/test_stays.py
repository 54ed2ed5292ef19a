"""Stay policies: the published example, and many records against a simulation that looks every half hour."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.domain.tiers import NOT_ENOUGH_DATA, StayPolicy
from tierloom.engine.results import ABSENT, Codes
from tierloom.engine.stays import NEVER, Stays, advance, begin, next_change

TIERS = 3
DEFAULT = TIERS
TICK = timedelta(minutes=30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks change by an hour at midnight, at night, by half an hour, and not at all.
STARTS = (
    (ZoneInfo("America/Sao_Paulo"), datetime(2018, 10, 30, tzinfo=UTC)),
    (ZoneInfo("America/Sao_Paulo"), datetime(2018, 2, 10, tzinfo=UTC)),
    (ZoneInfo("Europe/Berlin"), datetime(2025, 3, 25, tzinfo=UTC)),
    (ZoneInfo("Australia/Lord_Howe"), datetime(2025, 4, 1, tzinfo=UTC)),
    (ZoneInfo("Australia/Lord_Howe"), datetime(2025, 9, 30, tzinfo=UTC)),
    (ZoneInfo("Asia/Shanghai"), datetime(2025, 1, 1, tzinfo=UTC)),
)
HORIZON = 24 * 48
Timeline = dict[int, int]
"""What the rules say from a tick on, by tick; the first is 0."""


def ms(moment: datetime) -> int:
    return int((moment - EPOCH) / timedelta(milliseconds=1))


# ── the simulation ──────────────────────────────────────────────────────────────────────────────────────────────


def days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Wait until local clocks show the same time so many days later, or the first one that they show after it."""
    shown = moment.astimezone(zone).replace(tzinfo=None)
    wanted = shown + timedelta(days=days)
    at = moment + timedelta(days=days - 1, hours=12)
    at = max(moment, at)
    while at.astimezone(zone).replace(tzinfo=None) < wanted:
        at += TICK
    return at


def is_lower(one: int, other: int) -> bool:
    order = [0, 1, 2, DEFAULT, NOT_ENOUGH_DATA]
    return order.index(one) > order.index(other)


@dataclass
class Member:
    """One customer, looked at at one tick after another."""

    policy: StayPolicy
    zone: ZoneInfo
    held: int | None = None
    protected: datetime | None = None
    grace: datetime | None = None
    history: list[tuple[datetime, int]] = field(default_factory=list)

    def look(self, now: datetime, rules: int) -> None:
        if self.held is None or is_lower(self.held, rules):
            self.enter(rules, now)
        elif rules == self.held:
            if self.grace is not None:
                self.grace = None
                self.protected = self.ends(now) if self.policy.renews else None
            elif self.protected == now:
                self.protected = self.ends(now) if self.policy.renews else None
        elif self.protected is None or now >= self.protected:
            self.lose(now, rules)

    def lose(self, now: datetime, rules: int) -> None:
        assert self.held is not None
        if self.grace is None and self.policy.grace_days and self.held in (0, 1, 2):
            self.grace = days_later(now, self.policy.grace_days, self.zone)
        elif self.grace is None or now >= self.grace:
            one_step = self.policy.one_level and rules != NOT_ENOUGH_DATA
            self.enter(self.held + 1 if one_step else rules, now)
            self.look(now, rules)

    def ends(self, now: datetime) -> datetime | None:
        return days_later(now, self.policy.days, self.zone) if self.policy.days else None

    def enter(self, tier: int, now: datetime) -> None:
        if self.history and self.history[-1][0] == now:
            self.history.pop()  # it was not there for any time
        self.held = tier
        self.grace = None
        self.protected = self.ends(now) if tier in (0, 1, 2) else None
        self.history.append((now, tier))


def simulated(member: Member, start: datetime, timeline: Timeline) -> list[tuple[int, int]]:
    rules = timeline[0]
    for tick in range(HORIZON):
        rules = timeline.get(tick, rules)
        member.look(start + tick * TICK, rules)
    return [(ms(at), code) for at, code in member.history]


# ── the policy over arrays, driven like a run: from one instant to the next ─────────────────────────────────────


def codes_at(timelines: Sequence[Timeline], tick: int) -> Codes:
    said = [one[max(when for when in one if when <= tick)] for one in timelines]
    return np.array(said, np.int8)


@dataclass
class Driver:
    policy: StayPolicy
    zone: ZoneInfo
    start: datetime
    timelines: Sequence[Timeline]

    def walk(self, also: Sequence[int] = ()) -> list[Stays]:
        """Advance from one instant at which something can happen to the next, and look at the ticks `also`."""
        wanted = {*also, *(tick for one in self.timelines for tick in one)} - {0}
        stays = begin(
            codes_at(self.timelines, 0), ms(self.start), self.policy, self.zone, tiers=TIERS
        )
        found, at = [stays], ms(self.start)
        while True:
            instants = [self.instant(tick) for tick in wanted] + next_change(stays).tolist()
            at = min((one for one in instants if one > at), default=NEVER)
            if at >= self.instant(HORIZON):
                return found
            tick = (at - ms(self.start)) // ms(EPOCH + TICK)
            codes = codes_at(self.timelines, tick)
            stays = advance(stays, codes, at, self.policy, self.zone, TIERS)
            found.append(stays)

    def instant(self, tick: int) -> int:
        return ms(self.start + tick * TICK)


def histories(states: Sequence[Stays]) -> list[list[tuple[int, int]]]:
    found: list[list[tuple[int, int]]] = [[] for _ in states[0].codes]
    for state in states:
        for one, since, code in zip(found, state.since.tolist(), state.codes.tolist(), strict=True):
            if not one or one[-1] != (since, code):
                one.append((since, code))
    return found


said = st.sampled_from([0, 1, 2, DEFAULT, NOT_ENOUGH_DATA])
timelines = st.builds(
    lambda first, more: {0: first, **more},
    said,
    st.dictionaries(st.integers(1, HORIZON - 400), said, max_size=6),
)


@st.composite
def policies(draw: st.DrawFn) -> StayPolicy:
    days = draw(st.integers(0, 6))
    renews = days > 0 and draw(st.booleans())
    return StayPolicy(days, renews, draw(st.integers(0, 4)), draw(st.booleans()))


drivers = st.builds(
    lambda policy, where, several: Driver(policy, where[0], where[1], several),
    policies(),
    st.sampled_from(STARTS),
    st.lists(timelines, min_size=1, max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(drivers)
def test_every_record_has_the_history_of_a_simulation_that_looks_every_half_hour(
    driver: Driver,
) -> None:
    wanted = [
        simulated(Member(driver.policy, driver.zone), driver.start, one) for one in driver.timelines
    ]
    assert histories(driver.walk()) == wanted


@settings(max_examples=150, deadline=None)
@given(drivers, st.lists(st.integers(1, HORIZON - 1), max_size=12))
def test_looking_more_often_changes_nothing(driver: Driver, also: list[int]) -> None:
    seldom, often = driver.walk(), driver.walk(also)
    assert histories(seldom) == histories(often)
    for name in Stays.__slots__:
        assert getattr(seldom[-1], name).tolist() == getattr(often[-1], name).tolist()


@settings(max_examples=200, deadline=None)
@given(drivers, st.data())
def test_looking_late_is_looking_on_time_while_the_rules_say_the_same(
    driver: Driver, data: st.DataObject
) -> None:
    states = driver.walk()
    last = max(tick for one in driver.timelines for tick in one)
    codes = codes_at(driver.timelines, last)
    stays, at = _after(states, codes, driver), driver.instant(last)
    late = advance(stays, codes, at + 30 * 86_400_000, driver.policy, driver.zone, TIERS)
    steps = sorted(data.draw(st.lists(st.integers(1, 30 * 86_400_000 - 1), max_size=8)))
    for step in (*steps, 30 * 86_400_000):
        stays = advance(stays, codes, at + step, driver.policy, driver.zone, TIERS)
    for name in Stays.__slots__:
        assert getattr(stays, name).tolist() == getattr(late, name).tolist()


def _after(states: Sequence[Stays], codes: Codes, driver: Driver) -> Stays:
    """Return the stays right after the rules have said these codes for the last time."""
    last = max(tick for one in driver.timelines for tick in one)
    before = [one for one in states if one.since.max() <= driver.instant(last)][-1]
    return advance(before, codes, driver.instant(last), driver.policy, driver.zone, TIERS)


@settings(max_examples=200, deadline=None)
@given(drivers)
def test_nobody_is_below_what_the_rules_say_or_falls_while_protected(driver: Driver) -> None:
    states = driver.walk()
    for before, after in pairwise(states):
        falls = [
            is_lower(new, old)
            for old, new in zip(before.codes.tolist(), after.codes.tolist(), strict=True)
        ]
        assert (after.since[falls] >= before.protected_until[falls]).all()
    for state in states:
        protected = state.protected_until > 0
        assert not (protected & (state.grace_until > 0)).any()
        assert not protected[(state.codes == DEFAULT) | (state.codes == NOT_ENOUGH_DATA)].any()
        assert (next_change(state) > state.since).all()


@settings(max_examples=150, deadline=None)
@given(drivers)
def test_the_rules_take_nobody_down_further_than_they_say(driver: Driver) -> None:
    instants = sorted({tick for one in driver.timelines for tick in one})
    stays = begin(codes_at(driver.timelines, 0), driver.instant(0), driver.policy, driver.zone, 3)
    for tick in instants:
        codes = codes_at(driver.timelines, tick)
        stays = advance(stays, codes, driver.instant(tick), driver.policy, driver.zone, TIERS)
        for held, rule in zip(stays.codes.tolist(), codes.tolist(), strict=True):
            assert not is_lower(held, rule)


# ── the published example ───────────────────────────────────────────────────────────────────────────────────────

SHANGHAI = ZoneInfo("Asia/Shanghai")
GOLD, SILVER, BASE = 0, 1, 2
MEMBERSHIP = StayPolicy(days=365, renews=True, grace_days=30, one_level=True)
EARNED = ((date(2024, 1, 10), 1200), (date(2024, 6, 1), 4000))
HISTORY = [
    (date(2024, 1, 1), BASE),
    (date(2024, 1, 10), SILVER),
    (date(2024, 6, 1), GOLD),
    (date(2025, 7, 1), SILVER),
    (date(2026, 7, 31), BASE),
]


def by_points(day: date) -> int:
    points = sum(n for earned, n in EARNED if day - timedelta(days=365) < earned <= day)
    return GOLD if points >= 5000 else SILVER if points >= 1000 else BASE


def midnight(day: date) -> int:
    return ms(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


def day_of(instant: int) -> date:
    return (EPOCH + timedelta(milliseconds=instant)).astimezone(SHANGHAI).date()


def replayed(every: int) -> list[tuple[date, int]]:
    """Run each `every` days; a run goes through the days on which points come, go, or a stay changes."""
    turns = {earned + timedelta(days=n) for earned, _ in EARNED for n in (0, 365)}
    first, last = date(2024, 1, 1), date(2026, 12, 31)
    said = np.array([by_points(first)], np.int8)
    stays = begin(said, midnight(first), MEMBERSHIP, SHANGHAI, tiers=2)
    found, done, run = [(first, BASE)], first, first
    while run < last:
        run = min(run + timedelta(days=every), last)
        while done < run:
            coming = [one for one in turns if done < one <= run]
            ends = int(next_change(stays)[0])
            if ends <= midnight(run):
                coming.append(day_of(ends))
            done = min([*coming, run])
            said = np.array([by_points(done)], np.int8)
            stays = advance(stays, said, midnight(done), MEMBERSHIP, SHANGHAI, 2)
            entry = (day_of(int(stays.since[0])), int(stays.codes[0]))
            if entry != found[-1]:
                found.append(entry)
    return found


@pytest.mark.parametrize("every", [1, 7, 30, 91, 2000])
def test_the_published_example_however_often_one_looks(every: int) -> None:
    assert replayed(every) == HISTORY


def test_when_the_published_example_is_protected_and_in_grace() -> None:
    start = midnight(date(2024, 6, 1))
    stays = begin(np.array([GOLD], np.int8), start, MEMBERSHIP, SHANGHAI, tiers=2)
    assert day_of(int(stays.protected_until[0])) == date(2025, 6, 1)
    less = np.array([BASE], np.int8)
    stays = advance(stays, less, midnight(date(2025, 6, 20)), MEMBERSHIP, SHANGHAI, 2)
    assert day_of(int(stays.grace_until[0])) == date(2025, 7, 1)
    stays = advance(stays, less, midnight(date(2026, 7, 30)), MEMBERSHIP, SHANGHAI, 2)
    assert (stays.codes[0], day_of(int(stays.since[0]))) == (SILVER, date(2025, 7, 1))
    assert day_of(int(stays.grace_until[0])) == date(2026, 7, 31)
    stays = advance(stays, less, midnight(date(2030, 1, 1)), MEMBERSHIP, SHANGHAI, 2)
    assert (stays.codes[0], day_of(int(stays.since[0]))) == (BASE, date(2026, 7, 31))
    assert next_change(stays)[0] == NEVER


def test_who_reaches_the_tier_again_in_grace_begins_a_new_stay_that_day() -> None:
    stays = begin(np.array([0], np.int8), midnight(date(2025, 1, 1)), MEMBERSHIP, SHANGHAI, 2)
    stays = advance(
        stays, np.array([2], np.int8), midnight(date(2026, 1, 1)), MEMBERSHIP, SHANGHAI, 2
    )
    back = date(2026, 1, 20)
    stays = advance(stays, np.array([0], np.int8), midnight(back), MEMBERSHIP, SHANGHAI, 2)
    assert day_of(int(stays.protected_until[0])) == back + timedelta(days=365)
    assert day_of(int(stays.since[0])) == date(2025, 1, 1)


def test_a_stay_that_goes_on_does_so_from_its_end() -> None:
    stays = begin(np.array([0], np.int8), midnight(date(2025, 1, 1)), MEMBERSHIP, SHANGHAI, 2)
    late = midnight(date(2027, 5, 5))
    stays = advance(stays, np.array([0], np.int8), late, MEMBERSHIP, SHANGHAI, 2)
    assert day_of(int(stays.protected_until[0])) == date(2025, 1, 1) + timedelta(days=3 * 365)


def test_records_that_were_not_there_begin_beside_those_that_were() -> None:
    policy = StayPolicy(days=10)
    codes = np.array([0, ABSENT], np.int8)
    at, now = midnight(date(2025, 1, 1)), midnight(date(2025, 1, 5))
    zero = np.zeros(2, np.int64)
    stays = Stays(codes, np.array([at, 0]), np.array([midnight(date(2025, 1, 11)), 0]), zero)
    found = advance(stays, np.array([2, NOT_ENOUGH_DATA], np.int8), now, policy, SHANGHAI, 2)
    assert found.codes.tolist() == [0, NOT_ENOUGH_DATA]
    assert found.since.tolist() == [at, now]
    assert stays.codes.tolist() == [0, ABSENT]


def test_arrays_of_other_lengths_are_refused() -> None:
    stays = begin(np.array([0, 1], np.int8), 0, StayPolicy(), SHANGHAI, 2)
    with pytest.raises(ValueError, match="1 codes came for 2 stays"):
        advance(stays, np.array([0], np.int8), 0, StayPolicy(), SHANGHAI, 2)
