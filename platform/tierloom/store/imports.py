"""Imports: one batch per file, one row per published chunk.

What an import wrote is in the change log, under the cause `import` with the batch's id as its
`ref`: nothing about undoing is stored here.
"""

import json
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from tierloom.domain.rules import Json
from tierloom.store.schema.imports import import_batches as table
from tierloom.store.schema.imports import import_chunks as chunks
from tierloom.store.transaction import AnyRow, Transaction, missing


@dataclass(frozen=True, slots=True)
class Batch:
    """One file on its way in. `options` is how it is read, `counts` what became of its rows."""

    id: int
    workspace: int
    record_type: int | None
    file_name: str
    state: str
    job: int | None
    options: Json
    counts: Json
    created_at: int
    created_by: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk that is published: its rows are in the database."""

    number: int
    counts: Json
    published_at: int


_COLUMNS = (
    table.c.id, table.c.workspace_id.label("workspace"),
    table.c.record_type_id.label("record_type"), table.c.file_name, table.c.state,
    table.c.job_id.label("job"), table.c.options, table.c.counts,
    table.c.created_at, table.c.created_by, table.c.updated_at,
)  # fmt: skip


class Imports:
    """Reads and writes batches and chunks."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(
        self,
        workspace: int,
        record_type: int | None,
        file_name: str,
        by: int,
        options: Json = None,
        state: str = "uploaded",
    ) -> Batch:
        """Make a batch."""
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                record_type_id=record_type,
                file_name=file_name,
                state=state,
                options=_dumped(options),
                counts=_dumped({}),
                created_at=self._db.now,
                created_by=by,
                updated_at=self._db.now,
            )
        )
        return self.get(number, workspace)

    def get(self, batch: int, workspace: int) -> Batch:
        """Return a batch of a workspace.

        Raises:
            NotFound: there is none.
        """
        mine = (table.c.id == batch, table.c.workspace_id == workspace)
        row = self._db.connection.execute(select(*_COLUMNS).where(*mine)).first()
        return _batch(row) if row else missing("import", batch)

    def recent(self, workspace: int, limit: int = 50) -> list[Batch]:
        """Return the latest batches of a workspace, the newest first."""
        wanted = select(*_COLUMNS).where(table.c.workspace_id == workspace)
        rows = self._db.connection.execute(wanted.order_by(table.c.id.desc()).limit(limit))
        return [_batch(row) for row in rows]

    def change(
        self,
        batch: int,
        *,
        state: str | None = None,
        record_type: int | None = None,
        job: int | None = None,
        options: Json = None,
        counts: Json = None,
    ) -> None:
        """Change what is given; what is None stays."""
        given = {
            "state": state,
            "record_type_id": record_type,
            "job_id": job,
            "options": None if options is None else _dumped(options),
            "counts": None if counts is None else _dumped(counts),
        }
        values = {name: value for name, value in given.items() if value is not None}
        self._db.connection.execute(
            update(table).where(table.c.id == batch).values(**values, updated_at=self._db.now)
        )

    def add_chunk(self, batch: int, number: int, counts: Json) -> bool:
        """Note in the transaction that writes a chunk's rows that it is in; False means that it was
        already, and then nothing must be written.
        """
        self._db.driver.lock(self._db.connection, f"import {batch}")
        there = select(chunks.c.number).where(chunks.c.batch_id == batch, chunks.c.number == number)
        if self._db.connection.scalar(there) is not None:
            return False
        self._db.connection.execute(
            insert(chunks).values(
                batch_id=batch, number=number, counts=_dumped(counts), published_at=self._db.now
            )
        )
        return True

    def chunks(self, batch: int) -> list[Chunk]:
        """Return the published chunks of a batch in order."""
        rows = self._db.connection.execute(
            select(chunks.c.number, chunks.c.counts, chunks.c.published_at)
            .where(chunks.c.batch_id == batch)
            .order_by(chunks.c.number)
        )
        return [Chunk(number, json.loads(counts), at) for number, counts, at in rows]


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _batch(row: AnyRow) -> Batch:
    values = dict(row._mapping)
    values["options"] = json.loads(values["options"])
    values["counts"] = json.loads(values["counts"])
    return Batch(**values)
