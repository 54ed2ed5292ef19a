"""Saved views: their keys, their columns, their bin."""

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.rules import RuleDocument
from tierloom.domain.views import Sort, View
from tierloom.errors import Invalid, NotFound
from tierloom.services import grid, views
from tierloom.services.grid import Query
from tierloom.services.workbench import reading
from tierloom.text import Label

POINTS = RuleDocument.of({">": [{"var": "points"}, 20]})


def view(**more: object) -> View:
    return View("list", Label.of("List"), "customers", **more)  # type: ignore[arg-type]


def test_a_saved_list_is_the_list(any_shop: Shop) -> None:
    shop = any_shop
    query = Query("customers", POINTS, sort=Sort("points", True), columns=("name", "points"))
    stored = views.save(shop.platform, shop.owner, views.from_query("高积分客户", query))
    assert stored.key == "gao_ji_fen_ke_hu"
    with reading(shop.platform, shop.owner) as bench:
        found = grid.listing(bench, views.query_of(bench.published.view(stored.key)))
        wanted = grid.listing(bench, query)
    assert [row.id for row in found.rows] == [row.id for row in wanted.rows]
    assert found.total == wanted.total


def test_names_may_repeat(shop: Shop) -> None:
    keys = [views.save(shop.platform, shop.owner, view()).key for _ in range(3)]
    assert keys == ["list", "list_2", "list_3"]
    views.delete(shop.platform, shop.owner, "list")
    assert views.save(shop.platform, shop.owner, view()).key == "list_4", (
        "one in the bin keeps its key"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"columns": ("nothing",)},
        {"columns": ("tier:nothing",)},
        {"sort": (Sort("nothing"),)},
        {"filter": RuleDocument.of({"==": [{"var": "nothing"}, 1]})},
        {"tier_model": "nothing"},
    ],
)
def test_nonsense(shop: Shop, more: dict[str, object]) -> None:
    with pytest.raises((Invalid, NotFound)):
        views.save(shop.platform, shop.owner, view(**more))
    with reading(shop.platform, shop.owner) as bench:
        assert [one.key for one in bench.published.views()] == ["tiers"]


def test_a_view_needs_a_name() -> None:
    with pytest.raises(Invalid):
        views.from_query("  ", Query("customers"))


def test_bin_and_back(any_shop: Shop) -> None:
    shop = any_shop
    key = views.save(shop.platform, shop.owner, view()).key
    views.delete(shop.platform, shop.owner, key)
    with reading(shop.platform, shop.owner) as bench, pytest.raises(NotFound):
        bench.published.view(key)
    with pytest.raises(NotFound):
        views.delete(shop.platform, shop.owner, key)
    views.restore(shop.platform, shop.owner, key)
    with reading(shop.platform, shop.owner) as bench:
        assert bench.published.view(key).label == Label.of("List")
