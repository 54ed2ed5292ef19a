"""A view as a guest sees it: the creator's own listing, with fewer columns, masked where the link masks.

Rows and their order come from `grid` and from the creator's rights at this moment, the path that the creator's own
page takes. What a link adds only ever takes away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tierloom.domain.fields import Field, Link
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Actor, Guest, Policy
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.domain.views import Sort, View
from tierloom.rules.builder import SCORE
from tierloom.schemas.display import edit_text, mask
from tierloom.services import authorize, grid
from tierloom.services.authorize import PERSONAL
from tierloom.services.grid import TIER, Query
from tierloom.services.marks import NO_MARKS, Marks, marks_of, reads_of
from tierloom.services.shown import Masked, RecordView, Shown
from tierloom.services.workbench import Workbench
from tierloom.store.shares import SharedColumns
from tierloom.text import Label

PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page, order and tier a guest asks for. What the link does not show is passed over, not refused.

    `tier` is a tier model's key and a tier's.
    """

    page: int = 1
    sort: Sort | None = None
    tier: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SharedRow:
    """One record without its number. A link to another record is that record's key, a text."""

    values: Mapping[str, Shown]
    tiers: Mapping[str, int]
    scores: Mapping[str, float | None]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SharedList:
    """One page of a shared view. `asked` is what was asked for as far as it can be had; `sizes` are by model and tier.

    `sortable` are the columns by which a guest may sort: those that are shown in full.
    """

    view: Label
    table: Label
    workspace: str
    as_of: datetime
    fields: tuple[Field, ...]
    masked: frozenset[str]
    models: tuple[TierModel, ...]
    marks: Marks
    sortable: frozenset[str]
    asked: Asked
    total: int
    rows: tuple[SharedRow, ...]
    sizes: Mapping[str, Mapping[str, int]]
    strip: TierModel | None = None

    @property
    def masked_labels(self) -> tuple[Label, ...]:
        """What the masked columns are called."""
        return tuple(one.label for one in self.fields if one.key in self.masked)


def guest_of(bench: Workbench, view: View, columns: SharedColumns, share: int = 0) -> Guest:
    """Return who opens a link of the bench's actor: the link's frozen columns, as far as the actor has them now."""
    table = bench.published.table(view.record_type)
    chosen = [one for one in table.live_fields if one.id in columns.fields]
    readable = {one.id for one in chosen if _in_full(bench.actor, one, columns)}
    shown = {one.id for one in authorize.shown_fields(bench.actor, table)}
    masked = {one.id for one in chosen if one.id in shown} - readable
    for one in chosen:
        key = _key_of_target(bench, one)
        if key and one.id in readable and _in_full(bench.actor, key, SharedColumns()):
            readable.add(key.id)
    present = {number for number, _ in _models(bench, view.record_type)}
    present |= {one for one, thing in _marks(bench, table) if _open(bench, thing, columns)}
    models = present & set(columns.models)
    return Guest(
        share, bench.actor.workspace, frozenset(readable), frozenset(masked), frozenset(models)
    )


def _open(bench: Workbench, thing: Score | LabelSet, columns: SharedColumns) -> bool:
    """Tell whether nothing goes into a score or label set that the link would have to mask."""
    reads = (bench.catalogue.table(table).find(key) for table, key in reads_of(bench, thing))
    return all(one is None or _in_full(bench.actor, one, columns) for one in reads)


def _in_full(creator: Actor, field: Field, columns: SharedColumns) -> bool:
    """A field that became personal after the link was made is masked like any other."""
    hidden = field.data_class in PERSONAL and field.id not in columns.revealed
    return authorize.may_read(creator, field) and not hidden


def _key_of_target(bench: Workbench, field: Field) -> Field | None:
    """Return the field whose value a link to another record shows."""
    if field.type.target is None:
        return None
    target = bench.published.table(field.type.target)
    return target.find(target.key_field) if target.key_field else None


def _models(bench: Workbench, table: str) -> list[tuple[int, TierModel]]:
    documents = bench.published.documents
    return [
        (documents["tier_model", one.key].id, one) for one in bench.published.tier_models(table)
    ]


def _marks(bench: Workbench, table: RecordType) -> list[tuple[int, Score | LabelSet]]:
    """Return the scores and label sets that the bench's actor sees, with the ids of their documents."""
    known, seen = bench.published.documents, marks_of(bench, table, ())
    scores = ((known["score", one.key].id, one) for one in seen.scores)
    return [*scores, *((known["label_set", one.key].id, one) for one in seen.label_sets)]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a guest sees of a table, in the order of the table's list."""

    fields: tuple[Field, ...]
    models: tuple[TierModel, ...]
    marks: Marks = NO_MARKS

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all columns, as a query names them."""
        models = (f"{TIER}{one.key}" for one in self.models)
        return (*models, *self.marks.keys, *(one.key for one in self.fields))


def columns_of(bench: Workbench, guest: Guest, view: View) -> Columns:
    """Return the columns that a guest sees: the view's own order where it has one, then the others."""
    table = bench.published.table(view.record_type)
    fields = grid.in_list_order(table, authorize.shown_fields(guest, table))
    order = {key: place for place, key in enumerate(view.columns)}
    name = table.name_field
    fields = tuple(
        sorted(
            fields,
            key=lambda one: (name is None or one.key != name.key, order.get(one.key, len(order))),
        )
    )
    models = tuple(one for number, one in _models(bench, table.key) if number in guest.models)
    marks = [thing for number, thing in _marks(bench, table) if number in guest.models]
    scores = tuple(one for one in marks if isinstance(one, Score))
    return Columns(
        fields, models, Marks(scores, tuple(one for one in marks if isinstance(one, LabelSet)))
    )


def shared_list(bench: Workbench, guest: Guest, view: View, asked: Asked) -> SharedList:
    """Return one page of a view for a guest. `bench` is the creator's.

    Raises:
        Invalid: the creator may no longer use the view's filter.
    """
    columns = columns_of(bench, guest, view)
    sortable = _sortable(guest, columns)
    asked = _possible(view, columns, sortable, asked)
    offset = (asked.page - 1) * PAGE
    found = grid.listing(bench, _query(view, columns, asked, offset))
    if offset and offset >= found.total:
        asked = Asked(max(1, -(-found.total // PAGE)), asked.sort, asked.tier)
        found = grid.listing(bench, _query(view, columns, asked, (asked.page - 1) * PAGE))
    return _page(bench, guest, view, columns, sortable, asked, found.total, found.rows, found.sizes)


def whole_list(bench: Workbench, guest: Guest, view: View) -> SharedList:
    """Return all rows of a view for a file; whoever calls has looked at the number of records.

    Raises:
        Invalid: the creator may not use the view's filter.
    """
    columns = columns_of(bench, guest, view)
    sortable = _sortable(guest, columns)
    asked = _possible(view, columns, sortable, Asked())
    query = _query(view, columns, asked, 0)
    sizes = grid.listing(bench, query).sizes
    rows = [one for chunk in grid.chunks(bench, query) for one in chunk]
    return _page(bench, guest, view, columns, sortable, asked, len(rows), rows, sizes)


def _page(
    bench: Workbench,
    guest: Guest,
    view: View,
    columns: Columns,
    sortable: frozenset[str],
    asked: Asked,
    total: int,
    rows: Iterable[RecordView],
    sizes: Mapping[str, Mapping[str, int]],
) -> SharedList:
    table = bench.published.table(view.record_type)
    return SharedList(
        view=view.label,
        table=table.label,
        workspace=bench.workspace.name,
        as_of=bench.context.as_of,
        fields=columns.fields,
        masked=frozenset(
            one.key for one in columns.fields if authorize.policy(guest, one) is Policy.MASKED
        ),
        models=columns.models,
        marks=columns.marks,
        sortable=sortable,
        asked=asked,
        total=total,
        rows=tuple(_narrowed(bench, guest, columns, rows)),
        sizes={one.key: sizes[one.key] for one in columns.models},
        strip=_strip(view, columns),
    )


def _strip(view: View, columns: Columns) -> TierModel | None:
    """Return the tier model by which a guest may look at one tier at a time: the view's own, else the main one."""
    by_key = {one.key: one for one in columns.models}
    main = next((one for one in columns.models if one.main), None)
    return by_key.get(view.tier_model or "") or main or next(iter(columns.models), None)


def _sortable(guest: Guest, columns: Columns) -> frozenset[str]:
    fields = (one.key for one in columns.fields if authorize.may_read(guest, one))
    scores = (f"{SCORE}{one.key}" for one in columns.marks.scores)
    return frozenset((*fields, *scores, *(f"{TIER}{one.key}" for one in columns.models)))


def _possible(view: View, columns: Columns, sortable: frozenset[str], asked: Asked) -> Asked:
    """Keep of a wish what the link can give. The view's own order, too, would say what a hidden column holds."""
    wishes = (asked.sort, view.sort[0] if view.sort else None)
    sort = next((one for one in wishes if one and one.column in sortable), None)
    return Asked(max(1, asked.page), sort, asked.tier if _is_tier(columns, asked.tier) else None)


def _is_tier(columns: Columns, tier: tuple[str, str] | None) -> bool:
    known = {(model.key, one.key) for model in columns.models for one in model.all_tiers}
    held = {(model.key, grid.HELD) for model in columns.models}
    return tier in known | held


def _query(view: View, columns: Columns, asked: Asked, offset: int) -> Query:
    tiers = (asked.tier,) if asked.tier else ()
    return Query(view.record_type, view.filter, "", asked.sort, tiers, columns.keys, offset, PAGE)


def _narrowed(
    bench: Workbench, guest: Guest, columns: Columns, rows: Iterable[RecordView]
) -> Iterator[SharedRow]:
    for row in rows:
        values = {
            one.key: _seen(bench, guest, one, row.values.get(one.key)) for one in columns.fields
        }
        yield SharedRow(
            values,
            {one.key: row.tiers[one.key] for one in columns.models},
            {one.key: row.scores[one.key] for one in columns.marks.scores},
            {one.key: row.labels[one.key] for one in columns.marks.label_sets},
        )


def _seen(bench: Workbench, guest: Guest, field: Field, value: Shown) -> Shown:
    """Mask what the creator reads and the link does not show; what the creator sees masked stays so."""
    if value is None or isinstance(value, Masked):
        return value
    key = (_key_of_target(bench, field) or field) if isinstance(value, Link) else field
    # A figure may have more decimals than its field: an average of money, say.
    text = edit_text(field.type, value, bench.zone) if field.is_stored else str(value)
    for one in (field, key):
        if not authorize.may_read(guest, one):
            return Masked(mask(one, text))
    return text if isinstance(value, Link) else value
