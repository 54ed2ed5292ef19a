"""Conditions in a field's own words, where those say what is asked; else by the field's name."""

import re

from tierloom.domain.fields import Field, FieldKind
from tierloom.rules.builder.operators import BuilderOperator
from tierloom.rules.figures import label_of
from tierloom.text import T, Text

SLOT = "{value}"
KNOWN = frozenset({"filled", "answered"})
UNKNOWN = frozenset({"empty", "unanswered"})
_DATES = (FieldKind.DATE, FieldKind.DATETIME)
_ENGLISH_DENIALS = (
    (re.compile(r"^(is|was|can|will) "), r"\1 not "),
    (re.compile(r"^(has|had) an? "), r"\1 no "),
)
_CHINESE_DENIALS = (
    (re.compile(r"^(?=是|会|能|可以)"), "不"),
    (re.compile(r"^(?=有)|^(?=.+过$)"), "没有"),
    (re.compile(r"^已"), "未"),
)
_SEVERAL = re.compile(r"[^s]s\b(?: (?:in|of|since|for|per) .+)?$")


def says_it(operator: BuilderOperator, field: Field) -> bool:
    """Tell whether a field's own words can say a question.

    “Ordered {value}” is true of any order: that the last one is long ago, it cannot say.
    """
    if field.wording is None or not operator.worded:
        return False
    if operator.key == "anniversary":
        return is_birthday(field)
    return operator.key != "between" or field.type.kind not in _DATES


def is_birthday(field: Field) -> bool:
    """Tell whether a date comes round by its name already."""
    return "生日" in field.label.read("zh") or "birthday" in field.label.read("en").lower()


def denied(statement: str, locale: str) -> str | None:
    """Return the opposite of a statement like “is a member”, None where the way to say it is not known."""
    for start, instead in _ENGLISH_DENIALS if locale.startswith("en") else _CHINESE_DENIALS:
        if start.search(statement):
            return start.sub(instead, statement, count=1)
    return None


def presence(operator: BuilderOperator, field: Field, locale: str) -> tuple[Text, str] | None:
    """Say whether a calculated value is there: nobody fills it in.

    Return the clause and the field's name as it stands there; None for every other question.
    """
    if field.is_stored or operator.key not in KNOWN | UNKNOWN:
        return None
    name = label_of(field.label, locale)
    if operator.key in UNKNOWN:
        return T("has no %(field)s"), name
    return T("has %(field)s"), _with_article(name) if locale.startswith("en") else name


def _with_article(name: str) -> str:
    if _SEVERAL.search(name):
        return name
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"
