"""What an export holds: its columns, and the values as cells of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.fields import FieldKind, FieldType, Link, Value
from tierloom.domain.tiers import Slot
from tierloom.schemas.display import edit_text
from tierloom.schemas.person_text import person_name
from tierloom.schemas.regions import region_text
from tierloom.services.exports.inert import neutralise
from tierloom.text import T, Translator

ExportCell = None | str | int | float | date | datetime
"""A cell of a file. Texts are inert; datetimes are naive, in the reader's zone."""

_SEPARATORS = frozenset("、,，;；|\n")
_FIRST_DAY = date(1900, 3, 1)  # spreadsheets count days differently before


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of an export. `label` is in the reader's language; `type` is None for plain words
    (a tier's name).

    The values of a `masked` column are texts that hide what they stand for. `tints` are the colours of words.
    """

    label: str
    type: FieldType | None = None
    masked: bool = False
    tints: Mapping[str, Slot] = field(default_factory=dict)

    @property
    def plain_words(self) -> bool:
        """Whether the values are words already."""
        return self.type is None or self.masked


@dataclass(frozen=True, slots=True)
class ExportStyle:
    """For whom a file is written: language and time zone."""

    translator: Translator
    zone: ZoneInfo


def file_text(column: ExportColumn, value: Value, style: ExportStyle) -> str:
    """Return `value` as text of a CSV file; reading it back gives the same value."""
    if value is None:
        return ""
    if isinstance(value, Link):
        return neutralise(value.key)
    if column.plain_words or column.type is None:
        return neutralise(str(value))
    match value:
        case int() if column.type.kind is FieldKind.PERSON:
            return neutralise(_person(column.type, value, style))
        case bool() | str() | tuple():
            return neutralise(_words(column.type, value, style))
        case int() | float():
            # An average has more decimals than the field that it is taken of.
            return edit_text(column.type, round(value, column.type.scale), style.zone)
        case _:
            return edit_text(column.type, value, style.zone)


def file_cell(column: ExportColumn, value: Value, style: ExportStyle) -> ExportCell:
    """Return `value` as a typed cell of a workbook; what no cell type can hold exactly becomes
    text.
    """
    if column.plain_words or column.type is None:
        return file_text(column, value, style) or None
    match value:
        case datetime():
            local = value.astimezone(style.zone).replace(tzinfo=None, fold=0)
            exact = local.replace(tzinfo=style.zone).astimezone(UTC) == value
            if exact and local.date() >= _FIRST_DAY:
                return local
        case date() if value >= _FIRST_DAY:
            return value
        case int() | float() if not isinstance(value, bool) and _is_figure(column.type):
            return value
    return file_text(column, value, style) or None


def _words(field_type: FieldType, value: bool | str | tuple[str, ...], style: ExportStyle) -> str:
    match value:
        case bool():
            return style.translator.read(T("Yes") if value else T("No"))
        case tuple():
            return "、".join(_option(field_type, key, style) for key in value)
        case _ if field_type.kind is FieldKind.CHOICE:
            return _option(field_type, value, style)
        case _ if field_type.kind is FieldKind.REGION:
            return region_text(value, style.translator.locale)
        case _:
            return value


def _is_figure(field_type: FieldType) -> bool:
    return field_type.kind is not FieldKind.PERSON


def _person(field_type: FieldType, account: int, style: ExportStyle) -> str:
    """Return a member's name where it is one member's only, else the name that they sign in with."""
    found = field_type.option(str(account))
    name = person_name(field_type, account, style.translator.locale)
    others = {
        word.casefold()
        for one in field_type.options
        if found and one.key != found.key
        for word in (one.key, *one.aliases, *one.label.words.values())
    }
    return found.aliases[0] if found and name.casefold() in others else name


def _option(field_type: FieldType, key: str, style: ExportStyle) -> str:
    """Return an option's label where reading it back can only mean this option, else its key."""
    option = field_type.option(key)
    if option is None:
        return key
    label = style.translator.read(option.label)
    others = {
        word.casefold()
        for one in field_type.options
        if one.key != key
        for word in (one.key, *one.label.words.values())
    }
    return key if label.casefold() in others or _SEPARATORS & set(label) else label
