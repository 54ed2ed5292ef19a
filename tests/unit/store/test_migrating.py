"""Migrations go up and down on both databases, and agree with the tables of the source."""

import pytest
from sqlalchemy import inspect, text

from tierloom.store import migrating
from tierloom.store.database import Database

EXPECTED = {
    "accounts", "alembic_version", "baselines", "changes", "document_revisions",
    "document_versions", "documents", "import_batches", "import_chunks", "invitations", "jobs",
    "frontiers", "memberships", "moves", "one_time_tokens", "overrides", "runs", "sessions",
    "schedules", "settled", "share_events", "shares", "stays", "workspaces",
}  # fmt: skip


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"id_counter"}


def test_up_down_and_up_again(database: Database) -> None:
    assert tables(database) == EXPECTED
    assert database.is_current()
    database.migrate("base")
    assert tables(database) == {"alembic_version"}
    assert not database.is_current()
    database.migrate()
    assert tables(database) == EXPECTED
    with database.writing() as work:
        first = work.documents.next_id()
        assert first == 1


def test_metadata_and_migrations_agree_beside_record_tables(database: Database) -> None:
    with database.writing() as work:
        work.connection.execute(text("CREATE TABLE r_17 (id INTEGER PRIMARY KEY)"))
        migrating.check(work.connection)


def test_a_failed_migration_leaves_nothing(
    database_url: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, tmp_path)
    upgrade = migrating.command.upgrade

    def upgrade_and_fail(*arguments: object) -> None:
        upgrade(*arguments)
        raise OSError("the disk is full")

    monkeypatch.setattr(migrating.command, "upgrade", upgrade_and_fail)
    with pytest.raises(OSError, match="disk"):
        database.migrate()
    assert inspect(database.engine).get_table_names() == []
    database.close()
