"""A shared list as a table: its columns in order, and its values as words alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from tierloom.domain.fields import Field
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.scores import Score
from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.services.access.shared_list import SharedList, SharedRow
from tierloom.services.grid import TIER
from tierloom.services.shown import Masked
from tierloom.text import Label, T
from tierloom.web import formats
from tierloom.web.i18n import read
from tierloom.web.values import NUMERIC, plain

_MASKED = T("Masked in this share")


@dataclass(frozen=True, slots=True)
class SharedColumn:
    """One column: a field, a tier model's placements, a score or labels."""

    key: str
    label: Label
    thing: Field | TierModel | Score | LabelSet
    masked: bool
    sortable: bool

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which stand at the right."""
        if isinstance(self.thing, Score):
            return True
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
        if code is None or code < 0 or not isinstance(self.thing, TierModel):
            return None
        return self.thing.all_tiers[code]

    def labels(self, row: SharedRow) -> tuple[LabelRule, ...]:
        """Return the labels that a record carries; of other columns there are none."""
        if not isinstance(self.thing, LabelSet):
            return ()
        return tuple(one for one in self.thing.labels if one.key in row.labels[self.thing.key])

    def words(self, row: SharedRow) -> Markup:
        """Return a record's value as words: nothing in it leads anywhere."""
        if isinstance(self.thing, Score):
            points = row.scores[self.thing.key]
            return escape(formats.NOTHING if points is None else formats.number(points))
        value = None if isinstance(self.thing, LabelSet) else row.values[self.thing.key]
        if not isinstance(self.thing, Field) or value is None:
            return Markup('<span class="faint">{}</span>').format(formats.NOTHING)
        if isinstance(value, Masked):
            note = read(_MASKED)
            return Markup('<span class="masked" title="{}">{}</span>').format(note, value.text)
        return escape(plain(self.thing, value))


def columns(shown: SharedList) -> list[SharedColumn]:
    """Return the columns of a shared list: who it is, tiers, the other fields."""
    fields = [_of_field(shown, one) for one in shown.fields]
    return [*fields[:1], *_of_models(shown, shown.models), *_of_marks(shown), *fields[1:]]


def _of_field(shown: SharedList, field: Field) -> SharedColumn:
    sortable = field.key in shown.sortable
    # A unit beside every number of a column says nothing that its head does not.
    plainly = replace(field, unit=None)
    return SharedColumn(field.key, field.label, plainly, field.key in shown.masked, sortable)


def _of_marks(shown: SharedList) -> list[SharedColumn]:
    return [
        SharedColumn(key, one.label, one, False, key in shown.sortable)
        for key, one in shown.marks.columns
    ]


def _of_models(shown: SharedList, models: Iterable[TierModel]) -> list[SharedColumn]:
    return [
        SharedColumn(
            f"{TIER}{one.key}", one.label, one, False, f"{TIER}{one.key}" in shown.sortable
        )
        for one in models
    ]
