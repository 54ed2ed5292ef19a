"""The list: search, filter, order and pages against plain Python over the same rows."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.unit.services.shop import Row, Shop
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.views import Sort
from tierloom.errors import Invalid, NotFound, TierloomError
from tierloom.services import grid
from tierloom.services.grid import Listing, Query
from tierloom.services.workbench import reading

FILTERS: list[tuple[Json, Callable[[Row], bool]]] = [
    ({">": [{"var": "points"}, 20]}, lambda row: known(row["points"]) and row["points"] > 20),
    ({"!": [{">": [{"var": "points"}, 20]}]}, lambda row: not (known(row["points"]) and row["points"] > 20)),
    ({"in": [{"var": "city"}, ["bj", "sh"]]}, lambda row: row["city"] in ("bj", "sh")),
    ({"!=": [{"var": "city"}, "bj"]}, lambda row: row["city"] != "bj"),
    ({"==": [{"var": "remark"}, None]}, lambda row: row["remark"] is None),
    ({"in": ["%", {"var": "remark"}]}, lambda row: "%" in (row["remark"] or "")),
    ({"in": ["_", {"var": "remark"}]}, lambda row: "_" in (row["remark"] or "")),
]  # fmt: skip


def known(value: object) -> bool:
    return value is not None


def listing(shop: Shop, **more: Any) -> Listing:
    with reading(shop.platform, shop.owner) as bench:
        return grid.listing(bench, Query("customers", **more))


def ids(found: Listing) -> list[int]:
    return [row.id for row in found.rows]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_filters(shop: Shop, number: int) -> None:
    rule, holds = FILTERS[number]
    wanted = [one for one, row in shop.customers.items() if holds(row)]
    found = listing(shop, rule=RuleDocument.of(rule), limit=200)
    assert ids(found) == wanted
    assert found.total == len(wanted)
    tiers = [shop.tier(one) for one in wanted]
    assert {key: n for key, n in found.sizes["value"].items() if n} == {
        key: tiers.count(key) for key in set(tiers)
    }


@pytest.mark.parametrize(
    "words", ["VIP", "vip", "满意", "100%", "r_s", "nothing", "1001", " 欧阳 ", "%"]
)
def test_search(shop: Shop, words: str) -> None:
    wanted = words.strip().casefold()

    def hit(row: Row) -> bool:
        texts = [row["name"], row["phone"], row["remark"]]
        return (
            any(wanted in str(one).casefold() for one in texts if one)
            or str(row["number"]) == wanted
        )

    found = listing(shop, search=words, limit=200)
    assert ids(found) == [one for one, row in shop.customers.items() if hit(row)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "column", ["points", "joined", "remark", "number", "spend", "orders_count"]
)
def test_order(any_shop: Shop, column: str, descending: bool) -> None:
    """Unknown values come last either way; ties go by record id; letters without regard to case."""
    shop = any_shop

    def value(one: int) -> Any:
        if column == "spend":
            return shop.spend(one)
        if column == "orders_count":
            return sum(getattr(row["customer"], "id", 0) == one for row in shop.orders.values())
        found = shop.customers[one][column]
        return found.casefold() if isinstance(found, str) else found

    some = sorted(one for one in shop.customers if known(value(one)))
    none = [one for one in shop.customers if not known(value(one))]
    wanted = sorted(some, key=value, reverse=descending)
    assert ids(listing(shop, sort=Sort(column, descending), limit=200)) == wanted + none


def test_names_are_in_the_order_of_pinyin(shop: Shop) -> None:
    """Lǐ, Ōuyáng, Qián, Sūn, Wáng, Wú, Zhào, Zhèng, Zhōu: the workspace is a Chinese one."""
    listed = [
        shop.customers[one]["name"] for one in ids(listing(shop, sort=Sort("name"), limit=200))
    ]
    surnames = [str(name)[0] for name in listed]
    assert len(listed) == len(shop.customers)
    assert surnames == sorted(surnames, key="李欧钱孙王吴赵郑周".index)


def test_order_by_tier(shop: Shop) -> None:
    rank = {"gold": 0, "silver": 1, "rest": 2}
    wanted = sorted(shop.customers, key=lambda one: rank[shop.tier(one)])
    assert ids(listing(shop, sort=Sort("tier:value"), limit=200)) == wanted


def test_pages_hold_every_record_once(shop: Shop) -> None:
    for limit in (1, 7, 39, 40, 200):
        found = [
            one
            for offset in range(0, len(shop.customers), limit)
            for one in ids(listing(shop, sort=Sort("points"), offset=offset, limit=limit))
        ]
        assert sorted(found) == sorted(shop.customers)
    beyond = listing(shop, offset=10_000)
    assert (ids(beyond), beyond.total) == ([], len(shop.customers))


def test_a_page_has_a_largest_size(shop: Shop) -> None:
    assert len(listing(shop, limit=10**9).rows) <= grid.MAX_PAGE
    assert len(listing(shop, limit=-5).rows) == 1


def test_tiers_are_pages_of_their_own(shop: Shop) -> None:
    for tier, size in shop.sizes().items():
        found = listing(shop, tiers=(("value", tier),), limit=200)
        assert found.total == size
        assert {shop.tier(one) for one in ids(found)} == {tier}
        assert found.sizes["value"]["gold"] == shop.sizes()["gold"], "counts are those of all tiers"
    for unknown in (("value", "platinum"), ("nothing", "gold")):
        with pytest.raises(NotFound):
            listing(shop, tiers=(unknown,))


def test_chunks_are_the_pages_in_order(shop: Shop) -> None:
    query = Query("customers", FILTERS_RULE, sort=Sort("spend", True))
    with reading(shop.platform, shop.owner) as bench:
        chunks = list(grid.chunks(bench, query, size=7))
    assert max(len(one) for one in chunks) <= 7
    wanted = ids(listing(shop, rule=FILTERS_RULE, sort=Sort("spend", True), limit=200))
    assert [row.id for chunk in chunks for row in chunk] == wanted


FILTERS_RULE = RuleDocument.of(FILTERS[0][0])


def test_columns_in_the_order_asked_for(shop: Shop) -> None:
    found = listing(shop, columns=("spend", "number", "no_such_column"))
    assert [one.key for one in found.fields] == ["name", "spend", "number"], (
        "what names a record is always there"
    )
    assert set(found.rows[0].values) == {"name", "spend", "number"}


@pytest.mark.parametrize(
    "more",
    [
        {"sort": Sort("nothing")},
        {"sort": Sort("tier:nothing")},
        {"rule": RuleDocument("not json")},
        {"rule": RuleDocument.of({"==": [{"var": "nothing"}, 1]})},
        {"rule": RuleDocument.of({">": [{"var": "points"}, "many"]})},
        {"rule": RuleDocument.of({"method": [{"var": "name"}, "upper"]})},
        {"rule": RuleDocument("[" * 5000)},
    ],
)
def test_nonsense_is_refused(shop: Shop, more: dict[str, Any]) -> None:
    with pytest.raises((Invalid, NotFound)):
        listing(shop, **more)


def test_random_queries(shop: Shop) -> None:
    """Filter, order, tier and page together; the total never depends on page or order."""
    random = Random(5)
    for _ in range(30):
        rule, holds = random.choice(FILTERS)
        tier = random.choice([None, "gold", "silver", "rest"])
        wanted = [
            one for one, row in shop.customers.items()
            if holds(row) and tier in (None, shop.tier(one))
        ]  # fmt: skip
        offset, limit = random.randrange(0, 30), random.randrange(1, 30)
        found = listing(
            shop, rule=RuleDocument.of(rule), tiers=(("value", tier),) if tier else (),
            offset=offset, limit=limit,
        )  # fmt: skip
        assert ids(found) == wanted[offset : offset + limit]
        assert found.total == len(wanted)


def test_unknown_table(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench, pytest.raises(TierloomError):
        grid.listing(bench, Query("r_7; DROP TABLE records"))
