"""The syntax of a rule: JSON Logic read into nodes, each with its place in the document."""

from dataclasses import dataclass

from tierloom.domain.rules import Json

Constant = None | bool | int | float | str
"""A JSON scalar; numbers are finite and have at most 15 significant digits."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A constant as it stands in the document."""

    value: Constant
    pointer: str


@dataclass(frozen=True, slots=True)
class Items:
    """A literal list of constants."""

    items: tuple[Scalar, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator with its arguments. `key` is in the closed table."""

    key: str
    args: "tuple[Syntax, ...]"
    pointer: str


Syntax = Scalar | Items | Apply


def step(pointer: str, *parts: str | int) -> str:
    """Go down from a JSON pointer (RFC 6901) by keys and positions."""
    for part in parts:
        name = str(part)
        if "~" in name or "/" in name:
            name = name.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{name}"
    return pointer


def variable(node: Syntax) -> str | None:
    """Return the name that a `var` without a default reads, None for any other node."""
    match node:
        case Apply("var", (Scalar(str(name)),)):
            return name
        case _:
            return None


def plain_json(node: Syntax) -> Json:
    """Return a rule's JSON with all arguments in lists (but the name of a `var`)."""
    match node:
        case Scalar(value):
            return value
        case Items(items):
            return [item.value for item in items]
    name = variable(node)
    if name is not None:
        return {"var": name}
    return {node.key: [plain_json(one) for one in node.args]}
