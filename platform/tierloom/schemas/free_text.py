"""Free text as it is stored: in NFC and trimmed; phones and addresses in one spelling."""

import re
import unicodedata

import phonenumbers

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.schemas.problems import BadText, shown
from tierloom.text import T

# A regular expression for the ends would take quadratic time on long runs of spaces.
_EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b\u200e\u200f\u2060"
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_SEPARATORS = re.compile(r"[\s().·/\-]")
_EXTENSION = re.compile(r"\s*(?:转|轉|分机|分機|ext\.?|x|#)\s*(\d{1,6})\Z", re.IGNORECASE)
_CHINA_PREFIX = re.compile(r"\A86(?=1[3-9]\d{9}\Z)")
_EMAIL = re.compile(r"[^@\s,;<>()\[\]]+@[^@\s,;<>()\[\]]+\.[^@\s,;<>()\[\].]+\Z")
_PLAIN: dict[int, int | str] = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2212\u2013\ufe63"), "-"),
    ord("\uffe5"): "¥",
}
_MAX_EMAIL = 254
_MAX_PHONE = 60


def trim(text: str) -> str:
    """Return `text` without white space and invisible marks at its ends."""
    return text.strip(_EDGES)


def fold_width(text: str) -> str:
    """Return `text` with full-width letters, digits and signs as plain ones, to read values.

    Compatibility normalisation (NFKC) would go too far: it reads 5² as 52.
    """
    return trim(text if text.isascii() else text.translate(_PLAIN))


def normal_text(text: str, *, lines: bool = False) -> str:
    """Return `text` in NFC and trimmed; without `lines` a line break becomes a space."""
    plain = trim(unicodedata.normalize("NFC", text))
    if lines:
        return plain.replace("\r\n", "\n").replace("\r", "\n")
    return " ".join(filter(None, map(trim, plain.splitlines())))


def is_storable(text: str) -> bool:
    """Tell whether every database holds this text: no U+0000, no lone surrogates."""
    return _FORBIDDEN.search(text) is None


def read_free_text(field_type: FieldType, text: str) -> str:
    """Return `text` as a field of this kind stores it (it may be empty).

    Raises:
        BadText: it holds characters that no field may hold, or is no phone number or e-mail
        address.
    """
    if not is_storable(text):
        raise BadText("bad-character", T("The text holds a character that cannot be stored."))
    match field_type.kind:
        case FieldKind.PHONE:
            return normal_phone(text)
        case FieldKind.EMAIL:
            return normal_email(text)
        case kind:
            return normal_text(text, lines=kind is FieldKind.LONG_TEXT)


def normal_phone(text: str) -> str:
    """Return a phone number in one spelling: digits for a Chinese or local one, else `+…`.

    "+86 138-0013-8000", "0086 13800138000" and "138 0013 8000" are all 13800138000; an extension is
    kept as x801.

    Raises:
        BadText: it is not a phone number.
    """
    plain = fold_width(text)
    if not plain:
        return ""
    if len(plain) > _MAX_PHONE:
        raise _bad_phone(text)
    extension = _EXTENSION.search(plain)
    number = plain[: extension.start()] if extension else plain
    suffix = f"x{extension[1]}" if extension else ""
    digits = _SEPARATORS.sub("", number)
    if digits.startswith("00"):
        digits = number = "+" + digits[2:]
    if digits.startswith("+"):
        return _international(text, number) + suffix
    digits = _CHINA_PREFIX.sub("", digits)
    if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 20):
        raise _bad_phone(text)
    return digits + suffix


def _international(text: str, number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise _bad_phone(text) from error
    if not phonenumbers.is_possible_number(parsed):
        raise _bad_phone(text)
    if parsed.country_code == 86:
        national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return _SEPARATORS.sub("", national)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _bad_phone(text: str) -> BadText:
    return BadText(
        "not-a-phone",
        T("%(text)s is not a phone number.", text=shown(text)),
        T("Write digits, with + and the country code for a foreign number."),
    )


def normal_email(text: str) -> str:
    """Return an e-mail address in lower case.

    Raises:
        BadText: it is not an e-mail address.
    """
    plain = unicodedata.normalize("NFC", fold_width(text).lower())
    if plain and (len(plain) > _MAX_EMAIL or not _EMAIL.match(plain)):
        raise BadText(
            "not-an-email",
            T("%(text)s is not an e-mail address.", text=shown(text)),
            T("An address looks like name@example.com."),
        )
    return plain
