"""What the list's address says, and addresses for other states of the list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.views import Sort, View
from tierloom.services.as_of import PastBench, Question
from tierloom.services.grid import PAGE, Query
from tierloom.services.workbench import Workbench

PARTS = ("q", "sort", "tier", "label", "filter", "cols", "dense", "as_of", "rules")
MAX_COLUMNS = 200
MAX_TIERS = 1_000


@dataclass(frozen=True, slots=True)
class GridState:
    """The list as its address describes it.

    `tier` is `model.tier`, several of them with commas between, at most one of each model; `label` likewise
    `set.label`, any number of them; `sort` a column, with `-`
    before it for descending, or `none` where a view's own order is not wanted; `cols` the columns' keys with commas
    between them; `dense` asks for low rows; `as_of` is a past day, `rules` is `today` where today's rules are asked of
    it.
    """

    table: str
    q: str = ""
    sort: str = ""
    tier: str = ""
    label: str = ""
    filter: str = ""
    cols: str = ""
    dense: str = ""
    as_of: str = ""
    rules: str = ""
    page: int = 1

    @classmethod
    def read(cls, table: str, args: MultiDict[str, str]) -> "GridState":
        """Read the state from the query of the address; what makes no sense there is left out.

        Columns come as one text, `cols`, or as ticked boxes, each a `col`.
        """
        page = args.get("page", "1")
        columns = args.getlist("col")[:MAX_COLUMNS] or args.get("cols", "").split(",")
        return cls(
            table,
            args.get("q", "").strip()[:200],
            args.get("sort", "")[:100],
            _tiers(args.getlist("tier")),
            ",".join(args.getlist("label"))[:MAX_TIERS],
            args.get("filter", "")[:20_000],
            ",".join(one for one in columns if one)[:5_000],
            "1" if args.get("dense") else "",
            args.get("as_of", "")[:10],
            "today" if args.get("rules") == "today" else "",
            int(page) if page.isdecimal() and 0 < int(page) < 10**7 else 1,
        )

    def on(self, bench: Workbench) -> "GridState":
        """Return the same list as of the day of a workbench."""
        if not isinstance(bench, PastBench):
            return replace(self, as_of="", rules="")
        asked = "today" if bench.question is Question.TODAY else ""
        return replace(self, as_of=bench.day.isoformat(), rules=asked)

    def query(self, view: View | None = None) -> Query:
        """Return what to ask of the service; what the address does not say, the view does."""
        columns = tuple(self.cols.split(",")) if self.cols else view.columns if view else ()
        return Query(
            self.table,
            self.rule(view),
            self.q,
            self._sort(view),
            self.tiers,
            columns,
            (self.page - 1) * PAGE,
            labels=self.labels,
        )

    @property
    def tiers(self) -> tuple[tuple[str, str], ...]:
        """The tiers that the list is limited to, as pairs of the keys of a tier model and a tier."""
        pairs = (one.partition(".") for one in self.tier.split(",") if one)
        return tuple((model, tier) for model, _, tier in pairs)

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """The labels that records carry which are listed, as pairs of the keys of a label set and a label."""
        pairs = (one.partition(".") for one in dict.fromkeys(self.label.split(",")))
        return tuple((found, label) for found, _, label in pairs if label)

    def without_label(self, found: str, label: str) -> str:
        """Return what the address says of labels without one of them."""
        return ",".join(
            f"{one}.{other}" for one, other in self.labels if (one, other) != (found, label)
        )

    def with_tier(self, model: str, tier: str) -> str:
        """Return what the address says of tiers when a model's is this one, none for an empty key."""
        others = (f"{key}.{one}" for key, one in self.tiers if key != model)
        return ",".join((*others, f"{model}.{tier}") if tier else others)

    def rule(self, view: View | None = None) -> RuleDocument:
        """Return the rule that filters the list: its own, else the view's."""
        return RuleDocument(self.filter) if self.filter else view.filter if view else EVERYBODY

    def sort_of(self, view: View | None) -> str:
        """Return the column that the list is in the order of, as an address says it."""
        found = self._sort(view)
        return ("-" if found.descending else "") + found.column if found else ""

    def _sort(self, view: View | None) -> Sort | None:
        if self.sort == "none":
            return None
        if self.sort:
            return Sort(self.sort.lstrip("-"), self.sort.startswith("-"))
        return view.sort[0] if view and view.sort else None

    def href(self, base: str, **changes: object) -> str:
        """Return the address of the same list with some changes; a change goes back to the first page."""
        other = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        query = urlencode(list(other.parts(*PARTS, "page")))
        return f"{base}?{query}" if query else base

    def parts(self, *names: str) -> Iterable[tuple[str, str]]:
        """Yield the named parts of the state that say something, as pairs for a form or an address."""
        for name in names:
            value = str(getattr(self, name))
            if value and not (name == "page" and self.page == 1):
                yield name, value

    def sorted_by(self, column: str, view: View | None = None) -> str:
        """Return the sort that a click on a column's head asks for: up, down, none."""
        now = self.sort_of(view)
        after = {column: f"-{column}", f"-{column}": ""}.get(now, column)
        return after or ("none" if view and view.sort else "")


def _tiers(sent: Iterable[str]) -> str:
    """Join the tiers that an address names, however it does; the last one of a model counts."""
    found = {}
    for one in ",".join(sent)[:MAX_TIERS].split(","):
        model, _, tier = one.partition(".")
        if tier:
            found[model] = one
    return ",".join(found.values())
