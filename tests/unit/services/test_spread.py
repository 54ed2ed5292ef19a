import numpy as np
import pytest

from tierloom.services.spread import BARS, spread


def test_every_value_is_in_the_bar_around_it() -> None:
    random = np.random.default_rng(4)
    values = np.concatenate([random.lognormal(7, 1.3, 3000), [0.0, -5.0, np.nan, np.nan]])
    codes = random.integers(-1, 4, values.size).astype(np.int8)
    found = spread(values, codes, 4, [500, 2000])
    assert found.outside == 4
    assert len(found.bars) == BARS
    assert sum(one.total for one in found.bars) == 3000
    for number, bar in enumerate(found.bars):
        first, last = number == 0, number == BARS - 1
        inside = (values > 0) & (first | (values >= bar.start)) & (last | (values < bar.end))
        wanted = [int((codes[inside] == code).sum()) for code in (0, 1, 2, 3, -1)]
        assert list(bar.counts) == wanted


@pytest.mark.parametrize("top", [3.0, 47.0, 999.0, 123_456.0])
def test_the_scale_holds_marks_and_values(top: float) -> None:
    found = spread(np.array([top / 3, top]), np.zeros(2, np.int8), 1, [top / 2])
    assert found.low <= top / 4
    assert found.high >= top
    for end in (found.low, found.high):
        assert float(f"{end:.0e}"[0]) in (1, 2, 5)
    assert found.value(found.place(top / 2)) == pytest.approx(top / 2)
    assert (found.place(found.low / 9), found.place(found.high * 9)) == (0, 1)


def test_nobody_at_all() -> None:
    found = spread(np.empty(0), np.empty(0, np.int8), 2, [1000, 300])
    assert sum(one.total for one in found.bars) == 0
    assert found.low < 300
    assert found.high >= 1000
