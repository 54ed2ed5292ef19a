"""Numbers as people type them: "1,234.50", "¥1,200", "12%", "1.2万", "(35.00)"."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from babel.numbers import list_currencies

from tierloom.domain.fields import MAX_DIGITS, FieldKind, FieldType
from tierloom.schemas.field_types import LIMIT
from tierloom.schemas.free_text import fold_width
from tierloom.schemas.problems import BadText, shown
from tierloom.text import TN, T

_MAX_TEXT = 80
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([,' ])\d{3})(?:\1\d{3})*(?:\.\d*)?\Z", re.ASCII)
_MYRIADS = {"万": 4, "萬": 4, "亿": 8, "億": 8}
_DOLLARS = {"USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"}
_MARKS: dict[str, set[str]] = {
    "CN¥": {"CNY"}, "JP¥": {"JPY"}, "¥": {"CNY", "JPY"}, "RMB": {"CNY"}, "人民币": {"CNY"},
    "元": {"CNY", "HKD", "TWD", "MOP"}, "圆": {"CNY"}, "块": {"CNY"}, "円": {"JPY"},
    "US$": {"USD"}, "HK$": {"HKD"}, "NT$": {"TWD"}, "A$": {"AUD"}, "C$": {"CAD"}, "S$": {"SGD"},
    "$": _DOLLARS, "€": {"EUR"}, "£": {"GBP"}, "₩": {"KRW"}, "₹": {"INR"}, "₽": {"RUB"},
    "฿": {"THB"}, "₫": {"VND"}, "₱": {"PHP"}, "₺": {"TRY"}, "₴": {"UAH"}, "₪": {"ILS"},
}  # fmt: skip
_CODE = re.compile(r"\A[A-Z]{3}(?![A-Z])|(?<![A-Z])[A-Z]{3}\Z")
_EXACT = Context(prec=2 * _MAX_TEXT)  # arithmetic in the default context would round long numbers


def read_number(field_type: FieldType, text: str) -> int | float | None:
    """Return the number in `text`, a double that equals n / 10**scale; None where there is no text.

    Raises:
        BadText: no number, in another currency, or with more digits or decimals than the field
        holds.
    """
    plain = fold_width(text)
    if not plain:
        return None
    number = _decimal(field_type, plain) if len(plain) <= _MAX_TEXT else None
    if number is None:
        raise BadText("not-a-number", T("%(text)s is not a number.", text=shown(text)))
    scaled = scaled_integer(field_type, number, text)
    return scaled if field_type.kind is FieldKind.INTEGER else scaled / 10**field_type.scale


def scaled_integer(field_type: FieldType, number: Decimal, text: str) -> int:
    """Return n, where the number is n / 10**scale.

    Raises:
        BadText: the number has more digits or decimals than the field holds.
    """
    # The exponent is looked at first: 10**999 must not be written out.
    if number and number.adjusted() + field_type.scale >= MAX_DIGITS:
        raise BadText(
            "too-many-digits",
            T(
                "%(text)s has more than %(n)s digits before the decimal point.",
                text=shown(text),
                n=MAX_DIGITS - field_type.scale,
            ),
        )
    scaled = number.scaleb(field_type.scale, _EXACT)
    whole = int(scaled)
    if whole != scaled:
        raise _too_many_decimals(field_type, text)
    assert abs(whole) < LIMIT
    return whole


def without_noise(field_type: FieldType, text: str) -> str:
    """Return `text`, or the number that it stands for where a file shows the noise of a double.

    Programs write 11.94 as 11.940000000000001: more than 15 significant digits, which nobody types.
    Such a number is rounded to the field's decimals when that changes it by less than 1e-9 of
    itself; a residue of nothing, like 5.7e-14, is not, because whether it stands for 0 only its
    author knows.
    """
    plain = fold_width(text)
    if len(plain) > _MAX_TEXT or not _NUMBER.match(plain.removeprefix("-")):
        return text
    number = Decimal(plain)
    if len(number.as_tuple().digits) <= MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        return text
    rounded = number.quantize(Decimal(1).scaleb(-field_type.scale), ROUND_HALF_EVEN)
    return f"{rounded:f}" if abs(rounded - number) < abs(number) * Decimal("1e-9") else text


def _decimal(field_type: FieldType, plain: str) -> Decimal | None:
    """Return the number with sign, marks and percent worked out; None where it is none."""
    negative, plain = _sign(plain)
    power = 0
    if plain.endswith("%") and field_type.kind is FieldKind.PERCENT:
        power, plain = -2, plain[:-1].rstrip()
    if field_type.kind is FieldKind.MONEY:
        plain = _without_currency(field_type.currency or "", plain)
        negative, plain = _sign(plain) if not negative else (negative, plain)
    if plain[-1:] in _MYRIADS:
        power, plain = power + _MYRIADS[plain[-1]], plain[:-1].rstrip()
    if _GROUPED.match(plain):
        plain = re.sub("[,' ]", "", plain)
    if not _NUMBER.match(plain):
        return None
    number = Decimal(plain).scaleb(power, _EXACT)
    return number.copy_negate() if negative else number


def _sign(plain: str) -> tuple[bool, str]:
    if plain.startswith("(") and plain.endswith(")"):
        return True, plain[1:-1].strip()
    if plain.startswith(("-", "+")):
        return plain[0] == "-", plain[1:].lstrip()
    return False, plain


def _without_currency(currency: str, plain: str) -> str:
    """Take a currency's mark off either end; the mark of another currency is a problem."""
    upper = plain.upper()
    if upper[-1:].isdigit() and upper[:1].isdigit():
        return plain
    found = _CODE.search(upper)
    if found and found[0] in list_currencies():
        mark, currencies = found[0], {found[0]}
    else:
        mark = next((one for one in _MARKS if upper.startswith(one) or upper.endswith(one)), "")
        currencies = _MARKS.get(mark, {currency})
    if currency not in currencies:
        raise BadText(
            "other-currency",
            T("%(text)s is not in %(currency)s.", text=shown(plain), currency=currency),
            T("Amounts are not converted: enter them in the currency of the field."),
        )
    cut = plain[len(mark) :] if upper.startswith(mark) else plain[: -len(mark)]
    return cut.strip()


def _too_many_decimals(field_type: FieldType, text: str) -> BadText:
    if not field_type.scale:
        return BadText("not-whole", T("%(text)s is not a whole number.", text=shown(text)))
    return BadText(
        "too-many-decimals",
        TN(
            "%(text)s has more than %(n)s decimal.",
            "%(text)s has more than %(n)s decimals.",
            n=field_type.scale,
            text=shown(text),
        ),
    )
