"""Record tables grow, and never shrink."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import inspect, text

from tests.unit.store.conftest import BY_HAND, customers, label, numbered
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict
from tierloom.store.database import Database


def columns(database: Database, record_type: RecordType) -> dict[str, str]:
    found = inspect(database.engine).get_columns(f"r_{record_type.id}")
    return {column["name"]: str(column["type"]) for column in found}


def test_columns_are_typed_and_named_by_number(
    database: Database, customer_type: RecordType, order_type: RecordType
) -> None:
    whole = "BIGINT" if database.engine.dialect.name == "postgresql" else "INTEGER"
    found = columns(database, customer_type)
    numbers = [field.id for field in customer_type.fields]
    assert {name: found[f"f_{number}"].split()[0] for name, number in zip(
        ("number", "name", "spend", "grade"), numbers, strict=True
    )} == {"number": "TEXT", "name": "TEXT", "spend": whole, "grade": "TEXT"}  # fmt: skip
    reference = order_type.fields[0].id
    found = columns(database, order_type)
    assert found[f"f_{reference}"] == whole
    assert found[f"f_{reference}_key"].startswith("TEXT")


def test_text_is_compared_by_code_point(database: Database, customer_type: RecordType) -> None:
    words = ["b", "A", "ä", "a", "B", "中"]
    with database.writing() as work:
        rows = [{"number": word} for word in words]
        work.records(customer_type).insert(rows, 1, BY_HAND)
        column = f"f_{customer_type.field('number').id}"
        query = text(f"SELECT {column} FROM r_{customer_type.id} ORDER BY {column}")
        assert list(work.connection.scalars(query)) == ["A", "B", "a", "b", "ä", "中"]


def test_a_new_field_is_a_new_column_and_a_retired_one_stays(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        row = {"number": "1", "name": "Wang"}
        number = work.records(customer_type).insert([row], 1, BY_HAND)[0]
    fields = [replace(one, retired=one.key == "name") for one in customer_type.fields]
    phone = Field("phone", label("Phone"), FieldType(FieldKind.PHONE))
    grown = numbered(database, replace(customer_type, fields=(*fields, phone)))
    with database.writing() as work:
        work.tables.ensure(grown)
        stored = work.records(grown).fetch([number])[number]
        assert stored.cells["name"] == "Wang"
        assert stored.cells["phone"] is None
        assert work.tables.exists(grown)
        assert not work.tables.exists(replace(grown, id=grown.id + 1000))


def test_a_field_becomes_unique_only_without_repeated_values(
    database: Database, customer_type: RecordType
) -> None:
    fields = [replace(one, unique=one.key == "name") for one in customer_type.fields]
    strict = replace(customer_type, fields=tuple(fields))
    with database.writing() as work:
        ids = work.records(customer_type).insert([{"name": "Li"}, {"name": "Li"}], 1, BY_HAND)
    with pytest.raises(Conflict, match="Name cannot be unique"):
        numbered(database, strict)
    with database.writing() as work:
        work.records(customer_type).delete(ids[:1], 2, BY_HAND)
    numbered(database, strict)
    with database.writing() as work, pytest.raises(Conflict, match="this value in Name"):
        work.records(strict).insert([{"name": "Li"}], 3, BY_HAND)
    numbered(database, customer_type)
    with database.writing() as work:
        work.records(customer_type).insert([{"name": "Li"}], 3, BY_HAND)


def test_a_record_type_without_numbers_is_refused(database: Database) -> None:
    with database.writing() as work, pytest.raises(ValueError, match="not numbered yet"):
        work.tables.ensure(customers())


def test_adding_a_column_waits_for_a_reader_and_then_succeeds(
    database: Database, customer_type: RecordType
) -> None:
    """On PostgreSQL an open reader keeps a lock on the table that ALTER TABLE has to wait for."""
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with database.reading() as work:
            work.records(customer_type).count()
            reading.set()
            done.wait(1.2)

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait()
    phone = Field("phone", label("Phone"), FieldType(FieldKind.PHONE))
    grown = numbered(database, replace(customer_type, fields=(*customer_type.fields, phone)))
    done.set()
    reader.join()
    assert f"f_{grown.field('phone').id}" in columns(database, grown)
