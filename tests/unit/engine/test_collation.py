"""Texts in the order that readers expect; the wanted lists are those of a printed dictionary's index."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.backends.memory_columns import Words
from tierloom.engine.collation import Collation, by_pinyin, ranks

PEOPLE = ["阿毛", "安娜", "陈晨", "李四", "李思", "刘洋", "王伟", "王五", "张三", "赵六"]


def in_order(texts: list[str], collation: Collation) -> list[str]:
    words = Words(texts)
    found = ranks(words, collation)
    return words.texts if found is None else [words.texts[code] for code in np.argsort(found)]


def test_people_by_pinyin() -> None:
    """wáng before zhāng, and sī before sì: the tone decides between equal syllables."""
    wanted = ["阿毛", "安娜", "陈晨", "李思", "李四", "刘洋", "王伟", "王五", "张三", "赵六"]
    assert in_order(PEOPLE, Collation.PINYIN) == wanted
    assert in_order(PEOPLE, Collation.CODE_POINT) == sorted(PEOPLE)


def test_others_come_before_chinese_characters() -> None:
    texts = ["中文", "Zoo", "apple", "Apple", "banana", "10", "9", "张3", "张a", "张三", "张"]
    wanted = ["10", "9", "Apple", "apple", "banana", "Zoo", "张", "张3", "张a", "张三", "中文"]
    assert in_order(texts, Collation.PINYIN) == wanted


def test_rare_characters_come_last() -> None:
    assert in_order(["\U0002b740", "做", "啊"], Collation.PINYIN) == ["啊", "做", "\U0002b740"]


@pytest.mark.parametrize(
    ("locale", "wanted"),
    [("zh_Hans_CN", Collation.PINYIN), ("zh", Collation.PINYIN), ("en", Collation.CODE_POINT)],
)
def test_by_language(locale: str, wanted: Collation) -> None:
    assert Collation.of(locale) is wanted


@given(st.lists(st.text(alphabet="aAbB1 张章三王é😀\ue000", max_size=4), unique=True))
def test_every_text_has_a_rank_of_its_own(texts: list[str]) -> None:
    found = ranks(Words(texts), Collation.PINYIN)
    assert found is not None
    assert sorted(found.tolist()) == list(range(len(texts)))


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_what_both_begin_with_changes_nothing(start: str, one: str, other: str) -> None:
    short, long = by_pinyin([one, other]), by_pinyin([start + one, start + other])
    if one and other:
        assert (short[0] < short[1]) == (long[0] < long[1])
