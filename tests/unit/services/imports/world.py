"""Customers and orders in a real database, and imports into them from small texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.unit.services.imports.files import read_bytes
from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.people import Actor, Role
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.services.imports.checking import check_import
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.plan import ImportPlan, UnknownParents
from tierloom.services.imports.problem_rows import first_problem_rows
from tierloom.services.imports.publishing import publish_import
from tierloom.services.imports.report import CheckReport
from tierloom.services.imports.undo import UndoReport, undo_import
from tierloom.services.imports.work import ImportWork
from tierloom.store.changes import Cause
from tierloom.store.database import Database
from tierloom.text import Label

ZONE = ZoneInfo("UTC")
OWNER = Actor(1, "Li", 1, Role.OWNER)
CITIES = (
    Option("bj", Label({"zh": "北京", "en": "Beijing"})),
    Option("sh", Label({"zh": "上海", "en": "Shanghai"})),
)


def _field(key: str, field_type: FieldType, **more: bool) -> Field:
    return Field(key, Label.of(key.capitalize()), field_type, **more)


INTEGER = FieldType(FieldKind.INTEGER)
TEXT = FieldType(FieldKind.TEXT)
CUSTOMERS = RecordType(
    "customers",
    Label({"zh": "客户", "en": "Customers"}),
    (
        _field("number", INTEGER, required=True),
        _field("name", TEXT),
        _field("phone", FieldType(FieldKind.PHONE), unique=True),
        _field("city", FieldType(FieldKind.CHOICE, options=CITIES)),
        _field("points", FieldType(FieldKind.INTEGER, minimum=0)),
        _field("referrer", FieldType(FieldKind.REFERENCE, target="customers")),
    ),
    noun=Label.of("customer"),
    key_field="number",
    title_field="name",
)
ORDERS = RecordType(
    "orders",
    Label({"zh": "订单", "en": "Orders"}),
    (
        _field("invoice", TEXT, required=True),
        _field("customer", FieldType(FieldKind.REFERENCE, target="customers")),
        _field("day", FieldType(FieldKind.DATETIME), required=True),
        _field("amount", FieldType(FieldKind.MONEY, scale=2, currency="GBP")),
        _field("lines", INTEGER),
        _field("country", TEXT),
    ),
    key_field="invoice",
    date_field="day",
)
LINES = RecordType(
    "lines",
    Label.of("Lines"),
    (
        _field("invoice", TEXT),
        _field("stock", TEXT),
        _field("description", TEXT),
        _field("quantity", INTEGER),
        _field("day", FieldType(FieldKind.DATETIME)),
        _field("price", FieldType(FieldKind.DECIMAL, scale=3)),
        _field("customer", FieldType(FieldKind.REFERENCE, target="customers")),
        _field("country", TEXT),
    ),
)


def _numbered(table: RecordType, ids: "count[int]") -> RecordType:
    return replace(
        table, id=next(ids), fields=tuple(one.with_id(next(ids)) for one in table.fields)
    )


@dataclass
class World:
    """A workspace with three tables."""

    database: Database
    folder: Path
    actor: Actor = OWNER
    catalogue: Catalogue = field(init=False)
    workspace: int = 0

    def __post_init__(self) -> None:
        ids = count(1_000_000)
        tables = [_numbered(table, ids) for table in (CUSTOMERS, ORDERS, LINES)]
        self.catalogue = Catalogue({table.key: table for table in tables})
        with self.database.writing() as uow:
            found = [one for one in uow.workspaces.all() if one.key == "w"]
            made = found or [uow.workspaces.create("w", "W", "en", "UTC", "GBP")]
            self.workspace = made[0].id
            for table in tables:
                uow.tables.ensure(table)

    def table(self, key: str) -> RecordType:
        return self.catalogue.table(key)

    def read(
        self,
        text: str | bytes,
        table: str,
        matches: Mapping[str, str] | None = None,
        key: str | None = None,
        parents: UnknownParents = UnknownParents.LEAVE,
        name: str = "job",
    ) -> ImportWork:
        """Read a file; columns go into the fields of their names unless said otherwise."""
        folder = self.folder / name
        shape = read_bytes(folder, text if isinstance(text, bytes) else text.encode())
        plan = ImportPlan(table, matches or {one: one for one in shape.column_names}, key, parents)
        return ImportWork(folder, shape, plan, self.catalogue, ZONE)

    def check(self, work: ImportWork) -> CheckReport:
        return check_import(self.actor, self.database, work)

    def batch(self, work: ImportWork) -> int:
        with self.database.writing() as uow:
            table = self.table(work.plan.table).id
            return uow.imports.create(self.workspace, table, work.shape.name, self.actor.account).id

    def publish(self, work: ImportWork) -> tuple[int, ImportCounts]:
        batch = self.batch(work)
        return batch, publish_import(self.actor, self.database, work, batch)

    def run(self, work: ImportWork) -> tuple[int, ImportCounts]:
        """Check and publish; the preview must be what happens."""
        report = self.check(work)
        batch, counts = self.publish(work)
        assert report.counts == counts
        return batch, counts

    def checked(self, work: ImportWork) -> tuple[int, ImportCounts]:
        """Check and publish, where the preview cannot know everything."""
        self.check(work)
        return self.publish(work)

    def undo(self, batch: int) -> UndoReport:
        return undo_import(self.actor, self.database, self.catalogue, batch)

    def rows(self, table: str, keys: Sequence[str]) -> list[tuple[object, ...]]:
        """Live records, sorted; a reference is its id or the key as given."""
        with self.database.reading() as uow:
            found = []
            for chunk in uow.records(self.table(table)).scan(tuple(keys)):
                found += zip(*(chunk.cells(key) for key in keys), strict=True)
        return sorted(found, key=repr)

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All live records of all tables with their ids."""
        state = {}
        for table in self.catalogue:
            keys = tuple(one.key for one in table.fields)
            with self.database.reading() as uow:
                state[table.key] = [
                    row
                    for chunk in uow.records(table).scan(keys)
                    for row in zip(chunk.ids, *(chunk.cells(key) for key in keys), strict=True)
                ]
        return state

    def ids(self, table: str, key: str) -> dict[object, int]:
        with self.database.reading() as uow:
            return {
                cell: number
                for chunk in uow.records(self.table(table)).scan((key,))
                for number, cell in zip(chunk.ids, chunk.cells(key), strict=True)
            }

    def edit(self, table: str, record: int, **cells: int | str | None) -> None:
        with self.database.writing() as uow:
            uow.records(self.table(table)).update(record, cells, None, uow.now, Cause("edit", 1))


def reasons(work: ImportWork) -> list[tuple[int, str, str]]:
    """Row, column and code of every problem row."""
    return [
        (one.row, one.column, one.problem.code)
        for one in first_problem_rows(work.all_problem_files)
    ]
