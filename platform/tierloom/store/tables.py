"""Record tables: made and extended at run time, never shrunk."""

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateColumn, CreateTable

from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict
from tierloom.store.layout import Layout, Place, layout_of
from tierloom.store.transaction import Transaction
from tierloom.text import T


class Tables:
    """The physical tables behind record types."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def ensure(self, record_type: RecordType) -> None:
        """Make the table, or add what it lacks: columns of new fields, indexes of keys and
        references.

        Nothing that holds data is ever dropped: a removed field is retired, and keeps its column.

        Raises:
            Conflict: a field is to be unique from now on, but records already share a value.
            ValueError: the record type or one of its fields has no id yet.
        """
        layout = layout_of(record_type)
        name = layout.table.name
        self._db.driver.lock(self._db.connection, name)
        inspector = inspect(self._db.connection)
        if inspector.has_table(name):
            self._add_columns(layout, {column["name"] for column in inspector.get_columns(name)})
            indexes = {str(index["name"]) for index in inspector.get_indexes(name)}
        else:
            self._db.connection.execute(CreateTable(layout.table))
            indexes = set()
        self._match_indexes(layout, indexes)

    def exists(self, record_type: RecordType) -> bool:
        """Tell whether the table has been made."""
        return inspect(self._db.connection).has_table(f"r_{record_type.id}")

    def _add_columns(self, layout: Layout, there: set[str]) -> None:
        dialect = self._db.connection.dialect
        add = f"ALTER TABLE {layout.table.name} ADD COLUMN"
        added = [
            f"{add} {CreateColumn(column).compile(dialect=dialect)}"
            for column in layout.table.columns
            if column.name not in there
        ]
        if added:
            self._db.driver.alter(self._db.connection, added)

    def _match_indexes(self, layout: Layout, there: set[str]) -> None:
        wanted = {
            name: (place, statement)
            for place in layout.places.values()
            for name, statement in _indexes(layout, place)
        }
        for name in sorted(there - set(wanted)):
            self._db.connection.exec_driver_sql(f"DROP INDEX {name}")
        for name in sorted(set(wanted) - there):
            self._create_index(*wanted[name])

    def _create_index(self, place: Place, statement: str) -> None:
        try:
            self._db.connection.exec_driver_sql(statement)
        except IntegrityError as error:
            raise Conflict(
                T(
                    "%(field)s cannot be unique: several records have the same value.",
                    field=place.field.label,
                )
            ) from error


def _indexes(layout: Layout, place: Place) -> list[tuple[str, str]]:
    """Name and write the indexes that a field needs. Records in the bin do not count for
    uniqueness.
    """
    table, column, number = layout.table.name, place.column, place.field.id
    if place.field.retired:
        return []
    found = []
    if place.field.unique or place.field.key == layout.record_type.key_field:
        found.append(
            (
                f"u_{number}",
                f"CREATE UNIQUE INDEX u_{number} ON {table} ({column}) WHERE deleted_at IS NULL",
            )
        )
    if place.reference:
        found.append((f"i_{number}", f"CREATE INDEX i_{number} ON {table} ({column})"))
        found.append(
            (
                f"k_{number}",
                f"CREATE INDEX k_{number} ON {table} ({column}_key) WHERE {column}_key IS NOT NULL",
            )
        )
    return found
