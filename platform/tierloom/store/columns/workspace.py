"""The column store of one workspace: keeps the last snapshot, and makes the next one from it."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tierloom.domain.tables import Catalogue, RecordType
from tierloom.store.changes import Change
from tierloom.store.columns.assembly import assemble
from tierloom.store.columns.compaction import Compactor
from tierloom.store.columns.encoding import encodings_of
from tierloom.store.columns.manifest import Point
from tierloom.store.columns.reader import Reader, touched
from tierloom.store.columns.refresh import Refresh
from tierloom.store.columns.snapshot import Snapshot
from tierloom.store.columns.table import TableData
from tierloom.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class _Held:
    """A snapshot, and the moment up to which it is known to be right."""

    point: Point
    catalogue: Catalogue
    snapshot: Snapshot

    def data(self, record_type: RecordType) -> TableData | None:
        """Return the table's rows, None where it was not there or its fields were others."""
        for table in self.snapshot:
            if table.record_type.id == record_type.id:
                same = table.data.encodings == encodings_of(record_type)
                return table.data if same else None
        return None


class WorkspaceColumns:
    """Makes snapshots of one workspace; its files lie in `folder`."""

    def __init__(self, folder: Path, compactor: Compactor) -> None:
        self._folder = folder
        self._compactor = compactor
        self._lock = Lock()
        self._held: _Held | None = None

    def snapshot(self, unit: UnitOfWork, catalogue: Catalogue) -> Snapshot:
        """Return what the unit of work sees; the former snapshot itself, if nothing changed."""
        reader = Reader(unit, [one.id for one in catalogue])
        with self._lock:
            held = self._held
            changes = reader.after(held.point) if held else None
            # A transaction that began before the last snapshot was made cannot begin from it,
            # and one that writes may yet be rolled back: what they see is for them alone.
            shared = not reader.writes and (changes is not None or held is None)
            if held is None or changes is None:
                snapshot = self._first(reader, catalogue, shared)
            else:
                snapshot = self._next(reader, catalogue, shared, held, changes)
            if shared:
                self._held = _Held(reader.here, catalogue, snapshot)
            return snapshot

    def _first(self, reader: Reader, catalogue: Catalogue, shared: bool) -> Snapshot:
        refresh = Refresh(self._folder, reader, shared, self._compactor)
        return assemble(catalogue, {one.id: refresh.load(one) for one in catalogue}, None)

    def _next(
        self,
        reader: Reader,
        catalogue: Catalogue,
        shared: bool,
        held: _Held,
        changes: list[Change],
    ) -> Snapshot:
        if not changes and held.catalogue.tables == catalogue.tables:
            return held.snapshot
        refresh = Refresh(self._folder, reader, shared, self._compactor)
        tables = {}
        for one in catalogue:
            former = held.data(one)
            ids = touched(changes, one)
            tables[one.id] = refresh.follow(one, former, ids) if former else refresh.load(one)
        return assemble(catalogue, tables, held.snapshot)
