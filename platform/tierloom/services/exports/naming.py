"""Names of exported files: 价值分层-黄金-2026-11-21.xlsx."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

_REFUSED = re.compile(r"[\\/:*?\"<>|\x00-\x1f\x7f\u2028\u2029\u200e\u200f\u202a-\u202e]+")
_LONGEST = 80


def export_file_name(parts: Iterable[str], day: date, suffix: str) -> str:
    """Join what a file is about, its day and its suffix ("xlsx"); characters that file systems
    refuse become `_`.
    """
    words = [_clean(part) for part in parts]
    name = "-".join([*(word for word in words if word), day.isoformat()])
    return f"{name}.{suffix}"


def _clean(part: str) -> str:
    return _REFUSED.sub("_", unicodedata.normalize("NFC", part)).strip(" .")[:_LONGEST]
