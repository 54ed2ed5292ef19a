"""Imports: batches and their chunks, each published once."""

import pytest

from tierloom.errors import NotFound
from tierloom.store.database import Database


def test_a_batch_comes_back_and_changes(database: Database, workspace: int) -> None:
    with database.writing() as work:
        batch = work.imports.create(workspace, 55, "客户.xlsx", 7, {"sheet": 1})
        assert (batch.file_name, batch.state, batch.options, batch.counts) == (
            "客户.xlsx", "uploaded", {"sheet": 1}, {},
        )  # fmt: skip
        work.imports.change(batch.id, state="published", job=9, counts={"created": 3})
        found = work.imports.get(batch.id, workspace)
        assert (found.state, found.job, found.counts) == ("published", 9, {"created": 3})
        assert (found.record_type, found.options) == (55, {"sheet": 1})
        later = work.imports.create(workspace, None, "orders.csv", 7)
        assert [one.id for one in work.imports.recent(workspace)] == [later.id, batch.id]
        with pytest.raises(NotFound, match="no import with the number"):
            work.imports.get(batch.id, workspace + 1)


def test_a_chunk_is_published_once(database: Database, workspace: int) -> None:
    with database.writing() as work:
        batch = work.imports.create(workspace, 55, "a.csv", 7).id
    with database.writing() as work:
        assert work.imports.add_chunk(batch, 2, {"created": 5})
        assert work.imports.add_chunk(batch, 1, {"created": 6})
    with database.writing() as work:
        assert not work.imports.add_chunk(batch, 2, {"created": 7})
        chunks = [(one.number, one.counts) for one in work.imports.chunks(batch)]
        assert chunks == [(1, {"created": 6}), (2, {"created": 5})]
