"""Images: which cells a write changed, from what to what; and lists of record ids; both packed
small.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierloom.store.cells import Cell

Ids = NDArray[np.int64]
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class FieldImage:
    """One field's cells before and after, of the records at `places` in the change's ids."""

    places: Sequence[int]
    before: Sequence[Cell]
    after: Sequence[Cell]


Image = Mapping[int, FieldImage]
"""Changed cells by field id."""


def pack_image(image: Image) -> bytes:
    """Pack an image into a blob."""
    plain = {
        str(field): [list(one.places), list(one.before), list(one.after)]
        for field, one in image.items()
    }
    return zlib.compress(
        json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL
    )


def unpack_image(blob: bytes | None) -> dict[int, FieldImage]:
    """Read an image; none is an empty one."""
    if blob is None:
        return {}
    return {
        int(field): FieldImage(places, before, after)
        for field, (places, before, after) in json.loads(zlib.decompress(blob)).items()
    }


def pack_ids(ids: Ids) -> bytes:
    """Pack ascending numbers: small differences compress well."""
    return zlib.compress(np.diff(ids, prepend=0).astype("<i8").tobytes(), _LEVEL)


def unpack_ids(blob: bytes) -> Ids:
    """Read ascending numbers."""
    return np.cumsum(np.frombuffer(zlib.decompress(blob), "<i8"), dtype=np.int64)
