"""Packed images and ids come back as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierloom.store.images import FieldImage, pack_ids, pack_image, unpack_ids, unpack_image

CELLS = st.none() | st.integers(-(2**62), 2**62) | st.text(max_size=20)


@given(st.sets(st.integers(1, 2**62)))
def test_ids(numbers: set[int]) -> None:
    ids = np.array(sorted(numbers), np.int64)
    assert unpack_ids(pack_ids(ids)).tolist() == sorted(numbers)


@given(st.dictionaries(st.integers(1, 10**9), st.lists(st.tuples(CELLS, CELLS), min_size=1)))
def test_images(fields: dict[int, list[tuple[object, object]]]) -> None:
    image = {
        number: FieldImage(
            list(range(len(pairs))), [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        )
        for number, pairs in fields.items()
    }
    assert unpack_image(pack_image(image)) == image


def test_a_dense_chunk_is_small() -> None:
    assert len(pack_ids(np.arange(5_000_000, 5_020_000))) < 1000
    assert unpack_image(None) == {}
