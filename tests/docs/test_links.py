"""Links between the pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "platform", "schemas", "rules")
PAGES = [*ROOT.glob("*.md"), *(page for one in FOLDERS for page in (ROOT / one).rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", PAGES, ids=lambda one: one.relative_to(ROOT).as_posix())
def test_links(document: Path) -> None:
    targets = LINK.findall(document.read_text("utf-8"))
    lost = [
        one
        for one in targets
        if "://" not in one and not one.endswith(".png") and not (document.parent / one).exists()
    ]
    assert lost == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = LINK.findall((folder / "README.md").read_text("utf-8"))
    assert listed == sorted(one.name for one in folder.glob("[0-9]*.md"))
