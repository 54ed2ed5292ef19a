"""Views: saved filters with columns and an order; tier views are made by publishing a tier model."""

from collections.abc import Iterator
from dataclasses import replace

from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.views import View
from tierloom.errors import Invalid, NotFound, Problem, raise_if
from tierloom.rules.builder import SCORE
from tierloom.schemas import documents
from tierloom.services import authorize, grid
from tierloom.services.grid import TIER, Query
from tierloom.services.marks import LABELS, marks_of
from tierloom.services.platform import Platform
from tierloom.services.tables import suggest_key
from tierloom.services.workbench import Workbench, writing
from tierloom.text import Label, T


def save(platform: Platform, actor: Actor, view: View) -> View:
    """Store a new view; its key is made from its name where it is taken.

    Raises:
        Invalid: the filter has errors, or reads what the actor cannot.
    """
    authorize.require(actor, Grant.SAVE_VIEWS)
    with writing(platform, actor) as bench:
        _require_sound(bench, view)
        taken = [one.key for one in bench.uow.documents.all(actor.workspace, "view")]
        taken += [one.key for one in bench.uow.documents.all(actor.workspace, "view", deleted=True)]
        stored = replace(view, key=suggest_key(view.key, taken, "view"))
        made = bench.uow.documents.create(
            actor.workspace, "view", stored.key, documents.dump(stored), actor.account
        )
        bench.uow.documents.publish(made.id, made.version, actor.account)
        return stored


def change(platform: Platform, actor: Actor, view: View) -> None:
    """Put a view in the place of the one with its key, for everybody who uses it.

    Raises:
        NotFound: there is no such view.
        Invalid: the filter has errors, or reads what the actor cannot.
    """
    authorize.require(actor, Grant.SAVE_VIEWS)
    with writing(platform, actor) as bench:
        bench.published.view(view.key)
        _require_sound(bench, view)
        stored = bench.published.documents["view", view.key]
        saved = bench.uow.documents.save_draft(
            stored.id, documents.dump(view), stored.version, actor.account
        )
        bench.uow.documents.publish(saved.id, saved.version, actor.account)


def _require_sound(bench: Workbench, view: View) -> None:
    table = bench.published.table(view.record_type)
    bench.compile(view.filter, table.key)
    raise_if(_problems(bench, view, table))


def _problems(bench: Workbench, view: View, table: RecordType) -> Iterator[Problem]:
    for column in view.columns:
        if not _is_column(bench, table, column):
            words = T("There is no column “%(key)s”.", key=column)
            yield Problem("unknown-column", "/columns", words)
    for sort in view.sort:
        field = table.find(sort.column)
        readable = field is None or authorize.may_read(bench.actor, field)
        sortable = _is_column(bench, table, sort.column) and not sort.column.startswith(LABELS)
        if not readable or not sortable:
            words = T("The list cannot be sorted by “%(key)s”.", key=sort.column)
            yield Problem("bad-sort", "/sort", words)
    if view.tier_model and view.tier_model not in bench.published.things["tier_model"]:
        words = T("There is no tier model “%(key)s”.", key=view.tier_model)
        yield Problem("unknown-tier-model", "/tier_model", words)


def _is_column(bench: Workbench, table: RecordType, column: str) -> bool:
    if column.startswith(TIER):
        return column.removeprefix(TIER) in bench.published.things["tier_model"]
    if column.startswith((SCORE, LABELS)):
        return column in marks_of(bench, table, ()).keys
    return table.find(column) is not None


def for_actor(bench: Workbench, table: str | None = None) -> list[View]:
    """Return the views, of one table or of all, that the actor can open: whose filter reads nothing hidden."""
    return [one for one in bench.published.views(table) if _can_open(bench, one)]


def _can_open(bench: Workbench, view: View) -> bool:
    if view.filter == EVERYBODY:
        return True
    reads = bench.compile_as_system(view.filter, view.record_type).reads
    return bench.allows(reads, view.record_type)


def named(bench: Workbench, key: str) -> View:
    """Return a view in an order that is possible for the actor: its own, else that of the records' numbers.

    Raises:
        NotFound: there is no such view.
    """
    found = bench.published.view(key)
    table = bench.published.table(found.record_type)
    order = tuple(one for one in found.sort if grid.can_sort(bench, table, one.column))
    return replace(found, sort=order)


def delete(platform: Platform, actor: Actor, key: str) -> None:
    """Put a view into the bin.

    Raises:
        NotFound: there is no such view.
    """
    authorize.require(actor, Grant.SAVE_VIEWS)
    with writing(platform, actor) as bench:
        view = bench.published.view(key)
        if view.tier_model:
            authorize.require(actor, Grant.PUBLISH)
        bench.uow.documents.delete(bench.published.documents["view", key].id)


def restore(platform: Platform, actor: Actor, key: str) -> None:
    """Take a view out of the bin."""
    authorize.require(actor, Grant.SAVE_VIEWS)
    with writing(platform, actor) as bench:
        for document in bench.uow.documents.all(actor.workspace, "view", deleted=True):
            if document.key == key:
                bench.uow.documents.restore(document.id)
                return
    raise NotFound(T("There is no view “%(key)s” in the bin.", key=key))


def query_of(view: View, tier: str | None = None, rule: RuleDocument | None = None) -> Query:
    """Return what a view lists: its own filter, or another one in its place, and one tier of its tier model."""
    return Query(
        view.record_type,
        rule or view.filter,
        sort=view.sort[0] if view.sort else None,
        tiers=((view.tier_model, tier),) if view.tier_model and tier else (),
        columns=view.columns,
    )


def from_query(words: str, query: Query) -> View:
    """Return a new view of the list at hand, named by the user.

    Raises:
        Invalid: the name is empty.
    """
    if not words.strip():
        raise Invalid([Problem("no-name", "/name", T("A view needs a name."))])
    return View(
        suggest_key(words, (), "view"),
        Label.of(words),
        query.table,
        query.rule,
        query.columns,
        (query.sort,) if query.sort else (),
    )
