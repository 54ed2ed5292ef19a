"""Messages and problems as JSON, so that they pass between processes and wait in files until
somebody reads them.
"""

from collections.abc import Mapping
from typing import cast

from tierloom.domain.rules import Json
from tierloom.errors import Problem, Severity
from tierloom.text import Label, Text


def text_to_json(text: Text) -> Json:
    """Return `text` as JSON. Parameters that are neither Text, Label, number nor list become
    strings.
    """
    return {
        "message": text.message,
        "params": {name: _to_json(value) for name, value in text.params.items()},
        "plural": text.plural,
    }


def text_from_json(source: Json) -> Text:
    """Return the Text that `text_to_json` was given."""
    body = cast(Mapping[str, Json], source)
    params = cast(Mapping[str, Json], body["params"])
    return Text(
        str(body["message"]),
        {name: _from_json(value) for name, value in params.items()},
        str(body["plural"]),
    )


def problem_to_json(problem: Problem) -> Json:
    """Return `problem` as JSON."""
    return {
        "code": problem.code,
        "pointer": problem.pointer,
        "message": text_to_json(problem.message),
        "hint": text_to_json(problem.hint) if problem.hint else None,
        "severity": problem.severity,
    }


def problem_from_json(source: Json) -> Problem:
    """Return the Problem that `problem_to_json` was given."""
    body = cast(Mapping[str, Json], source)
    return Problem(
        str(body["code"]),
        str(body["pointer"]),
        text_from_json(body["message"]),
        text_from_json(body["hint"]) if body["hint"] else None,
        cast(Severity, body["severity"]),
    )


def _to_json(value: object) -> Json:
    match value:
        case Text():
            return {"text": text_to_json(value)}
        case Label():
            return {"label": dict(value.words)}
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_to_json(one) for one in value]
        case _:
            return str(value)


def _from_json(value: Json) -> object:
    match value:
        case {"text": body}:
            return text_from_json(body)
        case {"label": dict() as words}:
            return Label({language: str(word) for language, word in words.items()})
        case list():
            return [_from_json(one) for one in value]
        case _:
            return value
