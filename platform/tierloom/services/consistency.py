"""Whether everything published in a workspace still works together.

Whoever publishes, deletes or applies something asks this in the same transaction, with what would be published then: a
problem anywhere means that nothing happens. So no page can meet a rule that no longer compiles.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from tierloom.domain.fields import DataClass, Field
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.views import View
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.rules.compile import check_rule, compile_field
from tierloom.rules.facts import FactFinder
from tierloom.rules.scores import check_score
from tierloom.services.published import Published, read_published
from tierloom.services.workbench import Workbench
from tierloom.text import T, Text

CARE = tuple(DataClass)
"""Data classes, the one that needs most care last."""


def require(bench: Workbench) -> None:
    """Check what is published in this unit of work, its own changes included.

    Raises:
        Invalid: something no longer works; each problem names it.
    """
    fresh = read_published(bench.uow, bench.actor.workspace, -1)
    raise_if(problems(fresh, bench.zone))


def problems(fresh: Published, zone: ZoneInfo) -> Iterator[Problem]:
    """Yield what does not work in what is published."""
    for table in fresh.catalogue:
        yield from _table(fresh, table, zone)
    for pointer, name, table_key, rule in _rules(fresh):
        if table_key not in fresh.catalogue.tables:
            message = T("There is no table “%(key)s”.", key=table_key)
            yield Problem("unknown-table", pointer, message)
            continue
        _, found = check_rule(rule, table_key, fresh.catalogue, fresh.objects, zone=zone)
        for problem in found:
            said = T("%(what)s: %(why)s", what=name, why=problem.message)
            yield replace(problem, pointer=pointer + problem.pointer, message=said)
    for score in fresh.scores():
        yield from _score(fresh, score, zone)
    for view in fresh.views():
        yield from _view(fresh, view)


def _rules(fresh: Published) -> Iterator[tuple[str, Text, str, RuleDocument]]:
    for one in fresh.segments():
        name = T("Segment “%(name)s”", name=one.label)
        yield f"/segment/{one.key}", name, one.record_type, one.rule
    for view in fresh.views():
        name = T("View “%(name)s”", name=view.label)
        yield f"/view/{view.key}", name, view.record_type, view.filter
    for model in fresh.tier_models():
        for tier in model.tiers:
            name = T("Tier model “%(name)s”, tier “%(tier)s”", name=model.label, tier=tier.label)
            yield f"/tier_model/{model.key}/{tier.key}", name, model.record_type, tier.rule
    for found in fresh.label_sets():
        for label in found.labels:
            name = T("Label set “%(name)s”, label “%(label)s”", name=found.label, label=label.label)
            yield f"/label_set/{found.key}/{label.key}", name, found.record_type, label.rule


def _score(fresh: Published, score: Score, zone: ZoneInfo) -> Iterator[Problem]:
    pointer = f"/score/{score.key}"
    if score.record_type not in fresh.catalogue.tables:
        message = T("There is no table “%(key)s”.", key=score.record_type)
        yield Problem("unknown-table", pointer, message)
        return
    _, found = check_score(score, fresh.catalogue, fresh.objects, zone=zone)
    for problem in found:
        name = T("Score “%(name)s”", name=score.label)
        said = T("%(what)s: %(why)s", what=name, why=problem.message)
        yield replace(problem, pointer=pointer + problem.pointer, message=said)


def _view(fresh: Published, view: View) -> Iterator[Problem]:
    table = fresh.catalogue.tables.get(view.record_type)
    for column in (*view.columns, *(sort.column for sort in view.sort)):
        if table is None or column.startswith("tier:"):
            continue
        if column.startswith(("score:", "labels:")):
            continue
        field = table.find(column)
        if field is None or field.retired:
            name = T("View “%(name)s”", name=view.label)
            message = T("%(what)s: there is no field “%(key)s”.", what=name, key=column)
            yield Problem("unknown-column", f"/view/{view.key}", message)


def _table(fresh: Published, table: RecordType, zone: ZoneInfo) -> Iterator[Problem]:
    for field in table.live_fields:
        pointer = f"/record_type/{table.key}/{field.key}"
        if field.type.target and field.type.target not in fresh.catalogue.tables:
            message = T("There is no table “%(key)s”.", key=field.type.target)
            yield Problem("unknown-table", pointer, message)
        elif field.calculation is not None:
            yield from _calculation(fresh, table, field, zone, pointer)


def _calculation(
    fresh: Published, table: RecordType, field: Field, zone: ZoneInfo, pointer: str
) -> Iterator[Problem]:
    name = T("Calculated field “%(name)s” of %(table)s", name=field.label, table=table.label)
    try:
        value = compile_field(field, table.key, fresh.catalogue, fresh.objects, zone=zone)
    except Invalid as error:
        for problem in error.problems:
            said = T("%(what)s: %(why)s", what=name, why=problem.message)
            yield replace(problem, pointer=pointer, message=said)
        return
    reads = FactFinder(fresh.catalogue).facts(value, table.key).reads
    needed = strictest(
        one.data_class
        for key, name_ in reads
        if (one := fresh.catalogue.table(key).find(name_)) is not None
    )
    if CARE.index(field.data_class) < CARE.index(needed):
        yield Problem(
            "too-open",
            pointer,
            T("%(what)s shows values that need more care than it asks for.", what=name),
            T("Set who may read it to “%(name)s”.", name=CARE_NAMES[needed]),
        )


def strictest(classes: Iterable[DataClass]) -> DataClass:
    """Return the class that needs most care; public where there is none."""
    return max(classes, key=CARE.index, default=DataClass.PUBLIC)


CARE_NAMES: dict[DataClass, Text] = {
    DataClass.PUBLIC: T("Public"),
    DataClass.INTERNAL: T("Internal"),
    DataClass.PERSONAL: T("Personal"),
    DataClass.SENSITIVE: T("Sensitive"),
}
