"""One actor's view of one workspace inside one unit of work.

Everything that reads records goes through here: the row scope is in every mask, and a rule that reads a field which the
actor cannot read is refused.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field
from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Columns, Mask
from tierloom.engine.recoding import recode
from tierloom.engine.results import Placements
from tierloom.errors import Forbidden, Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.compile import CompiledRule, compile_field, compile_rule
from tierloom.rules.scores import CompiledScore, compile_score
from tierloom.schemas import documents
from tierloom.services import authorize, placements
from tierloom.services.platform import Platform
from tierloom.services.published import Published, read_published, scope_key
from tierloom.services.tier_columns import Result, TierResults
from tierloom.store.columns import Snapshot
from tierloom.store.record_reading import StoredRecord
from tierloom.store.uow import UnitOfWork
from tierloom.store.workspaces import Workspace
from tierloom.text import T

Made = TypeVar("Made")


class Workbench:
    """What an actor works with, for the length of one unit of work."""

    def __init__(
        self, platform: Platform, actor: Actor, uow: UnitOfWork, as_of: datetime | None = None
    ) -> None:
        # The types say so already; here it also holds for whoever gets round them. See docs/sharing.md.
        if not isinstance(actor, Actor):
            raise Forbidden(T("A share link opens its own list and nothing else."))
        self.platform = platform
        self.actor = actor
        self.uow = uow
        self._as_of = as_of or platform.clock()
        self._kept: dict[Hashable, Any] = {}

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Work something out once in this unit of work, and keep it under a name."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Made = self._kept[name]
        return found

    @cached_property
    def workspace(self) -> Workspace:
        """The actor's workspace."""
        return self.uow.workspaces.get(self.actor.workspace)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the workspace."""
        return ZoneInfo(self.workspace.zone)

    @cached_property
    def published(self) -> Published:
        """What the workspace has published, as of this unit of work."""
        version = self.workspace.catalogue_version
        known = self.platform.published.get(self.actor.workspace)
        if known is None or known.version != version:
            known = read_published(self.uow, self.actor.workspace, version)
        known = known.with_members_of(self.uow, self.actor.workspace)
        if not self.uow.writes:  # What a writer sees may yet be rolled back.
            self.platform.published[self.actor.workspace] = known
        return known

    @property
    def catalogue(self) -> Catalogue:
        """The published tables."""
        return self.published.catalogue

    @cached_property
    def context(self) -> RunContext:
        """The instant, zone and tables under which rules are evaluated here."""
        return RunContext(self._as_of, self.zone, self.catalogue)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The columns of all tables as this unit of work sees them."""
        return self.platform.columns.snapshot(self.uow, self.actor.workspace, self.catalogue)

    @cached_property
    def tier_results(self) -> TierResults:
        """The results of tier models, as rules read them."""
        return TierResults(self.published.tier_model, self._result)

    def _result(self, model: TierModel) -> Result:
        document = self.published.documents["tier_model", model.key]
        name = self.uow.results.head(document.id), document.published_version
        ids = self.snapshot.table(model.record_type).ids
        return name, lambda: placements.by_position(self.placed(model), ids)

    def columns(self, table: str) -> Columns:
        """Return the columns of a table, the results of its tier models among them."""
        return self.tier_results.over(self.snapshot.table(self.published.table(table).key))

    def supposing(self, table: RecordType) -> "Workbench":
        """Return a workbench over the same records, as if `table` were published: for fields that somebody may add."""
        other = Workbench(self.platform, self.actor, self.uow, self.context.as_of)
        changed = Catalogue({**self.catalogue.tables, table.key: table}, self.catalogue.version)
        other.published = replace(self.published, catalogue=changed)
        other.snapshot = self.snapshot
        return other

    # ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────

    def compile(self, rule: RuleDocument, table: str) -> CompiledRule:
        """Compile a rule as this actor.

        Raises:
            Invalid: the rule has errors, or reads a field that the actor cannot read.
        """
        compiled = self.compile_as_system(rule, table)
        self.require_reads(compiled.reads, table)
        return compiled

    def require_reads(self, reads: Iterable[tuple[str, str]], table: str) -> None:
        """Refuse what is worked out, for records of `table`, from something that the actor cannot read.

        Raises:
            Invalid: it reads such a field, or a table of which the actor sees some records only.
        """
        if not self.actor.is_system:
            found = frozenset(reads)
            authorize.require_reads(self.actor, self.catalogue, found)
            self._require_unlimited({name for name, _ in found} - {table})

    def allows(self, reads: Iterable[tuple[str, str]], table: str) -> bool:
        """Tell whether the actor may see what is worked out, for records of `table`, from these fields."""
        try:
            self.require_reads(reads, table)
        except Invalid:
            return False
        return True

    def _require_unlimited(self, others: Iterable[str]) -> None:
        """Refuse to read through a link into a table of which the actor may see some records only."""
        for name in sorted(others):
            if self.scope(name) is not None:
                message = T(
                    "This reads %(table)s, of which you may see some records only.",
                    table=self.catalogue.table(name).label,
                )
                raise Invalid([Problem("limited-table", "", message)])

    def compile_as_system(self, rule: RuleDocument, table: str) -> CompiledRule:
        """Compile a published rule or a row scope: whoever wrote it could read what it reads.

        Raises:
            Invalid: the rule has errors.
        """
        known = self._compiled
        if (rule, table) not in known:
            known[rule, table] = compile_rule(
                rule, table, self.catalogue, self.published.objects, zone=self.zone
            )
        return known[rule, table]

    @cached_property
    def _compiled(self) -> dict[tuple[RuleDocument, str], CompiledRule]:
        """Rules that were compiled with what is published now."""
        return self.platform.compiled(self.actor.workspace, self.published, self.zone)

    def compiled_score(self, score: Score) -> CompiledScore:
        """Compile a score; whoever shows it asks `require_reads` with what it reads.

        Raises:
            Invalid: a criterion has errors.
        """
        return self.once(
            score,
            lambda: compile_score(score, self.catalogue, self.published.objects, zone=self.zone),
        )

    def mask(self, predicate: ir.Predicate, table: str) -> Mask:
        """Evaluate a predicate over a table, without the row scope."""
        return evaluator.mask(predicate, self.columns(table), self.context)

    def sees_all(self, table: str) -> bool:
        """Tell whether the actor may see every record of a table."""
        return self.actor.has(Grant.READ) and self.scope(table) is None

    def visible(self, table: str) -> Mask:
        """Records that the actor may see. An error in the scope means none."""
        size = self.columns(table).size
        if not self.actor.has(Grant.READ):
            return np.zeros(size, np.bool_)
        if self.sees_all(table):
            return np.ones(size, np.bool_)
        try:
            return self.mask(self._scope(table), table)
        except Invalid:
            return np.zeros(size, np.bool_)

    def seen(self, table: str, ids: Iterable[int]) -> set[int]:
        """Return those records that the actor may see; of those in the bin none, if its role is limited."""
        wanted = np.array(sorted(set(ids)), np.int64)
        if self.scope(table) is None:
            return set(wanted.tolist()) if self.actor.has(Grant.READ) else set()
        positions = self.columns(table).positions_of(wanted)
        there = positions >= 0
        return set(wanted[there][self.visible(table)[positions[there]]].tolist())

    def scope(self, table: str) -> RuleDocument | None:
        """Return the rule that limits the actor's role to some records of a table, None for no limit."""
        if self.actor.role is None:
            return None
        return self.published.scopes.get(scope_key(self.actor.role, table))

    def _scope(self, table: str) -> ir.Predicate:
        rule = self.scope(table)
        if rule is None:
            return ir.Constant(True)
        return self.compile_as_system(rule, table).predicate

    def matching(self, rule: RuleDocument, table: str) -> Mask:
        """Records that the actor may see and for which the rule holds."""
        mask = self.mask(self.compile(rule, table).predicate, table)
        return mask if self.sees_all(table) else mask & self.visible(table)

    def value_of(self, field: Field, table: str) -> ir.ValueNode:
        """Return the node that gives a field's value, stored or calculated."""
        return compile_field(field, table, self.catalogue, self.published.objects, zone=self.zone)

    def stored(self, table: RecordType, ids: Iterable[int]) -> Mapping[int, StoredRecord]:
        """Return records by id, those in the bin included; ids that do not exist are left out."""
        return self.uow.records(table).fetch(list(ids))

    # ── placements ──────────────────────────────────────────────────────────────────────────────────────────────

    def placed(self, model: TierModel) -> Placements | None:
        """Return the stored placements of a published tier model in its own codes, None before its first run."""
        document = self.published.documents["tier_model", model.key]
        found = placements.current(self.platform, self.uow, document.id)
        stored = self.uow.results.rule_version(document.id)
        if found is None or stored is None or stored == document.published_version:
            return found
        # A newer version was published, and its run is still to come.
        former = documents.load(self.uow.documents.body_of(document.id, stored), "tier_model")
        return replace(found, codes=recode(found.codes, former, model))

    def codes(self, model: TierModel) -> NDArray[np.int8]:
        """Placement codes by position in the table's columns; `ABSENT` where no run has been."""
        columns = self.columns(model.record_type)
        return placements.by_position(self.placed(model), columns.ids)


@contextmanager
def reading(platform: Platform, actor: Actor, as_of: datetime | None = None) -> Iterator[Workbench]:
    """Open a read-only workbench."""
    with platform.database.reading() as uow:
        yield Workbench(platform, actor, uow, as_of)


@contextmanager
def writing(platform: Platform, actor: Actor) -> Iterator[Workbench]:
    """Open a workbench whose changes are stored together when the block ends, or not at all."""
    with platform.database.writing() as uow:
        yield Workbench(platform, actor, uow)
