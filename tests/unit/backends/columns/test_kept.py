"""Bits of the related records that count, beside numpy's search in the mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierloom.backends.columns.kept import Kept


@given(st.integers(0, 200), st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]), st.integers(0, 2**32))
def test_bits_say_what_the_mask_said(size: int, share: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random(size) < share
    kept = Kept.of(mask)
    assert kept.mask().tolist() == mask.tolist()
    assert kept.positions().tolist() == np.flatnonzero(mask).tolist()
    assert kept.nbytes == -(-size // 8)


@pytest.mark.parametrize("size", [0, 1, 9])
def test_without_bits_all_count(size: int) -> None:
    kept = Kept(None, size)
    assert kept.mask().tolist() == [True] * size
    assert kept.positions().tolist() == list(range(size))
    assert kept.nbytes == 0
