"""A shared list as a table: its columns in order, and its values as words alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from tierloom.domain.fields import Field
from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.services.grid import TIER
from tierloom.services.shared_list import SharedList, SharedRow
from tierloom.services.shown import Masked
from tierloom.text import Label, T
from tierloom.web import formats
from tierloom.web.i18n import read
from tierloom.web.values import NUMERIC, plain

_MASKED = T("Masked in this share")


@dataclass(frozen=True, slots=True)
class SharedColumn:
    """One column: of a field, or of a tier model's placements."""

    key: str
    label: Label
    thing: Field | TierModel
    masked: bool
    sortable: bool

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which stand at the right."""
        return isinstance(self.thing, Field) and self.thing.type.kind in NUMERIC

    @property
    def is_tier(self) -> bool:
        """Whether it shows badges."""
        return isinstance(self.thing, TierModel)

    def code(self, row: SharedRow) -> int | None:
        """Return the placement code of a record, None where nothing is calculated yet."""
        found = row.tiers[self.thing.key]
        return found if found >= -1 else None

    def tier(self, row: SharedRow) -> Tier | DefaultTier | None:
        """Return the tier of a record, None for "not enough data"."""
        code = self.code(row)
        if code is None or code < 0 or isinstance(self.thing, Field):
            return None
        return self.thing.all_tiers[code]

    def words(self, row: SharedRow) -> Markup:
        """Return a record's value as words: nothing in it leads anywhere."""
        value = row.values[self.thing.key]
        if isinstance(self.thing, TierModel) or value is None:
            return Markup('<span class="faint">{}</span>').format(formats.NOTHING)
        if isinstance(value, Masked):
            note = read(_MASKED)
            return Markup('<span class="masked" title="{}">{}</span>').format(note, value.text)
        return escape(plain(self.thing, value))


def columns(shown: SharedList) -> list[SharedColumn]:
    """Return the columns of a shared list: who it is, tiers, the other fields."""
    fields = [_of_field(shown, one) for one in shown.fields]
    return [*fields[:1], *_of_models(shown, shown.models), *fields[1:]]


def _of_field(shown: SharedList, field: Field) -> SharedColumn:
    sortable = field.key in shown.sortable
    return SharedColumn(field.key, field.label, field, field.key in shown.masked, sortable)


def _of_models(shown: SharedList, models: Iterable[TierModel]) -> list[SharedColumn]:
    return [
        SharedColumn(
            f"{TIER}{one.key}", one.label, one, False, f"{TIER}{one.key}" in shown.sortable
        )
        for one in models
    ]
