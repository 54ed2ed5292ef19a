"""Tables, forms, segments, tier models and views as files: the same things that people make in the browser.

`apply` is idempotent: what a file says already holds is left alone. `dump` writes what `apply` reads.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.schemas import documents
from tierloom.services import authorize, consistency, drafts, tables
from tierloom.services.platform import Platform
from tierloom.services.published import KINDS, Thing, read_published
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.text import T

ORDER = tuple(KINDS)
Result = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one document."""

    kind: str
    key: str
    result: Result


def read(text: str) -> list[Thing]:
    """Read a file of one document, or of a list of them.

    Raises:
        Invalid: no JSON, an unknown kind, or a document with problems; the pointer says where.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(
            [Problem("not-json", "", T("This is no JSON: %(why)s", why=str(error)))]
        ) from error
    found = parsed if isinstance(parsed, list) else [parsed]
    return [
        _read_one(one, f"/{number}" if isinstance(parsed, list) else "")
        for number, one in enumerate(found)
    ]


def _read_one(document: object, pointer: str) -> Thing:
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind not in KINDS:
        known = list(KINDS)
        raise Invalid(
            [
                Problem(
                    "unknown-kind",
                    f"{pointer}/kind",
                    T("No kind “%(kind)s”. Known: %(known)s.", kind=kind, known=known),
                )
            ]
        )
    try:
        return documents.load(json.dumps(document, ensure_ascii=False), str(kind))
    except Invalid as error:
        raise Invalid(
            replace(one, pointer=pointer + one.pointer) for one in error.problems
        ) from error


def apply(platform: Platform, actor: Actor, things: Iterable[Thing]) -> list[Applied]:
    """Create or update and publish some documents, all or none.

    Raises:
        Invalid: something has errors; nothing was changed.
    """
    authorize.require(actor, Grant.DESIGN)
    authorize.require(actor, Grant.PUBLISH)
    ordered = sorted(things, key=lambda one: ORDER.index(documents.kind_of(one)))
    recalculation.catch_up(platform, actor.workspace)
    with writing(platform, actor) as bench:
        done = [_apply_one(bench, one) for one in _links_first(ordered)]
        _ensure_views(bench, {one.key for one in done if one.result != "unchanged"})
        consistency.require(bench)
        if any(one.result != "unchanged" for one in done):
            recalculation.enqueue(bench, recalculation.RULES)
        return done


def _ensure_views(bench: Workbench, changed: set[str]) -> None:
    """Make tier views as publishing in the browser does."""
    fresh = read_published(bench.uow, bench.actor.workspace, -1)
    for model in fresh.tier_models():
        if model.key in changed:
            drafts.ensure_view(bench, model, fresh.views())


def _links_first(things: list[Thing]) -> Iterator[Thing]:
    """Yield tables before those that link to them, so that a target exists when its child is made."""
    waiting = [one for one in things if isinstance(one, RecordType)]
    named = {one.key for one in waiting}
    while waiting:
        ready = [
            one for one in waiting if not {f.type.target for f in one.fields} & (named - {one.key})
        ] or waiting[:1]
        yield from ready
        named -= {one.key for one in ready}
        waiting = [one for one in waiting if one not in ready]
    yield from (one for one in things if not isinstance(one, RecordType))


def _apply_one(bench: Workbench, thing: Thing) -> Applied:
    kind, workspace, by = documents.kind_of(thing), bench.actor.workspace, bench.actor.account
    known = bench.uow.documents.find(workspace, kind, thing.key)
    if known is None:
        known = bench.uow.documents.create(workspace, kind, thing.key, documents.dump(thing), by)
        result: Result = "created"
    else:
        result = "updated"
    before = documents.load(known.published, kind) if known.published else None
    wanted = _numbered(bench, thing, before, known.id)
    if wanted == before:
        return Applied(kind, thing.key, "unchanged")
    if isinstance(wanted, RecordType):
        stored = before if isinstance(before, RecordType) else None
        raise_if(tables.changed_types(stored, wanted))
        raise_if(tables.opened_fields(bench.actor, stored, wanted))
        bench.uow.tables.ensure(wanted)
    saved = bench.uow.documents.save_draft(known.id, documents.dump(wanted), known.version, by)
    bench.uow.documents.publish(saved.id, saved.version, by)
    return Applied(kind, thing.key, result)


def _numbered(bench: Workbench, thing: Thing, before: Thing | None, number: int) -> Thing:
    """Give a table's fields the ids that they have, or new ones; fields that the file leaves out go to the bin."""
    if not isinstance(thing, RecordType):
        return thing
    old = {one.key: one for one in before.fields} if isinstance(before, RecordType) else {}
    fields = tuple(
        one.with_id(old[one.key].id if one.key in old else bench.uow.documents.next_id())
        for one in thing.fields
    )
    kept = {one.key for one in fields}
    gone = tuple(
        replace(one, retired=True, required=False) for key, one in old.items() if key not in kept
    )
    return replace(thing, id=number, fields=fields + gone)


def dump(platform: Platform, actor: Actor) -> Mapping[str, str]:
    """Return everything published as JSON texts by file name (`table-customers.json`)."""
    authorize.require(actor, Grant.DESIGN)
    names = {"record_type": "table", "tier_model": "tier-model"}
    with reading(platform, actor) as bench:
        return {
            f"{names.get(kind, kind)}-{key}.json": documents.dump(thing, ids=False)
            for kind, things in bench.published.things.items()
            for key, thing in things.items()
        }
