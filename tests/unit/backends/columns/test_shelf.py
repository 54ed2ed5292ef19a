"""What a shelf remembers of former snapshots."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.unit.backends.memory_columns import Words
from tierloom.backends.columns import patches, shelf
from tierloom.backends.columns.bounds import Bounds, PackedBounds, sure
from tierloom.backends.columns.patches import Result, bring_forward
from tierloom.backends.columns.shelf import Key, Shelf
from tierloom.backends.columns.vectors import Coded, Numbers
from tierloom.engine.columns import Columns, Positions
from tierloom.engine.reads import Reads
from tierloom.engine.steps import Heir, Step
from tierloom.engine.subset import Subset
from tierloom.rules import ir

KEY = Key("it")


class Way:
    """A step of records that went, came, and were touched."""

    def __init__(
        self,
        touched: Sequence[int] | None,
        gone: Sequence[int] = (),
        come: Sequence[int] = (),
        so_far: tuple[object, ...] = (),
    ) -> None:
        self._touched = touched
        self.gone: Positions = np.array(gone, np.int64)
        self.come: Positions = np.array(come, np.int64)
        self.so_far = (*so_far, self)

    def touched(self, reads: Reads) -> Positions | None:
        return None if self._touched is None else np.array(self._touched, np.int64)

    def part(self, reads: Reads) -> Columns:
        return Subset.__new__(Subset)

    def after(self, earlier: Step) -> Step:
        assert isinstance(earlier, Way)
        return Way(self._touched, so_far=(*earlier.so_far, self))


def held(result: Result) -> Shelf:
    made = Shelf()
    made.get(KEY, lambda: result)
    return made


def brought(result: Result, step: Step, again: Result) -> Result | None:
    """What the next shelf holds after bringing a result forward; None where it holds nothing."""
    heir = held(result).heir(step)
    bring_forward(heir, KEY, None, lambda _: again)
    return heir.get(KEY, lambda: again) if KEY in heir else None


def test_an_heir_remembers_results_but_holds_none() -> None:
    first = held(Numbers(np.arange(3.0)))
    step = Way([])
    assert isinstance(first, Heir)
    second = first.heir(step)
    assert KEY not in second
    found = second.former(KEY)
    assert found is not None
    assert found[1] is step
    assert second.former(Key("else")) is None
    # A snapshot over which nothing was worked out is stepped over.
    later = Way([])
    third = second.heir(later)
    found = third.former(KEY)
    assert found is not None
    assert isinstance(found[1], Way)
    assert found[1].so_far[:2] == (step, later)


def test_only_the_last_few_snapshots_are_remembered() -> None:
    one = held(Numbers(np.arange(3.0)))
    for number in range(shelf._PASTS + 1):
        assert one.former(KEY) is not None or not number
        one = one.heir(Way([]))
        one.get(Key(number), lambda: Numbers(np.arange(2.0)))
    assert one.former(KEY) is None


def test_fresh_values_are_laid_over_the_moved_ones() -> None:
    # Of records a b c d, b went, x came before c and y at the end; a and both new ones are touched.
    step = Way([0, 1, 4], gone=[1], come=[1, 4])
    found = brought(Numbers(np.array([1.0, 2, 3, 4])), step, Numbers(np.array([10.0, 20, 30])))
    assert isinstance(found, Numbers)
    assert found.values.tolist() == [10, 20, 3, 4, 30]
    assert found.none is None
    assert not found.values.flags.writeable
    marks = Numbers(np.full(4, np.nan), np.array([True, False, True, False]))
    found = brought(marks, step, Numbers(np.asarray(7.0)))
    assert isinstance(found, Numbers)
    assert found.none is not None
    assert found.none.tolist() == [False, False, True, False, False]


def test_a_result_that_touches_nobody_is_handed_on_as_it_is() -> None:
    old = Numbers(np.arange(3.0))
    assert brought(old, Way([]), Numbers(np.arange(0.0))) is old
    less = brought(old, Way([], gone=[0]), Numbers(np.arange(0.0)))
    assert isinstance(less, Numbers)
    assert less.values.tolist() == [1, 2]


def test_answers_stay_certain_where_both_are() -> None:
    old, new = sure(np.array([True, True])), sure(np.array([False]))
    found = brought(PackedBounds.of(old), Way([1]), PackedBounds.of(new))
    assert isinstance(found, PackedBounds)
    assert found.bounds().is_certain
    assert found.mask().tolist() == [True, False]
    doubtful = PackedBounds.of(Bounds(np.array([False]), np.array([True])))
    found = brought(PackedBounds.of(old), Way([1]), doubtful)
    assert isinstance(found, PackedBounds)
    assert found.bounds().possible.tolist() == [True, True]
    assert not found.bounds().is_certain


def test_texts_go_into_one_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Coded(np.array([0, 1, -1], np.int8), Words(["a", "c"]))
    for text, wanted in (("c", ["a", "c", "c"]), ("b", ["a", "c", "b"])):
        found = brought(old, Way([2]), Coded(np.array([0]), Words([text])))
        assert isinstance(found, Coded)
        assert found.dictionary is not None
        assert [found.dictionary.text(int(code)) for code in found.codes] == wanted
    monkeypatch.setattr(patches, "_LONG", 1)
    assert brought(old, Way([2]), Coded(np.array([0]), Words(["c"]))) is not None
    assert brought(old, Way([2]), Coded(np.array([0]), Words(["b"]))) is None


def test_what_cannot_be_brought_forward_is_left() -> None:
    old = Numbers(np.arange(3.0))
    assert brought(old, Way(None), old) is None, "too many are touched"
    assert brought(Numbers(np.asarray(1.0)), Way([0]), old) is None, "a constant"
    heir = held(old).heir(Way([0]))
    tier = ir.IsKnown(ir.Var(("tier:value",), ir.ValueType(ir.Family.TEXT)))
    bring_forward(heir, KEY, tier, lambda _: old)
    assert KEY not in heir, "another run has other tiers"
