"""A tier model's way through a run: from what is stored of it to what will be.

A way holds the course (`engine.timeline`) with what it began from, and stores who moved. It bears that somebody else
settles a few records meanwhile: theirs is the newer word, and the run leaves these records alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Mask
from tierloom.engine.recoding import recode
from tierloom.engine.results import ABSENT, Instants, Moves, Placements, diff, settle
from tierloom.engine.stays import NEVER, Stays, entered
from tierloom.engine.timeline import Course, Given, Placer, Policy, Step, run
from tierloom.schemas import documents
from tierloom.services.runs import reconstruction
from tierloom.services.workbench import Workbench
from tierloom.store.frontiers import Frontier, Stay
from tierloom.store.overrides import Override
from tierloom.store.results import Head
from tierloom.store.uow import UnitOfWork

RULES = "rules"
"""The cause of a run for other rules: the time before it is not gone through under them."""
Ids = NDArray[np.int64]
_MANY_MOVES = 50_000


class Taking(NamedTuple):
    """The instant at which all records of a way are placed anew, and why."""

    at: int
    cause: str


@dataclass(slots=True)
class Way:
    """A tier model on its way from what is `stored`.

    `gone` are the ids and codes of who was placed and is not there now. `first` is the placement with which a result or
    a new version of the rules begins, and when.
    """

    model: TierModel
    object_id: int
    rule_version: int
    stored: "Stored"
    course: Course
    gone: tuple[Ids, NDArray[np.int8]]
    first: tuple[int, Placements] | None = None

    @property
    def frontier(self) -> Frontier | None:
        """How far the stored result reaches, None before the first one."""
        return self.stored.frontier

    @property
    def is_new(self) -> bool:
        """Whether the stored result is none, or of another version of the rules."""
        return self.stored.version != self.rule_version

    @property
    def stale_at(self) -> int | None:
        """The last change that no run has taken in, None where there is none."""
        return self.frontier.stale_at if self.frontier else None

    @property
    def taking(self) -> Taking | None:
        """When that change can be taken in, with its cause: what is stored may reach further than when it began."""
        if self.frontier is None or self.frontier.stale_at is None:
            return None
        at = max(self.frontier.stale_at, self.frontier.as_of)
        return Taking(at, self.frontier.stale_cause or "")

    def reach(self, at: int) -> int:
        """Return up to when the stored result is right of every record; without one, up to `at`."""
        reached = self.frontier.as_of if self.frontier else at
        return min(reached, int(self.course.settled.min(initial=reached)))

    def take_in(self, taking: Taking) -> None:
        """Place everybody anew; records that are not there any more have left."""
        ids, codes = self.gone
        if ids.size:
            left = np.full(ids.size, ABSENT, np.int8)
            self.course.steps.append(Step(*taking, Moves(ids, codes, left)))
            self.gone = ids[:0], codes[:0]
        self.course.take_in(*taking)
        if self.stored.begins:
            self.course.steps.clear()
        if self.stored.begins or self.is_new:
            self.first = taking.at, self.course.placements


def travel(ways: Sequence[Way], now: int, takes_in: Callable[[Way], Taking | None]) -> None:
    """Let time go on for tier models, each after those whose results it reads, up to an instant.

    `takes_in` says when on its way everybody is placed anew.
    """
    begun: list[Way] = []
    for one in ways:
        rules_wait = one.frontier is None or one.is_new or one.frontier.stale_cause == RULES
        if one.frontier and not rules_wait:
            one.course.start(one.reach(now))
            begun.append(one)
    after = min((one.reach(now) for one in ways), default=now)
    takings = [(one, taking) for one in ways if (taking := takes_in(one)) is not None]
    for at in sorted({taking.at for _, taking in takings}):
        run([one.course for one in begun], after, at)
        here = [one for one, taking in takings if taking.at == at]
        for one, taking in takings:
            if taking.at == at:
                one.take_in(taking)
        begun = [one for one in ways if any(one is other for other in (*here, *begun))]
        after = at
    run([one.course for one in begun], after, now)
    _take_in_late(takings, now)


def _take_in_late(takings: Sequence[tuple[Way, Taking]], now: int) -> None:
    moved: set[str] = set()
    for one, taking in takings:
        everybody = bool(one.course.reads & moved)
        if one.course.take_in_late(now, taking.cause, everybody=everybody):
            moved.add(one.model.key)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a tier model, of all records or of some.

    `version` is that of the rules whose codes the placements have. `settled` are the records that reach further than
    the frontier, and up to when; `stays` go by record; `overrides` may still hold. `begins` tells that nobody was ever
    placed.
    """

    head: Head | None
    frontier: Frontier | None
    version: int | None
    settled: Mapping[int, int]
    stays: Mapping[int, Stay]
    overrides: Sequence[Override]
    begins: bool


def stored_of_all(bench: Workbench, model: TierModel, before: Placements | None, at: int) -> Stored:
    """Read what is stored of all records; `before` are their placements."""
    results, frontiers = bench.uow.results, bench.uow.frontiers
    number = bench.published.documents["tier_model", model.key].id
    frontier = frontiers.get(number)
    return Stored(
        results.head(number),
        frontier,
        results.rule_version(number),
        frontiers.settled(number),
        {one.record: one for one in frontiers.stays(number)},
        bench.uow.overrides.of_object(number, frontier.as_of if frontier else at),
        # A tier model that was published before there was anybody has an empty first result.
        before is None or not (before.ids.size or results.has_moves(number)),
    )


def stored_of(
    bench: Workbench, model: TierModel, head: Head, frontier: Frontier, records: Sequence[int]
) -> Stored:
    """Read what is stored of some records (a few hundred) of a tier model that has a result."""
    number, frontiers = frontier.object_id, bench.uow.frontiers
    return Stored(
        head,
        frontier,
        frontier.rule_version,
        frontiers.settled(number, records),
        {one.record: one for one in frontiers.stays(number, records)} if model.stay else {},
        bench.uow.overrides.of_object(number, frontier.as_of, records),
        False,
    )


def begin(
    bench: Workbench,
    model: TierModel,
    before: Placements | None,
    ids: Ids,
    stored: Stored,
    placer: Placer,
    at: int,
    reads: frozenset[str] = frozenset(),
) -> Way:
    """Take up a tier model where it stands.

    `ids` are the records that there are, `before` the placements of these and of those that are not there any more.
    """
    document = bench.published.documents["tier_model", model.key]
    placed, frontier, remembered = _over(before, ids), stored.frontier, stored.stays
    settled = np.full(ids.size, frontier.as_of if frontier else at, np.int64)
    _write(settled, ids, stored.settled)
    policy = Policy(model.stay, bench.zone, len(model.tiers)) if model.stay else None
    promised, given = policy, _given(model, ids, stored.overrides)
    earned = np.ones(ids.size, np.bool_)
    if policy and stored.version not in (None, document.published_version):
        former = _version(bench, document.id, stored.version or 0)
        remembered = _recoded(former, model, remembered)
        if former.stay:  # What the former rules have promised is kept.
            promised = replace(policy, stay=former.stay)
        else:  # A first policy: what somebody has by hand was never earned.
            earned[given.holding(settled)] = False
    course = Course(
        model,
        placed,
        settled,
        placer,
        given=given,
        policy=policy,
        stays=_stays(promised, placed, settled, remembered, earned) if promised else None,
        reads=reads,
    )
    return Way(model, document.id, document.published_version, stored, course, _gone(before, ids))


def join_past(way: Way, past: Placements) -> None:
    """Let a first result follow upon a past that was rebuilt: who is still where it had them has been there since."""
    assert way.first is not None, "a past goes before a first result"
    at, placed = way.first
    placed = settle(past, placed.ids, placed.codes, at)
    way.course.steps.insert(0, Step(at, reconstruction.CAUSE, diff(past, placed)))
    way.first = at, placed


def _given(model: TierModel, ids: Ids, overrides: Sequence[Override]) -> Given:
    """Return tiers given by hand; one that the model has no more is passed by, and a record that is not there."""
    codes = {tier.key: code for code, tier in enumerate(model.all_tiers)}
    there: list[tuple[int, Override]] = []
    for one in overrides:
        place = int(np.searchsorted(ids, one.record))
        if one.tier in codes and place < ids.size and ids[place] == one.record:
            there.append((place, one))
    there.sort(key=lambda pair: (pair[0], pair[1].from_at))
    ends = [NEVER if one.end is None else one.end for _, one in there]
    return Given(
        np.array([place for place, _ in there], np.int64),
        np.array([codes[one.tier] for _, one in there], np.int8),
        np.array([one.from_at for _, one in there], np.int64),
        np.array(ends, np.int64),
    )


# ── storing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def store(uow: UnitOfWork, workspace: int, number: int, at: int, way: Way) -> int:
    """Store who moved, how far the result reaches now (`at`), and when time may move somebody next.

    Returns how many moved.
    """
    late = _settled_meanwhile(uow, way)
    steps = sorted(way.course.steps, key=lambda one: one.at)
    moved = 0
    if way.first is not None:
        begun, placed = way.first
        moved += _append(
            uow, workspace, number, way, [one for one in steps if one.at <= begun], late
        )
        uow.results.save_baseline(workspace, way.object_id, way.rule_version, number, begun, placed)
        steps = [one for one in steps if one.at > begun]
    moved += _append(uow, workspace, number, way, steps, late)
    if not late and uow.results.moves_since_baseline(way.object_id) > _kept_moves(way):
        uow.results.save_baseline(
            workspace, way.object_id, way.rule_version, number, at, way.course.placements
        )
    _remember(uow, workspace, way, late)
    uow.frontiers.unsettle(way.object_id, way.stored.settled)
    uow.frontiers.put(_frontier(uow, workspace, at, way, late), way.stale_at)
    return moved


def _kept_moves(way: Way) -> int:
    """Return with how many moves since a baseline another one is quicker to read."""
    return max(_MANY_MOVES, way.course.ids.size // 5)


def append(uow: UnitOfWork, workspace: int, number: int, way: Way) -> int:
    """Store who moved, and nothing about how far the whole result reaches: of a way of some records."""
    moved = _append(uow, workspace, number, way, way.course.steps, set())
    way.course.steps.clear()
    return moved


def remember(uow: UnitOfWork, workspace: int, way: Way) -> None:
    """Store what the policy knows of the records of a way, where their placements do not tell."""
    _remember(uow, workspace, way, set())


def _append(
    uow: UnitOfWork, workspace: int, number: int, way: Way, steps: Sequence[Step], late: set[int]
) -> int:
    moved = 0
    for step in steps:
        moves = _without(step.moves, late)
        moved += len(moves)
        uow.results.append_moves(
            workspace, way.object_id, way.rule_version, number, step.cause, step.at, moves
        )
    return moved


def _settled_meanwhile(uow: UnitOfWork, way: Way) -> set[int]:
    now = uow.frontiers.settled(way.object_id)
    return {record for record, at in now.items() if way.stored.settled.get(record) != at}


def _without(moves: Moves, late: set[int]) -> Moves:
    if not late:
        return moves
    kept = ~np.isin(moves.ids, np.array(sorted(late), np.int64))
    return Moves(moves.ids[kept], moves.origin[kept], moves.target[kept])


def _frontier(uow: UnitOfWork, workspace: int, at: int, way: Way, late: set[int]) -> Frontier:
    following = int(way.course.next_changes(at).min(initial=NEVER))
    now = uow.frontiers.get(way.object_id)
    if late and now is not None and now.next_at is not None:
        following = min(following, now.next_at)
    return Frontier(
        way.object_id, workspace, way.rule_version, at, None if following == NEVER else following
    )


def _remember(uow: UnitOfWork, workspace: int, way: Way, late: set[int]) -> None:
    """Store stays that differ from what the placements tell, and forget those that do not any more."""
    course = way.course
    if course.stays is None or course.policy is None:
        if way.stored.stays:  # The model had a policy once.
            uow.frontiers.put_stays(workspace, way.object_id, (), sorted(way.stored.stays))
        return
    held, reached = course.stays, course.settled
    told = _entered(course.policy, course.codes, course.since, reached)
    there = course.codes != ABSENT
    other = there & (
        (held.codes != told.codes)
        | (held.since != told.since)
        | (held.protected_until != told.protected_until)
        | (held.grace_until != told.grace_until)
    )
    rows = {
        int(course.ids[at]): Stay(
            int(course.ids[at]),
            int(held.codes[at]),
            int(held.since[at]),
            int(held.protected_until[at]),
            int(held.grace_until[at]),
        )
        for at in np.flatnonzero(other).tolist()
    }
    kept = [
        one
        for one in rows.values()
        if one.record not in late and way.stored.stays.get(one.record) != one
    ]
    dropped = sorted(way.stored.stays.keys() - rows.keys() - late)
    uow.frontiers.put_stays(workspace, way.object_id, kept, dropped)


# ── beginning ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _over(before: Placements | None, ids: Ids) -> Placements:
    """Return placements of exactly these records, `ABSENT` where there is none."""
    if before is not None and np.array_equal(before.ids, ids):
        return before
    codes, since = np.full(ids.size, ABSENT, np.int8), np.zeros(ids.size, np.int64)
    if before is not None and before.ids.size:
        places = np.searchsorted(before.ids, ids)
        places[places == before.ids.size] = 0
        known = before.ids[places] == ids
        codes[known], since[known] = before.codes[places[known]], before.since[places[known]]
    return Placements(ids, codes, since)


def _gone(before: Placements | None, ids: Ids) -> tuple[Ids, NDArray[np.int8]]:
    if before is None or np.array_equal(before.ids, ids):
        return np.empty(0, np.int64), np.empty(0, np.int8)
    left = ~np.isin(before.ids, ids, assume_unique=True) & (before.codes != ABSENT)
    return before.ids[left], before.codes[left]


def _write(settled: Instants, ids: Ids, known: Mapping[int, int]) -> None:
    for record, at in known.items():
        place = int(np.searchsorted(ids, record))
        if place < ids.size and ids[place] == record:
            settled[place] = at


def _entered(policy: Policy, codes: NDArray[np.int8], since: Instants, reached: Instants) -> Stays:
    """Return the stays that placements tell of; a protection that is over is none."""
    found = entered(codes, since, policy.stay, policy.zone, policy.tiers)
    found.protected_until[found.protected_until <= reached] = 0
    return found


def _stays(
    policy: Policy,
    placed: Placements,
    settled: Instants,
    remembered: Mapping[int, Stay],
    earned: Mask,
) -> Stays:
    codes = np.where(earned, placed.codes, np.int8(ABSENT))
    found = _entered(policy, codes, placed.since, settled)
    for place in np.flatnonzero(np.isin(placed.ids, list(remembered))).tolist():
        one = remembered[int(placed.ids[place])]
        found.codes[place], found.since[place] = one.code, one.since
        found.protected_until[place], found.grace_until[place] = (
            one.protected_until,
            one.grace_until,
        )
    return found


def _version(bench: Workbench, object_id: int, version: int) -> TierModel:
    found: TierModel = documents.load(bench.uow.documents.body_of(object_id, version), "tier_model")
    return found


def _recoded(former: TierModel, model: TierModel, known: Mapping[int, Stay]) -> dict[int, Stay]:
    """Return stays of an older version in the codes of this one; a tier that is no more is forgotten."""
    codes = recode(np.array([one.code for one in known.values()], np.int8), former, model)
    return {
        record: replace(one, code=code)
        for (record, one), code in zip(known.items(), codes.tolist(), strict=True)
        if code != ABSENT
    }
