"""The handbook's Markdown as HTML. It is our own text: HTML in it is shown as text, links lead to our own places."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from tierloom.errors import NotFound
from tierloom.resources import folder
from tierloom.text import T
from tierloom.web.handbook.chapters import CHAPTERS


@dataclass(frozen=True, slots=True)
class Page:
    """One chapter in one language."""

    key: str
    icon: str
    title: str
    body: Markup


def source(key: str, locale: str) -> Path:
    """Return where a chapter is written down.

    Raises:
        NotFound: there is no such chapter.
    """
    if key not in {one.key for one in CHAPTERS}:
        raise NotFound(T("The handbook has no chapter “%(key)s”.", key=key))
    return folder("guide") / ("zh" if locale.startswith("zh") else "en") / f"{key}.md"


def pages(locale: str) -> list[Page]:
    """Return the whole handbook in the language of `locale`."""
    return [page(one.key, locale) for one in CHAPTERS]


@lru_cache(maxsize=64)
def page(key: str, locale: str) -> Page:
    """Return a chapter in the language of `locale`.

    Raises:
        NotFound: there is no such chapter.
    """
    text = source(key, locale).read_text("utf-8")
    heading, _, body = text.partition("\n")
    icon = next(one.icon for one in CHAPTERS if one.key == key)
    return Page(key, icon, heading.removeprefix("# ").strip(), render(body))


def render(text: str) -> Markup:
    """Return Markdown as HTML: `tiers.md` becomes the address of that chapter, and headings stand below its title."""
    reader = MarkdownIt("commonmark", {"html": False, "typographer": True})
    reader.enable(["table", "smartquotes"])
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
        for child in token.children or ():
            if child.type == "link_open":
                _lead_into_the_product(child)
    # The renderer escapes every text; nothing but the elements of Markdown comes out.
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704


def _lead_into_the_product(link: Token) -> None:
    target = str(link.attrGet("href") or "")
    if target.endswith(".md") and "/" not in target:
        link.attrSet("href", f"/help/{target.removesuffix('.md')}")
