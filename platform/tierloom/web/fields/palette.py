"""The field types as people choose them: name, icon, one line of help."""

from dataclasses import dataclass

from tierloom.domain.fields import (
    STARS,
    Aggregate,
    Bands,
    DataClass,
    FieldKind,
    FieldType,
    Formula,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
    TimeUntil,
)
from tierloom.text import TN, Label, T, Text


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the palette. `key` is a field kind, or a way of working a value out."""

    key: str
    label: Text
    icon: str
    help: Text


STORED = (
    Choice("text", T("Text"), "type", T("A name, a number on a card, a short note")),
    Choice("long_text", T("Long text"), "file-text", T("Remarks of several lines")),
    Choice("integer", T("Whole number"), "hash", T("Points, visits, a customer number")),
    Choice("decimal", T("Number"), "hash", T("A number with decimals")),
    Choice("money", T("Money"), "banknote", T("An amount in one currency")),
    Choice("percent", T("Percent"), "percent", T("A share, such as a discount")),
    Choice("boolean", T("Yes or no"), "toggle-left", T("A member or not")),
    Choice("date", T("Date"), "calendar", T("A birthday, the day of an order")),
    Choice("datetime", T("Date and time"), "clock", T("The moment of a visit")),
    Choice("choice", T("Single choice"), "circle-dot", T("One of a list: a city, a channel")),
    Choice("choices", T("Multiple choice"), "list-checks", T("Several of a list: interests")),
    Choice("phone", T("Phone"), "phone", T("Stored in one format, masked for most roles")),
    Choice("email", T("E-mail"), "mail", T("Stored in lower case, masked for most roles")),
    Choice("rating", T("Rating"), "star", T("One to five stars, or up to ten")),
    Choice("person", T("Account owner"), "user", T("A member of the workspace")),
    Choice("region", T("Region"), "map-pin", T("Province, city or district of China, by code")),
    Choice("reference", T("Link to another table"), "link", T("The customer of an order")),
)
CALCULATED = (
    Choice(
        "rollup",
        T("Total from related records"),
        "sigma",
        T("Number of orders, spend, last purchase"),
    ),
    Choice(
        "time_since", T("Time since a date"), "timer", T("Days since the last order, age in years")
    ),
    Choice(
        "time_until",
        T("Time until a date"),
        "calendar",
        T("Days to the next birthday, to a contract's end"),
    ),
    Choice(
        "formula",
        T("Formula"),
        "wand-sparkles",
        T("Fields and numbers added, multiplied, divided"),
    ),
    Choice("bands", T("Bands"), "layers", T("Ranges of a number with names: low, middle, high")),
)
BY_KEY = {one.key: one for one in (*STORED, *CALCULATED)}

AGGREGATES: tuple[tuple[str, Text], ...] = (
    (Aggregate.COUNT.value, T("Number of records")),
    (Aggregate.SUM.value, T("Sum of a field")),
    (Aggregate.AVERAGE.value, T("Average of a field")),
    (Aggregate.FIRST.value, T("First value by date")),
    (Aggregate.LAST.value, T("Last value by date")),
    (Aggregate.MINIMUM.value, T("Smallest value")),
    (Aggregate.MAXIMUM.value, T("Largest value")),
    (Aggregate.MOST_FREQUENT.value, T("Most frequent value")),
    (Aggregate.DISTINCT.value, T("Number of different values")),
    (Aggregate.SHARE.value, T("Share of the records")),
    (Aggregate.GAP.value, T("Days between the last two")),
)
UNITS: tuple[tuple[str, Text], ...] = (
    (TimeUnit.DAY.value, T("Days")),
    (TimeUnit.WEEK.value, T("Weeks")),
    (TimeUnit.MONTH.value, T("Months")),
    (TimeUnit.YEAR.value, T("Years")),
)
UNTIL_UNITS: tuple[tuple[str, Text], ...] = (
    ("anniversary", T("Days to the next anniversary")),
    *UNITS,
)
SIGNS: tuple[tuple[str, str], ...] = (("+", "+"), ("-", "−"), ("*", "×"), ("/", "÷"))
CLASSES: tuple[tuple[str, Text, Text], ...] = (
    (DataClass.PUBLIC.value, T("Public"), T("Anybody may know it")),
    (DataClass.INTERNAL.value, T("Internal"), T("Everybody in the workspace sees it")),
    (DataClass.PERSONAL.value, T("Personal"), T("Masked for designers, analysts and viewers")),
    (
        DataClass.SENSITIVE.value,
        T("Sensitive"),
        T("Masked, and left out of exports for those roles"),
    ),
)
STAR_COUNTS = tuple((str(n), TN("%(n)s star", "%(n)s stars", n=n)) for n in STARS)
_FIRST_OPTION = Option("option_1", Label({"zh": "选项 1", "en": "Option 1"}))
_WAYS: dict[type, str] = {
    RollUp: "rollup",
    TimeSince: "time_since",
    TimeUntil: "time_until",
    Formula: "formula",
    Bands: "bands",
}
PERSONAL_KINDS = frozenset({FieldKind.PHONE, FieldKind.EMAIL})


def new_type(kind: FieldKind, currency: str, target: str | None) -> FieldType:
    """Return the type of a field that was just added."""
    match kind:
        case FieldKind.MONEY:
            return FieldType(kind, scale=2, currency=currency)
        case FieldKind.DECIMAL:
            return FieldType(kind, scale=2)
        case FieldKind.PERCENT:
            return FieldType(kind, scale=4)
        case FieldKind.CHOICE | FieldKind.CHOICES:
            return FieldType(kind, options=(_FIRST_OPTION,))
        case FieldKind.REFERENCE:
            return FieldType(kind, target=target)
        case _:
            return FieldType(kind)


def choice_of(kind: FieldKind, calculation: object) -> Choice:
    """Return the palette's entry for a field."""
    return BY_KEY[_WAYS.get(type(calculation), kind.value)]
