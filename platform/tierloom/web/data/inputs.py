"""What the list's address says, and addresses for other states of the list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.views import Sort
from tierloom.services.grid import PAGE, Query


@dataclass(frozen=True, slots=True)
class GridState:
    """The list as its address describes it. `tier` is `model.tier`; `sort` a column, with `-` before it for descending."""

    table: str
    q: str = ""
    sort: str = ""
    tier: str = ""
    filter: str = ""
    page: int = 1

    @classmethod
    def read(cls, table: str, args: Mapping[str, str]) -> "GridState":
        """Read the state from the query of the address; what makes no sense there is left out."""
        page = args.get("page", "1")
        return cls(
            table,
            args.get("q", "").strip()[:200],
            args.get("sort", "")[:100],
            args.get("tier", "")[:200],
            args.get("filter", "")[:20_000],
            int(page) if page.isdecimal() and 0 < int(page) < 10**7 else 1,
        )

    def query(self, rule: RuleDocument = EVERYBODY, columns: tuple[str, ...] = ()) -> Query:
        """Return what to ask of the service; `rule` is a view's filter, which an own filter replaces."""
        model, _, tier = self.tier.partition(".")
        return Query(
            self.table,
            RuleDocument(self.filter) if self.filter else rule,
            self.q,
            Sort(self.sort.lstrip("-"), self.sort.startswith("-")) if self.sort else None,
            (model, tier) if tier else None,
            columns,
            (self.page - 1) * PAGE,
        )

    def href(self, base: str, **changes: object) -> str:
        """Return the address of the same list with some changes; a change goes back to the first page."""
        other = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        parts = {name: getattr(other, name) for name in ("q", "sort", "tier", "filter")}
        if other.page > 1:
            parts["page"] = str(other.page)
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{base}?{query}" if query else base

    def sorted_by(self, column: str) -> str:
        """Return the sort that a click on a column's head asks for: up, down, none."""
        return {column: f"-{column}", f"-{column}": ""}.get(self.sort, column)
