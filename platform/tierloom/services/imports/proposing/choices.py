"""What a person has changed about a proposal, as the page sends it; what they left alone stays proposed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast

from tierloom.domain.fields import FieldKind
from tierloom.domain.rules import Json
from tierloom.services.imports.proposing.layouts import Layout
from tierloom.text import Label

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Choices:
    """Names of controls and what they hold: `layout`, `figures`, `c3.zh`, `c3.type`, `t.customer.title`.

    A box that is not ticked is sent by no browser; `seen` beside it tells that the page had it.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    def layout(self, allowed: tuple[Layout, ...]) -> Layout:
        """Return the layout to make; one that this file does not allow is passed by."""
        asked = self.given.get("layout", "")
        return next((one for one in allowed if one.value == asked), allowed[0])

    @property
    def figures(self) -> bool:
        """Whether linked purchases get the standard figures."""
        return "figures" in self.given or "figures.seen" not in self.given

    @property
    def known_by(self) -> int | None:
        """Return the column by which somebody says customers are known; None where nobody said."""
        asked = self.given.get("known_by", "")
        return int(asked) if asked.isdecimal() else None

    def label(self, name: str, otherwise: Label) -> Label:
        """Return the words typed for something, else those proposed; a name emptied is proposed again."""
        typed = {one: self.given.get(f"{name}.{one}", "").strip() for one in LANGUAGES}
        sent = any(f"{name}.{one}" in self.given for one in LANGUAGES)
        return Label(typed) if sent and any(typed.values()) else otherwise

    def nameless(self, name: str) -> bool:
        """Whether somebody has emptied the name of something."""
        typed = [self.given.get(f"{name}.{one}") for one in LANGUAGES]
        return any(one is not None for one in typed) and not any(
            (one or "").strip() for one in typed
        )

    def used(self, place: int) -> bool | None:
        """Whether a column is wanted; None where nobody was asked."""
        return f"c{place}.use" in self.given if f"c{place}.seen" in self.given else None

    def kind(self, place: int) -> FieldKind | None:
        """Return the type chosen for a column, None where it stays as proposed."""
        asked = self.given.get(f"c{place}.type", "")
        return FieldKind(asked) if asked in set(FieldKind) else None

    def role(self, place: int) -> str:
        """Return the table chosen for a column; empty for the proposed one."""
        return self.given.get(f"c{place}.table", "")

    def mark(self, role: str, what: str) -> str | None:
        """Return the place of the key or title column of a table, empty for none, None where nobody was asked."""
        return self.given.get(f"t.{role}.{what}")

    def to_json(self) -> Json:
        """Return the choices as JSON."""
        return dict(self.given)

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Return the choices that `to_json` was asked of."""
        return cls(dict(cast(Mapping[str, str], source)))
