"""What a reader of one text raises: the problem without its place, which the caller knows."""

from dataclasses import replace

from tierloom.errors import Problem, TierloomError
from tierloom.text import Text

SHOWN = 60
MAX_SHOWN = 100
"""How many problems of one document are reported."""


class BadText(TierloomError):
    """A text cannot be read as a value of its field. `problem` has no pointer yet."""

    def __init__(self, code: str, message: Text, hint: Text | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(code, "", message, hint)

    def at(self, pointer: str) -> Problem:
        """Return the problem at its place."""
        return replace(self.problem, pointer=pointer)


def shown(text: str) -> str:
    """Return what a message quotes of a text: at most 60 characters."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


Path = tuple["Path", str | int] | None
"""A place in a document as a chain from the inside out: it costs nothing until it is written."""


def pointer_of(path: Path) -> str:
    """Return a place as a JSON pointer."""
    steps: list[str] = []
    while path is not None:
        path, key = path
        steps.append(pointer_to(key))
    return "".join(reversed(steps))


def pointer_to(key: str | int) -> str:
    """Return one step of a JSON pointer (RFC 6901)."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")
