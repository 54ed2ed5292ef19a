"""Share links of a view: the rows and columns of the app, less what the link hides, until it is dead."""

from dataclasses import replace
from typing import cast

import pytest

from tests.security.test_rights import ALLOWED, Operation, delete_field_in_use
from tests.unit.services.shop import CUSTOMERS, NAME, PHONE, Shop
from tierloom.domain.fields import Field, Link
from tierloom.domain.people import Actor, Grant, Guest, Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.views import Sort, View
from tierloom.errors import Forbidden, Invalid, NotFound, TooMany
from tierloom.services import authorize, grid, views
from tierloom.services.access import guests, people, sharing
from tierloom.services.access.guests import Ended, Locked, Opened
from tierloom.services.access.shared_list import Asked, SharedList, guest_of
from tierloom.services.access.sharing import Wish
from tierloom.services.grid import Query
from tierloom.services.shown import Masked
from tierloom.services.workbench import Workbench, reading
from tierloom.store.shares import SharedColumns
from tierloom.text import Label

ALL = (
    "name", "tier:value", "number", "phone", "city", "points", "joined", "remark", "orders_count",
    "spend", "silence",
)  # fmt: skip
PASSWORD = "share secret"


def share(shop: Shop, *columns: str, view: str = "tiers", **more: object) -> str:
    wish = Wish(columns or ALL, **more)  # type: ignore[arg-type]
    return sharing.create(shop.platform, shop.owner, view, wish)


def opened(shop: Shop, secret: str, asked: Asked | None = None, unlocked: str = "") -> SharedList:
    found = guests.read(shop.platform, secret, unlocked, asked or Asked())
    assert isinstance(found, Opened)
    return found.list


def every_page(shop: Shop, secret: str, asked: Asked) -> list[SharedList]:
    first = opened(shop, secret, asked)
    pages = -(-first.total // 50)
    return [first, *(opened(shop, secret, replace(asked, page=one)) for one in range(2, pages + 1))]


def links(shop: Shop, view: str = "tiers") -> list[sharing.ShareLink]:
    with reading(shop.platform, shop.owner) as bench:
        return sharing.links(bench, view)


# ── rows and columns ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sort", [None, Sort("spend", True), Sort("tier:value"), Sort("city")])
@pytest.mark.parametrize("tier", [None, ("value", "gold"), ("value", "rest")])
def test_a_link_shows_what_a_viewer_sees_in_the_app(
    shop: Shop, sort: Sort | None, tier: tuple[str, str] | None
) -> None:
    """A viewer sees personal fields masked, as a link does by default."""
    pages = every_page(shop, share(shop), Asked(sort=sort, tier=tier))
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        app = grid.listing(
            bench,
            Query(
                "customers",
                sort=sort,
                tiers=(tier,) if tier else (),
                columns=ALL,
                limit=grid.MAX_PAGE,
            ),
        )
    assert [row.values for page in pages for row in page.rows] == [
        {key: row.values[key] for key in ALL if ":" not in key} for row in app.rows
    ]
    assert [row.tiers["value"] for page in pages for row in page.rows] == [
        row.tiers["value"] for row in app.rows
    ]
    assert {page.total for page in pages} == {app.total}
    assert pages[0].sizes == {"value": app.sizes["value"]}
    assert {one.key for one in pages[0].fields} == {one.key for one in app.fields}


def test_both_databases(any_shop: Shop) -> None:
    found = opened(any_shop, share(any_shop, "number", "tier:value"))
    assert {row.values["number"] for row in found.rows} == set(any_shop.numbers)
    sizes = any_shop.sizes()
    assert {key: found.sizes["value"][key] for key in sizes} == sizes
    [link] = links(any_shop)
    assert (link.reads.count, link.state) == (1, "open")


def test_only_the_chosen_columns_are_there(shop: Shop) -> None:
    found = opened(shop, share(shop, "city", "spend"))
    assert [one.key for one in found.fields] == ["spend", "city"]
    assert found.models == ()
    assert found.sizes == {}
    assert all(set(row.values) == {"city", "spend"} and row.tiers == {} for row in found.rows)
    assert NAME not in repr(found.rows)


def test_personal_fields_are_masked_unless_they_are_revealed(shop: Shop) -> None:
    masked = opened(shop, share(shop, "number", "name", "phone")).rows[0].values
    assert masked == {"number": 1000, "name": Masked("欧**"), "phone": Masked("138****8000")}
    secret = share(shop, "number", "name", "phone", revealed=frozenset({"phone"}))
    found = opened(shop, secret)
    assert found.rows[0].values == {"number": 1000, "name": Masked("欧**"), "phone": PHONE}
    assert [str(one) for one in found.masked_labels] == ["Name"]


def test_a_link_to_a_record_is_its_key_alone(shop: Shop) -> None:
    shop.apply(
        {"format": 1, "kind": "view", "key": "sold", "label": "Sold", "record_type": "orders"}
    )
    found = opened(shop, share(shop, "invoice", "customer", "receiver", view="sold"))
    first = next(iter(shop.orders.values()))
    number = shop.customers[cast(int, cast(Link, first["customer"]).id)]["number"]
    values = found.rows[0].values
    assert (values["invoice"], values["customer"]) == (first["invoice"], str(number))
    assert isinstance(values["receiver"], Masked)


def test_the_filter_is_read_live(shop: Shop) -> None:
    view = View(
        "north", Label.of("North"), "customers", RuleDocument.of({"==": [{"var": "city"}, "bj"]})
    )
    views.save(shop.platform, shop.owner, view)
    secret = share(shop, "number", view="north")
    for city in ("bj", "sh"):
        rule = RuleDocument.of({"==": [{"var": "city"}, city]})
        views.change(shop.platform, shop.owner, replace(view, filter=rule))
        found = {row.values["number"] for row in opened(shop, secret).rows}
        assert found == {row["number"] for row in shop.customers.values() if row["city"] == city}


def test_a_field_made_later_is_not_shown(shop: Shop) -> None:
    secret = share(shop)
    fields = cast(dict[str, list[object]], CUSTOMERS)["fields"]
    later = {"key": "later", "label": "Later", "type": "text"}
    shop.apply({**cast(dict[str, object], CUSTOMERS), "fields": [*fields, later]})  # type: ignore[dict-item]
    assert "later" in {one.key for one in shop.table("customers").fields}
    assert "later" not in {one.key for one in opened(shop, secret).fields}


def test_an_average_keeps_its_decimals(shop: Shop) -> None:
    fields = cast(dict[str, list[object]], CUSTOMERS)["fields"]
    average: Json = {
        "key": "average", "label": "Average", "type": "money", "currency": "CNY", "scale": 2,
        "calculation": {
            "kind": "roll_up", "aggregate": "avg", "relation": "orders", "operand": "amount",
        },
    }  # fmt: skip
    shop.apply({**cast(dict[str, object], CUSTOMERS), "fields": [*fields, average]})  # type: ignore[dict-item, list-item]
    pages = every_page(shop, share(shop, "number", "average"), Asked())
    found = {row.values["number"]: row.values["average"] for page in pages for row in page.rows}
    for number, one in shop.numbers.items():
        links = [order["customer"] for order in shop.orders.values()]
        bought = sum(isinstance(link, Link) and link.id == one for link in links)
        assert found[number] == (pytest.approx(shop.spend(one) / bought) if bought else None)


def test_another_field_with_the_same_key_is_another_field(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        view = bench.published.view("tiers")
        points = bench.published.table("customers").field("points")
        frozen = SharedColumns((points.id,))
        assert guest_of(bench, view, frozen).readable == {points.id}
        assert guest_of(bench, view, SharedColumns((points.id + 10_000,))).readable == set()


@pytest.mark.parametrize("role", [Role.DESIGNER, Role.ANALYST, Role.VIEWER])
def test_a_link_never_shows_more_than_its_creator_sees(shop: Shop, role: Role) -> None:
    """Even where it says so: what is revealed is masked again for a creator who sees it masked."""
    with reading(shop.platform, shop.people[role]) as bench:
        table = bench.published.table("customers")
        ids = {one.key: one.id for one in table.fields}
        columns = SharedColumns((ids["name"], ids["city"]), (ids["name"],))
        guest = guest_of(bench, bench.published.view("tiers"), columns)
    assert (guest.readable, guest.masked) == ({ids["city"]}, {ids["name"]})


# ── what is hidden cannot be found out ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "asked",
    [
        Asked(sort=Sort("spend", True)),
        Asked(sort=Sort("phone")),
        Asked(sort=Sort("name")),
        Asked(sort=Sort("tier:value")),
        Asked(tier=("value", "gold")),
        Asked(sort=Sort("no-such-field"), tier=("no", "such")),
    ],
)
def test_hidden_and_masked_columns_neither_sort_nor_choose(shop: Shop, asked: Asked) -> None:
    secret = share(shop, "number", "name")
    found = opened(shop, secret, asked)
    assert found.asked == Asked()
    assert [row.values["number"] for row in found.rows] == sorted(shop.numbers)


def test_the_views_own_order_counts_only_where_its_column_is_shown(shop: Shop) -> None:
    view = View("rich", Label.of("Rich"), "customers", sort=(Sort("spend", True),))
    views.save(shop.platform, shop.owner, view)
    plain = [row.values["number"] for row in opened(shop, share(shop, "number", view="rich")).rows]
    assert plain == sorted(shop.numbers)
    shown = [row.values["spend"] for row in opened(shop, share(shop, "spend", view="rich")).rows]
    assert shown == sorted(cast(list[float], shown), reverse=True)


@pytest.mark.parametrize("page", [0, -1, 2, 10**6])
def test_pages_that_are_not_there(shop: Shop, page: int) -> None:
    assert opened(shop, share(shop), Asked(page)).asked.page == 1


# ── when a link is dead ─────────────────────────────────────────────────────────────────────────────────────────────


def creator(shop: Shop) -> Actor:
    secret = people.invite(shop.platform, shop.owner, Role.OWNER)
    return people.accept(shop.platform, secret, "wang", "Wang", "a long enough password").actor


ENDS = ("revoked", "over", "shut out", "disabled", "left", *list(Role)[1:], "view in the bin")


@pytest.mark.parametrize("end", ENDS)
def test_a_link_is_dead_at_once(shop: Shop, end: str) -> None:
    maker = creator(shop)
    secret = sharing.create(shop.platform, maker, "tiers", Wish(ALL))
    locked = sharing.create(shop.platform, maker, "tiers", Wish(ALL, password=PASSWORD))
    unlocked = guests.unlock(shop.platform, locked, PASSWORD) or ""
    assert opened(shop, secret).total == opened(shop, locked, unlocked=unlocked).total == 40
    _end(shop, maker, end)
    for one in (secret, locked):
        with pytest.raises(Ended, match="does not work any more"):
            guests.read(shop.platform, one, unlocked, Asked())
    with pytest.raises(Ended):
        guests.read(shop.platform, locked, "", Asked())
    with pytest.raises(Ended):
        guests.unlock(shop.platform, locked, PASSWORD)


def _end(shop: Shop, maker: Actor, end: str) -> None:
    match end:
        case "revoked":
            for link in links(shop):
                assert sharing.revoke(shop.platform, shop.owner, link.share.id) == "tiers"
        case "over":
            shop.clock.pass_by(days=7)
        case "shut out":
            people.disable(shop.platform, shop.owner, maker.account)
        case "disabled":
            with shop.platform.database.writing() as uow:
                uow.accounts.update(maker.account, disabled=True)
        case "left":
            with shop.platform.database.writing() as uow:
                uow.accounts.leave(shop.workspace, maker.account)
        case "view in the bin":
            with shop.platform.database.writing() as uow:
                found = uow.documents.find(shop.workspace, "view", "tiers")
                assert found is not None
                uow.documents.delete(found.id)
        case _:
            people.change_role(shop.platform, shop.owner, maker.account, Role(end))


def test_a_link_lives_to_its_last_moment_and_its_makers_see_why_not(shop: Shop) -> None:
    secret = share(shop, days=90)
    shop.clock.pass_by(days=90, milliseconds=-1)
    assert opened(shop, secret).total == 40
    [link] = links(shop)
    assert (link.state, link.last_opened) == ("open", link.last_opened)
    shop.clock.pass_by(milliseconds=1)
    assert [one.state for one in links(shop)] == ["over"]
    sharing.revoke(shop.platform, shop.owner, link.share.id)
    assert [one.state for one in links(shop)] == ["revoked"]


@pytest.mark.parametrize("guess", ["", "x", "A" * 43, "../../views", "' OR 1=1 --"])
def test_guessed_tokens_open_nothing(shop: Shop, guess: str) -> None:
    share(shop)
    for attempt in (
        lambda: guests.read(shop.platform, guess, "", Asked()),
        lambda: guests.unlock(shop.platform, guess, ""),
    ):
        with pytest.raises(NotFound) as refused:
            attempt()
        assert not isinstance(refused.value, Ended)
    assert [one.reads.count for one in links(shop)] == [0]


def test_each_reading_is_noted(shop: Shop) -> None:
    secret = share(shop)
    for _ in range(3):
        opened(shop, secret)
        shop.clock.pass_by(minutes=5)
    [link] = links(shop)
    assert link.reads.count == 3
    assert link.last_opened is not None
    assert (shop.clock.now - link.last_opened).total_seconds() == 300


# ── passwords ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_password_is_asked_for_and_remembered_for_twelve_hours(any_shop: Shop) -> None:
    shop = any_shop
    secret, other = (share(shop, "number", password=PASSWORD) for _ in range(2))
    assert guests.read(shop.platform, secret, "", Asked()) == Locked()
    assert guests.unlock(shop.platform, secret, "share Secret") is None
    unlocked = guests.unlock(shop.platform, secret, PASSWORD)
    assert unlocked is not None
    assert opened(shop, secret, unlocked=unlocked).total == 40
    for token, key in ((other, unlocked), (secret, unlocked[:-1]), (secret, secret)):
        assert guests.read(shop.platform, token, key, Asked()) == Locked()
    assert [one.reads.count for one in links(shop)] == [0, 1], "a locked page is not a reading"
    shop.clock.pass_by(hours=12)
    assert guests.read(shop.platform, secret, unlocked, Asked()) == Locked()


def test_passwords_cannot_be_guessed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, other = (share(shop, "number", password=PASSWORD) for _ in range(2))
    unlocked = guests.unlock(shop.platform, secret, PASSWORD) or ""
    monkeypatch.setattr(guests.passwords, "fits", lambda given, _: given == PASSWORD)
    for _ in range(10):
        assert guests.unlock(shop.platform, secret, "wrong") is None
    for password in ("wrong", PASSWORD):
        with pytest.raises(TooMany, match="15 minutes"):
            guests.unlock(shop.platform, secret, password)
    assert opened(shop, secret, unlocked=unlocked).total == 40, "who is in stays in"
    assert guests.unlock(shop.platform, other, PASSWORD)
    shop.clock.pass_by(minutes=15)
    assert guests.unlock(shop.platform, secret, PASSWORD)


def test_secrets_are_stored_nowhere(shop: Shop) -> None:
    secret = share(shop, password=PASSWORD)
    unlocked = guests.unlock(shop.platform, secret, PASSWORD) or ""
    stored = b"".join(one.read_bytes() for one in shop.platform.folder.glob("*.sqlite3*"))
    for one in (secret, unlocked, PASSWORD):
        assert one.encode() not in stored


# ── who may share what ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (Wish(()), "/columns"),
        (Wish(("no-such-field",)), "/columns"),
        (Wish(ALL, days=0), "/days"),
        (Wish(ALL, days=91), "/days"),
        (Wish(ALL, password="short"), "/password"),
    ],
)
def test_what_cannot_be_shared(shop: Shop, wish: Wish, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        sharing.create(shop.platform, shop.owner, "tiers", wish)
    assert [one.pointer for one in refused.value.problems] == [pointer]
    assert links(shop) == []


@pytest.mark.parametrize("role", list(Role)[1:])
def test_only_owners_share(shop: Shop, role: Role) -> None:
    share(shop)
    [link] = links(shop)
    actor = shop.people[role]
    with reading(shop.platform, actor) as bench:
        view = bench.published.view("tiers")
        for look in (lambda: sharing.offers(bench, view), lambda: sharing.links(bench, "tiers")):
            with pytest.raises(Forbidden):
                look()
    for change in (
        lambda: sharing.create(shop.platform, actor, "tiers", Wish(ALL)),
        lambda: sharing.html_file(shop.platform, actor, "tiers", Wish(ALL)),
        lambda: sharing.revoke(shop.platform, actor, link.share.id),
    ):
        with pytest.raises(Forbidden):
            change()
    assert [one.state for one in links(shop)] == ["open"]


def test_links_of_another_workspace_are_not_there(shop: Shop) -> None:
    share(shop)
    [link] = links(shop)
    with shop.platform.database.writing() as uow:
        other = uow.workspaces.create("other", "Other", "en", "UTC", "EUR").id
    with pytest.raises(NotFound):
        sharing.revoke(shop.platform, replace(shop.owner, workspace=other), link.share.id)


def test_personal_fields_are_offered_masked(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        offers = sharing.offers(bench, bench.published.view("tiers"))
    assert {one.key for one in offers if one.personal} == {"name", "phone"}
    assert {one.key for one in offers if one.revealable} == {"name", "phone"}
    assert {one.key for one in offers if not one.in_view} == {"remark"}, (
        "free text is not offered ticked"
    )


def test_a_file_has_all_rows_with_the_links_columns(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = ("name", "spend", "tier:value")
    found = sharing.html_file(shop.platform, shop.owner, "tiers", Wish(columns))
    shown = opened(shop, share(shop, *columns))
    assert (found.rows, found.fields, found.sizes) == (shown.rows, shown.fields, shown.sizes)
    monkeypatch.setattr(sharing, "MOST_ROWS", 39)
    with pytest.raises(Invalid, match="40 records; one file holds at most 39"):
        sharing.html_file(shop.platform, shop.owner, "tiers", Wish(columns))


# ── the guest ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def guest(shop: Shop) -> Guest:
    """The widest guest that there can be: every field in full."""
    with reading(shop.platform, shop.owner) as bench:
        fields = tuple(one.id for one in bench.published.table("customers").fields)
        view = bench.published.view("tiers")
        return guest_of(bench, view, SharedColumns(fields, fields))


def test_a_guest_has_no_grant_and_sees_no_field_but_its_own(shop: Shop, guest: Guest) -> None:
    for grant in Grant:
        with pytest.raises(Forbidden):
            authorize.require(guest, grant)
    orders = shop.table("orders")
    assert authorize.shown_fields(guest, orders) == ()
    assert not any(authorize.may_write(guest, one) for one in _fields(shop.table("customers")))
    with shop.platform.database.reading() as uow, pytest.raises(Forbidden):
        Workbench(shop.platform, cast(Actor, guest), uow)


def _fields(table: RecordType) -> tuple[Field, ...]:
    assert table.fields
    return table.fields


def test_no_service_takes_a_guest_for_an_actor(shop: Shop, guest: Guest) -> None:
    """Every operation of the rights matrix; the one that is left out looks at the role by itself."""
    tried: list[Operation] = [one for one in ALLOWED if one is not delete_field_in_use]
    assert len(tried) > 30
    for operation in tried:
        with pytest.raises(Forbidden):
            operation(shop, cast(Actor, guest))
