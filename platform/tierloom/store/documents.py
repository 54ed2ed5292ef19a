"""Documents: one mechanism for all that users design.

A document has a *draft* and a *published* body, both canonical JSON text; no draft means that
nothing differs from what is published. Every saved body is a *revision*, which undo and redo walk
along; every publication is a *version*, which is kept for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from tierloom.errors import Conflict, Invalid, Problem
from tierloom.store.schema.documents import document_revisions as revisions
from tierloom.store.schema.documents import document_versions as versions
from tierloom.store.schema.documents import documents as table
from tierloom.store.transaction import AnyRow, Transaction, missing, stale
from tierloom.store.workspaces import Workspaces
from tierloom.text import T

KINDS = (
    "record_type", "form", "segment", "tier_model", "label_set", "score", "view", "scope",
)  # fmt: skip
"""Kinds of documents. A `scope` is the rule that limits a role to some records of a table."""
KEPT_REVISIONS = 200


@dataclass(frozen=True, slots=True)
class Document:
    """`version` is the lock: every write changes it. `revision` is where undo and redo stand."""

    id: int
    workspace: int
    kind: str
    key: str
    draft: str | None
    published: str | None
    published_version: int
    version: int
    revision: int
    can_undo: bool
    can_redo: bool
    position: int
    deleted_at: int | None
    updated_at: int
    updated_by: int

    @property
    def body(self) -> str:
        """What the designer sees: the draft, else what is published."""
        return self.draft or self.published or ""


@dataclass(frozen=True, slots=True)
class Version:
    """One publication of a document."""

    number: int
    note: str
    published_at: int
    published_by: int


_REVISIONS_FROM = (
    select(func.min(revisions.c.number))
    .where(revisions.c.document_id == table.c.id)
    .scalar_subquery()
)
_REVISIONS_TO = (
    select(func.max(revisions.c.number))
    .where(revisions.c.document_id == table.c.id)
    .scalar_subquery()
)
_COLUMNS = (
    table.c.id, table.c.workspace_id.label("workspace"), table.c.kind, table.c.key,
    table.c.draft, table.c.published, table.c.published_version, table.c.version, table.c.revision,
    (table.c.revision > _REVISIONS_FROM).label("can_undo"),
    (table.c.revision < _REVISIONS_TO).label("can_redo"),
    table.c.position, table.c.deleted_at, table.c.updated_at, table.c.updated_by,
)  # fmt: skip


class Documents:
    """Reads and writes documents."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def next_id(self) -> int:
        """Take an id for a document or a field."""
        return self._db.next_id()

    def create(
        self,
        workspace: int,
        kind: str,
        key: str,
        draft: str,
        by: int,
        document_id: int | None = None,
    ) -> Document:
        """Make a document; `document_id` is one that `next_id` gave, where the body has to name it.

        Raises:
            ValueError: there is no such kind.
            Conflict: a document of this kind and key exists (outside the bin).
        """
        if kind not in KINDS:
            raise ValueError(f"No kind of document {kind!r}. Known: {', '.join(KINDS)}.")
        self._db.driver.lock(self._db.connection, f"documents {workspace} {kind}")
        self._require_free(workspace, kind, key)
        siblings = (table.c.workspace_id == workspace, table.c.kind == kind)
        last = self._db.connection.scalar(select(func.max(table.c.position)).where(*siblings))
        number = self._db.next_id() if document_id is None else document_id
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                kind=kind,
                key=key,
                draft=draft,
                published_version=0,
                version=1,
                revision=1,
                position=0 if last is None else last + 1,
                created_at=self._db.now,
                updated_at=self._db.now,
                updated_by=by,
            )
        )
        self._append_revision(number, 1, draft, by)
        return self.get(number)

    def get(self, document: int, workspace: int | None = None) -> Document:
        """Return a document, also one in the bin; with `workspace`, only one of that workspace.

        Raises:
            NotFound: there is none.
        """
        where = [table.c.id == document]
        if workspace is not None:
            where.append(table.c.workspace_id == workspace)
        return self._one(*where) or missing("document", document)

    def find(self, workspace: int, kind: str, key: str) -> Document | None:
        """Return the document with this key that is not in the bin, None where there is none."""
        return self._one(
            table.c.workspace_id == workspace,
            table.c.kind == kind,
            table.c.key == key,
            table.c.deleted_at.is_(None),
        )

    def all(self, workspace: int, kind: str, deleted: bool = False) -> list[Document]:
        """Return the documents of one kind in their order; with `deleted`, those in the bin
        instead.
        """
        state = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
        wanted = select(*_COLUMNS).where(
            table.c.workspace_id == workspace, table.c.kind == kind, state
        )
        rows = self._db.connection.execute(wanted.order_by(table.c.position, table.c.id))
        return [_document(row) for row in rows]

    def save_draft(
        self, document: int, body: str, expected_version: int | None, by: int
    ) -> Document:
        """Save a new draft; what was undone before can no longer be redone.

        Raises:
            NotFound: there is no such document.
            Conflict: the document is no longer at `expected_version`.
        """
        found = self._locked(document, expected_version)
        if body == found.body:
            return found
        self._db.connection.execute(
            delete(revisions).where(
                revisions.c.document_id == document, revisions.c.number > found.revision
            )
        )
        self._append_revision(document, found.revision + 1, body, by)
        return self._set_draft(found, found.revision + 1, body, by)

    def undo(self, document: int, by: int, expected_version: int | None = None) -> Document:
        """Go one revision back; at the first one nothing happens."""
        found = self._locked(document, expected_version)
        return self._step(found, found.revision - 1, by) if found.can_undo else found

    def redo(self, document: int, by: int, expected_version: int | None = None) -> Document:
        """Go one revision forward; at the last one nothing happens."""
        found = self._locked(document, expected_version)
        return self._step(found, found.revision + 1, by) if found.can_redo else found

    def discard_draft(
        self, document: int, by: int, expected_version: int | None = None
    ) -> Document:
        """Go back to what is published. It can be undone like every other edit.

        Raises:
            Invalid: nothing is published yet.
        """
        found = self._locked(document, expected_version)
        if found.published is None:
            raise Invalid([_never_published()])
        return self.save_draft(document, found.published, None, by)

    def publish(
        self, document: int, expected_version: int | None, by: int, note: str = ""
    ) -> Document:
        """Make the draft the published body, as a new version; without a draft nothing happens.

        Raises:
            NotFound: there is no such document.
            Conflict: the document is no longer at `expected_version`.
        """
        found = self._locked(document, expected_version)
        if found.draft is None:
            return found
        number = found.published_version + 1
        self._db.connection.execute(
            insert(versions).values(
                document_id=document,
                number=number,
                body=found.draft,
                note=note,
                published_at=self._db.now,
                published_by=by,
            )
        )
        self._write(found, by, draft=None, published=found.draft, published_version=number)
        self._changed(found)
        return self.get(document)

    def versions(self, document: int) -> list[Version]:
        """Return all publications, the newest first."""
        wanted = select(
            versions.c.number, versions.c.note, versions.c.published_at, versions.c.published_by
        ).where(versions.c.document_id == document)
        rows = self._db.connection.execute(wanted.order_by(versions.c.number.desc()))
        return [Version(*row) for row in rows]

    def body_of(self, document: int, number: int) -> str:
        """Return the body of a published version.

        Raises:
            NotFound: there is no such version.
        """
        body = self._db.connection.scalar(
            select(versions.c.body).where(
                versions.c.document_id == document, versions.c.number == number
            )
        )
        return str(body) if body is not None else missing("version", number)

    def delete(
        self, document: int, by: int | None = None, expected_version: int | None = None
    ) -> Document:
        """Put a document in the bin."""
        found = self._locked(document, expected_version)
        if found.deleted_at is None:
            self._write(found, by, deleted_at=self._db.now)
            self._changed(found)
        return self.get(document)

    def restore(self, document: int, by: int | None = None) -> Document:
        """Take a document out of the bin.

        Raises:
            Conflict: another document has its key by now.
        """
        found = self._locked(document, None)
        if found.deleted_at is not None:
            self._db.driver.lock(self._db.connection, f"documents {found.workspace} {found.kind}")
            self._require_free(found.workspace, found.kind, found.key)
            self._write(found, by, deleted_at=None)
            self._changed(found)
        return self.get(document)

    def reorder(self, workspace: int, kind: str, ids: Sequence[int]) -> None:
        """Put documents in the order of `ids`; others keep their positions."""
        for position, number in enumerate(ids):
            self._db.connection.execute(
                update(table)
                .where(
                    table.c.id == number, table.c.workspace_id == workspace, table.c.kind == kind
                )
                .values(position=position)
            )

    def _one(self, *where: ColumnElement[bool]) -> Document | None:
        row = self._db.connection.execute(select(*_COLUMNS).where(*where)).first()
        return _document(row) if row else None

    def _locked(self, document: int, expected_version: int | None) -> Document:
        """Read a document and keep other writers from it until the transaction ends."""
        self._db.connection.execute(
            select(table.c.id).where(table.c.id == document).with_for_update()
        )
        found = self.get(document)
        if expected_version is not None and found.version != expected_version:
            stale(found.version, expected_version)
        return found

    def _step(self, found: Document, revision: int, by: int) -> Document:
        body = self._db.connection.scalar(
            select(revisions.c.body).where(
                revisions.c.document_id == found.id, revisions.c.number == revision
            )
        )
        return self._set_draft(found, revision, str(body), by)

    def _set_draft(self, found: Document, revision: int, body: str, by: int) -> Document:
        self._write(found, by, draft=None if body == found.published else body, revision=revision)
        return self.get(found.id)

    def _write(self, found: Document, by: int | None, **values: object) -> None:
        self._db.connection.execute(
            update(table)
            .where(table.c.id == found.id)
            .values(
                **values,
                version=found.version + 1,
                updated_at=self._db.now,
                updated_by=found.updated_by if by is None else by,
            )
        )

    def _append_revision(self, document: int, number: int, body: str, by: int) -> None:
        self._db.connection.execute(
            insert(revisions).values(
                document_id=document, number=number, body=body, saved_at=self._db.now, saved_by=by
            )
        )
        self._db.connection.execute(
            delete(revisions).where(
                revisions.c.document_id == document, revisions.c.number <= number - KEPT_REVISIONS
            )
        )

    def _require_free(self, workspace: int, kind: str, key: str) -> None:
        if self.find(workspace, kind, key):
            raise Conflict(T("There is one with the key %(key)s already.", key=key))

    def _changed(self, found: Document) -> None:
        # Whoever keeps in memory what is published asks for the version first.
        Workspaces(self._db).bump(found.workspace)


def _never_published() -> Problem:
    return Problem(
        "never-published",
        "",
        T("Nothing is published yet, so there is nothing to go back to."),
        hint=T("Delete it instead, or undo single steps."),
    )


def _document(row: AnyRow) -> Document:
    return Document(**row._mapping)
