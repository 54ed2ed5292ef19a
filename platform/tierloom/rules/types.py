"""Types of values, derived from what the catalogue says about fields."""

from tierloom.domain.fields import CHOOSERS, FieldKind, FieldType
from tierloom.rules.ir import Family, ValueType
from tierloom.text import T, Text

BOOLEAN = ValueType(Family.BOOLEAN)
DATE = ValueType(Family.DATE)
DATETIME = ValueType(Family.DATETIME)
TEXT = ValueType(Family.TEXT)
INTEGER = ValueType(Family.NUMBER, scale=0)
DOUBLE = ValueType(Family.NUMBER)

FAMILIES: dict[FieldKind, Family] = {
    FieldKind.TEXT: Family.TEXT,
    FieldKind.LONG_TEXT: Family.TEXT,
    FieldKind.PHONE: Family.TEXT,
    FieldKind.EMAIL: Family.TEXT,
    FieldKind.INTEGER: Family.NUMBER,
    FieldKind.DECIMAL: Family.NUMBER,
    FieldKind.MONEY: Family.NUMBER,
    FieldKind.PERCENT: Family.NUMBER,
    FieldKind.BOOLEAN: Family.BOOLEAN,
    FieldKind.DATE: Family.DATE,
    FieldKind.DATETIME: Family.DATETIME,
    FieldKind.CHOICE: Family.CHOICE,
    FieldKind.CHOICES: Family.CHOICES,
    FieldKind.REFERENCE: Family.REFERENCE,
    FieldKind.RATING: Family.NUMBER,
    FieldKind.PERSON: Family.PERSON,
    FieldKind.REGION: Family.REGION,
}

NAMES: dict[Family, Text] = {
    Family.BOOLEAN: T("yes or no"),
    Family.NUMBER: T("a number"),
    Family.TEXT: T("text"),
    Family.DATE: T("a date"),
    Family.DATETIME: T("a date with time"),
    Family.CHOICE: T("a single choice"),
    Family.CHOICES: T("a multiple choice"),
    Family.REFERENCE: T("a link to another table"),
    Family.PERSON: T("a person"),
    Family.REGION: T("a region"),
}


def value_type(declared: FieldType) -> ValueType:
    """Return the type of a field's values."""
    family = FAMILIES[declared.kind]
    return ValueType(
        family,
        scale=declared.scale if family is Family.NUMBER else None,
        currency=declared.currency,
        options=declared.option_keys if declared.kind in CHOOSERS else (),
        ranked=declared.ranked,
        target=declared.target,
    )


def name_of(kind: ValueType) -> Text:
    """Say a type in words, for messages."""
    if kind.currency:
        return T("an amount in %(currency)s", currency=kind.currency)
    return NAMES[kind.family]
