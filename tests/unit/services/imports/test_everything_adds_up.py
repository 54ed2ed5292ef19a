"""Whatever a file holds: rows in = created + updated + unchanged + skipped + rejected, and the table agrees."""

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.services.imports.world import ZONE, World
from tierloom.domain.fields import FieldKind, Link, Value
from tierloom.schemas.field_types import from_cell
from tierloom.services.exports.columns import ExportColumn, ExportStyle
from tierloom.services.exports.writing import ExportKind, write_export
from tierloom.services.imports.plan import UnknownParents
from tierloom.services.imports.undo import undo_import
from tierloom.store.database import Database
from tierloom.text import translator

numbers = st.sampled_from(["1", "2", "3", "4.0", "5", "", "x", " 1 ", "１", "1.5"])
names = st.sampled_from(["", "Ann", "'=1", '"q"', "a\nb", "张三", "=1+1", "a,b"]) | st.text(
    # Python takes some control characters for blanks, files do not: leave them out.
    st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=4,
)
points = st.sampled_from(["", "0", "7", "-1", "1,000", "many"])
cities = st.sampled_from(["", "北京", "Shanghai", "bj", "Paris"])
rows = st.tuples(numbers, names, points, cities).map(list)
ragged = st.lists(names, min_size=1, max_size=2)
SETTINGS = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADER = ["number", "name", "points", "city"]


def text_of(lines: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *lines])
    return buffer.getvalue()


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(folder / "tierloom.db", folder)
        database.migrate()
        yield World(database, folder)
        database.close()


@SETTINGS
@given(files=st.lists(st.lists(rows | ragged, min_size=1, max_size=8), min_size=1, max_size=2))
def test_rows_add_up_and_undo_gives_everything_back(
    shared: World, files: list[list[list[str]]]
) -> None:
    states = [shared.everything()]
    batches = []
    for lines in files:
        text = text_of(lines)
        seen = (
            len([one for one in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in one)])
            - 1
        )
        if seen == 0:
            continue
        work = shared.read(text, "customers", key="number")
        batch, counts = shared.run(work)
        assert counts.rows == seen
        now = {row[0] for row in shared.everything()["customers"]}
        assert len(now) - len(states[-1]["customers"]) == counts.created
        batches.append(batch)
        states.append(shared.everything())
    for batch, state in zip(reversed(batches), reversed(states[:-1]), strict=True):
        undo_import(shared.actor, shared.database, shared.catalogue, batch)
        assert shared.everything() == state


def exported(world: World, folder: Path, kind: ExportKind) -> bytes:
    """The customers as an export gives them."""
    table = world.table("customers")
    fields = [one for one in table.fields if one.key != "referrer"]
    columns = [ExportColumn(one.key, one.type) for one in fields]

    def value(place: int, cell: int | str | None) -> Value:
        kind = fields[place].type.kind
        return (
            Link(None, str(cell))
            if kind is FieldKind.REFERENCE
            else from_cell(fields[place].type, cell)
        )

    lines = [
        [value(place, cell) for place, cell in enumerate(row)]
        for row in world.rows("customers", [one.key for one in fields])
    ]
    target = folder / f"out.{kind}"
    style = ExportStyle(translator("zh_Hans_CN"), ZONE)
    write_export(world.actor, target, kind, columns, [lines], style)
    return target.read_bytes()


@SETTINGS
@given(lines=st.lists(rows, min_size=1, max_size=10), kind=st.sampled_from(list(ExportKind)))
def test_export_then_import_changes_nothing(
    shared: World, lines: list[list[str]], kind: ExportKind
) -> None:
    text = text_of([["99", "=cmd|' /C calc'!A0", "5", "bj"], *lines])
    batch, _ = shared.run(shared.read(text, "customers", key="number"))
    before = shared.everything()
    data = exported(shared, shared.folder, kind)
    work = shared.read(data, "customers", key="number", parents=UnknownParents.LEAVE)
    again, counts = shared.run(work)
    assert counts.unchanged == counts.rows == len(before["customers"])
    assert shared.everything() == before
    shared.undo(again)
    shared.undo(batch)
