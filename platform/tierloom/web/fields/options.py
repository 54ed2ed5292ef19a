"""The options of a choice, as lines of text that people type."""

from collections.abc import Sequence
from dataclasses import replace

from tierloom.domain.fields import Option
from tierloom.services.tables import suggest_key
from tierloom.text import Label, T
from tierloom.web.fields.typed import invalid


def read_options(old: Sequence[Option], text: str) -> tuple[Option, ...]:
    """Read options from lines such as `黄金 / Gold`. A known word keeps its key, as does a word typed over another in
    its line; options that are gone are retired, because stored values may have them.

    Raises:
        Invalid: there is no line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise invalid("options", T("A choice needs at least one option, one on each line."))
    live = [one for one in old if not one.retired]
    by_word = {_line(one): one for one in old}
    typed_over = {
        number: live[number]
        for number, line in enumerate(lines)
        if line not in by_word and number < len(live) and len(lines) == len(live)
    }
    options: list[Option] = []
    for number, line in enumerate(lines):
        known = by_word.get(line) or typed_over.get(number)
        taken = [one.key for one in (*old, *options)]
        options.append(
            Option(known.key if known else suggest_key(line, taken, "option"), _label(line))
        )
    kept = {one.key for one in options}
    gone = [replace(one, retired=True) for one in old if one.key not in kept]
    return (*options, *gone)


def option_lines(options: tuple[Option, ...]) -> str:
    """Write options as the form shows them, one on each line."""
    return "\n".join(_line(one) for one in options if not one.retired)


def _line(option: Option) -> str:
    words = option.label.words
    zh, en = words.get("zh", ""), words.get("en", "")
    return f"{zh} / {en}" if zh and en and zh != en else zh or en


def _label(line: str) -> Label:
    zh, slash, en = line.partition(" / ")
    return Label({"zh": zh, "en": en}) if slash else Label.of(line)
