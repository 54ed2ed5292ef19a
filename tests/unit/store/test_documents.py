"""Documents: drafts with undo and redo, versions, locks, and the bin."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest

from tierloom.errors import Conflict, Invalid, NotFound
from tierloom.store.database import Database
from tierloom.store.documents import KEPT_REVISIONS, Document
from tierloom.store.uow import UnitOfWork

ME = 7


def made(work: UnitOfWork, workspace: int, key: str = "vip", kind: str = "segment") -> Document:
    return work.documents.create(workspace, kind, key, '"one"', ME)


def test_a_new_document_is_a_draft(database: Database, workspace: int) -> None:
    with database.writing() as work:
        first = made(work, workspace)
        second = made(work, workspace, "gold")
        assert (first.body, first.draft, first.published) == ('"one"', '"one"', None)
        assert (first.version, first.revision, first.published_version) == (1, 1, 0)
        assert not first.can_undo
        assert not first.can_redo
        assert (first.position, second.position) == (0, 1)
        assert work.documents.get(first.id) == first
        assert work.documents.find(workspace, "segment", "vip") == first
        assert work.documents.find(workspace, "view", "vip") is None
        assert work.documents.find(workspace + 1, "segment", "vip") is None
        assert work.documents.all(workspace, "segment") == [first, second]


def test_ids_can_be_taken_before(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.documents.next_id()
        one = work.documents.create(workspace, "view", "all", "{}", ME, document_id=number)
        assert one.id == number


def test_undo_and_redo_walk_along_the_revisions(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        for body in ("two", "three"):
            one = work.documents.save_draft(one.id, body, one.version, ME)
        steps = [one.body]
        for step in (
            work.documents.undo, work.documents.undo, work.documents.undo, work.documents.redo,
        ):  # fmt: skip
            one = step(one.id, ME)
            steps.append((one.body, one.can_undo, one.can_redo))
        assert steps == [
            "three",
            ("two", True, True),
            ('"one"', False, True),
            ('"one"', False, True),
            ("two", True, True),
        ]
        one = work.documents.save_draft(one.id, "four", one.version, ME)
        assert (one.can_undo, one.can_redo) == (True, False)
        assert work.documents.redo(one.id, ME).body == "four"
        assert work.documents.undo(one.id, ME).body == "two"


def test_saving_what_is_there_already_is_no_revision(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        assert work.documents.save_draft(one.id, '"one"', 1, ME) == one


def test_publishing_makes_versions_that_stay(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        one = work.documents.publish(one.id, one.version, ME, "the first")
        assert (one.draft, one.published, one.published_version) == (None, '"one"', 1)
        assert work.documents.publish(one.id, None, ME) == one
        one = work.documents.save_draft(one.id, "two", one.version, ME)
        assert (one.draft, one.published, one.body) == ("two", '"one"', "two")
        one = work.documents.publish(one.id, one.version, ME + 1)
        versions = work.documents.versions(one.id)
        assert [(v.number, v.note, v.published_by) for v in versions] == [
            (2, "", ME + 1),
            (1, "the first", ME),
        ]
        assert work.documents.body_of(one.id, 1) == '"one"'
        with pytest.raises(NotFound, match="no version with the number 3"):
            work.documents.body_of(one.id, 3)
        one = work.documents.undo(one.id, ME)
        assert (one.draft, one.published) == ('"one"', "two")
        one = work.documents.redo(one.id, ME)
        assert (one.draft, one.published) == (None, "two")


def test_a_draft_can_be_discarded_and_that_undone(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        with pytest.raises(Invalid, match="Nothing is published yet"):
            work.documents.discard_draft(one.id, ME)
        work.documents.publish(one.id, None, ME)
        work.documents.save_draft(one.id, "two", None, ME)
        one = work.documents.discard_draft(one.id, ME)
        assert (one.draft, one.body) == (None, '"one"')
        assert work.documents.undo(one.id, ME).draft == "two"


@pytest.mark.parametrize(
    "write",
    [
        lambda work, one: work.documents.save_draft(one.id, "late", one.version, ME),
        lambda work, one: work.documents.publish(one.id, one.version, ME),
        lambda work, one: work.documents.undo(one.id, ME, one.version),
        lambda work, one: work.documents.delete(one.id, ME, one.version),
    ],
)
def test_a_stale_write_is_refused(
    database: Database, workspace: int, write: Callable[[UnitOfWork, Document], Document]
) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        now = work.documents.save_draft(one.id, "two", one.version, ME)
        with pytest.raises(Conflict, match="version 1, it is now version 2"):
            write(work, one)
        assert work.documents.get(one.id) == now


def test_the_bin_frees_the_key(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        with pytest.raises(Conflict, match="key vip already"):
            made(work, workspace)
        binned = work.documents.delete(one.id)
        assert binned.deleted_at == work.now
        assert work.documents.all(workspace, "segment") == []
        assert work.documents.all(workspace, "segment", deleted=True) == [binned]
        other = made(work, workspace)
        with pytest.raises(Conflict):
            work.documents.restore(one.id)
        work.documents.delete(other.id)
        assert work.documents.restore(one.id, ME).deleted_at is None
        assert work.documents.find(workspace, "segment", "vip") is not None


def test_every_publication_changes_the_catalogue_version(
    database: Database, workspace: int
) -> None:
    def version() -> int:
        return work.workspaces.get(workspace).catalogue_version

    with database.writing() as work:
        one = made(work, workspace)
        view = made(work, workspace, "all", "view")
        work.documents.save_draft(one.id, "two", None, ME)
        assert version() == 0
        work.documents.publish(one.id, None, ME)
        assert version() == 1
        work.documents.publish(view.id, None, ME)
        assert version() == 2
        work.documents.delete(one.id)
        work.documents.restore(one.id)
        assert version() == 4


def test_order_is_the_users(database: Database, workspace: int) -> None:
    with database.writing() as work:
        ids = [made(work, workspace, key).id for key in ("a", "b", "c")]
        other = made(work, workspace, "z", "view")
        work.documents.reorder(workspace, "segment", [ids[2], ids[0], ids[1], other.id])
        assert [one.key for one in work.documents.all(workspace, "segment")] == ["c", "a", "b"]
        assert work.documents.get(other.id).position == 0


def test_what_is_not_there(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one = made(work, workspace)
        with pytest.raises(NotFound, match="no document with the number 999"):
            work.documents.get(999)
        with pytest.raises(NotFound):
            work.documents.get(one.id, workspace + 1)
        with pytest.raises(ValueError, match=r"No kind of document 'colour'. Known: record_type"):
            made(work, workspace, "x", "colour")


def test_old_revisions_are_dropped_one_by_one(migrated_file: Path, tmp_path: Path) -> None:
    copyfile(migrated_file, tmp_path / "tierloom.db")
    database = Database(tmp_path / "tierloom.db", tmp_path)
    with database.writing() as work:
        place = work.workspaces.create("long", "Long", "en", "UTC", "EUR").id
        one = made(work, place)
        for number in range(KEPT_REVISIONS + 5):
            one = work.documents.save_draft(one.id, str(number), None, ME)
        steps = 0
        while one.can_undo:
            one = work.documents.undo(one.id, ME)
            steps += 1
        assert steps == KEPT_REVISIONS - 1
    database.close()
