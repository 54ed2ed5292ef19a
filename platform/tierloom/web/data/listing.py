"""The page of a list: what the template needs beside the records."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response
from markupsafe import Markup

from tierloom.domain.fields import FieldKind
from tierloom.domain.people import Grant
from tierloom.domain.rules import EVERYBODY
from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.domain.views import View
from tierloom.services import authorize, grid
from tierloom.services.checklist import checklist
from tierloom.services.grid import HELD, TIER, Listing
from tierloom.services.stay_policies import stay_in_words
from tierloom.services.views import for_actor
from tierloom.services.workbench import Workbench
from tierloom.text import Label, T, Text
from tierloom.web import hx
from tierloom.web.as_of import TimeBar, stepping, time_bar
from tierloom.web.data.filters import chips
from tierloom.web.data.holding import hold_links, tier_marks
from tierloom.web.data.inputs import GridState
from tierloom.web.session import actor

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """One tier above the list: its size, and where the list of it alone is. No tier: not enough data."""

    key: str
    tier: Tier | DefaultTier | None
    count: int
    share: float
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The tiers of one model above the list."""

    model: TierModel
    cards: tuple[Card, ...]

    @property
    def stay(self) -> Text | None:
        """What the model's stay policy says, None where it has none."""
        return stay_in_words(self.model.stay) if self.model.stay else None


@dataclass(frozen=True, slots=True)
class TierChip:
    """A tier or label that the list is limited to, and the address of the list without it."""

    model: Label
    tier: Label | Text
    key: str
    without: str


def grid_page(bench: Workbench, state: GridState, base: str, view: View | None = None) -> Response:
    """Answer with the list that `state` describes."""
    state = state.on(bench)
    shown = grid.listing(bench, state.query(view))
    rule = state.rule(view)
    answer = hx.page(
        "data/grid.html",
        block="grid",
        partials=("grid_head",),
        state=state,
        base=base,
        shown=shown,
        view=view,
        rule=rule.json,
        filtered=rule != EVERYBODY,
        changed=bool(state.filter or state.cols or state.sort),
        chips=chips(bench, state, base, view),
        filter_href=_filter_href(state, view),
        strip=(strip := _strip(shown, state, base, view)),
        holds=hold_links(bench, shown.query, strip.model, state, base) if strip else [],
        tier_marks=tier_marks(bench, shown),
        tier_chips=_tier_chips(shown, state, base),
        label_chips=_label_chips(shown, state, base),
        views=_tabs(bench, state, view),
        time=_time(bench, state, base, shown, view),
        opened=stepping(),
        pages=max(1, -(-shown.total // grid.PAGE)),
        first=(state.page - 1) * grid.PAGE + 1,
        orders=_orders(state.sort_of(view)),
        column_choices=_columns(shown),
        row_link=_row_link,
        checklist=None if state.as_of else checklist(bench),
        **_fields(shown),
        **_rights(writing=not state.as_of),
    )
    answer.headers["HX-Push-Url"] = state.href(base, page=state.page)
    return answer


def _time(
    bench: Workbench, state: GridState, base: str, shown: Listing, view: View | None
) -> TimeBar | None:
    parts = state.parts("q", "sort", "tier", "label", "filter", "cols", "dense")
    model = _strip_model(shown, view)
    sizes = f"/tiers/{model.key}/over-time" if model else ""
    return time_bar(bench, base, parts, state.table, "grid", asks=bool(model), sizes=sizes)


def _rights(*, writing: bool) -> dict[str, bool]:
    """Return what the actor may do from the list; nothing is written while it looks at the past."""
    who = actor()
    return {
        "may_export": who.has(Grant.EXPORT),
        "may_write": writing and who.has(Grant.WRITE_RECORDS),
        "may_import": writing and who.has(Grant.IMPORT),
        "may_design": writing and who.has(Grant.DESIGN),
        "may_draft": writing and who.has(Grant.DRAFT_RULES),
        "may_save": writing and who.has(Grant.SAVE_VIEWS),
        "may_share": writing and who.has(Grant.SHARE),
    }


def _fields(shown: Listing) -> Item:
    name = shown.table.name_field
    seen = {one.key for one in shown.offered}
    return {
        "name_field": name if name and name.key in seen else None,
        # A unit beside every number of a column says nothing that its head does not.
        "fields": [
            replace(one, unit=None) for one in shown.fields if name is None or one.key != name.key
        ],
        "readable": {one.key for one in authorize.readable_fields(actor(), shown.table)},
        "people": any(one.type.kind is FieldKind.PHONE for one in shown.table.live_fields),
    }


def _row_link(name: str, href: str) -> Markup:
    return Markup('<a class="row-link" href="{}">{}</a>').format(href, name)


def _filter_href(state: GridState, view: View | None) -> str:
    address = state.href(f"/data/{state.table}/filter")
    if view is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}view={view.key}"


def _strip(shown: Listing, state: GridState, base: str, view: View | None) -> Strip | None:
    model = _strip_model(shown, view)
    if model is None:
        return None
    sizes = shown.sizes[model.key]
    tiers: dict[str, Tier | DefaultTier | None] = {one.key: one for one in model.all_tiers}
    if sizes.get(HELD):
        tiers[HELD] = None
    everybody = sum(sizes.values())
    cards = []
    for key, tier in tiers.items():
        count = sizes.get(key, 0)
        current = (model.key, key) in state.tiers
        href = state.href(base, tier=state.with_tier(model.key, "" if current else key))
        share = count / everybody if everybody else 0
        cards.append(Card(key, tier, count, share, href, current))
    return Strip(model, tuple(cards))


def _strip_model(shown: Listing, view: View | None) -> TierModel | None:
    wanted = view.tier_model if view else None
    for model in shown.models:
        if model.key == wanted:
            return model
    main = next((one for one in shown.models if one.main), None)
    return main or next(iter(shown.models), None)


def _tier_chips(shown: Listing, state: GridState, base: str) -> list[TierChip]:
    models = {one.key: one for one in shown.models}
    return [
        TierChip(
            models[key].label,
            grid.tier_name(models[key], tier),
            key,
            state.href(base, tier=state.with_tier(key, "")),
        )
        for key, tier in state.tiers
    ]


def _label_chips(shown: Listing, state: GridState, base: str) -> list[TierChip]:
    sets = {one.key: one for one in shown.markable.label_sets}
    words = {(key, one.key): one.label for key, found in sets.items() for one in found.labels}
    return [
        TierChip(
            sets[key].label,
            words[key, label],
            f"{key}-{label}",
            state.href(base, label=state.without_label(key, label)),
        )
        for key, label in state.labels
    ]


def _tabs(bench: Workbench, state: GridState, view: View | None) -> list[Item]:
    views = for_actor(bench, state.table)
    if not views:
        return []
    same_day = GridState(state.table, as_of=state.as_of, rules=state.rules)
    whole = same_day.href(f"/data/{state.table}")
    found: list[Item] = [
        {"label": T("All"), "href": whole, "icon": "table-2", "current": view is None}
    ]
    for one in views:
        icon = "layers" if one.tier_model else "list"
        here = view is not None and view.key == one.key
        found.append(
            {
                "label": one.label,
                "href": same_day.href(f"/views/{one.key}"),
                "icon": icon,
                "current": here,
            }
        )
    return found


def _orders(sort: str) -> Mapping[str, str]:
    found: defaultdict[str, str] = defaultdict(str)
    if sort:
        found[sort.lstrip("-")] = "down" if sort.startswith("-") else "up"
    return found


def _columns(shown: Listing) -> list[Item]:
    name = shown.table.name_field
    placed = {one.key for one in shown.placed}
    fields = {one.key for one in shown.fields}
    found: list[Item] = [
        {"key": f"{TIER}{one.key}", "label": one.label, "shown": one.key in placed}
        for one in shown.models
    ]
    found += [
        {"key": key, "label": one.label, "shown": key in shown.marked.keys}
        for key, one in shown.markable.columns
    ]
    found += [
        {"key": one.key, "label": one.label, "shown": one.key in fields}
        for one in shown.offered
        if name is None or one.key != name.key
    ]
    return found
