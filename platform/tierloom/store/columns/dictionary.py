"""The distinct texts of a column: sorted UTF-8 bytes and offsets, which may be memory-mapped."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.engine.columns import Mask
from tierloom.engine.text_tests import Holds, TextProbe
from tierloom.rules.ir import TextTest
from tierloom.store.columns.narrow import Array, code_type, narrow_ids

_BATCH = 65_536
_FEW = 16
"""So many texts are found one by one sooner than all at once: a call of Arrow costs as much."""
_PIECES = 2_000
"""A dictionary is put together of pieces sooner than text by text, while it is no more of them."""


class TextDictionary:
    """Distinct texts in code-point order (which is the order of their UTF-8 bytes).

    It may hold texts that no row has any more; compaction drops them. Codes are of the narrowest
    type that has room for all of them and -1.
    """

    __slots__ = ("_array", "_bytes", "_starts", "blob", "offsets")

    def __init__(self, blob: NDArray[np.uint8], offsets: Array) -> None:
        """`offsets`, int32 or int64, has one entry more than there are texts, from 0 to `len(blob)`.

        Raises:
            ValueError: the two do not fit together.
        """
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(blob):
            raise ValueError(f"The offsets do not span the {len(blob)} bytes of a dictionary.")
        self.blob = blob
        self.offsets = offsets
        self._bytes = blob.data
        self._starts = offsets.data
        kind = pa.StringArray if offsets.dtype == np.int32 else pa.LargeStringArray
        self._array = kind.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(blob))

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextDictionary":
        """Make one of texts that are distinct and sorted already."""
        return cls._from_arrow(pa.array(texts, pa.large_string()))

    @classmethod
    def _from_arrow(cls, array: pa.StringArray | pa.LargeStringArray) -> "TextDictionary":
        if array.offset:
            array = pa.concat_arrays([array])
        _, offsets, blob = array.buffers()
        width = np.int32 if pa.types.is_string(array.type) else np.int64
        starts = np.zeros(1, width) if offsets is None else np.frombuffer(offsets, width)
        starts = narrow_ids(starts[: len(array) + 1])
        length = int(starts[-1])
        held = np.frombuffer(blob, np.uint8, length) if length else np.empty(0, np.uint8)
        held.setflags(write=False)
        starts.setflags(write=False)
        return cls(held, starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _BATCH):
            yield from self._array.slice(start, _BATCH).to_pylist()

    def text(self, code: int) -> str:
        """Return the text behind a code.

        Raises:
            IndexError: no text has this code; -1, which stands for unknown, has none either.
        """
        if not 0 <= code < len(self):
            raise IndexError(f"No text has the code {code}; there are {len(self)}.")
        return str(self._at(code), "utf-8")

    def code(self, text: str) -> int:
        """Return the code of a text, -1 where it does not occur."""
        sought = text.encode()
        found = bisect_left(range(len(self)), sought, key=self._at)
        return found if found < len(self) and self._at(found) == sought else -1

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Ask every distinct text once; the result is indexed by code."""
        found = self._matched(test)
        if found is None:
            return np.fromiter(map(test, self), np.bool_, len(self))
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)

    def _matched(self, test: Callable[[str], bool]) -> pa.BooleanArray | None:
        """Answer a test as Arrow does, all texts at once and while other threads go on; None where it cannot."""
        match test:
            case TextProbe(TextTest.CONTAINS, needle):
                return pc.match_substring(self._array, needle)
            case TextProbe(TextTest.STARTS_WITH, needle):
                return pc.starts_with(self._array, needle)
            case TextProbe(TextTest.ENDS_WITH, needle):
                return pc.ends_with(self._array, needle)
            case Holds(words):
                return pc.match_substring(self._array, words, ignore_case=test.has_cases)
        return None

    def union(self, other: "TextDictionary") -> "tuple[TextDictionary, Array | None, Array | None]":
        """Return the texts of both, and for each of the two its new codes by old code.

        None stands for codes that stay as they are.
        """
        if len(other) > len(self):
            both, theirs, mine = other.union(self)
            return both, mine, theirs
        here, there = _alike(self._array, other._array)
        few = len(other) <= _FEW
        places, found = self._places(other) if few else _search(here, there)
        unseen = ~found
        size = len(self) + int(unseen.sum())
        if size == len(self):
            return self, None, places.astype(code_type(size))
        kind = code_type(size)
        where = places[unseen]
        further = np.repeat(
            np.arange(len(where) + 1, dtype=kind), np.diff(where, prepend=0, append=len(self))
        )
        mine = np.arange(len(self), dtype=kind) + further
        theirs = (places + np.cumsum(unseen) - unseen).astype(kind)
        both = _inserted(here, there.filter(pa.array(unseen)), where)
        return self._from_arrow(both), mine, theirs

    def only(self, codes: Array) -> "tuple[TextDictionary, Array]":
        """Return the texts that `codes` use, and the codes in that smaller dictionary."""
        used = np.zeros(len(self), np.bool_)
        used[codes[codes >= 0]] = True
        if used.all():
            return self, codes
        renumbered = (np.cumsum(used) - 1).astype(code_type(int(used.sum())))
        return self._from_arrow(self._array.filter(pa.array(used))), recode(codes, renumbered)

    def _at(self, code: int) -> bytes:
        return self._bytes[self._starts[code] : self._starts[code + 1]].tobytes()

    def _places(self, other: "TextDictionary") -> tuple[NDArray[np.int64], Mask]:
        """Where each of the other's texts stands here or would stand, and whether it does."""
        codes, sought = range(len(self)), [other._at(code) for code in range(len(other))]
        places = [bisect_left(codes, text, key=self._at) for text in sought]
        found = [
            place < len(self) and self._at(place) == text
            for place, text in zip(places, sought, strict=True)
        ]
        return np.array(places, np.int64), np.array(found, np.bool_)


def _inserted(texts: pa.Array, more: pa.Array, where: NDArray[np.int64]) -> pa.Array:
    """Return `texts` with more put in before those at `where`, which ascends."""
    if len(more) > _PIECES:
        order = np.insert(np.arange(len(texts)), where, np.arange(len(more)) + len(texts))
        return pa.concat_arrays([texts, more]).take(pa.array(order))
    pieces: list[pa.Array] = []
    done = 0
    for number, place in enumerate(where.tolist()):
        pieces += (texts.slice(done, place - done), more.slice(number, 1))
        done = place
    return pa.concat_arrays([*pieces, texts.slice(done)])


def _alike(one: pa.Array, other: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return both as arrays of one type, which has room for all of their bytes."""
    if one.type == other.type == pa.string() and one.nbytes + other.nbytes < 2**31:
        return one, other
    return one.cast(pa.large_string()), other.cast(pa.large_string())


def _search(texts: pa.Array, sought: pa.Array) -> tuple[NDArray[np.int64], Mask]:
    """Do the same for many texts: all are searched for at once, each step halving where they can be."""
    low, high = np.zeros(len(sought), np.int64), np.full(len(sought), len(texts))
    while (undecided := low < high).any():
        middle = (low + high) >> 1
        here = texts.take(pa.array(np.minimum(middle, len(texts) - 1)))
        before = pc.less(here, sought).to_numpy(zero_copy_only=False)
        low = np.where(undecided & before, middle + 1, low)
        high = np.where(undecided & ~before, middle, high)
    if not len(texts):
        return low, np.zeros(len(sought), np.bool_)
    same = pc.equal(texts.take(pa.array(np.minimum(low, len(texts) - 1))), sought)
    return low, (low < len(texts)) & same.to_numpy(zero_copy_only=False)


def encode(texts: Sequence[str | None]) -> tuple[Array, TextDictionary]:
    """Make codes and a dictionary of texts; None becomes -1."""
    return join([chunk(texts)])


def chunk(texts: Sequence[str | None]) -> pa.DictionaryArray:
    """Encode a part of a column, to be put together by `join`."""
    return pa.array(texts, pa.large_string()).dictionary_encode()


def join(chunks: Sequence[pa.DictionaryArray]) -> tuple[Array, TextDictionary]:
    """Put the encoded parts of a column together, in order, under one sorted dictionary."""
    if not chunks:
        nothing = TextDictionary(np.empty(0, np.uint8), np.zeros(1, np.int32))
        return np.empty(0, code_type(0)), nothing
    kind = pa.dictionary(pa.int32(), pa.large_string())
    whole = pa.chunked_array(chunks, kind).unify_dictionaries().combine_chunks()
    parts = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
    order = pc.sort_indices(parts[0].dictionary)
    codes = np.concatenate([part.indices.fill_null(-1).to_numpy() for part in parts])
    renumbered = np.empty(len(order), code_type(len(order)))
    renumbered[order.to_numpy()] = np.arange(len(order))
    return recode(codes, renumbered), TextDictionary._from_arrow(parts[0].dictionary.take(order))


def recode(codes: Array, renumbered: Array | None) -> Array:
    """Replace codes by those in `renumbered` (None: they stay); -1 stays -1."""
    if renumbered is None:
        return codes
    taken: Array = np.append(renumbered, renumbered.dtype.type(-1)).take(codes, mode="wrap")
    return taken
