"""Words for people: messages that can be translated, and labels that users wrote in several languages.

Rooms below the web know no request and no language. They hand up a `Text` (a message of ours: an
English original with named places) or a `Label` (a word of the user's); a `Translator` turns either
into a string when somebody is there to read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from types import MappingProxyType
from typing import Self

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from tierloom.resources import folder

LOCALES = ("zh_Hans_CN", "en")
DEFAULT_LOCALE = "zh_Hans_CN"


@dataclass(frozen=True, slots=True)
class Label:
    """A user's own word, in one or more languages: `Label({"zh": "客户", "en": "Customers"})`.

    Language keys are those of BCP 47's first part (`zh`, `en`). An empty Label cannot be built.
    """

    words: Mapping[str, str]

    def __post_init__(self) -> None:
        words = {language: word.strip() for language, word in self.words.items() if word.strip()}
        if not words:
            raise ValueError("A label needs a word in at least one language.")
        object.__setattr__(self, "words", MappingProxyType(words))

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.words.items())))

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, str]]]:
        return type(self), (dict(self.words),)

    @classmethod
    def of(cls, source: "Mapping[str, str] | str | Label") -> "Label":
        """Read a label from JSON: one string serves every language."""
        if isinstance(source, Label):
            return source
        return cls({"zh": source, "en": source} if isinstance(source, str) else source)

    def read(self, locale: str) -> str:
        """Return the word in the language of `locale`, else the first one there is."""
        return self.words.get(locale[:2]) or next(iter(self.words.values()))

    def __str__(self) -> str:
        return self.read("en")


@dataclass(frozen=True, slots=True)
class Text:
    """A message of ours. `params` fill its named places; they may be Texts and Labels themselves."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""

    def __hash__(self) -> int:
        # Params may hold lists; equal texts have equal messages, which is all that a hash needs.
        return hash((self.message, self.plural))

    def __str__(self) -> str:
        return ENGLISH.read(self)


def T(message: str, /, **params: object) -> Text:
    """Make a translatable message: `T("No field %(name)s.", name=key)`."""
    return Text(message, params)


def TN(singular: str, plural: str, /, n: int, **params: object) -> Text:
    """Make a translatable message with a number: `TN("%(n)s row", "%(n)s rows", n=3)`."""
    return Text(singular, {"n": n, **params}, plural)


class Translator:
    """Reads Texts and Labels in one language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.catalogue = _catalogue(locale)

    def read(self, what: object) -> str:
        """Return `what` in this language; lists are joined, and what is no message is shown as it is."""
        match what:
            case Text():
                return self._message(what)
            case Label():
                return what.read(self.locale)
            case list() | tuple():
                return ("、" if self.locale.startswith("zh") else ", ").join(map(self.read, what))
            case _:
                return str(what)

    def _message(self, text: Text) -> str:
        if text.plural:
            found = self.catalogue.ngettext(text.message, text.plural, int(str(text.params["n"])))
        else:
            found = self.catalogue.gettext(text.message)
        if not text.params:
            return found
        words = {name: self.read(value) for name, value in text.params.items()}
        if text.plural:  # a count, never a year
            words["n"] = f"{int(words['n']):,}"
        return found % words


@lru_cache(maxsize=8)
def _catalogue(locale: str) -> NullTranslations:
    """Read the catalogue of `locale`; English needs none, its words are the originals."""
    source = folder("ui") / "translations" / locale / "LC_MESSAGES" / "messages.po"
    if locale == "en" or not source.is_file():
        return NullTranslations()
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)


ENGLISH = Translator("en")


@lru_cache(maxsize=8)
def translator(locale: str) -> Translator:
    """Return the shared Translator of `locale`."""
    return Translator(locale)
