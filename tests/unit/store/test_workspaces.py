"""Workspaces are found by id and key, and say when their catalogue has changed."""

import pytest

from tierloom.errors import Conflict, NotFound
from tierloom.store.database import Database


def test_a_workspace_comes_back(database: Database) -> None:
    with database.writing() as work:
        made = work.workspaces.create("店铺", "Shop", "zh_Hans_CN", "Asia/Shanghai", "CNY")
        work.workspaces.create("other", "Other", "en", "UTC", "EUR")
    with database.reading() as work:
        assert work.workspaces.get(made.id) == work.workspaces.by_key("店铺") == made
        assert [one.key for one in work.workspaces.all()] == ["店铺", "other"]
        assert (made.zone, made.currency, made.catalogue_version) == ("Asia/Shanghai", "CNY", 0)


def test_a_key_is_taken_once_and_must_be_a_key(database: Database, workspace: int) -> None:
    with database.writing() as work:
        with pytest.raises(Conflict, match="key shop already"):
            work.workspaces.create("shop", "Again", "en", "UTC", "EUR")
        with pytest.raises(ValueError, match="is no key"):
            work.workspaces.create("no key", "Bad", "en", "UTC", "EUR")


def test_a_missing_workspace_is_named_with_those_that_there_are(
    database: Database, workspace: int
) -> None:
    with database.reading() as work:
        with pytest.raises(NotFound, match=r"No workspace shap. Known: shop"):
            work.workspaces.by_key("shap")
        with pytest.raises(NotFound, match="no workspace with the number 999"):
            work.workspaces.get(999)


def test_settings_change_the_catalogue_version(database: Database, workspace: int) -> None:
    with database.writing() as work:
        changed = work.workspaces.change(workspace, "Store", "en", "UTC", "EUR")
        assert (changed.name, changed.zone, changed.catalogue_version) == ("Store", "UTC", 1)


def test_marks_are_remembered_and_forgotten(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.workspaces.mark(workspace, "sample")
        work.workspaces.mark(workspace, "settled")
        work.workspaces.mark(workspace, "sample")
        assert work.workspaces.get(workspace).marks == {"sample", "settled"}
        work.workspaces.mark(workspace, "sample", on=False)
    with database.reading() as work:
        assert work.workspaces.get(workspace).marks == {"settled"}
