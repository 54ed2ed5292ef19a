"""The tips beside our words say what the glossary says."""

import re
from pathlib import Path

import pytest

from tierloom.text import translator
from tierloom.web.handbook.chapters import CHAPTERS
from tierloom.web.handbook.terms import TERMS

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs/glossary.md").read_text("utf-8")
ROWS = {
    re.sub(r"\W+", "_", cells[0]): cells
    for line in GLOSSARY.splitlines()
    if line.startswith("| ")
    and len(cells := [one.strip() for one in line.strip("| ").split("|")]) == 5
}


def _sentence(meaning: str) -> str:
    plain = meaning.replace("*", "") if "****" not in meaning else meaning
    return f"{plain[0].upper()}{plain[1:]}."


@pytest.mark.parametrize("key", TERMS)
def test_a_term_is_a_row_of_the_glossary(key: str) -> None:
    _, english, chinese, _, meaning = ROWS[key]
    term = TERMS[key]
    assert translator("en").read(term.word) == english
    assert translator("zh_Hans_CN").read(term.word) == chinese.replace(", ", "、")
    assert translator("en").read(term.meaning) == _sentence(meaning)


@pytest.mark.parametrize("key", TERMS)
def test_a_term_is_explained_in_chinese_and_in_a_chapter(key: str) -> None:
    term = TERMS[key]
    explained = translator("zh_Hans_CN").read(term.meaning)
    assert re.search(r"[\u4e00-\u9fff]{4}", explained)
    assert explained.endswith("。")
    assert term.chapter in {one.key for one in CHAPTERS}
