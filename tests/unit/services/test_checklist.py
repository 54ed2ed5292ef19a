"""The first four steps, each told from what is really there."""

from pathlib import Path

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Actor, Role
from tierloom.errors import Forbidden
from tierloom.services import checklist, workspaces
from tierloom.services.access import accounts, sharing
from tierloom.services.access.sharing import Wish
from tierloom.services.checklist import Checklist, Step
from tierloom.services.exports import requests
from tierloom.services.grid import Query
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading


def look(platform: Platform, actor: Actor) -> Checklist | None:
    with reading(platform, actor) as bench:
        return checklist.checklist(bench)


def test_nothing_is_done_in_an_empty_workspace(tmp_path: Path) -> None:
    with open_platform(Settings(tmp_path)) as platform:
        workspaces.ensure(platform, "empty", "Empty")
        found = look(platform, accounts.actor_named(platform, "empty", None))
    assert found == Checklist(frozenset(), "")
    assert found.next is Step.DATA


def test_a_shop_with_records_figures_and_tiers_has_only_to_share(shop: Shop) -> None:
    found = look(shop.platform, shop.owner)
    assert found == Checklist(frozenset({Step.DATA, Step.FIGURES, Step.TIERS}), "customers")
    assert found.next is Step.SHARED


@pytest.mark.parametrize("how", ["link", "file", "export"])
def test_a_link_a_file_or_an_export_is_the_last_step(shop: Shop, how: str) -> None:
    match how:
        case "link":
            sharing.create(shop.platform, shop.owner, "tiers", Wish(("city",)))
        case "file":
            checklist.note_saved_file(shop.platform, shop.owner)
        case "export":
            requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    assert look(shop.platform, shop.owner) is None


def test_closing_hides_it_until_it_is_opened_again(shop: Shop) -> None:
    checklist.close(shop.platform, shop.owner)
    assert look(shop.platform, shop.owner) is None
    checklist.close(shop.platform, shop.owner, closed=False)
    assert look(shop.platform, shop.owner) is not None


def test_a_sample_needs_no_first_steps(shop: Shop) -> None:
    with shop.platform.database.writing() as uow:
        uow.workspaces.mark(shop.owner.workspace, workspaces.SAMPLE)
    assert look(shop.platform, shop.owner) is None


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.OWNER])
def test_others_see_no_steps_and_close_none(shop: Shop, role: Role) -> None:
    assert look(shop.platform, shop.people[role]) is None
    with pytest.raises(Forbidden):
        checklist.close(shop.platform, shop.people[role])
    with pytest.raises(Forbidden):
        checklist.note_saved_file(shop.platform, shop.people[role])
