"""What a workspace is asked: changed by its owner alone, kept, and with the consequences that it has."""

from dataclasses import replace

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.errors import Forbidden, Invalid
from tierloom.services import workspaces
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading
from tierloom.services.workspaces import Answers

SAME = Answers("Shop", "zh_Hans_CN", "Asia/Shanghai", "CNY")


def test_a_new_workspace_is_not_settled_until_its_answers_were_confirmed(shop: Shop) -> None:
    assert not workspaces.is_settled(workspaces.of(shop.platform, shop.owner))
    found = workspaces.change(shop.platform, shop.owner, SAME)
    assert workspaces.is_settled(found.workspace)
    assert workspaces.of(shop.platform, shop.owner) == found.workspace
    assert (found.recalculates, found.kept_money) == (False, 0)


def test_skipping_keeps_what_there_was(shop: Shop) -> None:
    before = workspaces.of(shop.platform, shop.owner)
    workspaces.skip(shop.platform, shop.owner)
    after = workspaces.of(shop.platform, shop.owner)
    assert workspaces.is_settled(after)
    assert replace(after, marks=frozenset()) == before


def test_answers_are_kept(shop: Shop) -> None:
    wish = Answers("  La\x00den\n", "en", "Europe/Berlin", "EUR")
    workspaces.change(shop.platform, shop.owner, wish)
    kept = workspaces.of(shop.platform, shop.owner)
    assert (kept.name, kept.locale, kept.zone, kept.currency) == (
        "La den",
        "en",
        "Europe/Berlin",
        "EUR",
    )


def test_a_new_zone_moves_the_days_and_calculates_again(shop: Shop) -> None:
    """At noon in Shanghai on the 10th it is still the 9th in Los Angeles."""
    with shop.platform.database.writing() as uow:
        while uow.jobs.claim([recalculation.KIND], "test", 60, shop.platform.now_ms()):
            pass
    assert recalculation.waiting(shop.platform, shop.owner.workspace) is None
    with reading(shop.platform, shop.owner) as bench:
        assert bench.context.today.day == 10
    found = workspaces.change(shop.platform, shop.owner, replace(SAME, zone="America/Los_Angeles"))
    assert found.recalculates
    assert recalculation.waiting(shop.platform, shop.owner.workspace) is not None
    with reading(shop.platform, shop.owner) as bench:
        assert bench.context.today.day == 9


def test_money_fields_keep_their_currency(shop: Shop) -> None:
    """The shop has two: a customer's spend and an order's amount."""
    found = workspaces.change(shop.platform, shop.owner, replace(SAME, currency="EUR"))
    with reading(shop.platform, shop.owner) as bench:
        kinds = [
            one.type.currency
            for table in bench.catalogue
            for one in table.live_fields
            if one.type.kind == "money"
        ]
    assert kinds == ["CNY"] * found.kept_money
    assert found.kept_money == 2


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (replace(SAME, name="  "), "/name"),
        (replace(SAME, name="x" * 81), "/name"),
        (replace(SAME, locale="fr"), "/locale"),
        (replace(SAME, zone="Asia/Atlantis"), "/zone"),
        (replace(SAME, zone="../etc/passwd"), "/zone"),
        (replace(SAME, currency="XYZ"), "/currency"),
    ],
)
def test_what_will_not_do_is_named_and_changes_nothing(
    shop: Shop, wish: Answers, pointer: str
) -> None:
    before = workspaces.of(shop.platform, shop.owner)
    with pytest.raises(Invalid) as refused:
        workspaces.change(shop.platform, shop.owner, wish)
    assert [one.pointer for one in refused.value.problems] == [pointer]
    assert workspaces.of(shop.platform, shop.owner) == before


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.OWNER])
def test_only_an_owner_answers(shop: Shop, role: Role) -> None:
    with pytest.raises(Forbidden):
        workspaces.change(shop.platform, shop.people[role], SAME)
    with pytest.raises(Forbidden):
        workspaces.skip(shop.platform, shop.people[role])
