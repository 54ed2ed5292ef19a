"""Compaction: rows of a long tail become part of new files, in a thread that nobody waits for."""

import logging
from pathlib import Path
from threading import Lock, Thread

from tierloom.domain.tables import RecordType
from tierloom.fail_points import fail_point
from tierloom.store.columns.base_index import with_groups
from tierloom.store.columns.generation import open_newest, publish
from tierloom.store.columns.lock import locked
from tierloom.store.columns.manifest import Mark, Point
from tierloom.store.columns.table import TableData

_log = logging.getLogger(__name__)


class Compactor:
    """Writes new files for tables with long tails, one table at a time in this process.

    A thread is an ordinary one: a command that ends waits until its files are written.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None

    def ask(
        self, folder: Path, record_type: RecordType, data: TableData, seen: Point, mark: Mark
    ) -> None:
        """Have `data` written into a table's folder as a base of the moment `seen`.

        While something is being written nothing happens: whoever still has a long tail asks again.
        """
        with self._lock:
            if self._thread and self._thread.is_alive():
                return
            self._thread = Thread(
                target=_compact, args=(folder, record_type, data, seen, mark), name="compaction"
            )
            self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is being written."""
        thread = self._thread
        if thread:
            thread.join()


def _compact(
    folder: Path, record_type: RecordType, data: TableData, seen: Point, mark: Mark
) -> None:
    """Write a new generation, unless another process is at it or has done it."""
    try:
        with locked(folder, wait=False) as ours:
            found = open_newest(folder, record_type.id) if ours else None
            if not ours or (found and found.generation > data.base.generation):
                return
            base = with_groups(data.as_base(seen, mark), record_type)
            fail_point("columns-merged")
            publish(folder, record_type.id, base)
    except OSError as error:
        # The former files and the tail are as right as before.
        _log.warning("No new column files in %s: %s", folder, error)
