"""Where the data folders are: beside the source in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"
_CHECKOUT = _PACKAGE.parent.parent
FOLDERS = {
    "guide": "docs/guide",
    "migrations": "migrations",
    "rules": "rules",
    "schemas": "schemas",
    "ui": "ui",
}
"""Data folders by name, and where each is in a checkout."""


def folder(name: str) -> Path:
    """Return the data folder `name`, one of `FOLDERS`.

    Raises:
        ValueError: the project has no such data folder.
        FileNotFoundError: the installation lacks it.
    """
    if name not in FOLDERS:
        raise ValueError(f"No data folder {name!r}. Known: {', '.join(FOLDERS)}.")
    for place in (_BUNDLED / name, _CHECKOUT / FOLDERS[name]):
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"The data folder {name!r} is neither in {_BUNDLED} nor in {_CHECKOUT}."
    )
