"""Words for yes, no and the options of a choice, as people and files write them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tierloom.domain.fields import FieldType
from tierloom.schemas.free_text import fold_width, trim
from tierloom.schemas.problems import BadText, shown
from tierloom.text import T

_YES = frozenset(
    ["是", "对", "对的", "有", "真", "yes", "y", "true", "t", "on", "1", "1.0", "✓", "✔", "√"]
)
_NO = frozenset(
    [
        "否",
        "不",
        "不是",
        "没有",
        "無",
        "无",
        "假",
        "no",
        "n",
        "false",
        "f",
        "off",
        "0",
        "0.0",
        "×",
        "✗",
        "✘",
    ]
)
# The ones that labels hold least often come first.
_SEPARATORS = (re.compile(r"\|"), re.compile(r"[;；\n]"), re.compile("、"), re.compile(r"[,，]"))
_OFFERED = 20


def read_boolean(text: str) -> bool | None:
    """Return the answer in `text`, None where there is none.

    Raises:
        BadText: it is neither a word for yes nor one for no.
    """
    word = fold_width(text).casefold()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise BadText(
        "not-yes-or-no",
        T("%(text)s is neither yes nor no.", text=shown(text)),
        T("Write yes or no."),
    )


def folded(text: str) -> str:
    """Return `text` as labels are compared: without regard to width, case and runs of spaces."""
    return " ".join(unicodedata.normalize("NFKC", trim(text)).casefold().split())


@dataclass(frozen=True, slots=True)
class OptionReader:
    """Finds options by key or by label in any language. Made once for many texts."""

    type: FieldType
    by_key: dict[str, str] = field(init=False)
    by_label: dict[str, str] = field(init=False)
    ambiguous: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        # Retired options come first so that a live one of the same name replaces them.
        ordered = sorted(self.type.options, key=lambda option: not option.retired)
        keys = {folded(option.key): option.key for option in ordered}
        labels = [
            (word, option)
            for option in ordered
            for word in {folded(word) for word in (*option.label.words.values(), *option.aliases)}
        ]
        uses = Counter(word for word, option in labels if not option.retired)
        object.__setattr__(self, "by_key", keys)
        object.__setattr__(self, "by_label", {word: option.key for word, option in labels} | keys)
        twice = {word for word, count in uses.items() if count > 1} - keys.keys()
        object.__setattr__(self, "ambiguous", frozenset(twice))

    def one(self, text: str) -> str | None:
        """Return the key of the option in `text`, None where there is no text.

        Raises:
            BadText: no option, or two, have this name.
        """
        found = self._find(text)
        if found is None and folded(text):
            raise self._unknown(text)
        return found

    def several(self, text: str) -> tuple[str, ...]:
        """Return the keys of the options in `text`, in the list's order.

        Names stand between 、 , ; line breaks or bars; a name that contains such a sign is found as
        a whole first; `|a|c|` are keys, as stored.

        Raises:
            BadText: one of the names is no option's, or that of two.
        """
        keys = text.strip("|").split("|") if text.startswith("|") else ()
        found = set(keys if keys and all(map(self.type.option, keys)) else self._split(text))
        return tuple(key for key in self.type.option_keys if key in found)

    def _split(self, text: str) -> Iterator[str]:
        whole = self._find(text)
        if whole is not None:
            yield whole
            return
        separators = next((some for some in _SEPARATORS if some.search(text)), None)
        if separators is None:
            if folded(text):
                raise self._unknown(text)
            return
        for part in separators.split(text):
            yield from self._split(part)

    def _find(self, text: str) -> str | None:
        if self.type.option(text):
            return text
        word = folded(text)
        if not word:
            return None
        if word in self.ambiguous:
            raise BadText(
                "ambiguous-option",
                T("%(text)s is the name of two options.", text=shown(text)),
                T("Use the option's key."),
            )
        return self.by_label.get(word)

    def _unknown(self, text: str) -> BadText:
        offered = [option.label for option in self.type.options if not option.retired]
        more = ["…"] if len(offered) > _OFFERED else []
        return BadText(
            "no-such-option",
            T("%(text)s is none of the options.", text=shown(text)),
            T("Options: %(options)s.", options=[*offered[:_OFFERED], *more]),
        )
