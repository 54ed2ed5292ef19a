"""The type of a column: what at least 98 % of its values can be read as, and what its name suggests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc

from tierloom.domain.fields import FieldKind, FieldType, Option
from tierloom.schemas.choice_text import folded
from tierloom.schemas.naming import make_key
from tierloom.services.imports.proposing.columns import Texts
from tierloom.services.imports.proposing.concepts import Concept, Hint, unit_of
from tierloom.text import Label

TOLERANCE = 0.98
MAX_OPTIONS = 50
_OPTION_LENGTH = 30
_USES = 4
"""A choice has each of its options this often on average."""
_LONG = 60
_MAX_PARTS = 30
_PROBE = 5_000

_MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}\Z")
_PHONE_NOISE = re.compile(r"[\s()\-]")
_LEADING_ZERO = re.compile(r"0\d+\Z")
_DIGITS = re.compile(r"\d+\Z")
_FLOAT_ID = re.compile(r"\d{1,15}\.0\Z")
_COMPACT_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\Z")
_MARK = re.compile(r"[¥￥$€£]|元|RMB|CNY|USD|EUR|GBP", re.IGNORECASE)
_CURRENCIES = (
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("USD", "USD"),
    ("EUR", "EUR"),
    ("GBP", "GBP"),
)
_SPLIT = re.compile(r"[|;；、,，]")
_TELLING = re.compile(
    r"是否|有无|会员|已|^(?:is|has|can)[_A-Z ]|flag|active|member|subscrib|opt|vip", re.IGNORECASE
)
_CLEAR = frozenset({"是", "否", "yes", "no", "true", "false"})
_VAGUE = frozenset({"0", "1", "y", "n", "t", "f", "有", "无", "√", "×", "对", "错"})
_RATE = re.compile(r"率|占比|比例|rate|percent|ratio|share", re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"编号|编码|单号|卡号|号码|代码|证号|流水号|(?:^|[^a-z])(?:id|no|number|code)\s*\Z|(?<=[a-z])(?:Id|ID|No|Number|Code)\Z"
)  # fmt: skip
_ADDED = frozenset({Hint.MONEY, Hint.PRICE, Hint.QUANTITY, Hint.NUMBER, Hint.PERCENT})
_DECIMAL = FieldType(FieldKind.DECIMAL, scale=6)
_TEXT = FieldType(FieldKind.TEXT)


@dataclass(frozen=True, slots=True)
class Guess:
    """A type, and the unit that the name or the values show; `share` of the values can be read so."""

    type: FieldType
    unit: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """How a workspace reads: its zone and currency."""

    zone: ZoneInfo
    currency: str


def infer(texts: Texts, header: str, concept: Concept | None, how: Reading) -> Guess:
    """Propose a type for a column. Text always fits, and is the last resort."""
    if not texts.distinct:
        return Guess(_TEXT)
    for found in _candidates(texts, header, concept, how):
        share = texts.share(~texts.read(found.type, how.zone).bad)
        if share >= TOLERANCE:
            return Guess(found.type, found.unit, share)
    return Guess(FieldType(FieldKind.LONG_TEXT) if _is_long(texts, concept) else _TEXT)


def _candidates(
    texts: Texts, header: str, concept: Concept | None, how: Reading
) -> Iterator[Guess]:
    hint = concept.hint if concept else Hint.NONE
    if hint in (Hint.NAME, Hint.LONG):
        return
    if (
        hint is Hint.EMAIL
        or texts.share([_looks_like_email(one) for one in texts.distinct]) >= TOLERANCE
    ):
        yield Guess(FieldType(FieldKind.EMAIL))
    if _is_phone(texts, hint):
        yield Guess(FieldType(FieldKind.PHONE))
    if _is_identifier(texts, header, hint):
        if hint is Hint.ID and texts.share(_all(texts, _FLOAT_ID)) >= TOLERANCE:
            yield Guess(
                FieldType(FieldKind.INTEGER)
            )  # 17850.0: a program has read a number and written it
        return
    yield from _times(texts, hint)
    yield from _flags(texts, header, hint)
    yield from _numbers(texts, header, hint, how)
    yield from _lists(texts, hint)


def _all(texts: Texts, pattern: "re.Pattern[str]") -> list[bool]:
    return [pattern.match(one) is not None for one in texts.distinct]


def _looks_like_email(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and "." in host and " " not in text)


def _is_phone(texts: Texts, hint: Hint) -> bool:
    if hint is Hint.PHONE:
        return True
    mobiles = [_MOBILE.match(_PHONE_NOISE.sub("", one)) is not None for one in texts.distinct]
    return hint is not Hint.ID and texts.share(mobiles) >= TOLERANCE


def _is_identifier(texts: Texts, header: str, hint: Hint) -> bool:
    """Numbers that nobody adds: their names say so, or zeros at the front, or too many digits."""
    if hint is Hint.ID or (hint is Hint.NONE and names_identifier(header)):
        return True
    if hint in (Hint.DATE, Hint.MONEY, Hint.PHONE):
        return False
    padded = [_LEADING_ZERO.match(one) is not None for one in texts.distinct]
    long = [_DIGITS.match(one) is not None and len(one) > 15 for one in texts.distinct]
    return texts.share(padded) > 1 - TOLERANCE or texts.share(long) > 1 - TOLERANCE


def names_identifier(header: str) -> bool:
    """Tell whether a name is that of a number nobody adds: 编号, No, ID."""
    return _IDENTIFIER.search(unit_free(header)) is not None


def unit_free(header: str) -> str:
    """Return a name without the unit in brackets at its end."""
    unit = unit_of(header)
    return header[: header.rfind(unit) - 1].strip() if unit else header


def _times(texts: Texts, hint: Hint) -> Iterator[Guess]:
    digits = _all(texts, _DIGITS)
    days = _all(texts, _COMPACT_DAY)
    others = [plain and not day for plain, day in zip(digits, days, strict=True)]
    if texts.share(others) > 1 - TOLERANCE or (hint in _ADDED and texts.share(digits) > 0.5):
        return
    yield Guess(FieldType(FieldKind.DATE))
    yield Guess(FieldType(FieldKind.DATETIME))


def _flags(texts: Texts, header: str, hint: Hint) -> Iterator[Guess]:
    words = {folded(one) for one in texts.distinct}
    telling = hint is Hint.FLAG or _TELLING.search(header)
    if words <= _CLEAR or (len(words) <= 2 and words <= _CLEAR | _VAGUE and telling):
        yield Guess(FieldType(FieldKind.BOOLEAN))


def _numbers(texts: Texts, header: str, hint: Hint, how: Reading) -> Iterator[Guess]:
    percents = texts.share([one.endswith(("%", "％")) for one in texts.distinct])
    if percents >= TOLERANCE:
        yield Guess(FieldType(FieldKind.PERCENT, scale=4))
        yield Guess(FieldType(FieldKind.PERCENT, scale=6))
        return
    unit = unit_of(header)
    marked = texts.share([_MARK.search(one) is not None for one in texts.distinct])
    money = hint in (Hint.MONEY, Hint.PRICE) or marked > 0.5 or _MARK.search(unit) is not None
    if money and "万" not in unit:
        yield Guess(_money(texts, header, how))
        return
    scale = _decimals(texts, how, FieldType(FieldKind.DECIMAL))
    if scale is None:
        return
    if hint is Hint.PERCENT or (_RATE.search(header) and _is_share(texts, how)):
        yield Guess(FieldType(FieldKind.PERCENT, scale=min(6, max(4, scale))))
    whole = FieldType(FieldKind.INTEGER)
    yield Guess(whole if scale == 0 else FieldType(FieldKind.DECIMAL, scale=scale), unit)


def _currency(texts: Texts, unit: str, how: Reading) -> str:
    sample = " ".join((unit, *texts.distinct[:200])).upper()
    if "¥" in sample or "￥" in sample or "元" in sample:
        return how.currency if how.currency in ("CNY", "JPY", "HKD", "TWD") else "CNY"
    if "$" in sample and how.currency.endswith("D"):
        return how.currency
    return next((currency for mark, currency in _CURRENCIES if mark in sample), how.currency)


def _money(texts: Texts, header: str, how: Reading) -> FieldType:
    kind = FieldType(FieldKind.MONEY, 2, _currency(texts, unit_of(header), how))
    return replace(kind, scale=max(2, _decimals(texts, how, kind) or 2))


def _decimals(texts: Texts, how: Reading, kind: FieldType) -> int | None:
    """Return how many decimals the numbers have, None where too many are no numbers."""
    for wide in (replace(kind, scale=6), replace(kind, scale=2)):
        cells = texts.read(wide, how.zone)
        if texts.share(~cells.bad) < TOLERANCE:
            continue
        scaled = pc.fill_null(cells.cells, 0).to_numpy()
        for scale in range(wide.scale):
            if not np.any(scaled % 10 ** (wide.scale - scale)):
                return scale
        return wide.scale
    return None


def _is_share(texts: Texts, how: Reading) -> bool:
    numbers = pc.fill_null(texts.read(_DECIMAL, how.zone).cells, 0).to_numpy()
    return bool(len(numbers) and np.all(np.abs(numbers) <= 10**6) and np.any(numbers % 10**6))


def _lists(texts: Texts, hint: Hint) -> Iterator[Guess]:
    if hint is Hint.TEXT:
        return
    whole = len(texts.distinct)
    short = max(map(len, texts.distinct)) <= _OPTION_LENGTH
    parts = _parts(texts)
    if parts:
        yield Guess(FieldType(FieldKind.CHOICES, options=_options(parts)))
    few = whole <= MAX_OPTIONS and (whole * _USES <= texts.known or hint is Hint.CHOICE)
    if short and few and (whole < texts.known or hint is Hint.CHOICE):
        ordered = [texts.distinct[place] for place in np.argsort(-texts.counts, kind="stable")]
        yield Guess(FieldType(FieldKind.CHOICE, options=_options(ordered)))


def _parts(texts: Texts) -> list[str]:
    """Return the words of which the values are lists, the most frequent first; nothing where they are none."""
    lists = [_SPLIT.search(one) is not None for one in texts.distinct]
    if texts.share(lists) < 0.1:
        return []
    uses: dict[str, int] = {}
    for text, count in zip(texts.distinct, texts.counts.tolist(), strict=True):
        for part in {one.strip() for one in _SPLIT.split(text) if one.strip()}:
            uses[part] = uses.get(part, 0) + count
            if len(uses) > _PROBE:
                return []
    rare = sum(1 for count in uses.values() if count == 1)
    if not 2 <= len(uses) <= _MAX_PARTS or rare * 3 > len(uses) or max(map(len, uses)) > 20:
        return []
    return sorted(uses, key=lambda one: -uses[one])


def _options(words: list[str]) -> tuple[Option, ...]:
    """Make options; spellings that a reader takes for one are one."""
    options: dict[str, Option] = {}
    for word in words:
        if folded(word) not in options:
            taken = {one.key for one in options.values()}
            options[folded(word)] = Option(make_key(word, taken, "option"), Label.of(word))
    return tuple(options.values())


def _is_long(texts: Texts, concept: Concept | None) -> bool:
    long = [len(one) > _LONG or "\n" in one for one in texts.distinct]
    return bool(concept and concept.hint is Hint.LONG) or texts.share(long) > 0.1


def type_of_kind(kind: FieldKind, texts: Texts, header: str, how: Reading) -> FieldType:
    """Return the type of a kind that somebody chose for a column, with the decimals or options it needs."""
    match kind:
        case FieldKind.MONEY:
            return _money(texts, header, how)
        case FieldKind.DECIMAL:
            return FieldType(kind, scale=_decimals(texts, how, FieldType(kind)) or 2)
        case FieldKind.PERCENT:
            return FieldType(kind, scale=4)
        case FieldKind.CHOICE:
            ordered = [texts.distinct[place] for place in np.argsort(-texts.counts, kind="stable")]
            return FieldType(kind, options=_options(ordered[:500]) or _options(["–"]))
        case FieldKind.CHOICES:
            words = {
                part.strip() for one in texts.distinct for part in _SPLIT.split(one) if part.strip()
            }
            return FieldType(kind, options=_options(sorted(words)[:500]) or _options(["–"]))
        case _:
            return FieldType(kind)
