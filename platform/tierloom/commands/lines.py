"""JSON lines in, JSON lines out: one object a line, and problems instead of an answer where there are any."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from tierloom.errors import Invalid, Problem
from tierloom.rules.json_text import Pairs, has_duplicates, load
from tierloom.text import T, Translator

MAX_LINE = 8 * 1024 * 1024
MAX_DEPTH = 64

Answer = dict[str, Any]
Ask = Callable[[dict[str, object]], Answer]


def answers(
    lines: Iterable[bytes], needed: tuple[str, ...], ask: Ask, words: Translator
) -> Iterator[Answer]:
    """Answer every line that is not blank: `ask` gets its members (each of the `needed` ones is there).

    What `ask` refuses becomes `{"problems": […]}`.
    """
    for line in lines:
        if line.strip():
            try:
                yield ask(_members(line, needed))
            except Invalid as invalid:
                yield {"problems": [problem_json(one, words) for one in invalid.problems]}


def problem_json(problem: Problem, words: Translator) -> dict[str, str]:
    """Return a problem with its message in one language."""
    found = {
        "code": problem.code,
        "severity": problem.severity,
        "pointer": problem.pointer,
        "message": words.read(problem.message),
    }
    return found | ({"hint": words.read(problem.hint)} if problem.hint else {})


def located(problems: Iterable[Problem], place: str) -> tuple[Problem, ...]:
    """Return problems of a part of a line with pointers into the line."""
    return tuple(replace(one, pointer=f"{place}{one.pointer}") for one in problems)


def written(answer: Answer) -> str:
    """Return an answer as one line; what UTF-8 cannot say is escaped."""
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(answer)
    return text


def _members(line: bytes, needed: tuple[str, ...]) -> dict[str, object]:
    try:
        tree = load(line.decode("utf-8-sig"), MAX_LINE, MAX_DEPTH)
    except UnicodeDecodeError:
        raise _refused("not-utf-8", T("The line is not UTF-8 text.")) from None
    if not isinstance(tree, Pairs):
        raise _refused("not-an-object", T("A line is an object with the key “rule”."))
    if has_duplicates(tree):
        raise _refused("duplicate-key", T("The same key stands twice in one object."))
    found = dict(tree)
    for name in needed:
        if name not in found:
            raise _refused("no-rule", T("The line has no “%(name)s”.", name=name))
    return found


def _refused(code: str, message: Any) -> Invalid:
    return Invalid([Problem(code, "", message)])
