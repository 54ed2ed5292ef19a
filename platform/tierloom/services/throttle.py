"""Slowing down those who guess: so many wrong attempts for one name, then none for a while."""

from collections import deque
from threading import Lock

from tierloom.errors import TooMany
from tierloom.text import T

ATTEMPTS = 10
WINDOW_MS = 15 * 60 * 1000
NAMES = 10_000
"""How many names are remembered; beyond that the one that was longest quiet is forgotten."""


class Throttle:
    """Counts wrong attempts by name in this process. Names that do not exist count like those that do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wrong: dict[str, deque[int]] = {}

    def require(self, name: str, at: int) -> None:
        """Let an attempt pass, if there were not too many wrong ones lately.

        Raises:
            TooMany: there were.
        """
        with self._lock:
            if len(self._recent(name, at)) >= ATTEMPTS:
                raise TooMany(
                    T("Too many wrong attempts. Wait a quarter of an hour, then try again.")
                )

    def note(self, name: str, at: int) -> None:
        """Note a wrong attempt."""
        with self._lock:
            found = self._recent(name, at)
            found.append(at)
            self._wrong.pop(name, None)
            self._wrong[name] = found
            while len(self._wrong) > NAMES:
                del self._wrong[next(iter(self._wrong))]

    def _recent(self, name: str, at: int) -> deque[int]:
        found = self._wrong.get(name, deque())
        while found and found[0] <= at - WINDOW_MS:
            found.popleft()
        return found
