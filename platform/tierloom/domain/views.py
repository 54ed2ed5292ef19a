"""Views: a saved filter, columns and order of a table; a tier view is grouped by a tier model."""

from dataclasses import dataclass

from tierloom.domain.keys import require_key
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by one column. Unknown values come last either way; ties go by record id."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """`columns` are field keys, or `tier:<key>` for a tier model's placement; empty means all fields.

    `tier_model` makes it a tier view, grouped by that model.
    """

    key: str
    label: Label
    record_type: str
    filter: RuleDocument = EVERYBODY
    columns: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    tier_model: str | None = None
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
