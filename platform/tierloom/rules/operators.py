"""The closed table of operators: one record per operator, with all its faces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tierloom.text import T, Text


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. It takes `least` to `most` arguments (None: no upper bound).

    `label` names it. `sentence` says it in words: `%(a)s`, `%(b)s`, `%(c)s` are its arguments, or
    `%(all)s` all of them, joined by the operator's `joint` where it has one.
    """

    key: str
    least: int
    most: int | None
    label: Text
    sentence: Text
    joint: str = ""

    def takes(self, count: int) -> bool:
        """Tell whether it can have this many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)

    @property
    def arity(self) -> Text:
        """How many arguments it takes, in words."""
        if self.most is None:
            return T("at least %(least)s", least=self.least)
        if self.most == self.least:
            return T("exactly %(least)s", least=self.least)
        return T("%(least)s to %(most)s", least=self.least, most=self.most)


_RECORDS = (
    Operator("var", 1, 2, T("Field"), T("%(a)s")),
    Operator("==", 2, 2, T("is"), T("%(a)s is %(b)s")),
    Operator("!=", 2, 2, T("is not"), T("%(a)s is not %(b)s")),
    Operator("<", 2, 3, T("less than"), T("%(a)s is less than %(b)s")),
    Operator("<=", 2, 3, T("at most"), T("%(a)s is at most %(b)s")),
    Operator(">", 2, 2, T("more than"), T("%(a)s is more than %(b)s")),
    Operator(">=", 2, 2, T("at least"), T("%(a)s is at least %(b)s")),
    Operator("in", 2, 2, T("is any of"), T("%(a)s is in %(b)s")),
    Operator("within", 2, 2, T("is within"), T("%(a)s is within %(b)s")),
    Operator("starts_with", 2, 2, T("starts with"), T("%(a)s starts with %(b)s")),
    Operator("ends_with", 2, 2, T("ends with"), T("%(a)s ends with %(b)s")),
    Operator("and", 1, None, T("all of"), T("%(all)s"), "and"),
    Operator("or", 1, None, T("any of"), T("%(all)s"), "or"),
    Operator("xor", 1, None, T("an odd number of"), T("an odd number of %(all)s holds")),
    Operator("!", 1, 1, T("not"), T("not %(a)s")),
    Operator("!!", 1, 1, T("is filled in"), T("%(a)s is filled in")),
    Operator("if", 3, None, T("if"), T("%(b)s if %(a)s, otherwise %(c)s")),
    Operator("+", 1, None, T("plus"), T("%(all)s"), "+"),
    Operator("-", 1, 2, T("minus"), T("%(all)s"), "−"),
    Operator("*", 1, None, T("times"), T("%(all)s"), "×"),
    Operator("/", 2, 2, T("divided by"), T("%(all)s"), "÷"),
    Operator("%", 2, 2, T("remainder"), T("the remainder of %(a)s ÷ %(b)s")),
    Operator("min", 1, None, T("smallest of"), T("the smallest of %(all)s")),
    Operator("max", 1, None, T("largest of"), T("the largest of %(all)s")),
    Operator("coalesce", 1, None, T("first known of"), T("the first known of %(all)s")),
    Operator("cat", 1, None, T("joined"), T("%(all)s joined")),
    Operator("substr", 2, 3, T("part of"), T("a part of %(a)s")),
    Operator("lower", 1, 1, T("in small letters"), T("%(a)s in small letters")),
    Operator("upper", 1, 1, T("in capitals"), T("%(a)s in capitals")),
    Operator("missing", 1, None, T("is missing"), T("any of %(all)s is missing")),
    Operator("missing_some", 2, 2, T("some are missing"), T("fewer than %(a)s of %(b)s are known")),
    Operator("is_known", 1, 1, T("is known"), T("%(a)s is known")),
    Operator("some", 2, 2, T("has some"), T("has some %(a)s where %(b)s")),
    Operator("all", 2, 2, T("has only"), T("has only %(a)s where %(b)s")),
    Operator("none", 2, 2, T("has no"), T("has no %(a)s where %(b)s")),
    Operator("filter", 2, 2, T("related records where"), T("%(a)s where %(b)s")),
    Operator("count", 1, 1, T("number of"), T("the number of %(a)s")),
    Operator("sum", 2, 2, T("total"), T("the total %(b)s of %(a)s")),
    Operator("avg", 2, 2, T("average"), T("the average %(b)s of %(a)s")),
    Operator("min_of", 2, 2, T("smallest"), T("the smallest %(b)s of %(a)s")),
    Operator("max_of", 2, 2, T("largest"), T("the largest %(b)s of %(a)s")),
    Operator("first", 2, 2, T("first"), T("the first %(b)s of %(a)s")),
    Operator("last", 2, 2, T("last"), T("the last %(b)s of %(a)s")),
    Operator(
        "distinct", 2, 2, T("number of different"), T("the number of different %(b)s of %(a)s")
    ),
    Operator("most_frequent", 2, 2, T("most frequent"), T("the most frequent %(b)s of %(a)s")),
    Operator("share", 2, 2, T("share of"), T("the share of %(a)s where %(b)s")),
    Operator("today", 0, 0, T("today"), T("today")),
    Operator("now", 0, 0, T("now"), T("now")),
    Operator("date_add", 3, 3, T("date plus"), T("%(a)s plus %(b)s %(c)s")),
    Operator("datetime_add", 3, 3, T("moment plus"), T("%(a)s plus %(b)s %(c)s")),
    Operator("datetime_truncate", 2, 2, T("start of"), T("the start of the %(b)s of %(a)s")),
    Operator("date_of", 1, 1, T("date of"), T("the date of %(a)s")),
    Operator("date_diff", 3, 3, T("time between"), T("the %(c)s from %(b)s to %(a)s")),
    Operator("days_since", 1, 1, T("days since"), T("the days since %(a)s")),
    Operator(
        "days_to_anniversary",
        1,
        1,
        T("days to the anniversary"),
        T("the days to the anniversary of %(a)s"),
    ),
    Operator("date_part", 2, 2, T("part of a date"), T("the %(b)s of %(a)s")),
    Operator("segment", 1, 1, T("is in segment"), T("is in segment %(a)s")),
    Operator("score", 1, 1, T("score"), T("%(a)s")),
    Operator("tier", 1, 1, T("tier"), T("%(a)s")),
    Operator("locked", 1, 2, T("locked"), T("%(a)s")),
    Operator("reduce", 3, 3, T("reduce"), T("%(a)s")),
)


def _table(records: Iterable[Operator]) -> Mapping[str, Operator]:
    return MappingProxyType({one.key: one for one in records})


OPERATORS: Mapping[str, Operator] = _table(_RECORDS)

_IS, _BETWEEN, _ANY_OF = OPERATORS["=="], OPERATORS["<="], OPERATORS["in"]

FOREIGN: Mapping[str, Operator] = _table(
    (
        *(replace(_IS, key=key) for key in ("dateOn", "dateNotOn", "dateBefore", "dateAfter")),
        *(replace(_IS, key=key) for key in ("dateOnOrBefore", "dateOnOrAfter")),
        *(replace(_BETWEEN, key=key, least=3) for key in ("dateBetween", "dateNotBetween")),
        *(replace(_ANY_OF, key=key) for key in ("dateIn", "dateNotIn")),
        replace(OPERATORS["date_add"], key="dateRelative", most=4),
    )
)
"""What only other builders write; `rules.dialects` brings it to our spelling."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "===": "==",
        "!==": "!=",
        "date==": "==",
        "date!=": "!=",
        "datetime==": "==",
        "datetime!=": "!=",
        "?:": "if",
        "startsWith": "starts_with",
        "endsWith": "ends_with",
    }
)
"""Spellings of other dialects, with ours."""

PLANNED = frozenset(["me"])
"""Names that strict mode knows and that cannot be used yet."""

BANNED = frozenset(["log", "method", "map", "reduce", "merge", "try", "throw", "val", "preserve"])
"""Names that JSON Logic dialects use and that strict mode never takes."""


def find(key: str) -> Operator | None:
    """Return the operator with this key or spelling, None where there is none."""
    return OPERATORS.get(ALIASES.get(key, key)) or FOREIGN.get(key)


def refusal(key: str) -> tuple[Text, Text]:
    """Say why there is no operator `key`, and what to do."""
    shown = key if len(key) <= 40 else f"{key[:40]}…"
    known = T("Known operators: %(names)s.", names=", ".join(OPERATORS))
    if key in PLANNED:
        return T("The operator “%(name)s” cannot be used yet.", name=shown), known
    if key in BANNED:
        return T("The operator “%(name)s” is not allowed in rules.", name=shown), known
    return T("There is no operator “%(name)s”.", name=shown), known
