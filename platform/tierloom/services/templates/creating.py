"""What a template makes: its missing calculated fields, and a draft. A draft is never published by itself."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from tierloom.domain.fields import Field
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.errors import Invalid, NotFound, Problem, raise_if
from tierloom.rules.templates.values import Template
from tierloom.schemas import documents, packs
from tierloom.schemas.naming import make_key
from tierloom.services import authorize, configuration, drafts, tables
from tierloom.services.platform import Platform
from tierloom.services.templates.plans import Choices, Plan, plan, template_named
from tierloom.services.workbench import Workbench, reading
from tierloom.text import Label, T


@dataclass(frozen=True, slots=True)
class Made:
    """The draft that was made, and the calculated fields that were added for it."""

    kind: str
    key: str
    added: tuple[Field, ...]


def create(platform: Platform, actor: Actor, name: str, choices: Choices) -> Made:
    """Make the draft of a template's tier model or label set; what figures lack becomes calculated fields.

    Raises:
        Invalid: a figure has no field, a number is wrong, or the table has changes that are not published.
        NotFound: there is no such template or table.
    """
    authorize.require(actor, Grant.DRAFT_RULES)
    with reading(platform, actor) as bench:
        laid = plan(bench, name, choices)
        raise_if(laid.problems)
        raise_if(_unmatched(laid))
        thing = laid.thing
        if thing is None:
            raise TypeError("A plan without problems makes something.")
        thing = _named(bench, thing)
    if laid.added:
        _add_fields(platform, actor, laid.table.key, laid.added)
    drafts.create(platform, actor, thing)
    return Made(documents.kind_of(thing), thing.key, laid.added)


def _unmatched(laid: Plan) -> list[Problem]:
    return [
        Problem(
            "not-matched",
            f"/field.{one.key}",
            T("Choose a field for “%(figure)s”.", figure=one.label),
        )
        for one in laid.missing
    ]


def _named(bench: Workbench, thing: TierModel | LabelSet) -> TierModel | LabelSet:
    """Return the thing under a key and a name that nothing of its kind has yet."""
    kind = documents.kind_of(thing)
    stored = bench.uow.documents
    known = [
        *stored.all(bench.actor.workspace, kind),
        *stored.all(bench.actor.workspace, kind, True),
    ]
    names = {_label_in(one.body) for one in known}
    keys = {one.key for one in known}
    key = make_key(thing.key, keys)
    return replace(thing, key=key, label=_unlike(thing.label, names))


def _label_in(body: str) -> str:
    """Return the name in a stored document: a draft holds the thing beside what the builder shows."""
    found = json.loads(body)
    return str(Label.of(found.get("thing", found)["label"]))


def _unlike(label: Label, taken: Collection[str]) -> Label:
    numbered = label
    number = 1
    while str(numbered) in taken:
        number += 1
        numbered = Label({lang: f"{word} {number}" for lang, word in label.words.items()})
    return numbered


def _add_fields(platform: Platform, actor: Actor, table: str, fields: tuple[Field, ...]) -> None:
    """Add calculated fields to a table and publish it."""
    authorize.require(actor, Grant.DESIGN)
    authorize.require(actor, Grant.PUBLISH)
    with reading(platform, actor) as bench:
        found = tables.draft(bench, table)
    if found.has_changes:
        words = T(
            "“%(table)s” has changes that are not published yet. Publish or undo them first.",
            table=found.table.label,
        )
        raise Invalid([Problem("unpublished-table", "/table", words)])

    def extended(before: RecordType) -> RecordType:
        return replace(before, fields=(*before.fields, *fields))

    made = tables.edit(platform, actor, table, found.document.version, extended)
    tables.publish(platform, actor, table, made.document.version)


def create_tables(platform: Platform, actor: Actor, name: str) -> str:
    """Make the tables and forms that come with a template; returns the key of the first table.

    Raises:
        NotFound: there is no such template, or none come with it.
        Invalid: there is a table with such a key already.
    """
    authorize.require(actor, Grant.DESIGN)
    authorize.require(actor, Grant.PUBLISH)
    template = template_named(name)
    if not template.tables:
        raise NotFound(T("No tables come with “%(template)s”.", template=template.label))
    with reading(platform, actor) as bench:
        things = packs.read_pack(template.tables, bench.workspace.currency)
        raise_if(
            Problem("table-there", "", T("There is already a table “%(key)s”.", key=one))
            for one in _there(bench, template)
        )
    configuration.apply(platform, actor, things)
    return next(one.key for one in things if isinstance(one, RecordType))


def comes_with_tables(bench: Workbench, template: Template) -> bool:
    """Tell whether tables come with a template that the actor may make and that are not there yet."""
    may = bench.actor.has(Grant.DESIGN) and bench.actor.has(Grant.PUBLISH)
    return may and bool(template.tables) and not any(_there(bench, template))


def _there(bench: Workbench, template: Template) -> list[str]:
    keys = [one.key for one in packs.read_pack(template.tables) if isinstance(one, RecordType)]
    known = bench.uow.documents
    return [one for one in keys if known.find(bench.actor.workspace, "record_type", one)]
