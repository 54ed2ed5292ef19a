"""Dictionaries of texts, against Python's own sorting and sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.engine.text_tests import Holds, TextProbe
from tierloom.rules.ir import TextTest
from tierloom.store.columns import dictionary
from tierloom.store.columns.dictionary import TextDictionary, encode, join, recode
from tierloom.store.columns.dictionary import chunk as encoded

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
CELLS = st.lists(st.none() | TEXT, max_size=30)


def decoded(codes: np.ndarray, words: TextDictionary) -> list[str | None]:
    return [None if code < 0 else words.text(int(code)) for code in codes]


LETTERS = st.text(st.sampled_from("aAbBéÉßſK王玉.*|\\ 12"), max_size=5)


@settings(deadline=None)
@given(st.sets(LETTERS | TEXT, max_size=12).map(sorted), LETTERS | TEXT)
def test_tests_of_texts_are_answered_as_text_by_text(texts: list[str], needle: str) -> None:
    words = TextDictionary.of(texts)
    for test in TextTest:
        probe = TextProbe(test, needle)
        assert words.where(probe).tolist() == [probe(one) for one in texts]


@settings(deadline=None)
@given(st.sets(LETTERS, max_size=12).map(sorted), LETTERS)
def test_a_search_is_answered_as_text_by_text(texts: list[str], needle: str) -> None:
    holds = Holds(needle)
    assert TextDictionary.of(texts).where(holds).tolist() == [holds(one) for one in texts]


def test_a_search_does_not_ask_for_capitals() -> None:
    texts = sorted(["ANNA Lee", "Élodie", "anna", "王 Anna", "王小玉", "a+b"])
    words = TextDictionary.of(texts)
    for asked, wanted in (
        ("anna", {"ANNA Lee", "anna", "王 Anna"}),
        ("éLO", {"Élodie"}),
        ("王", {"王 Anna", "王小玉"}),
        ("A+B", {"a+b"}),
        (".", set()),
    ):
        found = {one for one, holds in zip(texts, words.where(Holds(asked)), strict=True) if holds}
        assert found == wanted == {one for one in texts if Holds(asked)(one)}


@settings(deadline=None)
@given(CELLS)
def test_codes_stand_for_their_texts_in_code_point_order(cells: list[str | None]) -> None:
    codes, words = encode(cells)
    texts = sorted({cell for cell in cells if cell is not None})
    assert decoded(codes, words) == cells
    assert list(words) == texts
    assert len(words) == len(texts)
    assert [words.code(text) for text in texts] == list(range(len(texts)))
    assert words.where(lambda text: "a" in text).tolist() == ["a" in text for text in texts]


@settings(deadline=None)
@given(CELLS, TEXT)
def test_a_text_that_does_not_occur_has_no_code(cells: list[str | None], text: str) -> None:
    _, words = encode([cell for cell in cells if cell != text])
    assert words.code(text) == -1


@settings(deadline=None)
@given(st.lists(CELLS, max_size=4))
def test_parts_are_joined_in_order(parts: list[list[str | None]]) -> None:
    codes, words = join([encoded(part) for part in parts])
    assert decoded(codes, words) == [cell for part in parts for cell in part]
    assert list(words) == sorted(set(words))


@pytest.mark.parametrize("few", [0, 16])
@settings(deadline=None)
@given(mine=CELLS, theirs=CELLS)
def test_a_union_keeps_both_sides_texts(
    few: int, mine: list[str | None], theirs: list[str | None]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dictionary, "_FEW", few)
        patch.setattr(dictionary, "_PIECES", few)
        _check_union(mine, theirs)


def _check_union(mine: list[str | None], theirs: list[str | None]) -> None:
    my_codes, first = encode(mine)
    their_codes, second = encode(theirs)
    both, new_mine, new_theirs = first.union(second)
    assert list(both) == sorted({*first, *second})
    assert decoded(recode(my_codes, new_mine), both) == mine
    assert decoded(recode(their_codes, new_theirs), both) == theirs


@settings(deadline=None)
@given(CELLS, st.data())
def test_only_keeps_what_is_used(cells: list[str | None], data: st.DataObject) -> None:
    codes, words = encode(cells)
    kept = data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    some = [cell for cell, keep in zip(cells, kept, strict=True) if keep]
    smaller, renumbered = words.only(codes[np.array(kept, bool)])
    assert decoded(renumbered, smaller) == some
    assert list(smaller) == sorted({cell for cell in some if cell is not None})


@pytest.mark.parametrize("code", [-1, 2])
def test_what_is_no_code_has_no_text(code: int) -> None:
    with pytest.raises(IndexError, match="there are 2"):
        TextDictionary.of(["a", "b"]).text(code)


@pytest.mark.parametrize("offsets", [[], [0], [0, 2], [1, 3]])
def test_offsets_must_span_the_bytes(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        TextDictionary(np.frombuffer(b"abc", np.uint8), np.array(offsets, np.int64))
