"""The order of segments and tier models."""

from itertools import pairwise

import pytest

from tierloom.engine.plan import Named, order, readers
from tierloom.errors import Invalid


def segment(key: str) -> Named:
    return Named("segment", key)


OLD, LOYAL, RICH, VIP = (
    segment("old"),
    segment("loyal"),
    segment("rich"),
    Named("tier_model", "vip"),
)


def test_what_is_read_comes_first_and_the_given_order_is_kept_else() -> None:
    assert order({VIP: [RICH, LOYAL], RICH: [LOYAL], LOYAL: []}) == (LOYAL, RICH, VIP)
    assert order({RICH: [], LOYAL: [], VIP: []}) == (RICH, LOYAL, VIP)
    assert order({}) == ()


def test_a_circle_is_named_in_the_order_of_reading() -> None:
    with pytest.raises(Invalid) as caught:
        order({VIP: [RICH], RICH: [LOYAL], LOYAL: [OLD], OLD: [RICH]})
    loop = str(caught.value.problems[0].message).rpartition(": ")[2].rstrip(".").split(" → ")
    assert loop[0] == loop[-1]
    assert {(one, other) for one, other in pairwise(loop)} == {
        ("rich", "loyal"),
        ("loyal", "old"),
        ("old", "rich"),
    }


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        order({VIP: [RICH]})
    assert str(caught.value.problems[0]) == (
        "/: rich is used, but there is nothing with this key. There are: vip."
    )


def test_readers_are_found_through_others() -> None:
    reads = {VIP: [RICH], RICH: [LOYAL], LOYAL: [], segment("other"): []}
    assert readers(LOYAL, reads) == (VIP, RICH)
    assert readers(VIP, reads) == ()
