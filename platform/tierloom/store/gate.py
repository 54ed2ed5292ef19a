"""The write gate: one writer at a time over all processes that share a SQLite file.

SQLite's own busy handler polls, so that under load some writers wait for seconds; a file lock
queues them fairly. Where there is no `flock` (Windows), only the threads of one process are queued.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

try:
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]


class WriteGate:
    """Paired locks: threads queue at a process lock, then their process queues at the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._owner = os.getpid()
        self._threads = Lock()
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the gate. It is not reentrant: units of work do not nest."""
        if self._owner != os.getpid():
            # A forked child shares its parent's descriptor, and with it the lock.
            self._open()
        with self._threads:
            if fcntl is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if fcntl is not None:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._owner == os.getpid() and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
