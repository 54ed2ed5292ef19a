"""What a template is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tierloom.domain.fields import Aggregate, FieldKind, Option
from tierloom.text import Label


class Of(StrEnum):
    """Whose figure it is: the record's own, or of each purchase that is linked to it."""

    RECORD = "record"
    PURCHASES = "purchases"


class Asks(StrEnum):
    """On which side of a threshold a record reaches it. A date is compared by the days since then."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Measure(StrEnum):
    """How a threshold is proposed.

    `QUANTILE` and `CENTRE` are of the values above 0 (of days: of all); a centre is the median or the mean, as
    somebody chooses. `GAP_QUANTILE` is of the days between one purchase and the next. `PARETO` is the smallest value
    among those who bring so much of the sum. `FIXED` is a number.
    """

    QUANTILE = "quantile"
    CENTRE = "centre"
    GAP_QUANTILE = "gap_quantile"
    PARETO = "pareto"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Total:
    """How a figure is worked out from purchases: `of` is the key of a figure of them."""

    aggregate: Aggregate
    of: str = ""
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that templates ask for: the kinds of field that can hold it, and what such a field is called.

    `near` are names of fields that will do where there is none of the others. `sample` are the options of a choice
    in examples; `concepts` are what columns of files are said to be about that hold it.
    """

    key: str
    label: Label
    kinds: tuple[FieldKind, ...]
    words: tuple[str, ...]
    near: tuple[str, ...] = ()
    of: Of = Of.RECORD
    total: Total | None = None
    unit: Label | None = None
    wording: Label | None = None
    sample: tuple[Option, ...] = ()
    concepts: tuple[str, ...] = ()

    @property
    def is_date(self) -> bool:
        """Whether rules compare the days since then."""
        return FieldKind.DATE in self.kinds


@dataclass(frozen=True, slots=True)
class Parameter:
    """A threshold of a figure (of none, where it counts something inside a rule), proposed by a measure.

    `default` stands where the data tell nothing; `above` is the parameter than which this one is larger; `beyond` says
    that it is about those who do not reach it.
    """

    key: str
    label: Label
    figure: str
    measure: Measure
    share: float
    default: float
    asks: Asks = Asks.AT_LEAST
    above: str = ""
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document of a template, as JSON with figures and parameters in its rules; `figures` are those it reads."""

    body: Mapping[str, Any]
    figures: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The kind of document that it becomes."""
        return str(self.body["document"]["kind"])


@dataclass(frozen=True, slots=True)
class Template:
    """A tier model or label set to be laid over a table. The first of `sheets` whose figures there are is used.

    Tiers that read a figure of `optional` are left out where it is missing; `tables` names a pack of tables to begin
    with.
    """

    key: str
    label: Label
    summary: Label
    icon: str
    figures: tuple[Figure, ...]
    parameters: tuple[Parameter, ...]
    sheets: tuple[Sheet, ...]
    optional: frozenset[str] = frozenset()
    tables: str = ""

    def figure(self, key: str) -> Figure:
        """Return the figure with this key.

        Raises:
            KeyError: the template has none.
        """
        return {one.key: one for one in self.figures}[key]

    def needed(self, sheet: Sheet) -> tuple[Figure, ...]:
        """Return the figures without which a document cannot be made."""
        return tuple(
            one for one in self.figures if one.key in sheet.figures and one.key not in self.optional
        )

    @property
    def has_centres(self) -> bool:
        """Whether thresholds are in the middle of their figures: at the median or at the mean."""
        return any(one.measure is Measure.CENTRE for one in self.parameters)
