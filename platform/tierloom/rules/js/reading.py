"""A rule of the JavaScript dialect read from JSON, within the limits that every rule has."""

from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import Invalid, Problem
from tierloom.rules.json_text import Pairs, faults, has_duplicates, load, members
from tierloom.rules.parse import MAX_BYTES, MAX_PROBLEMS, measure, not_one_key
from tierloom.rules.syntax import step
from tierloom.text import T


def read_rule(source: "RuleDocument | Json") -> Json:
    """Read a rule. Any operator goes; what is wrong in the JSON itself is refused.

    Raises:
        Invalid: the limit that it breaks, or every object with two keys, number too long, half a
            character.
    """
    tree = load(source.json, MAX_BYTES) if isinstance(source, RuleDocument) else source
    measure(tree)
    return _checked(tree, "", rule=True)


def read_data(tree: object, pointer: str = "") -> Json:
    """Make plain JSON of data that `load` gave; `pointer` is where they stand.

    Raises:
        Invalid: a key stands twice, a number is none.
    """
    return _checked(tree, pointer, rule=False)


def _checked(tree: object, pointer: str, *, rule: bool) -> Json:
    problems: list[Problem] = []
    found = _plain(tree, pointer, problems, rule=rule)
    if problems:
        raise Invalid(problems[:MAX_PROBLEMS])
    return found


def _plain(value: object, pointer: str, problems: list[Problem], *, rule: bool) -> Json:
    match value:
        case Pairs() | dict():
            return _object(value, pointer, problems, rule=rule)
        case list():
            return [
                _plain(one, step(pointer, place), problems, rule=rule)
                for place, one in enumerate(value)
            ]
    problems.extend(faults(value, pointer))
    return value  # type: ignore[return-value]


def _object(value: object, pointer: str, problems: list[Problem], *, rule: bool) -> Json:
    pairs = list(members(value))
    if rule and len(pairs) > 1:
        problems.append(not_one_key(pairs, pointer))
    elif has_duplicates(value):
        message = T("The same key stands twice in one object.")
        problems.append(Problem("duplicate-key", pointer, message))
    found: dict[str, Json] = {}
    for key, inner in pairs:
        problems.extend(faults(key, pointer))
        found[key] = _plain(inner, step(pointer, key), problems, rule=rule)
    return found
