"""Keep ui/translations in step with the messages in the sources: `python -m tools.messages`.

The program reads the .po files themselves; there is nothing to compile.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "ui/translations"
COMPLETE = ("zh_Hans_CN",)
SOURCES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("platform/tierloom", "python", {}),
    ("ui/templates", "jinja2", {"silent": "false"}),
)
KEYWORDS = DEFAULT_KEYWORDS | {
    "T": None,
    "TN": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def extract() -> Catalog:
    """Return every message of the Python code and the templates."""
    found = Catalog()
    for folder, method, options in SOURCES:
        for file, line, message, comments, context in extract_from_dir(
            ROOT / folder,
            method_map=[("**.py" if method == "python" else "**", method)],
            options_map={"**": options},
            keywords=KEYWORDS,
        ):
            where = [(f"{folder}/{file}", line)]
            found.add(message, locations=where, auto_comments=comments, context=context)
    return found


def path(locale: str) -> Path:
    """Return where the catalogue of `locale` is kept."""
    return TRANSLATIONS / locale / "LC_MESSAGES/messages.po"


def read(locale: str) -> Catalog:
    """Return the catalogue of `locale`, empty if there is none yet."""
    if not path(locale).is_file():
        return Catalog(locale, header_comment="# Tierloom", project="Tierloom", fuzzy=False)
    with path(locale).open("rb") as stream:
        return read_po(stream, locale)


def update(locale: str, sources: Catalog) -> Catalog:
    """Return the catalogue of `locale` with just the messages of `sources`.

    Translations that are no longer used stay as comments, and come back when they are used again.
    """
    catalogue = read(locale)
    for message in catalogue.obsolete.values():
        catalogue[message.id] = message
    catalogue.obsolete.clear()
    catalogue.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    return catalogue


def write(locale: str, catalogue: Catalog) -> None:
    """Write the catalogue sorted and without line numbers, so that a change shows only itself."""
    path(locale).parent.mkdir(parents=True, exist_ok=True)
    with path(locale).open("wb") as stream:
        write_po(stream, catalogue, width=0, no_location=True, sort_output=True)


def missing(catalogue: Catalog, sources: Catalog) -> Iterator[str]:
    """Yield a line for each message of `sources` that has no good translation in `catalogue`."""
    for message in sources:
        if not message.id:
            continue
        place = "{}:{}".format(*message.locations[0])
        found = catalogue.get(message.id, message.context)
        if found is None or found.fuzzy or not all(_words(found)):
            yield f"{place}: not translated: {message.id!r}"
        else:
            for error in found.check(catalogue):
                yield f"{place}: {message.id!r}: {error}"


def _words(message: Message) -> tuple[str | None, ...]:
    words = message.string
    return tuple(words) if isinstance(words, (list, tuple)) else (words,)


def main() -> int:
    """Update all catalogues and tell what is still to translate."""
    sources = extract()
    for locale in sorted({*COMPLETE, *(folder.name for folder in TRANSLATIONS.glob("*/"))}):
        catalogue = update(locale, sources)
        write(locale, catalogue)
        lines = list(missing(catalogue, sources))
        print(*lines, f"{locale}: {len(catalogue)} messages, {len(lines)} to translate", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
