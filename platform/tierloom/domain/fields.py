"""Fields: what a table records about each of its records, and what it works out by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Self

from tierloom.domain.keys import require_key
from tierloom.domain.rules import RuleDocument
from tierloom.text import Label

MAX_DIGITS = 15
MAX_SCALE = 6
STARS = range(3, 11)
"""How many stars a rating may have."""

USUAL_STARS = 5


@dataclass(frozen=True, slots=True)
class Link:
    """The value of a reference: the other record's id (None while no such record exists) and its key."""

    id: int | None
    key: str


Value = None | bool | int | float | str | date | datetime | tuple[str, ...] | Link
"""A field's value in Python. None is *unknown*; datetimes are aware and in UTC; numbers with a scale
are the double nearest to n / 10**scale; choices are option keys in the order of the field's list; a
person is the number of an account, a region its code."""


class FieldKind(StrEnum):
    """The kinds of field that a user can choose from."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    PHONE = "phone"
    EMAIL = "email"
    REFERENCE = "reference"
    RATING = "rating"
    PERSON = "person"
    REGION = "region"

    @property
    def is_number(self) -> bool:
        """Whether values are numbers that can be added and compared."""
        return self in NUMBERS

    @property
    def is_text(self) -> bool:
        """Whether values are free text (phone and e-mail are, with a normaliser)."""
        return self in TEXTS


NUMBERS = frozenset(
    {
        FieldKind.INTEGER,
        FieldKind.DECIMAL,
        FieldKind.MONEY,
        FieldKind.PERCENT,
        FieldKind.RATING,
    }
)
TEXTS = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.PHONE, FieldKind.EMAIL})
CHOOSERS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})


class DataClass(StrEnum):
    """How much care a field's values need; the default policy of every role follows from it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a choice. A retired option stays valid in stored values, but is not offered.

    `aliases` are other words by which a file may name it.
    """

    key: str
    label: Label
    retired: bool = False
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.key or "|" in self.key or len(self.key) > 100:
            raise ValueError(f"{self.key!r} is no option key: 1 to 100 characters without a bar.")


@dataclass(frozen=True, slots=True)
class FieldType:
    """A kind with what belongs to it.

    `scale` is the number of decimals; `currency` an ISO 4217 code, of money only; `options` belong to
    choices and are in rank order (later = higher) where `ranked`; `target` is the key of the table that a
    reference points to. Limits are inclusive; a rating has as many stars as its `maximum`.

    The options of a person field are the members of the workspace, by the number of their account. No document
    has them: they are there where the published tables of a workspace were read.
    """

    kind: FieldKind
    scale: int = 0
    currency: str | None = None
    options: tuple[Option, ...] = ()
    ranked: bool = False
    target: str | None = None
    minimum: float | date | None = None
    maximum: float | date | None = None
    max_length: int | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        kind = self.kind
        if not 0 <= self.scale <= MAX_SCALE or (self.scale and not kind.is_number):
            raise ValueError(f"A {kind} field cannot have {self.scale} decimals.")
        if kind is FieldKind.INTEGER and self.scale:
            raise ValueError("An integer has no decimals.")
        if (kind is FieldKind.MONEY) != (self.currency is not None):
            raise ValueError("Money has a currency, and nothing else has.")
        if kind is FieldKind.RATING:
            self._require_stars()
        if kind is not FieldKind.PERSON and (kind in CHOOSERS) != bool(self.options):
            raise ValueError("A choice has options, and nothing else has.")
        if len({option.key for option in self.options}) != len(self.options):
            raise ValueError("Two options of one field have the same key.")
        if self.ranked and kind is not FieldKind.CHOICE:
            raise ValueError("Only a single choice can be ranked.")
        if (kind is FieldKind.REFERENCE) != (self.target is not None):
            raise ValueError("A reference has a target table, and nothing else has.")

    def _require_stars(self) -> None:
        if self.minimum is None:
            object.__setattr__(self, "minimum", 1)
        if self.maximum is None:
            object.__setattr__(self, "maximum", USUAL_STARS)
        if self.minimum != 1 or self.maximum not in STARS:
            raise ValueError(f"A rating has {STARS[0]} to {STARS[-1]} stars, and begins at one.")

    @property
    def option_keys(self) -> tuple[str, ...]:
        """Keys of all options, retired ones included, in list order."""
        return tuple(option.key for option in self.options)

    def option(self, key: str) -> Option | None:
        """Return the option with this key, None where there is none."""
        return next((option for option in self.options if option.key == key), None)


class Aggregate(StrEnum):
    """What a roll-up does with the related records."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "avg"
    FIRST = "first"
    LAST = "last"
    MINIMUM = "min_of"
    MAXIMUM = "max_of"
    DISTINCT = "distinct"
    MOST_FREQUENT = "most_frequent"
    SHARE = "share"
    GAP = "gap"


WITHOUT_OPERAND = frozenset({Aggregate.COUNT, Aggregate.SHARE, Aggregate.GAP})
"""A count and a share are about whole records, a gap is about their dates."""


@dataclass(frozen=True, slots=True)
class RollUp:
    """A value worked out from related records.

    `relation` is the name under which the catalogue gives the related records; `operand` the key of one of
    their fields (none for a count); `window_days` keeps those of the last N days by the related table's
    `date_field`; `only` keeps those for which the rule holds. A share is the part of these for which `matching`
    holds; a gap is the days between the last of them and the one before.
    """

    aggregate: Aggregate
    relation: str
    operand: str | None = None
    window_days: int | None = None
    only: RuleDocument | None = None
    matching: RuleDocument | None = None

    def __post_init__(self) -> None:
        if (self.aggregate in WITHOUT_OPERAND) != (self.operand is None):
            raise ValueError(
                "A count, a share and a gap have no field to work on; other totals have one."
            )
        if (self.aggregate is Aggregate.SHARE) != (self.matching is not None):
            raise ValueError("A share has a rule that its records match, and nothing else has.")
        if self.window_days is not None and self.window_days < 1:
            raise ValueError("A window is at least one day.")


class TimeUnit(StrEnum):
    """Units of the local calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class TimeSince:
    """Whole units from the date in another field (its key is `source`) to today; an integer."""

    source: str
    unit: TimeUnit = TimeUnit.DAY


@dataclass(frozen=True, slots=True)
class TimeUntil:
    """Whole units from today to the date in another field, negative once it is past; an integer.

    `yearly` counts the days to the next day with the same month and day instead: a birthday.
    """

    source: str
    unit: TimeUnit = TimeUnit.DAY
    yearly: bool = False

    def __post_init__(self) -> None:
        if self.yearly and self.unit is not TimeUnit.DAY:
            raise ValueError("The time to an anniversary is counted in days.")


@dataclass(frozen=True, slots=True)
class Formula:
    """A value worked out from other fields of the record: `rule` is the expression, rounded once, at its end."""

    rule: RuleDocument


@dataclass(frozen=True, slots=True)
class Bands:
    """The class of a number: the field's type is a choice, and `classes` are keys of its options.

    `classes[i]` holds what reaches `i` of the `cuts`. A value that equals a cut has reached it, unless `right_closed`:
    then it is the last one of the class below.
    """

    source: str
    cuts: tuple[float, ...]
    classes: tuple[str, ...]
    right_closed: bool = False

    def __post_init__(self) -> None:
        if not self.cuts or any(low >= high for low, high in pairwise(self.cuts)):
            raise ValueError("Bands have cut points, each larger than the one before.")
        if len(self.classes) != len(self.cuts) + 1 or len(set(self.classes)) != len(self.classes):
            raise ValueError("Bands have one class more than cut points, each another one.")


Calculation = RollUp | TimeSince | TimeUntil | Formula | Bands


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    `id` is 0 until it is stored. `wording` is how a sentence says it, with a slot: "spent {value} in the last
    12 months". `unit` is shown after the value. A field with a `calculation` is typed by nobody.
    A `fixed` one is what nobody can bring about, a birthday: no explanation asks for another value of it.
    """

    key: str
    label: Label
    type: FieldType
    id: int = 0
    required: bool = False
    unique: bool = False
    data_class: DataClass = DataClass.INTERNAL
    calculation: Calculation | None = None
    help: Label | None = None
    wording: Label | None = None
    unit: Label | None = None
    retired: bool = False
    fixed: bool = False

    def __post_init__(self) -> None:
        require_key(self.key)
        if self.calculation and (self.required or self.unique):
            raise ValueError(f"{self.key!r} is calculated: it cannot be required or unique.")
        if isinstance(self.calculation, Bands) and not (
            self.type.kind is FieldKind.CHOICE
            and set(self.calculation.classes) <= set(self.type.option_keys)
        ):
            raise ValueError(f"{self.key!r} is a field of bands: its classes are its options.")

    @property
    def is_stored(self) -> bool:
        """Whether the database has a column for it."""
        return self.calculation is None

    def with_id(self, number: int) -> Self:
        """Return the same field as stored under `number`."""
        return replace(self, id=number)


def keys_of(fields: Iterable[Field]) -> tuple[str, ...]:
    """Keys of `fields`, in order."""
    return tuple(one.key for one in fields)
