"""Templates hold no words of their own: what people read goes through gettext."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "ui/templates").rglob("*.html"))

# Names, keys and the languages' own names are the same in every language.
SAME_EVERYWHERE = re.compile(
    r"\b(Tierloom|Ctrl|Alt|Shift|Esc|Enter|Tab|JSON|CSV|Excel|XLSX|English|[A-Z])\b"
    r"|简体中文|繁體中文"
)
READ_ATTRIBUTES = {"alt", "aria-description", "aria-label", "label", "placeholder", "title"}
UNREAD_ELEMENTS = {"code", "pre", "script", "style"}


def without_jinja(source: str) -> str:
    """Return the template's own HTML: expressions become 0, translated blocks vanish."""
    kept: list[str] = []
    block: list[str] = []
    translated = False
    for _, token, value in Environment().lexer.tokeniter(source, None):
        match token:
            case "block_begin":
                block = []
            case "name" if not block:
                block.append(value)
                translated = (translated or value == "trans") and value != "endtrans"
            case "variable_end":
                kept.append("div" if kept and kept[-1].endswith(("<", "</")) else "0")
            case "data" if not translated:
                kept.append(value)
    return "".join(kept)


class _Words(HTMLParser):
    """Collects (line, words) of what a person would read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unread += tag in UNREAD_ELEMENTS
        for name, value in attrs:
            if name in READ_ATTRIBUTES:
                self.note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.unread -= tag in UNREAD_ELEMENTS

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.note(data)

    def note(self, words: str) -> None:
        if any(map(str.isalpha, SAME_EVERYWHERE.sub("", words))):
            self.found.append((self.getpos()[0], " ".join(words.split())))


def literal_words(source: str) -> Iterator[str]:
    """Yield what a person would read in a template that no translation reaches."""
    parser = _Words()
    parser.feed(without_jinja(source))
    parser.close()
    for _, words in parser.found:
        yield words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_literal_words(path: Path) -> None:
    assert list(literal_words(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{{ _('Hello') }} – 12 %</p>", []),
        ("<p>Hello {{ name }}</p>", ["Hello 0"]),
        ("{% trans %}Hello{% endtrans %}<b>你好</b>", ["你好"]),
        ("{% trans n=3 %}one{% pluralize %}{{ n }} rows{% endtrans %}", []),
        ("{# note #}{% block title %}Tierloom{% endblock %}", []),
        ('<input placeholder="Search" class="{{ kind }}">', ["Search"]),
        ('<button{% if on %} disabled{% endif %} title="{{ _("x") }}">&times;</button>', []),
        ("<{{ tag }} class='x'>{{ text }}</{{ tag }}>", []),
        ("<script>let x</script><kbd>Ctrl</kbd>", []),
    ],
)
def test_what_counts_as_literal(source: str, words: list[str]) -> None:
    assert list(literal_words(source)) == words
