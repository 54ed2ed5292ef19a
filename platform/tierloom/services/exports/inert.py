"""Cells that spreadsheets would run as formulas are made inert, and made themselves again on
import.

A text that begins with one of `= + - @`, tab or carriage return (also full-width, also after
spaces) gets one apostrophe in front. A text that already looks so escaped gets one too; thus taking
one away is always right, and export → import changes nothing.
"""

import re

_SPACE = r"[ \t\r\n\f\v\u00a0\u3000]"
_TRIGGER = r"[=+\-@\t\r＝＋－＠]"
_RISKY = re.compile(rf"'*{_SPACE}*{_TRIGGER}")
_ESCAPED = re.compile(rf"'+{_SPACE}*{_TRIGGER}")

ESCAPED_RE2 = r"^'('*[ \t\r\n\f\v\x{a0}\x{3000}]*[=+\-@\t\r＝＋－＠])"
"""The same as `_ESCAPED` for RE2 (pyarrow), with what stays as its first group."""


def neutralise(text: str) -> str:
    """Return `text` as it may stand in a cell: never the start of a formula."""
    return "'" + text if _RISKY.match(text) else text


def restore(text: str) -> str:
    """Return what `neutralise` was given: `restore(neutralise(text)) == text` for every text."""
    return text[1:] if _ESCAPED.match(text) else text
