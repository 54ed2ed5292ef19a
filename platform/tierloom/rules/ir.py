"""The typed intermediate form of a rule: small frozen nodes that every evaluator walks with a `match`.

There are two sorts. A *predicate* is two-valued under strict semantics (an atom that touches an unknown value is
false; under `hold` it is uncertain). A *value* may be unknown. `Truth` makes a value of a predicate, `IsTrue` a
predicate of a boolean value. What a rule may say is wider than this: `some`, `none`, `!=`, `days_since` and the
like are lowered to these nodes by the checker and the passes.
"""

from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.fields import Aggregate, Value


class Family(StrEnum):
    """Types that compare with their like."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    PERSON = "person"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of a value. `scale` is None for a double without declared decimals (an average, a quotient)."""

    family: Family
    scale: int | None = None
    currency: str | None = None
    options: tuple[str, ...] = ()
    ranked: bool = False
    target: str | None = None


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, already cast to its type. None is unknown."""

    value: Value
    type: ValueType

    def __hash__(self) -> int:
        return hash(self.value)  # nodes are hashed often, and their types tell few apart


@dataclass(frozen=True, slots=True)
class Var:
    """A stored field of the record at hand (of the child record, inside a child predicate).

    `path` holds reference fields to go up by, then the field: `("company", "city")`; it has one entry for a field
    of the record itself.
    """

    path: tuple[str, ...]
    type: ValueType

    def __hash__(self) -> int:
        return hash(self.path)


@dataclass(frozen=True, slots=True)
class Calculated:
    """A calculated field: `value` is its definition, compiled. `table` and `key` name it: it is worked out once."""

    table: str
    key: str
    value: "ValueNode"
    type: ValueType


class Sign(StrEnum):
    """Arithmetic operators; `%` takes the sign of the dividend, a division by zero is unknown."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    REMAINDER = "%"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Left to right over doubles: `parts[0] sign parts[1] sign …`. Unknown if any part is."""

    sign: Sign
    parts: tuple["ValueNode", ...]
    type: ValueType


class Function(StrEnum):
    """Functions of values. All but COALESCE give unknown for an unknown argument.

    Dates: ADD(date, n) by `unit`; DIFF(a, b) by `unit` is the largest n with b + n <= a, antisymmetric;
    PART gives year, month, day or weekday by `unit`; ANNIVERSARY is days until the next day with x's month and day;
    DATE_OF is a datetime's local date; TRUNCATE its instant at the start of the local `unit` that it is in.
    """

    MIN = "min"
    MAX = "max"
    COALESCE = "coalesce"
    CAT = "cat"
    SUBSTR = "substr"
    LOWER = "lower"
    UPPER = "upper"
    DATE_ADD = "date_add"
    DATE_DIFF = "date_diff"
    DATE_OF = "date_of"
    TRUNCATE = "datetime_truncate"
    DATE_PART = "date_part"
    ANNIVERSARY = "days_to_anniversary"


@dataclass(frozen=True, slots=True)
class Call:
    """A function over its arguments; `unit` is its unit or part, where it has one."""

    function: Function
    args: tuple["ValueNode", ...]
    type: ValueType
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number at the decimals of its type: rint(x * 10**scale) / 10**scale, ties to even.

    What would have more than 15 digits is unknown: it could not be told from its neighbours.
    """

    value: "ValueNode"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Banded:
    """The class of a number: `classes[i]`, a choice, where it reaches `i` of the rising `cuts`.

    A value that equals a cut has reached it, unless `right_closed`.
    """

    value: "ValueNode"
    cuts: tuple[float, ...]
    classes: tuple[str, ...]
    right_closed: bool
    type: ValueType


@dataclass(frozen=True, slots=True)
class If:
    """The value beside the first condition that holds, else `otherwise`. An uncertain condition (under hold) makes the
    result unknown unless the branches agree.
    """

    branches: tuple[tuple["Predicate", "ValueNode"], ...]
    otherwise: "ValueNode"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Today:
    """The local date of the run's `as_of`."""

    type: ValueType


@dataclass(frozen=True, slots=True)
class Now:
    """The run's `as_of`."""

    type: ValueType


@dataclass(frozen=True, slots=True)
class Related:
    """The records of another table that point at this one, and for which `only` holds (all where it is None).

    `until_today`: records dated later than `as_of` do not exist; `window_days`: those of (today - N, today].
    """

    relation: str
    child: str
    reference: str
    date_field: str | None = None
    only: "Predicate | None" = None
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class RollUpOf:
    """An aggregate over related records. `operand` is a value of theirs: a field; for a gap its local date; for a share
    the Truth of the condition to match, which is two-valued under hold too. A count has None.

    Rows whose operand is unknown are skipped; count and sum of nothing are 0, the others of nothing are *none*,
    which is known under hold, false in comparisons (whatever the other side), and `== null`. If every operand is
    unknown it is unknown. A sum is (sum of n) / 10**scale, an average that sum / (rows with an operand), in doubles.
    Of equally frequent values the one that occurred last is the most frequent. A gap is the days between the last date
    and the one before, *none* where there is one only.
    """

    aggregate: Aggregate
    rows: Related
    operand: "ValueNode | None"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Scored:
    """A value of the score with this key. It is worked out two-valued or under `hold` as the score says, whatever
    holds around it: an uncertain criterion makes it unknown, or gives no points.
    """

    key: str
    value: "ValueNode"
    hold: bool
    type: ValueType


@dataclass(frozen=True, slots=True)
class Truth:
    """A predicate's answer as a boolean value (unknown only under hold)."""

    predicate: "Predicate"
    type: ValueType = ValueType(Family.BOOLEAN)


ValueNode = (
    Literal
    | Var
    | Calculated
    | Arithmetic
    | Call
    | Rounded
    | Banded
    | If
    | Today
    | Now
    | RollUpOf
    | Scored
    | Truth
)

# ── predicates ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Constant:
    """Always true, or always false."""

    value: bool


class Comparison(StrEnum):
    """Comparison operators. `!=` is Not of `==`."""

    EQUAL = "=="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values of one family. Choices that are ranked compare by position in `type.options` of the left side."""

    comparison: Comparison
    left: ValueNode
    right: ValueNode

    def __hash__(self) -> int:
        return hash((self.left, self.right))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value is in a list of constants of its family (none of them unknown; at least one)."""

    value: ValueNode
    choices: tuple[Value, ...]


class TextTest(StrEnum):
    """Tests of text against text, by code points, case-sensitive."""

    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


@dataclass(frozen=True, slots=True)
class Matches:
    """A text value contains, starts with or ends with a constant, non-empty text."""

    test: TextTest
    value: ValueNode
    needle: str


@dataclass(frozen=True, slots=True)
class HasAnyOf:
    """A choices value holds at least one of these option keys."""

    value: ValueNode
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsKnown:
    """The value is known (of a roll-up: not *none* either). Always certain."""

    value: ValueNode


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A boolean value is true; unknown is false, under hold uncertain."""

    value: ValueNode


@dataclass(frozen=True, slots=True)
class InSegment:
    """The record is in the segment with this key: its rule, expanded."""

    key: str
    rule: "Predicate"


@dataclass(frozen=True, slots=True)
class Not:
    """Plain negation (Kleene's under hold). `!(a < b)` is never rewritten to `a >= b`."""

    part: "Predicate"


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds. An empty And cannot be built."""

    parts: tuple["Predicate", ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("An And needs a part.")


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds. An empty Or cannot be built."""

    parts: tuple["Predicate", ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("An Or needs a part.")


Predicate = (
    Constant | Compare | OneOf | Matches | HasAnyOf | IsKnown | IsTrue | InSegment | Not | And | Or
)
Node = ValueNode | Predicate
