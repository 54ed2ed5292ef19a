"""A record's values as the reader sees them, in lists, on pages and in forms."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from flask import Flask
from markupsafe import Markup, escape

from tierloom.domain.fields import NUMBERS, Field, FieldKind, Link, TimeSince, Value
from tierloom.errors import Problem
from tierloom.schemas.display import edit_text
from tierloom.schemas.person_text import person_name
from tierloom.schemas.regions import children_of, region_name, region_text
from tierloom.schemas.star_text import stars
from tierloom.services.shown import Masked, RecordView, Shown
from tierloom.text import T
from tierloom.web import formats
from tierloom.web.components import slug
from tierloom.web.i18n import locale, preferences, read

_YES, _NO = T("Yes"), T("No")
_MASKED = T("Hidden from your role")
_ENGLISH_PLURAL = re.compile(r"[a-z]{3,}s")
_MORE_THAN_AN_S = ("ss", "us", "is", "ies", "oes", "xes", "zes", "ches", "shes", "sses")
"""Ends of English words that one letter less does not make singular, or that are no plurals at all."""
NUMERIC = NUMBERS - {FieldKind.RATING}
"""What stands at the right of a column: a rating is a row of stars."""


def attach(app: Flask) -> None:
    """Give templates `show(field, value, record)`, `editable(field, value)` and the test `numeric`."""
    app.jinja_env.globals.update(show=show, editable=editable, name_of=name_of, provinces=provinces)
    app.jinja_env.filters.update(
        option_pairs=option_pairs, affix=affix, problem_links=problem_links
    )
    app.jinja_env.tests["numeric"] = lambda field: field.type.kind in NUMERIC


def show(field: Field, value: Shown, record: RecordView | None = None) -> Markup:
    """Return a value as markup; a dash where it is unknown."""
    if isinstance(value, Masked):
        return Markup('<span class="masked" title="{}">{}</span>').format(read(_MASKED), value.text)
    if value is None:
        return Markup('<span class="faint">{}</span>').format(formats.NOTHING)
    if isinstance(value, Link):
        return _link(field, value, record)
    if field.type.kind is FieldKind.RATING and isinstance(value, int | float):
        return _stars(field, value)
    return escape(plain(field, value))


def provinces() -> list[str]:
    """Return the names of the provinces, which a region's input offers first."""
    return [region_text(one.code, locale()) for one in children_of("")]


def _stars(field: Field, value: float) -> Markup:
    """Return a rating as stars, with the figure for who does not see them."""
    most = int(field.type.maximum) if isinstance(field.type.maximum, int | float) else 5
    if value != int(value) or not 0 <= value <= most:
        return escape(plain(field, value))
    said = read(T("%(n)s of %(most)s stars", n=int(value), most=most))
    return Markup('<span class="stars" role="img" aria-label="{}" title="{}">{}</span>').format(
        said, said, stars(value, most)
    )


def _link(field: Field, value: Link, record: RecordView | None) -> Markup:
    if value.id is None:
        note = read(T("No such record yet; it will be linked when it arrives."))
        return Markup('<span class="faint" title="{}">{}</span>').format(note, value.key)
    name = record.link_names.get(field.key, value.key) if record else value.key
    return Markup('<a href="/data/{}/{}">{}</a>').format(field.type.target, value.id, name)


def plain(field: Field, value: Value) -> str:
    """Return a known value as text in the reader's language."""
    kind = field.type.kind
    if isinstance(value, bool):
        return read(_YES if value else _NO)
    if isinstance(value, tuple):
        return ("、" if locale().startswith("zh") else ", ").join(
            _option(field, key) for key in value
        )
    if isinstance(value, date):
        return _date(value)
    if kind is FieldKind.PERSON and isinstance(value, int):
        return person_name(field.type, value, locale())
    if isinstance(value, int | float):
        return _number(field, value)
    if isinstance(value, Link):
        return value.key
    if kind is FieldKind.REGION:
        return region_name(str(value), locale())
    return _option(field, str(value)) if kind is FieldKind.CHOICE else str(value)


def _date(value: date) -> str:
    """Return a date as a table shows it, with the time of day where it has one."""
    if isinstance(value, datetime) and locale().startswith("zh"):
        return value.astimezone(preferences().zone).strftime("%Y-%m-%d %H:%M")
    return formats.moment(value) if isinstance(value, datetime) else formats.table_day(value)


def _number(field: Field, value: float) -> str:
    kind, unit = field.type.kind, field.unit
    if kind is FieldKind.MONEY:
        return formats.money(value, field.type.currency)
    if kind is FieldKind.PERCENT:
        return formats.percent(value, max(0, min(2, field.type.scale - 2)))
    text = formats.number(value, field.type.scale if kind is FieldKind.DECIMAL else None)
    if isinstance(field.calculation, TimeSince) and unit is None:
        return text
    return f"{text} {unit_beside(field, value)}" if unit else text


def unit_beside(field: Field, number: float) -> str:
    """Return the unit of a number: in English one of something is not many (1 order, 2 orders).

    A word whose singular takes more than to drop an "s" stays as its designer wrote it.
    """
    unit = field.unit.read(locale()) if field.unit else ""
    if abs(number) != 1 or unit.endswith(_MORE_THAN_AN_S):
        return unit
    return unit.removesuffix("s") if _ENGLISH_PLURAL.fullmatch(unit) else unit


def _option(field: Field, key: str) -> str:
    option = field.type.option(key)
    return option.label.read(locale()) if option else key


def editable(field: Field, value: Shown) -> str | list[str]:
    """Return what a control holds: the text that the form reads back as the same value."""
    if value is None or isinstance(value, Masked):
        return ""
    if isinstance(value, Link):
        return value.key
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        # Seconds are kept where there are any: a form saved as it is changes nothing.
        pattern = "%Y-%m-%dT%H:%M:%S" if value.second else "%Y-%m-%dT%H:%M"
        return value.astimezone(preferences().zone).strftime(pattern)
    if field.type.kind is FieldKind.REGION:
        return region_text(str(value), locale())
    return edit_text(field.type, value, preferences().zone)


def name_of(field: Field | None, record: RecordView) -> str:
    """Return what a record is called: its title field's value, else its number."""
    value = record.values.get(field.key) if field else None
    if field is None or value is None:
        return f"#{record.id}"
    return value.text if isinstance(value, Masked) else plain(field, value)


def option_pairs(field: Field, kept: object = "") -> list[tuple[str, str]]:
    """Return the options to offer, as pairs of key and word; a retired one only where it is `kept`."""
    return [
        (one.key, one.label.read(locale()))
        for one in field.type.options
        if not one.retired or one.key == kept
    ]


def affix(field: Field) -> str:
    """Return what stands behind the control: a currency, a unit."""
    if field.type.currency:
        return formats.currency_word(field.type.currency)
    return field.unit.read(locale()) if field.unit else ""


def problem_links(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """Return problems as pairs of the control's id and the message, for an error summary."""
    return [(slug(one.pointer.lstrip("/")), read(one.message)) for one in problems]
