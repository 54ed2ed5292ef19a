"""The house rules that a reader of the tree relies on."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"
PACKAGE = PLATFORM / "tierloom"
MODULES = sorted(PACKAGE.rglob("*.py"))

READERS = {
    "guide": {"web"},
    "migrations": {"store"},
    "rules": {"rules"},
    "schemas": {"schemas"},
    "ui": {"web", "text"},
}
EMPTY_NAMES = {"base", "common", "helper", "helpers", "misc", "util", "utils"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
REGISTRY = re.compile(r"registry\.npm|pypi\.org/simple|pythonhosted|index-url|[\"']resolved[\"']:")


def folder_readers(module: Path) -> Iterator[tuple[str, str]]:
    """Yield (data folder, reading package) for each `folder("…")` in a module."""
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id="folder") | ast.Attribute(attr="folder"),
                args=[ast.Constant(value=str(name))],
            ):
                yield name, room


def tracked_files() -> list[Path]:
    """Return the files that git tracks or would track, or nothing outside a checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name]


def test_platform_is_no_package() -> None:
    assert not (PLATFORM / "__init__.py").exists(), "it would shadow Python's own platform module"


def test_each_data_folder_has_its_reader() -> None:
    strays = [
        f"{module.relative_to(ROOT)} reads {name}"
        for module in MODULES
        for name, room in folder_readers(module)
        if room not in READERS[name]
    ]
    assert strays == []


def test_names_say_something() -> None:
    assert [path for path in MODULES if path.stem in EMPTY_NAMES] == []


def test_nothing_is_unfinished() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{number}: {line.strip()}"
        for module in MODULES
        for number, line in enumerate(module.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_registry_addresses() -> None:
    files = tracked_files()
    if not files:
        pytest.skip("not a git checkout")
    found = [
        str(path.relative_to(ROOT))
        for path in files
        if path.is_file()
        and path != Path(__file__)
        and REGISTRY.search(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        '"resolved": "ht' + 'tps://x"',
        "--index-url" + " https://x",
        "https://pypi" + ".org/simple/six",
    ],
)
def test_registry_pattern(line: str) -> None:
    assert REGISTRY.search(line)
