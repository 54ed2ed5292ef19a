"""Workspaces: one company's data each."""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from tierloom.domain.keys import require_key
from tierloom.errors import Conflict, NotFound
from tierloom.store.removing import remove_workspace
from tierloom.store.schema.workspaces import workspaces as table
from tierloom.store.transaction import AnyRow, Transaction, missing
from tierloom.text import T


@dataclass(frozen=True, slots=True)
class Workspace:
    """`catalogue_version` grows whenever a table, a segment or a tier model of the workspace changes.

    `marks` are words remembered about it, such as `sample`.
    """

    id: int
    key: str
    name: str
    locale: str
    zone: str
    currency: str
    catalogue_version: int
    marks: frozenset[str] = frozenset()


_COLUMNS = (
    table.c.id, table.c.key, table.c.name, table.c.locale, table.c.zone, table.c.currency,
    table.c.catalogue_version, table.c.marks,
)  # fmt: skip


_BY_ID = select(*_COLUMNS).where(table.c.id == bindparam("workspace"))


class Workspaces:
    """Reads and writes workspaces."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(self, key: str, name: str, locale: str, zone: str, currency: str) -> Workspace:
        """Make a workspace.

        Raises:
            ValueError: `key` cannot be a key.
            Conflict: there is a workspace with this key.
        """
        require_key(key)
        self._db.driver.lock(self._db.connection, "workspaces")
        if self._find(key):
            raise Conflict(T("There is a workspace with the key %(key)s already.", key=key))
        made = Workspace(self._db.next_id(), key, name, locale, zone, currency, 0)
        self._db.connection.execute(
            insert(table).values(
                id=made.id,
                key=key,
                name=name,
                locale=locale,
                zone=zone,
                currency=currency,
                catalogue_version=0,
                created_at=self._db.now,
            )
        )
        return made

    def get(self, workspace: int) -> Workspace:
        """Return a workspace.

        Raises:
            NotFound: there is none with this id.
        """
        row = self._db.connection.execute(_BY_ID, {"workspace": workspace}).first()
        return _workspace(row) if row else missing("workspace", workspace)

    def by_key(self, key: str) -> Workspace:
        """Return a workspace by its key.

        Raises:
            NotFound: naming the workspaces that there are.
        """
        found = self._find(key)
        if found is None:
            known = [one.key for one in self.all()]
            raise NotFound(
                T("No workspace %(key)s. Known: %(known)s.", key=key, known=known or "–")
            )
        return found

    def all(self) -> list[Workspace]:
        """Return all workspaces, the oldest first."""
        return [
            _workspace(row)
            for row in self._db.connection.execute(select(*_COLUMNS).order_by(table.c.id))
        ]

    def change(self, workspace: int, name: str, locale: str, zone: str, currency: str) -> Workspace:
        """Change a workspace's settings. A new zone moves its days, hence a new catalogue version.

        Raises:
            NotFound: there is none with this id.
        """
        self._db.connection.execute(
            update(table)
            .where(table.c.id == workspace)
            .values(name=name, locale=locale, zone=zone, currency=currency)
        )
        self.bump(workspace)
        return self.get(workspace)

    def mark(self, workspace: int, word: str, *, on: bool = True) -> None:
        """Remember a word about a workspace, or forget it.

        Raises:
            ValueError: `word` cannot be a key.
            NotFound: there is no workspace with this id.
        """
        require_key(word)
        marks = self.get(workspace).marks - {word} | ({word} if on else set())
        self._db.connection.execute(
            update(table).where(table.c.id == workspace).values(marks=" ".join(sorted(marks)))
        )

    def remove(self, workspace: int) -> None:
        """Delete a workspace and all that belongs to it, for good. Accounts stay.

        Raises:
            NotFound: there is none with this id.
        """
        remove_workspace(self._db, self.get(workspace).id)

    def bump(self, workspace: int) -> None:
        """Note that the catalogue of a workspace has changed."""
        following = table.c.catalogue_version + 1
        self._db.connection.execute(
            update(table).where(table.c.id == workspace).values(catalogue_version=following)
        )

    def _find(self, key: str) -> Workspace | None:
        row = self._db.connection.execute(select(*_COLUMNS).where(table.c.key == key)).first()
        return _workspace(row) if row else None


def _workspace(row: AnyRow) -> Workspace:
    return Workspace(**{**row._mapping, "marks": frozenset((row.marks or "").split())})
