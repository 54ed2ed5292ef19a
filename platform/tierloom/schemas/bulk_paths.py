"""The quick paths of a bulk read: texts so plain that whole-column functions read them.

Each path takes only texts about which it cannot differ from `parse_text`; what it leaves is read
one by one.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.domain.fields import MAX_DIGITS, FieldKind, FieldType

_DAY = (
    r"[12]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_MIDNIGHT = r"(?: 00:00(?::00)?)?"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_INTEGER = rf"^-?\d{{1,{MAX_DIGITS}}}(?:\.0{{0,6}})?$"
# Printable ASCII and common Chinese characters and marks: nothing to trim, compose or replace.
_INNER = r"!-~\x{3001}\x{3002}\x{4e00}-\x{9fff}\x{ff01}\x{ff0c}\x{ff08}\x{ff09}"
_TEXT = rf"^[{_INNER}](?:[ {_INNER}]*[{_INNER}])?$"
_MOBILE = r"^1[3-9]\d{9}$"
_SHORTEST_UNSURE = 5
_MS_PER_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # naive: local days are counted from it

Done = NDArray[np.bool_]


def read_plain(field_type: FieldType, texts: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Done]:
    """Return the cells of the plain texts (null elsewhere), and which of the texts were plain."""
    match field_type.kind:
        case FieldKind.INTEGER:
            plain = _matching(texts, _INTEGER)
            whole = pc.replace_substring_regex(_only(texts, plain), r"\..*", "")
            return whole.cast(pa.int64()), plain
        case FieldKind.DECIMAL | FieldKind.MONEY:
            return _scaled(texts, field_type.scale)
        case FieldKind.DATE:
            plain = _matching(texts, rf"^{_DAY}{_MIDNIGHT}$")
            days = pc.utf8_slice_codeunits(_only(texts, plain), 0, 10)
            return days.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), plain
        case FieldKind.DATETIME:
            return _instants(texts, zone)
        case FieldKind.TEXT | FieldKind.LONG_TEXT | FieldKind.REFERENCE:
            # Words for nothing are short; the few short texts are read one by one.
            plain = _matching(texts, _TEXT)
            plain &= pc.greater_equal(pc.utf8_length(texts), _SHORTEST_UNSURE).to_numpy(
                zero_copy_only=False
            )
            return _only(texts, plain), plain
        case FieldKind.PHONE:
            plain = _matching(texts, _MOBILE)
            return _only(texts, plain), plain
        case FieldKind.EMAIL | FieldKind.CHOICE | FieldKind.CHOICES | FieldKind.REGION:
            return pa.nulls(len(texts), pa.string()), np.zeros(len(texts), dtype=np.bool_)
        case FieldKind.PERCENT | FieldKind.BOOLEAN | FieldKind.RATING | FieldKind.PERSON:
            return pa.nulls(len(texts), pa.int64()), np.zeros(len(texts), dtype=np.bool_)


def _matching(texts: pa.Array, pattern: str) -> Done:
    found: Done = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found.astype(np.bool_)


def _only(texts: pa.Array, plain: Done) -> pa.Array:
    return (
        texts if plain.all() else pc.if_else(pa.array(plain), texts, pa.scalar(None, pa.string()))
    )


def _scaled(texts: pa.Array, scale: int) -> tuple[pa.Array, Done]:
    """Read decimals. The double is right, and rounding its product finds n (see `to_cell`)."""
    fraction = rf"(?:\.\d{{0,{scale}}}0{{0,6}})?"
    plain = _matching(texts, rf"^-?\d{{1,{MAX_DIGITS - scale}}}{fraction}$")
    doubles = _only(texts, plain).cast(pa.float64()).to_numpy(zero_copy_only=False)
    scaled = np.rint(np.where(plain, doubles, 0.0) * 10**scale).astype(np.int64)
    return pa.array(scaled, mask=~plain), plain


def _instants(texts: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Done]:
    """Read local times on days without a clock change; one offset then serves the whole day."""
    plain = _matching(texts, rf"^{_DAY} {_CLOCK}$")
    stamps = _only(texts, plain).cast(pa.timestamp("ms")).cast(pa.int64())
    local = pc.fill_null(stamps, 0).to_numpy()
    days, codes = np.unique(local // _MS_PER_DAY, return_inverse=True)
    offsets = np.array([_offset(int(day), zone) for day in days], dtype=np.float64)[codes]
    plain &= ~np.isnan(offsets)
    utc = local - np.nan_to_num(offsets).astype(np.int64)
    return pa.array(utc, mask=~plain), plain


def _offset(day: int, zone: ZoneInfo) -> float:
    """Return the offset of a local day in milliseconds, NaN where it changes within the day."""
    start = _EPOCH + timedelta(days=day)
    ends = {
        (start + timedelta(hours=hours)).replace(tzinfo=zone, fold=fold).utcoffset()
        for hours in (0, 24)
        for fold in (0, 1)
    }
    if len(ends) > 1:
        return float("nan")
    return (ends.pop() or timedelta()).total_seconds() * 1000
