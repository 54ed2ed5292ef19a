"""A table as a list: searched, filtered, sorted, paged, with an exact total. Also what exports and tier views read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.people import Grant
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.domain.views import Sort
from tierloom.engine import results
from tierloom.engine.collation import Collation
from tierloom.engine.columns import Mask, Positions, TextColumn
from tierloom.engine.orders import order_by, page, sort_order, value_order
from tierloom.engine.results import ABSENT
from tierloom.engine.text_tests import Holds
from tierloom.errors import Invalid, NotFound, Problem
from tierloom.rules import ir
from tierloom.rules.builder import SCORE
from tierloom.services import authorize, holds, marks
from tierloom.services.marks import NO_MARKS, Marks, marks_of
from tierloom.services.runs.recalculation import sizes_of
from tierloom.services.shown import RecordView, views_at
from tierloom.services.workbench import Workbench
from tierloom.text import Label, T, Text

HELD = "not_enough_data"
TIER = "tier:"
"""What a column's key begins with where it is a tier model's placement."""

_RANKS = {
    FieldKind.MONEY: 1, FieldKind.INTEGER: 2, FieldKind.DECIMAL: 2, FieldKind.PERCENT: 2,
    FieldKind.DATE: 3, FieldKind.DATETIME: 3, FieldKind.BOOLEAN: 4, FieldKind.CHOICE: 4,
    FieldKind.CHOICES: 5, FieldKind.TEXT: 6, FieldKind.PHONE: 7, FieldKind.EMAIL: 8,
    FieldKind.LONG_TEXT: 9,
}  # fmt: skip
PAGE = 50
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Query:
    """What to list; `columns` empty means all.

    `tiers` are pairs of a tier model's key and a tier's (or `not_enough_data`, or one of `holds.KINDS`), `labels` of a
    label set's and a label's: a record is listed if it is in all of the tiers and carries all of the labels.
    """

    table: str
    rule: RuleDocument = EVERYBODY
    search: str = ""
    sort: Sort | None = None
    tiers: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    offset: int = 0
    limit: int = PAGE
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of records.

    `total` is exact; `sizes` counts by tier model and tier what the rule, the search and the chosen tiers of the other
    models leave. `fields`, `placed` (tier models) and `marked` (scores and label sets) are the columns; `offered` are
    all fields that could be, in the order of the list, and `markable` all scores and label sets.
    """

    table: RecordType
    query: Query
    total: int
    rows: tuple[RecordView, ...]
    fields: tuple[Field, ...]
    models: tuple[TierModel, ...]
    offered: tuple[Field, ...] = ()
    placed: tuple[TierModel, ...] = ()
    marked: Marks = NO_MARKS
    markable: Marks = NO_MARKS
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)


def listing(bench: Workbench, query: Query) -> Listing:
    """Return one page of a table.

    Raises:
        Invalid: the rule has errors, or it, the order or the tier names what the actor cannot read.
        NotFound: no such table, tier model, tier, score or label.
    """
    authorize.require(bench.actor, Grant.READ)
    table = bench.published.table(query.table)
    offered = in_list_order(table, authorize.shown_fields(bench.actor, table))
    fields = listed(table, offered, query.columns)
    matching = found(bench, table, query)
    chosen = matching & in_tiers(bench, table, query.tiers) if query.tiers else matching
    limit = max(1, min(query.limit, MAX_PAGE))
    here = page(order_of(bench, table, query.sort), chosen, query.offset, limit)
    models = bench.published.tier_models(table.key)
    sizes = {one.key: _sizes_beside(bench, table, query, one, matching) for one in models}
    marked = marks_of(bench, table, query.columns)
    rows = tuple(views_at(bench, table, here.positions, fields, marked))
    placed = tuple(
        one for one in models if not query.columns or f"{TIER}{one.key}" in query.columns
    )
    markable = marks_of(bench, table, ())
    return Listing(
        table, query, here.total, rows, fields, models, offered, placed, marked, markable, sizes
    )


def chunks(bench: Workbench, query: Query, size: int = 5_000) -> Iterator[list[RecordView]]:
    """Yield all records of a query in order, for an export."""
    authorize.require(bench.actor, Grant.READ)
    table = bench.published.table(query.table)
    chosen = listed_by(bench, table, query)
    order = order_of(bench, table, query.sort)
    positions = order[chosen[order]]
    fields = columns_of(bench, table, query.columns)
    marked = marks_of(bench, table, query.columns)
    for start in range(0, len(positions), size):
        yield views_at(bench, table, positions[start : start + size], fields, marked)


def in_list_order(table: RecordType, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return fields as a list shows them: who it is, figures, what one compares, then what one only reads."""
    name = table.name_field

    def rank(field: Field) -> tuple[int, int]:
        if name and field.key == name.key:
            return 0, 0
        return (1 if not field.is_stored else 2), _RANKS.get(field.type.kind, 0)

    return tuple(sorted(fields, key=rank))


def listed(
    table: RecordType, offered: tuple[Field, ...], columns: tuple[str, ...]
) -> tuple[Field, ...]:
    """Return the fields that a list shows: the wanted ones, else all but long texts. The name is always there."""
    if not columns:
        return tuple(one for one in offered if one.type.kind is not FieldKind.LONG_TEXT)
    by_key = {one.key: one for one in offered}
    name = table.name_field
    keys = (name.key, *columns) if name and name.key not in columns else columns
    return tuple(by_key[key] for key in keys if key in by_key)


def columns_of(bench: Workbench, table: RecordType, columns: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields to show: the wanted ones, or all, of those that the actor sees."""
    seen = authorize.shown_fields(bench.actor, table)
    if not columns:
        return seen
    by_key = {one.key: one for one in seen}
    return tuple(by_key[key] for key in columns if key in by_key)


def found(bench: Workbench, table: RecordType, query: Query) -> Mask:
    """Records that the actor may see, for which the rule holds, with all labels, and what the search finds."""
    matching = bench.matching(query.rule, table.key)
    for key, label in query.labels:
        chosen = marks.label_set_shown(bench, table, key)
        matching = matching & marks.with_label(bench, chosen, label)
    return matching & _search(bench, table, query.search) if query.search.strip() else matching


def listed_by(bench: Workbench, table: RecordType, query: Query) -> Mask:
    """Records that a query lists: those found, in all of its tiers.

    Raises:
        NotFound: no such tier model or tier.
    """
    return found(bench, table, query) & in_tiers(bench, table, query.tiers)


def _sizes_beside(
    bench: Workbench, table: RecordType, query: Query, model: TierModel, matching: Mask
) -> dict[str, int]:
    """Count a model's tiers among what the other models' chosen tiers leave: what choosing one of them would list."""
    others = tuple(pair for pair in query.tiers if pair[0] != model.key)
    return tier_sizes(bench, model, matching & in_tiers(bench, table, others))


def _search(bench: Workbench, table: RecordType, words: str) -> Mask:
    wanted = words.strip()
    columns = bench.columns(table.key)
    hit = np.zeros(columns.size, np.bool_)
    for one in authorize.readable_fields(bench.actor, table):
        if not one.is_stored:
            continue
        if one.type.kind.is_text:
            column = columns.column(one.key)
            if isinstance(column, TextColumn) and len(column.dictionary):
                holds = column.dictionary.where(Holds(wanted))
                hit |= np.append(holds, False)[column.codes]
        elif one.key == table.key_field and wanted.isdigit() and one.type.kind is FieldKind.INTEGER:
            rule = RuleDocument.of({"==": [{"var": one.key}, int(wanted[:15])]})
            hit |= bench.mask(bench.compile(rule, table.key).predicate, table.key)
    return hit


def order_of(bench: Workbench, table: RecordType, sort: Sort | None) -> Positions:
    """Return all positions of a table in an order; by record id where there is none.

    Raises:
        Invalid: the order is by a field that the actor cannot read.
    """
    columns = bench.columns(table.key)
    if sort is None:
        return np.arange(columns.size)
    if sort.column.startswith(TIER):
        model = model_of(bench, table, sort.column.removeprefix(TIER))
        codes = bench.codes(model)
        return order_by(np.where(codes < 0, -1, codes), descending=sort.descending)
    if sort.column.startswith(SCORE):
        score = marks.score_shown(bench, table, sort.column.removeprefix(SCORE))
        node: ir.ValueNode = bench.compiled_score(score).value
        return value_order(node, columns, bench.context, evaluator, descending=sort.descending)
    one = table.find(sort.column)
    if one is None or not can_sort(bench, table, sort.column):
        raise Invalid(
            [
                Problem(
                    "bad-sort",
                    "/sort",
                    T("The list cannot be sorted by “%(key)s”.", key=sort.column),
                )
            ]
        )
    collation = Collation.of(bench.workspace.locale)
    if one.is_stored:
        return sort_order(columns, one.key, collation, descending=sort.descending)
    node = bench.value_of(one, table.key)
    return value_order(
        node, columns, bench.context, evaluator, collation, descending=sort.descending
    )


def can_sort(bench: Workbench, table: RecordType, column: str) -> bool:
    """Tell whether a list can be in the order of a column, as far as the actor is concerned."""
    if column.startswith(TIER):
        models = bench.published.tier_models(table.key)
        return column.removeprefix(TIER) in {one.key for one in models}
    if column.startswith(SCORE):
        scores = marks.scores_shown(bench, table)
        return column.removeprefix(SCORE) in {one.key for one in scores}
    one = table.find(column)
    return one is not None and not one.retired and _may_sort(bench, one)


def _may_sort(bench: Workbench, one: Field) -> bool:
    """Tell whether an order gives nothing away: links are ordered by the names of what they point to."""
    target = bench.catalogue.tables.get(one.type.target or "")
    name = target.name_field if target else None
    return authorize.may_read(bench.actor, one) and (
        name is None or authorize.may_read(bench.actor, name)
    )


def model_of(bench: Workbench, table: RecordType, key: str) -> TierModel:
    """Return a published tier model of this table.

    Raises:
        NotFound: the table has no such tier model.
    """
    model = bench.published.tier_model(key)
    if model.record_type != table.key:
        raise NotFound(
            T("“%(model)s” is not a tier model of %(table)s.", model=model.label, table=table.label)
        )
    return model


def in_tiers(bench: Workbench, table: RecordType, tiers: Iterable[tuple[str, str]]) -> Mask:
    """Records whose stored placements are all of these tiers; all records for none.

    Raises:
        NotFound: no such tier model or tier.
    """
    mask = np.ones(bench.columns(table.key).size, np.bool_)
    for key, tier in tiers:
        model = model_of(bench, table, key)
        if tier in holds.KINDS:
            mask &= holds.mask_of(bench, model, tier)
        else:
            mask &= np.equal(bench.codes(model), code_of(model, tier))
    return mask


def holds_beside(bench: Workbench, query: Query, model: TierModel) -> dict[str, int]:
    """Count who is by hand, or kept, in a tier of a model, among what the other models' chosen tiers leave."""
    found_ones = {kind: ends for kind, ends in holds.held(bench, model).items() if ends}
    if not found_ones:
        return {}
    table = bench.published.table(query.table)
    others = tuple(pair for pair in query.tiers if pair[0] != model.key)
    beside = found(bench, table, query) & in_tiers(bench, table, others)
    return {kind: int((beside & holds.mask_of(bench, model, kind)).sum()) for kind in found_ones}


def tier_name(model: TierModel, tier: str) -> Label | Text:
    """Return what a chosen tier is called: one of the model's, or one of those in its place.

    Raises:
        NotFound: the model has no such tier.
    """
    if tier in holds.KINDS:
        return holds.KINDS[tier]
    code = code_of(model, tier)
    return T("Not enough data") if code < 0 else model.all_tiers[code].label


def code_of(model: TierModel, tier: str) -> int:
    """Return the placement code of a tier key.

    Raises:
        NotFound: the model has no such tier.
    """
    if tier == HELD:
        return NOT_ENOUGH_DATA
    for code, one in enumerate(model.all_tiers):
        if one.key == tier:
            return code
    known = [one.key for one in model.all_tiers]
    raise NotFound(
        T(
            "“%(model)s” has no tier “%(tier)s”. Known: %(known)s.",
            model=model.label,
            tier=tier,
            known=known,
        )
    )


def tier_sizes(bench: Workbench, model: TierModel, mask: Mask) -> dict[str, int]:
    """Count the records of a mask by tier key, `not_enough_data` and, before the first run, `unplaced`."""
    codes = bench.codes(model)[mask]
    sizes = sizes_of(model, codes)
    counts = results.sizes(codes)
    sizes[HELD], waiting = int(counts[NOT_ENOUGH_DATA]), int(counts[ABSENT])
    return {**sizes, "unplaced": waiting} if waiting else sizes
