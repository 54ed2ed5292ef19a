"""Numbers, money, dates and spans of time as filters, in the reader's language and zone.

Each filter shows a dash for a value that is not there, so that a template needs no case for it.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern
from flask import Flask

from tierloom.text import TN, T
from tierloom.web.i18n import here, locale, preferences

Number = int | float | Decimal
NOTHING = "–"
SYMBOLS = {
    "CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$",
}  # fmt: skip
_DIGIT_BY_HAN = re.compile(r"(?<=\d)(?=[一-鿿])|(?<=[一-鿿])(?=\d)")
_MONTH = 30 * 24 * 3600
_FIGURES = 16_384


def attach(app: Flask) -> None:
    """Register the filters."""
    filters: dict[str, Callable[..., str]] = {
        "money": money,
        "number": number,
        "plain_number": plain_number,
        "signed": signed,
        "percent": percent,
        "signed_percent": signed_percent,
        "date": day,
        "table_date": table_day,
        "datetime": moment,
        "relative": relative,
        "time_left": time_left,
        "filesize": filesize,
    }
    app.jinja_env.filters.update(filters)


def number(value: Number | None, digits: int | None = None) -> str:
    """Write 1234.5 as 1,234.5; `digits` fixes the decimals."""
    if value is None:
        return NOTHING
    pattern = "#,##0.######" if digits is None else "#,##0" + "." * bool(digits) + "0" * digits
    return _decimal(value + 0, pattern, locale())  # -0.0 is 0, and equal to it where it is kept


def plain_number(value: Number) -> str:
    """Write a number as an input shows it: 1234.5, without signs between the thousands."""
    return str(int(value)) if value == int(value) else str(value)


def signed(value: Number | None, digits: int | None = None) -> str:
    """Write a change: +128, −12 (with a true minus), 0."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + number(_size(value), digits)


def money(value: Number | None, currency: str | None = None) -> str:
    """Write ¥1,234, or ¥1,234.50 when there are cents. Babel would print CN¥ in English."""
    if value is None:
        return NOTHING
    code = currency or preferences().currency
    symbol = SYMBOLS.get(code, code + " ")
    cents = 0 if round(value, 2) == int(value) else 2
    return ("−" if value < 0 else "") + symbol + number(_size(value), cents)


def currency_word(currency: str) -> str:
    """Return what stands behind an amount that is typed: 元 in Chinese, else the currency's sign."""
    if currency == "CNY" and locale().startswith("zh"):
        return "元"
    return SYMBOLS.get(currency, currency)


def percent(value: Number | None, digits: int = 1) -> str:
    """Write a share of one: 0.098 is 9.8%. What is too small to be seen is less than the smallest, and not 0."""
    if value is None:
        return NOTHING
    least = 10.0 ** -(digits + 2)
    return "<" + _share(least, digits) if 0 < value <= least / 2 else _share(value + 0, digits)


def signed_percent(value: Number | None, digits: int = 1) -> str:
    """Write a change of a share: 0.031 is +3.1%."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + _share(_size(value), digits)


def day(value: date | datetime | None, length: str = "medium") -> str:
    """Write a date. `length` is a CLDR length or pattern."""
    if value is None:
        return NOTHING
    local = _local(value).date() if isinstance(value, datetime) else value
    return _date(local, length, locale())


def table_day(value: date | datetime | None) -> str:
    """Write a date as a table shows it: in Chinese by figures alone, which line up below one another."""
    if value is None or not locale().startswith("zh"):
        return day(value)
    return (_local(value).date() if isinstance(value, datetime) else value).isoformat()


def moment(value: datetime | None) -> str:
    """Write a date with the time of day, in the reader's zone."""
    if value is None:
        return NOTHING
    pattern = "y年M月d日 HH:mm" if locale().startswith("zh") else "MMM d, y, HH:mm"
    return format_datetime(_local(value), format=pattern, locale=locale())


def relative(value: datetime | None, now: datetime | None = None) -> str:
    """Write how long ago (or how soon): 2 minutes ago, 2 分钟前; over a month, a date."""
    if value is None:
        return NOTHING
    span = _aware(value) - (now or datetime.now(UTC))
    seconds = abs(span.total_seconds())
    if seconds < 60:
        return here().read(T("just now"))
    if seconds >= _MONTH:
        return day(value)
    # A threshold of 1.2 rather than Babel's 0.85: 50 minutes are not "1 hour".
    words = format_timedelta(
        span, granularity="minute", add_direction=True, threshold=1.2, locale=locale()
    )
    return _DIGIT_BY_HAN.sub(" ", words)


def time_left(seconds: int | None) -> str:
    """Write how long something will still take, as exactly as anybody can tell; nothing where nobody can."""
    if seconds is None:
        return ""
    if seconds < 90:
        left = TN("about %(n)s second left", "about %(n)s seconds left", n=seconds)
    elif seconds < 90 * 60:
        left = TN("about %(n)s minute left", "about %(n)s minutes left", n=round(seconds / 60))
    else:
        left = TN("about %(n)s hour left", "about %(n)s hours left", n=round(seconds / 3600))
    return here().read(left)


# A table of fifty rows has a thousand figures, and the next page many of the same.


@lru_cache(maxsize=_FIGURES)
def _decimal(value: Number, pattern: str, language: str) -> str:
    return _true_minus(format_decimal(value, format=_pattern(pattern), locale=_locale(language)))


def _share(value: Number, digits: int) -> str:
    return _percent(value, "#,##0" + "." * bool(digits) + "0" * digits + "%", locale())


@lru_cache(maxsize=_FIGURES)
def _percent(value: Number, pattern: str, language: str) -> str:
    return _true_minus(format_percent(value, format=_pattern(pattern), locale=_locale(language)))


def _true_minus(written: str) -> str:
    """Return a number with a minus that is as wide as the plus of a change."""
    return written.replace("-", "−")


@lru_cache(maxsize=_FIGURES)
def _date(value: date, length: str, language: str) -> str:
    return format_date(value, format=length, locale=_locale(language))


@cache
def _pattern(pattern: str) -> NumberPattern:
    return parse_pattern(pattern)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def filesize(value: int | None) -> str:
    """Write a number of bytes: 820 B, 14 kB, 3.2 MB."""
    if value is None:
        return NOTHING
    power = min(3, (len(str(value)) - 1) // 3)
    size = value / 1000**power
    return f"{number(size, 1 if power and size < 10 else 0)} {('B', 'kB', 'MB', 'GB')[power]}"


def _size(value: Number) -> Number:
    """Return the absolute value; `abs` of the union is typed as an object."""
    return -value if value < 0 else value


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _local(value: datetime) -> datetime:
    return _aware(value).astimezone(preferences().zone)
