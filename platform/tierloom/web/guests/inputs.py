"""What the address of a shared list asks for, and addresses for other states of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tierloom.domain.views import Sort
from tierloom.services.access.shared_list import Asked
from tierloom.text import LOCALES


@dataclass(frozen=True, slots=True)
class GuestState:
    """A shared list as its address describes it. `lang` is empty where the browser's language is meant."""

    base: str
    asked: Asked
    lang: str = ""

    @classmethod
    def read(cls, base: str, args: Mapping[str, str]) -> "GuestState":
        """Read the state from the query of the address; what makes no sense there is left out."""
        page, sort = args.get("page", ""), args.get("sort", "")[:200]
        model, _, tier = args.get("tier", "")[:200].partition(".")
        asked = Asked(
            int(page) if page.isdecimal() and len(page) < 8 else 1,
            Sort(sort.removeprefix("-"), sort.startswith("-")) if sort else None,
            (model, tier) if tier else None,
        )
        lang = args.get("lang", "")
        return cls(base, asked, lang if lang in LOCALES else "")

    @property
    def sort(self) -> str:
        """The order as an address says it."""
        found = self.asked.sort
        return ("-" if found.descending else "") + found.column if found else ""

    def order(self, column: str) -> str:
        """Return up or down where the list is in the order of a column."""
        return {column: "up", f"-{column}": "down"}.get(self.sort, "")

    def page_href(self, page: int) -> str:
        """Return the address of another page."""
        return self._href(self.sort, self._tier(self.asked.tier), page, self.lang)

    def sort_href(self, column: str) -> str:
        """Return the address of the list in the order of a column; the other way round where it is so already."""
        after = f"-{column}" if self.sort == column else column
        return self._href(after, self._tier(self.asked.tier), 1, self.lang)

    def tier_href(self, model: str, tier: str) -> str:
        """Return the address of one tier alone, or of all where it is alone already."""
        chosen = "" if self.asked.tier == (model, tier) else self._tier((model, tier))
        return self._href(self.sort, chosen, 1, self.lang)

    def lang_href(self, lang: str) -> str:
        """Return the address of the same list in another language."""
        return self._href(self.sort, self._tier(self.asked.tier), self.asked.page, lang)

    def _tier(self, tier: tuple[str, str] | None) -> str:
        return ".".join(tier) if tier else ""

    def _href(self, sort: str, tier: str, page: int, lang: str) -> str:
        parts = {"sort": sort, "tier": tier, "page": page if page > 1 else "", "lang": lang}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{self.base}?{query}" if query else self.base
