"""Plays a script twice: on an opened platform, through its services, and in the brute-force world."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests.properties.history.conditions import moment_of
from tests.properties.history.documents import CUSTOMER, TABLE_DOCUMENTS, document_of
from tests.properties.history.expected import (
    HELD,
    NOBODY,
    Expected,
    Given,
    Kept,
    Model,
    Move,
    first_instant,
)
from tests.properties.history.killed import Clock, die, work
from tests.properties.history.scripts import (
    Add,
    Delete,
    Edit,
    Give,
    Import,
    Publish,
    Relocate,
    Restore,
    Script,
    Step,
    Take,
    Work,
    dated,
)
from tierloom.domain.fields import Link
from tierloom.domain.people import Actor, Role, system_actor
from tierloom.domain.tiers import NOT_ENOUGH_DATA
from tierloom.engine.results import ABSENT
from tierloom.errors import Invalid
from tierloom.jobs.worker import LEASE_SECONDS
from tierloom.schemas.field_types import to_cell
from tierloom.services import configuration, overrides, records, workspaces
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading, writing
from tierloom.services.workspaces import Answers
from tierloom.store.changes import Cause
from tierloom.store.uow import UnitOfWork

_numbers = count(1)


@dataclass
class Driver:
    """One workspace, on the platform and in the brute-force world, at the same instant."""

    platform: Platform
    clock: Clock
    script: Script
    actor: Actor = field(init=False)
    expected: Expected = field(init=False)
    orders: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    """The tiers of each tier model's versions, by the document's id and the version."""
    gifts: list[tuple[int, str, Given]] = field(default_factory=list)
    keys: Any = field(default_factory=lambda: count(1))
    places_only: bool = False
    """Compare who is where, not how they came there: where no worker looks for long after many changes at once."""

    def __post_init__(self) -> None:
        zone = ZoneInfo(self.script.zone)
        self.clock.at = first_instant(self.script.begin, zone) + 10 * 3_600_000 + 13
        self.expected = Expected(zone, self.clock.at)
        name = f"w{next(_numbers)}"
        workspace, _ = workspaces.ensure(self.platform, name, name, "en", self.script.zone)
        with self.platform.database.reading() as uow:
            account = uow.accounts.members(workspace.id)[0].account
        self.actor = Actor(account, "Owner", workspace.id, Role.OWNER)
        self.apply(*TABLE_DOCUMENTS, *map(document_of, self.script.models))
        for values in self.script.customers:
            self.add("customers", values, None)
        for parent, values in self.script.orders:
            self.add("orders", values, parent)
        for model in self.script.models:
            self.published(model)
        self.run("rules")

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────

    def wait(self, milliseconds: int) -> None:
        self.clock.at += milliseconds
        self.expected.pass_to(self.clock.at)

    def run(self, *causes: str, killed_at: str | None = None) -> None:
        """The worker does what waits, and what is due; nothing is left that is not as it should be.

        With `killed_at` one tries first in a process of its own, and dies there if it comes to that point; another one
        goes on when the lease is over. Not so where a tier model has no result yet: that begins with
        the run that stores it.
        """
        begins = self.expected.published.keys() - self.expected.kept.keys()
        new = self.expected.take_rules()
        self.expected.settle(*causes, *(["rules"] if new else []))
        if killed_at and not begins:
            settings = self.platform.settings
            die(settings.folder, settings.database_url, self.clock.at, killed_at)
            self.wait(LEASE_SECONDS * 1000 + 1)
        work(self.platform)
        self.check()

    # ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────

    def play(self) -> None:
        """Take every step; what is stored is what should be, after each run."""
        for step in (*self.script.steps, Work(1)):
            self.wait(step.after)
            self.take(step)
        differences = recalculation.verify(self.platform, self.actor.workspace)
        _same([one.records for one in differences], [0] * len(differences), "the self-check")

    def take(self, step: Step) -> None:
        match step:
            case Add(_, table, values, parent):
                self.add(table, values, parent)
                self.expected.settle("edit")
            case Edit(_, table, which, values, parent):
                self.edit(table, which, values, parent)
            case Delete(_, table, several):
                self.delete(table, several)
            case Restore(_, table, which):
                self.restore(table, which)
            case Import(_, orders, edits, delay, killed_at):
                self.bulk(orders, edits)
                self.expected.settle("import")
                self.work_later(delay, "import", killed_at)
            case Publish(_, model, delay, killed_at):
                if self.publish(model):
                    self.work_later(delay, "rules", killed_at)
            case Give(_, model, which, tier, days):
                self.give(model, which, tier, days)
            case Take(_, which):
                self.end(which)
            case Relocate(_, zone):
                answers = Answers("Moved", "en", zone, "CNY")
                workspaces.change(self.platform, self.actor, answers)
                self.expected.zone = ZoneInfo(zone)
                self.run("rules")
            case Work(_, killed_at):
                self.run("time", killed_at=killed_at)

    def work_later(self, delay: int | None, cause: str, killed_at: str | None) -> None:
        if delay is not None:
            self.wait(delay)
            self.run(cause, killed_at=killed_at)

    def one(self, table: str, which: int, where: Mapping[int, Any] | None = None) -> int | None:
        """The record that a number stands for, None where there is none."""
        found = sorted(self.expected.rows[table] if where is None else where)
        return found[which % len(found)] if found else None

    def values(self, table: str, values: dict[str, Any], parent: int | None) -> dict[str, Any]:
        """What a new record or a change is, with the customer as an id."""
        today = moment_of(self.clock.at).astimezone(self.expected.zone).date()
        found = dated(values, today, self.clock.at)
        if table != "customers" and parent is not None:
            found[CUSTOMER] = None if parent < 0 else self.one("customers", parent)
        return found

    def add(self, table: str, values: dict[str, Any], parent: int | None) -> None:
        made = {CUSTOMER: None} if table != "customers" else {}
        made |= self.values(table, values, parent)
        number = next(self.keys)
        saved = records.add(self.platform, self.actor, table, {"number": number, **_sent(made)})
        self.expected.rows[table][saved.id] = {"number": number, **made}

    def edit(self, table: str, which: int, values: dict[str, Any], parent: int | None) -> None:
        number = self.one(table, which)
        if number is None:
            return
        made = self.values(table, values, parent)
        with reading(self.platform, self.actor) as bench:
            rows = bench.uow.records(bench.published.table(table))
            version = rows.fetch([number])[number].version
        records.edit(self.platform, self.actor, table, number, version, _sent(made))
        self.expected.rows[table][number].update(made)
        self.expected.settle("edit")

    def delete(self, table: str, several: tuple[int, ...]) -> None:
        ids = {found for one in several if (found := self.one(table, one)) is not None}
        if ids:
            records.delete(self.platform, self.actor, table, sorted(ids))
            for one in ids:
                self.expected.bins[table][one] = self.expected.rows[table].pop(one)
            self.expected.settle("edit")

    def restore(self, table: str, which: int) -> None:
        number = self.one(table, which, self.expected.bins[table])
        if number is not None:
            records.restore(self.platform, self.actor, table, [number])
            self.expected.rows[table][number] = self.expected.bins[table].pop(number)
            self.expected.settle("edit")

    def bulk(self, orders: Any, edits: Any) -> None:
        """Write as an import does: rows in bulk, and a run asked for in a transaction of its own."""
        cause = Cause("import", self.actor.account, "1")
        recalculation.catch_up(self.platform, self.actor.workspace)
        with writing(self.platform, self.actor) as bench:
            table = bench.published.table("orders")
            made = [
                {"number": next(self.keys), **self.values("orders", values, parent)}
                for parent, values in orders
            ]
            made = [{CUSTOMER: None, **one} for one in made]
            cells = [{key: _cell(table, key, value) for key, value in one.items()} for one in made]
            ids = bench.uow.records(table).insert(cells, self.clock.at, cause)
            customers = bench.published.table("customers")
            for which, values in edits:
                number = self.one("customers", which)
                found = self.values("customers", values, None)
                if number is not None:
                    changed = {key: [_cell(customers, key, one)] for key, one in found.items()}
                    bench.uow.records(customers).update_many(
                        [number], changed, self.clock.at, cause
                    )
                    self.expected.rows["customers"][number].update(found)
        self.expected.rows["orders"].update(zip(ids, made, strict=True))
        with writing(self.platform, self.actor) as bench:
            recalculation.enqueue(bench, "import")

    def publish(self, model: Model) -> bool:
        """Publish a version; tells whether it could be."""
        try:
            self.apply(document_of(model))
        except Invalid:  # Another tier model reads a tier that would be gone.
            return False
        self.published(model)
        if model.key in self.expected.kept:
            self.expected.take_rules()
            self.expected.settle("rules")
        return True

    def give(self, model: int, which: int, tier: int, days: int | None) -> None:
        key = sorted(self.expected.kept)[model % len(self.expected.kept)]
        kept = self.expected.kept[key]
        number = self.one(kept.model.table, which)
        if number is None:
            return
        tiers = [one for one in kept.model.order if one != HELD]
        today = moment_of(self.clock.at).astimezone(self.expected.zone).date()
        last = None if days is None else today.fromordinal(today.toordinal() + days)
        chosen = tiers[tier % len(tiers)]
        stored = overrides.give(self.platform, self.actor, key, number, chosen, "Because.", last)
        for one in kept.given:
            if one.record == number and (one.until is None or one.until > self.clock.at):
                one.until = self.clock.at
        until = (
            None
            if last is None
            else first_instant(last.fromordinal(last.toordinal() + 1), self.expected.zone)
        )
        kept.given.append(Given(number, chosen, self.clock.at, until))
        self.gifts.append((stored, key, kept.given[-1]))
        self.expected.settle("override")

    def end(self, which: int) -> None:
        open_ = [
            (stored, given)
            for stored, key, given in self.gifts
            if (given.until is None or given.until > self.clock.at)
            and given.record in self.expected.rows[self.expected.kept[key].model.table]
        ]
        if open_:
            stored, given = open_[which % len(open_)]
            overrides.end(self.platform, self.actor, stored)
            given.until = self.clock.at
            self.expected.settle("override")

    # ── the platform ────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, *documents: Any) -> None:
        things = [one for each in documents for one in configuration.read(json.dumps(each))]
        configuration.apply(self.platform, self.actor, things)

    def published(self, model: Model) -> None:
        """Remember what a version's placement codes mean."""
        with reading(self.platform, self.actor) as bench:
            document = bench.published.documents["tier_model", model.key]
        self.orders[document.id, document.published_version] = model.order
        self.expected.published[model.key] = model

    def check(self) -> None:
        """Compare everything that is stored with what should be."""
        with reading(self.platform, system_actor(self.actor.workspace)) as bench:
            for key, kept in self.expected.kept.items():
                document = bench.published.documents["tier_model", key].id
                self._check_present(bench.uow, document, kept)
                if not self.places_only:
                    self._check_moves(bench.uow, document, kept)
                    self._check_past(bench.uow, document, kept)

    def _check_present(self, uow: UnitOfWork, document: int, kept: Kept) -> None:
        found = uow.results.placements(document)
        version = uow.results.rule_version(document)
        assert found is not None
        assert version is not None
        tiers = self._tiers(document, version, found.codes.tolist())
        placed = dict(zip(found.ids.tolist(), tiers, strict=True))
        _same(placed, kept.placed, f"who is where in {kept.model.key}")
        if not self.places_only:
            since = dict(zip(found.ids.tolist(), found.since.tolist(), strict=True))
            kept.reach_back(since)
            _same(since, kept.since, f"since when in {kept.model.key}")

    def _check_moves(self, uow: UnitOfWork, document: int, kept: Kept) -> None:
        found: dict[int, list[Any]] = {}
        for one in uow.results.moves(document, limit=1_000_000):
            if one.cause != "reconstructed" and one.effective_at > kept.began:
                origin, target = self._tiers(document, one.rule_version, [one.origin, one.target])
                move = (moment_of(one.effective_at), origin, target, one.cause)
                found.setdefault(one.record, []).append(move)
        for record in {*found, *kept.moves}:
            wanted = kept.moves.get(record, [])
            stored = found.get(record, [])
            told = [_told(move, one) for move, one in _beside(wanted, stored)]
            _same(stored, told, f"how {record} moved in {kept.model.key}")

    def _check_past(self, uow: UnitOfWork, document: int, kept: Kept) -> None:
        instants = sorted({one.at for moves in kept.moves.values() for one in moves})
        some = [kept.began, *instants[-3:], *(one - 1 for one in instants[-3:])]
        for at, past in zip(some, uow.results.past(document, some), strict=True):
            assert past is not None
            placed = past.placements
            tiers = self._tiers(document, past.rule_version, placed.codes.tolist())
            then = dict(zip(placed.ids.tolist(), tiers, strict=True))
            what = f"who was where in {kept.model.key} at {moment_of(at)}"
            _same(then, kept.placed_at(at), what)

    def _tiers(self, document: int, version: int, codes: list[int]) -> list[str]:
        order = self.orders[document, version]
        names = {**dict(enumerate(order[:-1])), NOT_ENOUGH_DATA: HELD, ABSENT: NOBODY}
        return [names[one] for one in codes]


def _same(stored: Any, wanted: Any, what: str) -> None:
    """Compare, and tell what differs: pytest explains assertions of test files only."""
    if stored != wanted:
        raise AssertionError(f"{what}:\n  stored {stored}\n  wanted {wanted}")


def _beside(wanted: list[Move], found: list[Any]) -> list[tuple[Move, Any]]:
    """Each move that should be beside the one that is stored in its place."""
    return [(one, found[place] if place < len(found) else None) for place, one in enumerate(wanted)]


def _told(move: Move, found: Any) -> Any:
    """A move as it should be stored: with the cause that is, if that is one of those that may be."""
    cause = found[3] if found and found[3] in move.causes else "/".join(sorted(move.causes))
    return moment_of(move.at), move.origin, move.target, cause


def _sent(values: dict[str, Any]) -> dict[str, Any]:
    """Values as services take them."""
    return {key: _value(key, one) for key, one in values.items()}


def _value(key: str, value: Any) -> Any:
    match key:
        case "customer" if value is not None:
            return Link(value, "")
        case "at" if value is not None:
            return moment_of(value)
    return value


def _cell(table: Any, key: str, value: Any) -> Any:
    return value if key == CUSTOMER else to_cell(table.field(key).type, _value(key, value))
