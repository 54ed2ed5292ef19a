"""What the builder can ask of a field: one record per question, with all its faces."""

from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.fields import NUMBERS, TEXTS, FieldKind, FieldType
from tierloom.rules.builder.patterns import FIELD, LIST, ONE, TWO, Each, Pattern
from tierloom.text import T, Text

AND = T("%(list)s and %(last)s")
OR = T("%(list)s or %(last)s")


class Input(StrEnum):
    """What somebody fills in: nothing, one value, two, several, or a number of days."""

    NONE = "none"
    ONE = "one"
    TWO = "two"
    MANY = "many"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class BuilderOperator:
    """One question.

    `label` stands in the list of choices. `phrase` goes into the slot of a field's own wording
    ("spent {value} …"), `clause` is the sentence where the field has none; `%(field)s`, `%(a)s`,
    `%(b)s` are their places (of several values, `%(a)s` is all of them, the last one after
    `joint`). A question that is not `worded` is said by the clause even where the field has a
    wording. `pattern` is its JSON Logic, both ways.
    """

    key: str
    label: Text
    input: Input
    phrase: Text
    clause: Text
    pattern: Pattern
    joint: Text = OR
    worded: bool = True

    @property
    def arity(self) -> int:
        """How many values it takes; -1 for any number from one."""
        return {Input.NONE: 0, Input.TWO: 2, Input.MANY: -1}.get(self.input, 1)

    def is_complete(self, values: tuple[str, ...]) -> bool:
        """Tell whether every value that it needs is there."""
        enough = len(values) == self.arity if self.arity >= 0 else bool(values)
        return enough and all(value.strip() for value in values)


_DAYS: Pattern = {"days_since": [FIELD]}
_RECORDS = (
    BuilderOperator(
        "is", T("is"), Input.ONE, T("%(a)s"), T("%(field)s is %(a)s"), {"==": [FIELD, ONE]}
    ),
    BuilderOperator(
        "is_not",
        T("is not"),
        Input.ONE,
        T("not %(a)s"),
        T("%(field)s is not %(a)s"),
        {"!=": [FIELD, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "known_and_not",
        T("is filled in and is not"),
        Input.ONE,
        T("filled in, and not %(a)s"),
        T("%(field)s is filled in and is not %(a)s"),
        {"and": [{"!=": [FIELD, None]}, {"!=": [FIELD, ONE]}]},
        worded=False,
    ),
    BuilderOperator(
        "any_of",
        T("is any of"),
        Input.MANY,
        T("%(a)s"),
        T("%(field)s is %(a)s"),
        {"in": [FIELD, LIST]},
    ),
    BuilderOperator(
        "none_of",
        T("is none of"),
        Input.MANY,
        T("none of %(a)s"),
        T("%(field)s is none of %(a)s"),
        {"!": [{"in": [FIELD, LIST]}]},
        worded=False,
    ),
    BuilderOperator(
        "more_than",
        T("more than"),
        Input.ONE,
        T("more than %(a)s"),
        T("%(field)s is more than %(a)s"),
        {">": [FIELD, ONE]},
    ),
    BuilderOperator(
        "at_least",
        T("at least"),
        Input.ONE,
        T("at least %(a)s"),
        T("%(field)s is at least %(a)s"),
        {">=": [FIELD, ONE]},
    ),
    BuilderOperator(
        "less_than",
        T("less than"),
        Input.ONE,
        T("less than %(a)s"),
        T("%(field)s is less than %(a)s"),
        {"<": [FIELD, ONE]},
    ),
    BuilderOperator(
        "at_most",
        T("at most"),
        Input.ONE,
        T("at most %(a)s"),
        T("%(field)s is at most %(a)s"),
        {"<=": [FIELD, ONE]},
    ),
    BuilderOperator(
        "between",
        T("between"),
        Input.TWO,
        T("between %(a)s and %(b)s"),
        T("%(field)s is between %(a)s and %(b)s"),
        {"<=": [ONE, FIELD, TWO]},
    ),
    BuilderOperator(
        "contains",
        T("contains"),
        Input.ONE,
        T("containing %(a)s"),
        T("%(field)s contains %(a)s"),
        {"in": [ONE, FIELD]},
    ),
    BuilderOperator(
        "not_contains",
        T("does not contain"),
        Input.ONE,
        T("not containing %(a)s"),
        T("%(field)s does not contain %(a)s"),
        {"!": [{"in": [ONE, FIELD]}]},
        worded=False,
    ),
    BuilderOperator(
        "starts_with",
        T("starts with"),
        Input.ONE,
        T("starting with %(a)s"),
        T("%(field)s starts with %(a)s"),
        {"starts_with": [FIELD, ONE]},
    ),
    BuilderOperator(
        "ends_with",
        T("ends with"),
        Input.ONE,
        T("ending with %(a)s"),
        T("%(field)s ends with %(a)s"),
        {"ends_with": [FIELD, ONE]},
    ),
    BuilderOperator(
        "within",
        T("is within"),
        Input.ONE,
        T("within %(a)s"),
        T("%(field)s is within %(a)s"),
        {"within": [FIELD, ONE]},
    ),
    BuilderOperator(
        "within_any",
        T("is within any of"),
        Input.MANY,
        T("within %(a)s"),
        T("%(field)s is within %(a)s"),
        {"within": [FIELD, LIST]},
    ),
    BuilderOperator(
        "not_within",
        T("is not within"),
        Input.ONE,
        T("not within %(a)s"),
        T("%(field)s is not within %(a)s"),
        {"!": [{"within": [FIELD, ONE]}]},
        worded=False,
    ),
    BuilderOperator(
        "has_any_of",
        T("has any of"),
        Input.MANY,
        T("any of %(a)s"),
        T("%(field)s has any of %(a)s"),
        {"some": [FIELD, {"in": [{"var": ""}, LIST]}]},
    ),
    BuilderOperator(
        "has_all_of",
        T("has all of"),
        Input.MANY,
        T("all of %(a)s"),
        T("%(field)s has all of %(a)s"),
        {"and": Each({"in": [ONE, FIELD]})},
        AND,
    ),
    BuilderOperator(
        "has_none_of",
        T("has none of"),
        Input.MANY,
        T("none of %(a)s"),
        T("%(field)s has none of %(a)s"),
        {"none": [FIELD, {"in": [{"var": ""}, LIST]}]},
        worded=False,
    ),
    BuilderOperator(
        "yes", T("is yes"), Input.NONE, T("indeed"), T("%(field)s is yes"), {"==": [FIELD, True]}
    ),
    BuilderOperator(
        "no", T("is no"), Input.NONE, T("not"), T("%(field)s is no"), {"==": [FIELD, False]}
    ),
    BuilderOperator(
        "answered",
        T("is filled in"),
        Input.NONE,
        T("filled in"),
        T("%(field)s is filled in"),
        {"!=": [FIELD, None]},
        worded=False,
    ),
    BuilderOperator(
        "unanswered",
        T("is empty"),
        Input.NONE,
        T("empty"),
        T("%(field)s is empty"),
        {"==": [FIELD, None]},
        worded=False,
    ),
    BuilderOperator(
        "in_last_days",
        T("in the last … days"),
        Input.DAYS,
        T("in the last %(a)s days"),
        T("%(field)s is in the last %(a)s days"),
        {"and": [{">=": [_DAYS, 0]}, {"<": [_DAYS, ONE]}]},
    ),
    BuilderOperator(
        "days_ago",
        T("… or more days ago"),
        Input.DAYS,
        T("%(a)s or more days ago"),
        T("%(field)s is %(a)s or more days ago"),
        {">=": [_DAYS, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "less_days_ago",
        T("less than … days ago"),
        Input.DAYS,
        T("less than %(a)s days ago"),
        T("%(field)s is less than %(a)s days ago"),
        {"<": [_DAYS, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "at_most_days_ago",
        T("at most … days ago"),
        Input.DAYS,
        T("at most %(a)s days ago"),
        T("%(field)s is at most %(a)s days ago"),
        {"<=": [_DAYS, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "more_days_ago",
        T("more than … days ago"),
        Input.DAYS,
        T("more than %(a)s days ago"),
        T("%(field)s is more than %(a)s days ago"),
        {">": [_DAYS, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "on", T("on"), Input.ONE, T("on %(a)s"), T("%(field)s is on %(a)s"), {"==": [FIELD, ONE]}
    ),
    BuilderOperator(
        "before",
        T("before"),
        Input.ONE,
        T("before %(a)s"),
        T("%(field)s is before %(a)s"),
        {"<": [FIELD, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "after",
        T("after"),
        Input.ONE,
        T("after %(a)s"),
        T("%(field)s is after %(a)s"),
        {">": [FIELD, ONE]},
    ),
    BuilderOperator(
        "on_or_before",
        T("on or before"),
        Input.ONE,
        T("on or before %(a)s"),
        T("%(field)s is on or before %(a)s"),
        {"<=": [FIELD, ONE]},
        worded=False,
    ),
    BuilderOperator(
        "on_or_after",
        T("on or after"),
        Input.ONE,
        T("on or after %(a)s"),
        T("%(field)s is on or after %(a)s"),
        {">=": [FIELD, ONE]},
    ),
    BuilderOperator(
        "anniversary",
        T("anniversary in the next … days"),
        Input.DAYS,
        T("within the next %(a)s days"),
        T("%(field)s comes round within the next %(a)s days"),
        {"<=": [{"days_to_anniversary": [FIELD]}, ONE]},
    ),
    BuilderOperator(
        "filled",
        T("is filled in"),
        Input.NONE,
        T("filled in"),
        T("%(field)s is filled in"),
        {"!!": [FIELD]},
        worded=False,
    ),
    BuilderOperator(
        "empty",
        T("is empty"),
        Input.NONE,
        T("empty"),
        T("%(field)s is empty"),
        {"!": [FIELD]},
        worded=False,
    ),
)
_SEGMENT_RECORDS = (
    BuilderOperator(
        "in_segment",
        T("is in segment"),
        Input.ONE,
        T("in segment %(a)s"),
        T("is in segment %(a)s"),
        {"segment": [ONE]},
    ),
    BuilderOperator(
        "not_in_segment",
        T("is not in segment"),
        Input.ONE,
        T("not in segment %(a)s"),
        T("is not in segment %(a)s"),
        {"!": [{"segment": [ONE]}]},
    ),
)
OPERATORS: dict[str, BuilderOperator] = {one.key: one for one in (*_RECORDS, *_SEGMENT_RECORDS)}

_KNOWN = ("filled", "empty")
_TEXT = (
    "is", "is_not", "contains", "not_contains", "starts_with", "ends_with", "any_of", "none_of",
    *_KNOWN, "known_and_not",
)  # fmt: skip
_ORDER = ("at_least", "more_than", "at_most", "less_than")
_NUMBER = (*_ORDER, "between", "is", "is_not", *_KNOWN, "known_and_not")
_CHOICE = ("is", "is_not", "any_of", "none_of")
_DATE = (
    "in_last_days", "days_ago", "on", "before", "after", "on_or_before", "on_or_after", "between",
    "anniversary", *_KNOWN, "less_days_ago", "at_most_days_ago", "more_days_ago",
)  # fmt: skip
_BY_KIND: dict[FieldKind, tuple[str, ...]] = {
    **dict.fromkeys(TEXTS, _TEXT),
    **dict.fromkeys(NUMBERS, _NUMBER),
    FieldKind.BOOLEAN: ("yes", "no", "answered", "unanswered"),
    FieldKind.DATE: _DATE,
    FieldKind.DATETIME: _DATE,
    FieldKind.CHOICE: (*_CHOICE, *_KNOWN, "known_and_not"),
    FieldKind.CHOICES: ("has_any_of", "has_all_of", "has_none_of", *_KNOWN),
    FieldKind.REFERENCE: (*_CHOICE, *_KNOWN),
    FieldKind.PERSON: (*_CHOICE, *_KNOWN, "known_and_not"),
    FieldKind.REGION: ("within", "within_any", "not_within", *_CHOICE, *_KNOWN, "known_and_not"),
}
_RANKED = (*_CHOICE, *_ORDER, *_KNOWN, "known_and_not")

SEGMENT_OPERATORS: tuple[BuilderOperator, ...] = _SEGMENT_RECORDS


def operators_for(field_type: FieldType) -> tuple[BuilderOperator, ...]:
    """Return what can be asked of a field of this type, the most useful first."""
    keys = _RANKED if field_type.ranked else _BY_KIND[field_type.kind]
    return tuple(OPERATORS[key] for key in keys)


@dataclass(frozen=True, slots=True)
class Quantifier:
    """How many related records there must be. `pattern` has the count at the field's place."""

    key: str
    label: Text
    clause: Text
    comparison: str
    counts: bool = True


QUANTIFIERS: dict[str, Quantifier] = {
    one.key: one
    for one in (
        Quantifier("at_least", T("has at least"), T("has at least %(count)s %(relation)s"), ">="),
        Quantifier("at_most", T("has at most"), T("has at most %(count)s %(relation)s"), "<="),
        Quantifier("never", T("has no"), T("has no %(relation)s"), "==", counts=False),
    )
}
