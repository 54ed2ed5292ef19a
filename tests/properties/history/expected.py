"""Everybody's tiers by brute force: whatever happens, and whenever time could matter, all is asked anew.

Written from the prose of the rules, the stay policies and the tiers given by hand; nothing is taken from the engine.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.properties.history.conditions import Answer, Condition, Then, Values, moment_of

TABLES = ("customers", "orders", "calls")
HELD = "?"
"""Not enough data."""
NOBODY = ""
"""Instead of a tier: the record is not there, or its tier is not."""
DEFAULT = "rest"
RUN = "run"
"""A move of a run that may have several reasons."""


@dataclass(frozen=True)
class Policy:
    """How long a tier is kept that the rules no longer give."""

    days: int
    renews: bool
    grace_days: int
    one_level: bool


@dataclass(frozen=True)
class Model:
    """A tier model: tiers by key, the best first, and who is in them."""

    key: str
    table: str
    hold: bool
    tiers: tuple[tuple[str, Condition], ...]
    stay: Policy | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """All placements, the best first."""
        return (*(key for key, _ in self.tiers), DEFAULT, HELD)

    def rank(self, tier: str) -> int:
        """The smaller the better."""
        return self.order.index(tier)


@dataclass
class Stay:
    """What a stay policy knows of a record: instants in milliseconds, None for none."""

    tier: str
    protected: int | None = None
    grace: int | None = None


@dataclass(frozen=True)
class Move:
    """A record's move from tier to tier, and why: one of these causes."""

    at: int
    origin: str
    target: str
    causes: frozenset[str]


@dataclass
class Given:
    """A tier given by hand."""

    record: int
    tier: str
    since: int
    until: int | None


@dataclass
class Kept:
    """What is known of one tier model: the version in force, who is where, and all moves since its first result."""

    model: Model
    stays: dict[int, Stay] = field(default_factory=dict)
    placed: dict[int, str] = field(default_factory=dict)
    trail: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    """Where each record was from when on."""
    moves: dict[int, list[Move]] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    began: int = 0

    @property
    def since(self) -> dict[int, int]:
        """Since when everybody is where they are."""
        return {record: self.trail[record][-1][0] for record in self.placed}

    def reach_back(self, told: Mapping[int, int]) -> None:
        """Believe what is told of the time before the first result: that is not worked out here."""
        for record, been in self.trail.items():
            if record in told and been[-1][0] == self.began:
                been[-1] = (min(told[record], self.began), been[-1][1])

    def placed_at(self, at: int) -> dict[int, str]:
        """Who was where at an instant."""
        found = {
            record: [tier for since, tier in been if since <= at][-1:]
            for record, been in self.trail.items()
        }
        return {record: last[0] for record, last in found.items() if last and last[0] != NOBODY}


class Record:
    """One record at an instant, as conditions see it."""

    def __init__(self, world: "Expected", table: str, number: int, then: Then) -> None:
        self.world, self.table, self.number, self.then = world, table, number, then
        self.values: Values = world.rows[table][number]

    def children(self, table: str) -> list[Values]:
        return [one for one in self.world.rows[table].values() if one["customer"] == self.number]

    def parent(self) -> Values | None:
        return self.world.rows["customers"].get(self.values["customer"])

    def rank(self, model: str, tier: str) -> tuple[int | None, int | None]:
        kept = self.world.kept.get(model)
        if kept is None:
            return None, None
        own = kept.placed.get(self.number, NOBODY)
        known = own not in (NOBODY, HELD)
        return -kept.model.rank(own) if known else None, -kept.model.rank(tier)


@dataclass
class Expected:
    """The records of a workspace, and what became of them."""

    zone: ZoneInfo
    now: int
    rows: dict[str, dict[int, Values]] = field(default_factory=lambda: {one: {} for one in TABLES})
    bins: dict[str, dict[int, Values]] = field(default_factory=lambda: {one: {} for one in TABLES})
    kept: dict[str, Kept] = field(default_factory=dict)
    published: dict[str, Model] = field(default_factory=dict)

    def pass_to(self, at: int) -> None:
        """Let time pass until an instant, that instant included."""
        while (found := self._next(self.now)) is not None and found <= at:
            self.now = found
            self.settle("time")
        self.now = at

    def settle(self, *causes: str) -> None:
        """Place everybody as of now; whoever moves does it for one of these causes."""
        then = Then(self.now, moment_of(self.now).astimezone(self.zone).date(), self.zone)
        if "import" in causes:
            for kept in self.kept.values():
                if not kept.trail:  # Whoever is the first to be there is a first result, no move.
                    kept.began = self.now
        for key in self._in_order():
            self._place(self.kept[key], then, frozenset(causes))

    def take_rules(self) -> bool:
        """Bring the published versions into force; tell whether there was a new one."""
        new = False
        for key, model in self.published.items():
            known = self.kept.get(key)
            if known is None:
                self.kept[key] = Kept(model, began=self.now)
                new = True
            elif known.model != model:
                self._recode(known, model)
                new = True
        return new

    def _recode(self, kept: Kept, model: Model) -> None:
        """A tier that the new version has not is nobody's. Stays go on; a first policy counts from their beginning."""
        known, former = {*model.order}, kept.model
        kept.placed = {one: tier for one, tier in kept.placed.items() if tier in known}
        if model.stay and not former.stay:
            for number, tier in kept.placed.items():
                if not _by_hand(kept, number, self.now):
                    since, _ = kept.trail[number][-1]
                    kept.stays[number] = _entered(model.stay, tier, since, self.zone)
                    if (kept.stays[number].protected or 0) <= self.now:
                        kept.stays[number].protected = None
        kept.stays = {one: stay for one, stay in kept.stays.items() if stay.tier in known}
        kept.model = model

    def _in_order(self) -> list[str]:
        """Tier models by key: no one reads a later one's result."""
        return sorted(self.kept)

    def _place(self, kept: Kept, then: Then, causes: frozenset[str]) -> None:
        rows = self.rows[kept.model.table]
        for number in [one for one in kept.placed if one not in rows]:
            _move(kept, number, NOBODY, then.at, causes)
            kept.stays.pop(number, None)
        for number in rows:
            says = _says(kept.model, Record(self, kept.model.table, number, then))
            tier = self._stayed(kept, number, says, then.at)
            turns = any(
                number == one.record and then.at in (one.since, one.until) for one in kept.given
            )
            why = frozenset({"override"}) if turns else causes
            _move(kept, number, _by_hand(kept, number, then.at) or tier, then.at, why)

    def _stayed(self, kept: Kept, number: int, says: str, at: int) -> str:
        policy = kept.model.stay
        if policy is None:
            kept.stays.pop(number, None)
            return says
        known = kept.stays.get(number)
        if known is None:
            kept.stays[number] = _entered(policy, says, at, self.zone)
        else:
            kept.stays[number] = _advanced(kept.model, policy, known, says, at, self.zone)
        return kept.stays[number].tier

    def _next(self, after: int) -> int | None:
        """The next instant at which time could matter."""
        today = moment_of(after).astimezone(self.zone).date()
        midnight = next(
            found for ahead in (0, 1, 2)
            if (found := first_instant(today + timedelta(ahead), self.zone)) > after
        )  # fmt: skip
        return min((midnight, *(one for one in self._own_instants() if one > after)))

    def _own_instants(self) -> Iterator[int]:
        yield from (one["at"] for one in self.rows["calls"].values() if one["at"] is not None)
        for kept in self.kept.values():
            for stay in kept.stays.values():
                yield from (one for one in (stay.protected, stay.grace) if one is not None)
            yield from (one.until for one in kept.given if one.until is not None)


@lru_cache(maxsize=5000)
def first_instant(day: date, zone: ZoneInfo) -> int:
    """The first millisecond of a local day: where clocks go forward at midnight it is not 00:00."""
    at = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000 - 3 * 3_600_000
    while moment_of(at).astimezone(zone).date() < day:
        at += 60_000
    return at


@lru_cache(maxsize=5000)
def days_later(at: int, days: int, zone: ZoneInfo) -> int:
    """The same local time of day some local days later: the first such time, or the end of a gap."""
    local = moment_of(at).astimezone(zone).replace(tzinfo=None) + timedelta(days)
    start = int((local - datetime(1970, 1, 1)).total_seconds() * 1000 + 0.5) - 15 * 3_600_000  # noqa: DTZ001
    # Local time never runs more than 15 hours ahead: look for the first instant that shows this time or a later one.
    low, high = start, start + 30 * 3_600_000
    shown = [_shows(one, zone, local) for one in range(low, high, 900_000)]
    first = low + shown.index(True) * 900_000
    found = first - 900_000
    while not _shows(found, zone, local):
        step = local - moment_of(found).astimezone(zone).replace(tzinfo=None)
        jump = max(1, min(int(step.total_seconds() * 1000), first - found))
        found += jump if not _shows(found + jump - 1, zone, local) else 1
    return found


def _shows(at: int, zone: ZoneInfo, local: datetime) -> bool:
    return moment_of(at).astimezone(zone).replace(tzinfo=None) >= local


def _says(model: Model, record: Record) -> str:
    for key, condition in model.tiers:
        found: Answer = condition.answer(record, model.hold)
        if found is None:
            return HELD
        if found:
            return key
    return DEFAULT


def _by_hand(kept: Kept, number: int, at: int) -> str | None:
    tiers = {*kept.model.order} - {HELD}
    for one in kept.given:
        holds = one.since <= at and (one.until is None or at < one.until)
        if one.record == number and holds and one.tier in tiers:
            return one.tier
    return None


def _move(kept: Kept, number: int, target: str, at: int, causes: frozenset[str]) -> None:
    origin = kept.placed.get(number, NOBODY)
    if origin == target:
        return
    kept.trail.setdefault(number, []).append((at, target))
    if at > kept.began:
        kept.moves.setdefault(number, []).append(Move(at, origin, target, causes))
    if target == NOBODY:
        kept.placed.pop(number, None)
    else:
        kept.placed[number] = target


# ── stay policies ───────────────────────────────────────────────────────────────────────────────────────────────────


def _entered(policy: Policy, tier: str, at: int, zone: ZoneInfo) -> Stay:
    """Who enters a tier is protected in it; nobody is in the default tier, or where data are missing."""
    if not policy.days or tier in (DEFAULT, HELD):
        return Stay(tier)
    return Stay(tier, days_later(at, policy.days, zone))


def _advanced(model: Model, policy: Policy, stay: Stay, says: str, at: int, zone: ZoneInfo) -> Stay:
    """What becomes of a stay at an instant, when nothing could have become of it since the last one."""
    stay = deepcopy(stay)
    if model.rank(says) < model.rank(stay.tier):
        return _entered(policy, says, at, zone)
    if says == stay.tier:
        if stay.grace is not None:
            return _entered(policy, says, at, zone) if policy.renews else Stay(says)
        if stay.protected is not None and at >= stay.protected:
            stay.protected = (
                days_later(stay.protected, policy.days, zone) if policy.renews else None
            )
        return stay
    if stay.protected is not None and at < stay.protected:
        return stay
    if stay.tier not in (DEFAULT, HELD) and policy.grace_days:
        if stay.grace is None:
            stay.protected, stay.grace = None, days_later(at, policy.grace_days, zone)
            return stay
        if at < stay.grace:
            return stay
    below = model.order[model.rank(stay.tier) + 1]
    lower = below if policy.one_level and says != HELD else says
    found = _entered(policy, lower, at, zone)
    if lower != says and found.protected is None:
        return _advanced(model, policy, found, says, at, zone)
    return found
