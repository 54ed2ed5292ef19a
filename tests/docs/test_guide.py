"""The user handbook: whole in both languages, in the words of the screens, and without dead ends."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tierloom.web.handbook.chapters import CHAPTERS
from tierloom.web.handbook.pages import page

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/guide"
LANGUAGES = ("en", "zh")
CATALOGUE = ROOT / "ui/translations/zh_Hans_CN/LC_MESSAGES/messages.po"
LINK = re.compile(r"\]\(([^)]+)\)")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
PAGES = [(language, one.key) for language in LANGUAGES for one in CHAPTERS]


def text(language: str, key: str) -> str:
    return (GUIDE / language / f"{key}.md").read_text("utf-8")


@cache
def words_of_the_screens(language: str) -> frozenset[str]:
    with CATALOGUE.open("rb") as stream:
        catalogue: Catalog = read_po(stream)
    column = (one.id if language == "en" else one.string for one in catalogue if one.id)
    flat = (each for one in column if one for each in ([one] if isinstance(one, str) else one))
    return frozenset(flat)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_is_there_and_no_other(language: str) -> None:
    files = {one.stem for one in (GUIDE / language).glob("*")}
    assert files == {one.key for one in CHAPTERS}


@pytest.mark.parametrize(("language", "key"), PAGES)
def test_a_chapter_is_a_title_and_about_a_page_of_text(language: str, key: str) -> None:
    found = text(language, key)
    assert re.match(r"# \S.*\n\n", found)
    assert len(re.findall(r"^# ", found, re.MULTILINE)) == 1
    written = len(found) * (2.5 if language == "zh" else 1)
    assert 1000 < written < 3400


@pytest.mark.parametrize("key", [one.key for one in CHAPTERS])
def test_both_languages_say_the_same_in_the_same_order(key: str) -> None:
    shapes = [
        [line[:2] for line in text(one, key).splitlines() if re.match(r"#|\d\.|\* |\| ", line)]
        for one in LANGUAGES
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(("language", "key"), PAGES)
def test_links_lead_to_chapters(language: str, key: str) -> None:
    lost = [
        one for one in LINK.findall(text(language, key)) if not (GUIDE / language / one).is_file()
    ]
    assert lost == []


@pytest.mark.parametrize(("language", "key"), PAGES)
def test_bold_is_bold_beside_chinese_punctuation_too(language: str, key: str) -> None:
    """`**…**会` is no bold in CommonMark: a letter follows where a sign went before."""
    body = page(key, "zh_Hans_CN" if language == "zh" else "en").body
    assert "**" not in body.replace("138****8000", "")
    assert body.count("<strong>") == len(BOLD.findall(text(language, key)))


@pytest.mark.parametrize(("language", "key"), PAGES)
def test_words_in_bold_stand_on_the_screens(language: str, key: str) -> None:
    bold = [" ".join(one.split()) for one in BOLD.findall(text(language, key))]
    unknown = [one for one in bold if one not in words_of_the_screens(language)]
    assert bold != []
    assert unknown == []
