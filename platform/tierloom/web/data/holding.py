"""Who is in a tier by hand, or kept in it, as lists show it: a mark beside the tier, and links to those alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from tierloom.domain.tiers import TierModel
from tierloom.services import grid, holds
from tierloom.services.as_of import PastBench
from tierloom.services.grid import Listing, Query
from tierloom.services.overrides import last_day_of, moment
from tierloom.services.workbench import Workbench
from tierloom.text import T, Text
from tierloom.web import formats
from tierloom.web.data.inputs import GridState

_ICONS = {holds.BY_HAND: "hand", holds.KEPT: "hourglass"}


@dataclass(frozen=True, slots=True)
class TierMark:
    """What stands beside a tier."""

    icon: str
    words: Text


@dataclass(frozen=True, slots=True)
class HoldLink:
    """Leads to the list of those alone, and back from it."""

    key: str
    icon: str
    label: Text
    count: int
    href: str
    current: bool


def tier_marks(bench: Workbench, shown: Listing) -> Mapping[tuple[str, int], TierMark]:
    """Return the marks of a page of records, by tier model and record; of a past day none are known."""
    if isinstance(bench, PastBench):
        return {}
    found = {}
    for model in shown.placed:
        for kind, ends in holds.held(bench, model).items():
            for record in (one.id for one in shown.rows if one.id in ends):
                words = _words(bench, kind, ends[record])
                found[model.key, record] = TierMark(_ICONS[kind], words)
    return found


def hold_links(
    bench: Workbench, query: Query, model: TierModel, state: GridState, base: str
) -> list[HoldLink]:
    """Return the links to those who are by hand, or kept, in a tier of a model; only where there are any."""
    if isinstance(bench, PastBench):
        return []
    found = []
    for kind, count in grid.holds_beside(bench, query, model).items():
        current = (model.key, kind) in state.tiers
        href = state.href(base, tier=state.with_tier(model.key, "" if current else kind))
        key = kind.strip("~")
        found.append(HoldLink(key, _ICONS[kind], holds.KINDS[kind], count, href, current))
    return found


def _words(bench: Workbench, kind: str, end: int | None) -> Text:
    if kind == holds.KEPT and end is not None:
        return T("Kept until %(day)s", day=formats.day(moment(end)))
    day = last_day_of(bench, end)
    if day is None:
        return T("By hand, without a last day")
    return T("By hand until %(day)s", day=formats.day(day))
