"""The lock of one table's folder: one process at a time writes generations.

Where there is no `flock` (Windows), it keeps nobody out: two processes may then do the same work.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    LOCK_EX = LOCK_NB = 0

    def flock(descriptor: int, operation: int, /) -> None:
        """Do nothing: the system has no such locks."""
else:
    from fcntl import LOCK_EX, LOCK_NB, flock


@contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the folder's lock, and tell whether it was got; with `wait` it always is, in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            flock(descriptor, LOCK_EX if wait else LOCK_EX | LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
