"""The tests that packs carry: each example record is asked, and answers compared with what is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import OnMissing, Segment, TierModel
from tierloom.domain.views import View
from tierloom.rules import packs
from tierloom.rules.compile import Objects, compile_rule
from tierloom.rules.given import GivenRow, read_record
from tierloom.rules.packs import NOT_ENOUGH_DATA, Entry, Example
from tierloom.rules.row import compile_kleene, compile_predicate, compile_value
from tierloom.rules.scores import compile_score
from tierloom.rules.templates.reading import read_template, template_names
from tierloom.schemas import packs as tables

ZONE = ZoneInfo("Asia/Shanghai")
Answer = bool | str | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a document of a pack answered to the example with this number, from 1."""

    entry: Entry
    number: int
    example: Example
    answer: Answer

    @property
    def passed(self) -> bool:
        """Whether it is what the pack says."""
        return self.answer == self.example.answer


@dataclass(frozen=True, slots=True)
class World:
    """The tables and rules that a pack's documents are about."""

    catalogue: Catalogue
    objects: Objects
    zone: ZoneInfo = ZONE


def world_of(name: str, entries: tuple[Entry, ...]) -> World:
    """Return the tables of a pack, and its segments and scores."""
    if name in template_names():
        catalogue = packs.figures_catalogue(read_template(name))
    else:
        found = [one for one in tables.read_pack(name) if isinstance(one, RecordType)]
        catalogue = Catalogue({one.key: one for one in found})
    things = [one.thing for one in entries]
    segments = {one.key: one for one in things if isinstance(one, Segment)}
    scores = {one.key: one for one in things if isinstance(one, Score)}
    models = {one.key: one for one in things if isinstance(one, TierModel)}
    return World(catalogue, Objects(segments, scores, models))


def try_pack(name: str) -> Iterator[Outcome]:
    """Ask every example of a pack.

    Raises:
        ValueError: there is no such pack.
        Invalid: a document or an example of it has problems.
    """
    entries = packs.read_pack(name)
    world = world_of(name, entries)
    for entry in entries:
        for number, example in enumerate(entry.examples, 1):
            yield Outcome(entry, number, example, ask(entry, example, world))


def ask(entry: Entry, example: Example, world: World) -> Answer:
    """Return what an entry's document answers to an example, at noon of the entry's day.

    Raises:
        ValueError: the entry says no day.
        Invalid: the document, or the record of the example, has problems.
    """
    if entry.as_of is None:
        raise ValueError(f"{entry.thing.key!r} has examples, and no day on which they hold.")
    thing = entry.thing
    context = RunContext(_noon(entry.as_of, world.zone), world.zone, world.catalogue)
    row = read_record(dict(example.given), thing.record_type, world.catalogue, world.zone)
    asked = _Asked(thing.record_type, row, context, world)
    match thing:
        case Segment(rule=rule) | View(filter=rule):
            return asked.holds(rule, OnMissing.SKIP)
        case TierModel():
            return asked.tier(thing)
        case LabelSet():
            answers = [(one.key, asked.holds(one.rule, thing.on_missing)) for one in thing.labels]
            return tuple(key for key, answer in answers if answer)
        case Score():
            return asked.score(thing)


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone)


@dataclass(frozen=True, slots=True)
class _Asked:
    table: str
    row: GivenRow
    context: RunContext
    world: World

    def holds(self, rule: RuleDocument, on_missing: OnMissing) -> bool | None:
        world = self.world
        compiled = compile_rule(rule, self.table, world.catalogue, world.objects, zone=world.zone)
        make = compile_kleene if on_missing is OnMissing.HOLD else compile_predicate
        return make(compiled.predicate, self.context)(self.row)

    def tier(self, model: TierModel) -> str:
        """Return the first tier that is not certainly false; an uncertain one is not enough data."""
        for tier in model.tiers:
            answer = self.holds(tier.rule, model.on_missing)
            if answer is not False:
                return NOT_ENOUGH_DATA if answer is None else tier.key
        return model.default.key

    def score(self, score: Score) -> float | None:
        world = self.world
        compiled = compile_score(score, world.catalogue, world.objects, zone=world.zone)
        found = compile_value(compiled.value, self.context)(self.row)
        return found if isinstance(found, (int, float)) else None
