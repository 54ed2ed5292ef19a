"""Bytes of a text file → UTF-8: by byte order mark, then strict UTF-8, then GB18030. Gzip is undone
on the way.
"""

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from tierloom.errors import Invalid, Problem
from tierloom.services.imports.limits import MAX_TEXT_BYTES, MIB
from tierloom.text import T, Text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GZIP = b"\x1f\x8b"
_SURELY_UTF8 = 8
"""So many characters of three bytes never come out of GB18030 by chance: the file is UTF-8, and
damaged.
"""


@dataclass
class _Undecodable(Exception):
    """The bytes are not in this encoding; `wide` characters of three or more bytes were read
    before.
    """

    row: int
    wide: int
    at_end: bool


@dataclass
class _Progress:
    rows: int = 1
    wide: int = 0
    line: str = field(default="", repr=False)


def to_utf8(source: Path, target: Path) -> str:
    """Write the text of `source` to `target` as UTF-8 without mark, and return the encoding's name.

    Raises:
        Invalid: neither encoding fits, a NUL byte, the file was cut off, or it is too large.
    """
    with _opened(source) as stream:
        head = stream.read(3)
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", "utf-8")
    )
    try:
        _transcode(source, target, encoding, len(mark))
    except _Undecodable as fault:
        if fault.at_end:
            raise cut_off() from fault
        if mark or fault.wide >= _SURELY_UTF8:
            raise _unreadable(fault.row, encoding.upper()) from fault
    else:
        return encoding
    try:
        _transcode(source, target, "gb18030", 0)
    except _Undecodable as fault:
        raise _unreadable(fault.row, "UTF-8, GB18030") from fault
    return "gb18030"


def cut_off() -> Invalid:
    """The error for a file whose end is missing."""
    return Invalid(
        [
            Problem(
                "file-cut-off",
                "",
                T("The file is cut off in the middle. Nothing was imported."),
                T("Copy or export the file again, and import it whole."),
            )
        ]
    )


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    """The bytes of the text, unpacked; a fault of a packed file becomes our own error."""
    with source.open("rb") as stream:
        packed = stream.read(2) == _GZIP
    try:
        with cast(BinaryIO, gzip.open(source)) if packed else source.open("rb") as stream:
            yield stream
    except EOFError as fault:
        raise cut_off() from fault
    except (gzip.BadGzipFile, zlib.error) as fault:
        text = T("The compressed file is damaged: %(reason)s.", reason=str(fault))
        raise Invalid([Problem("file-damaged", "", text)]) from fault


def _blocks(source: Path, skip: int) -> Iterator[bytes]:
    total = 0
    with _opened(source) as stream:
        stream.read(skip)
        while block := stream.read(4 * MIB):
            total += len(block)
            if total > MAX_TEXT_BYTES:
                raise _too_large()
            yield block


def _transcode(source: Path, target: Path, encoding: str, skip: int) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    progress = _Progress()
    with target.open("wb") as out:
        for block in _blocks(source, skip):
            out.write(_decoded(decoder, block, progress))
        out.write(_decoded(decoder, b"", progress, final=True))


def _decoded(
    decoder: codecs.IncrementalDecoder, block: bytes, progress: _Progress, *, final: bool = False
) -> bytes:
    try:
        text = decoder.decode(block, final)
    except UnicodeDecodeError as fault:
        good = fault.object[: fault.start]
        before = good.decode(fault.encoding, "ignore")
        rows = progress.rows + before.count("\n")
        raise _Undecodable(rows, progress.wide + _wide(before), final) from fault
    if "\0" in text:
        raise _nul(text, progress)
    data = text.encode()
    progress.rows += data.count(b"\n")
    progress.wide = max(progress.wide, _wide(text[:100_000]))
    progress.line = (progress.line + text)[-100_000:].rpartition("\n")[2]
    return data


def _wide(text: str) -> int:
    return 0 if text.isascii() else sum(1 for letter in text if letter >= "\u0800")


def _nul(text: str, progress: _Progress) -> Invalid:
    before = text[: text.index("\0")]
    line = (progress.line + before).rpartition("\n")[2]
    row = progress.rows + before.count("\n")
    delimiter = max(",;\t|", key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter), [])
    message = T(
        "Row %(row)s, column %(column)s holds a NUL byte: the file is no text, or damaged.",
        row=row,
        column=max(1, len(cells)),
    )
    return Invalid([Problem("nul-byte", f"/rows/{row}", message, _SAVE_AS_UTF8)])


def _unreadable(row: int, tried: str) -> Invalid:
    message = T(
        "Row %(row)s holds bytes that are no text in the encoding of this file (%(tried)s).",
        row=row,
        tried=tried,
    )
    return Invalid([Problem("wrong-encoding", f"/rows/{row}", message, _SAVE_AS_UTF8)])


def _too_large() -> Invalid:
    message = T("The text is larger than %(size)s MB.", size=MAX_TEXT_BYTES // MIB)
    return Invalid([Problem("file-too-large", "", message, T("Split the file into several."))])


_SAVE_AS_UTF8: Text = T("Save the file as “CSV UTF-8”, and import that.")
