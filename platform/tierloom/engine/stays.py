"""Stay policies over arrays: which tier records hold, given what the rules say at one instant after another.

A state does not change between the instants at which the rules' answer changes, a protection ends or a grace ends.
So whoever looks at those instants sees the same history as whoever looks every day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from tierloom.domain.tiers import NOT_ENOUGH_DATA, StayPolicy
from tierloom.engine.columns import Mask, Positions
from tierloom.engine.results import ABSENT, Codes, Instants
from tierloom.rules.dates import instant_add

NEVER = int(np.iinfo(np.int64).max)
"""Instead of an instant: no time will do."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Stays:
    """What a policy knows of each record; instants are in milliseconds UTC.

    `codes` are placement codes, held since `since`. Until `protected_until` the tier is kept whatever the rules say
    (0: it is not protected, or not any more); `grace_until` is when a tier that the rules no longer give ends (0: they
    give it, or it is protected).
    """

    codes: Codes
    since: Instants
    protected_until: Instants
    grace_until: Instants

    def __post_init__(self) -> None:
        size = self.codes.size
        if not size == self.since.size == self.protected_until.size == self.grace_until.size:
            raise ValueError("Stays need a code and three instants for each record.")

    def copy(self) -> "Stays":
        """Return the same in arrays of its own."""
        return Stays(
            self.codes.copy(),
            self.since.copy(),
            self.protected_until.copy(),
            self.grace_until.copy(),
        )


def begin(codes: Codes, at: int, policy: StayPolicy, zone: ZoneInfo, tiers: int) -> Stays:
    """Return the stays of records that the rules place for the first time, at an instant.

    `tiers` is the number of tiers without the default tier.
    """
    nowhere = np.zeros(codes.size, np.int64)
    absent = Stays(np.full(codes.size, ABSENT, np.int8), nowhere, nowhere, nowhere)
    return advance(absent, codes, at, policy, zone, tiers)


def entered(codes: Codes, since: Instants, policy: StayPolicy, zone: ZoneInfo, tiers: int) -> Stays:
    """Return the stays of records that entered their tiers each at an instant of its own, and have kept them since."""
    nobody = np.zeros(codes.size, np.int64)
    turn = _Turn(Stays(codes.copy(), since.copy(), nobody, nobody.copy()), policy, zone, tiers)
    turn._enter(np.arange(codes.size), codes, since)
    return turn.stays


def advance(
    stays: Stays, codes: Codes, at: int, policy: StayPolicy, zone: ZoneInfo, tiers: int
) -> Stays:
    """Return the stays at an instant; `codes` are what the rules say then, `tiers` as for `begin`.

    Protections and graces that ended before `at` did so at their own instants, as if the rules had said the same
    then. A record whose held code is `ABSENT` is placed for the first time.
    """
    if codes.size != stays.codes.size:
        raise ValueError(f"{codes.size} codes came for {stays.codes.size} stays.")
    turn = _Turn(stays.copy(), policy, zone, tiers)
    given_again = stays.grace_until > 0
    pending = np.flatnonzero((codes != stays.codes) | given_again | (next_change(stays) <= at))
    while pending.size:
        due = turn.take(pending, codes[pending], at)
        pending = pending[due]
    return turn.stays


def next_change(stays: Stays) -> Instants:
    """Return when each stay changes by itself if the rules say the same for ever, `NEVER` where it does not."""
    return _sooner(stays.protected_until, stays.grace_until)


def _sooner(protected: Instants, grace: Instants) -> Instants:
    """Return the instants of protections, else of graces, else `NEVER`."""
    return np.where(protected > 0, protected, np.where(grace > 0, grace, NEVER))


@dataclass(frozen=True, slots=True)
class _Turn:
    """Stays on their way to an instant, written in place."""

    stays: Stays
    policy: StayPolicy
    zone: ZoneInfo
    tiers: int

    def take(self, who: Positions, rules: Codes, at: int) -> Mask:
        """Let the next thing happen to these records; tell which of them have more before them until `at`."""
        held = self.stays.codes[who]
        up = (held == ABSENT) | (_rank(rules) < _rank(held))
        when = np.where(up, at, np.minimum(self._next(who), at))
        self._enter(who[up], rules[up], when[up])
        kept = ~up & (rules == held)
        self._keep(who[kept], when[kept])
        lower = ~up & ~kept & (self.stays.protected_until[who] <= when)
        self._give_less(who[lower], rules[lower], when[lower])
        return np.asarray(self._next(who) <= at)

    def _keep(self, who: Positions, when: Instants) -> None:
        """The rules give the tier: a grace is over, and so is a protection that has come to its end."""
        protected, grace = self.stays.protected_until, self.stays.grace_until
        over = (grace[who] > 0) | ((protected[who] > 0) & (protected[who] <= when))
        ended, from_ = who[over], when[over]
        grace[ended] = 0
        protected[ended] = self._after(from_, self.policy.days) if self.policy.renews else 0

    def _give_less(self, who: Positions, rules: Codes, when: Instants) -> None:
        """The rules give less and nothing protects the tier: grace begins, goes on, or has come to its end."""
        grace = self.stays.grace_until
        has_grace = (self.policy.grace_days > 0) & self._is_tier(self.stays.codes[who])
        begins = has_grace & (grace[who] == 0)
        self._spare(who[begins], when[begins])
        ends = ~has_grace | (~begins & (grace[who] <= when))
        self._go_down(who[ends], rules[ends], when[ends])

    def _go_down(self, who: Positions, rules: Codes, when: Instants) -> None:
        target = rules
        # Without days and grace, one level after another would be left in the same instant.
        if self.policy.one_level and (self.policy.days or self.policy.grace_days):
            below = self.stays.codes[who] + np.int8(1)
            target = np.where(rules == NOT_ENOUGH_DATA, rules, below)
        self._enter(who, target, when)
        still = (target != rules) & (self.stays.protected_until[who] == 0)
        self._spare(who[still], when[still])

    def _spare(self, who: Positions, when: Instants) -> None:
        self.stays.protected_until[who] = 0
        self.stays.grace_until[who] = self._after(when, self.policy.grace_days)

    def _enter(self, who: Positions, codes: Codes, when: Instants) -> None:
        self.stays.codes[who] = codes
        self.stays.since[who] = when
        self.stays.grace_until[who] = 0
        protected = np.zeros(who.size, np.int64)
        if self.policy.days:
            tier = self._is_tier(codes)
            protected[tier] = self._after(when[tier], self.policy.days)
        self.stays.protected_until[who] = protected

    def _is_tier(self, codes: Codes) -> Mask:
        """Tell where codes are those of tiers: there is nothing to keep in the others."""
        return np.asarray((codes >= 0) & (codes < self.tiers))

    def _next(self, who: Positions) -> Instants:
        """Return when each of these stays changes by itself."""
        return _sooner(self.stays.protected_until[who], self.stays.grace_until[who])

    def _after(self, instants: Instants, days: int) -> Instants:
        """Return the same local time so many local days later."""
        several, place = np.unique(instants, return_inverse=True)
        later = [_later(one, days, self.zone) for one in several.tolist()]
        return np.asarray(later, np.int64)[place]


def _rank(codes: Codes) -> Codes:
    """Return codes such that a lower tier has a greater one: too little data is below everything."""
    return np.where(codes == NOT_ENOUGH_DATA, np.int8(np.iinfo(np.int8).max), codes)


def _later(instant: int, days: int, zone: ZoneInfo) -> int:
    found = instant_add(_EPOCH + instant * _MS, days, "day", zone)
    return NEVER if found is None else (found - _EPOCH) // _MS
