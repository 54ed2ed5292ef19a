"""The door to the columns of all workspaces."""

import shutil
from pathlib import Path
from threading import Lock

from tierloom.domain.tables import Catalogue
from tierloom.store.columns.compaction import Compactor
from tierloom.store.columns.past import Pasts
from tierloom.store.columns.snapshot import Snapshot
from tierloom.store.columns.workspace import WorkspaceColumns
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork


class ColumnStore:
    """Gives snapshots of record tables as columns.

    All that lies in `folder` is derived from the database: it may be deleted at any time. Threads
    may share a store, processes may share a folder.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._lock = Lock()
        self._workspaces: dict[int, WorkspaceColumns] = {}
        self._pasts = Pasts()
        self._compactor = Compactor()

    def snapshot(self, uow: UnitOfWork, workspace: int, catalogue: Catalogue) -> Snapshot:
        """Return all tables of a workspace as the unit of work sees them, its own writes included.

        `catalogue` has the tables as they are at this moment, with their ids.
        """
        with self._lock:
            if workspace not in self._workspaces:
                folder = self._folder / str(workspace)
                self._workspaces[workspace] = WorkspaceColumns(folder, self._compactor)
            columns = self._workspaces[workspace]
        return columns.snapshot(uow, catalogue)

    def past(self, uow: UnitOfWork, workspace: int, catalogue: Catalogue, at: int) -> Snapshot:
        """Return all tables of a workspace as they were at an instant (milliseconds), what was
        written then included: `snapshot` with the change log undone back to it.
        """
        return self._pasts.snapshot(
            uow, workspace, catalogue, at, lambda: self.snapshot(uow, workspace, catalogue)
        )

    def latest(self, workspace: int, catalogue: Catalogue) -> Snapshot:
        """Return what is committed now, read in a unit of work of its own.

        Raises:
            RuntimeError: this thread has a unit of work open; give it to `snapshot`.
        """
        with self._database.reading() as uow:
            return self.snapshot(uow, workspace, catalogue)

    def settle(self) -> None:
        """Wait until no files are being written in the background."""
        self._compactor.wait()

    def forget(self, workspace: int) -> None:
        """Delete what there is of a workspace, in memory and on disk."""
        with self._lock:
            self._workspaces.pop(workspace, None)
        self._pasts.forget(workspace)
        self.settle()
        shutil.rmtree(self._folder / str(workspace), ignore_errors=True)
