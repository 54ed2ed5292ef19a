"""docs/settings.md names every environment variable that the project reads, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/settings.md").read_text("utf-8")
VARIABLE = re.compile(r"\bTIERLOOM_[A-Z_]+[A-Z]\b")
OPTION = re.compile(r"envvar=\"(\w+)\"")


def read_by_the_project() -> set[str]:
    sources = [
        ROOT / "Makefile",
        *(ROOT / "platform").rglob("*.py"),
        *(ROOT / "migrations").rglob("*.py"),
    ]
    sources += [path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "docs"]
    texts = [path.read_text("utf-8") for path in sources]
    return {name for text in texts for name in (*VARIABLE.findall(text), *OPTION.findall(text))}


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert documented == read_by_the_project()
