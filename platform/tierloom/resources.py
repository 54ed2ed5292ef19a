"""Where the data folders are: beside the source in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"
_CHECKOUT = _PACKAGE.parent.parent
FOLDERS = ("migrations", "rules", "schemas", "ui")


def folder(name: str) -> Path:
    """Return the data folder `name`, one of `FOLDERS`.

    Raises:
        ValueError: the project has no such data folder.
        FileNotFoundError: the installation lacks it.
    """
    if name not in FOLDERS:
        raise ValueError(f"No data folder {name!r}. Known: {', '.join(FOLDERS)}.")
    for root in (_BUNDLED, _CHECKOUT):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(
        f"The data folder {name!r} is neither in {_BUNDLED} nor in {_CHECKOUT}."
    )
