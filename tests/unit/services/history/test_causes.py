"""By which import or edit records moved: told from the change log, chosen from, and written to files."""

import csv
from datetime import date, timedelta

import openpyxl
import pytest

from tests.unit.services.shop import TODAY, Shop
from tierloom.domain.people import Role
from tierloom.services import movers
from tierloom.services.exports import move_lists
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import HELD
from tierloom.services.history.moves import OUTSIDE
from tierloom.services.movers import Asked, Movers
from tierloom.services.workbench import reading, writing
from tierloom.store.changes import Cause
from tierloom.text import translator

TOMORROW = TODAY + timedelta(days=1)


def spend_more(shop: Shop, customers: list[int], cause: str, ref: str = "") -> None:
    """Give customers an order that makes them gold, as an import or an edit does, and calculate."""
    shop.clock.pass_by(minutes=10)
    with writing(shop.platform, shop.owner) as bench:
        orders = bench.uow.records(bench.published.table("orders"))
        rows: list[dict[str, int | str | None]] = [
            {
                "invoice": f"{cause}{ref}-{one}",
                "customer": one,
                "day": (TODAY - date(1970, 1, 1)).days,
                "amount": 500_000,
            }
            for one in customers
        ]
        orders.insert(rows, bench.uow.now, Cause(cause, shop.owner.account, ref))
    shop.clock.pass_by(minutes=1)
    shop.run(cause)


def begun_import(shop: Shop, name: str) -> str:
    with writing(shop.platform, shop.owner) as bench:
        return str(bench.uow.imports.create(shop.workspace, None, name, shop.owner.account).id)


def low(shop: Shop) -> list[int]:
    return [one for one in sorted(shop.customers) if shop.tier(one) == "rest"]


def listed(shop: Shop, cause: str = "", role: Role = Role.OWNER, kind: str = "moved") -> Movers:
    with reading(shop.platform, shop.people[role]) as bench:
        asked = Asked("value", TODAY - timedelta(days=1), bench.context.today, kind, cause=cause)
        return movers.movers(bench, asked, limit=200)


def lived(shop: Shop) -> tuple[str, str, list[int]]:
    first, second = begun_import(shop, "may.csv"), begun_import(shop, "june.xlsx")
    poor = low(shop)
    shop.clock.pass_by(hours=13)
    spend_more(shop, poor[:3], "import", first)
    spend_more(shop, poor[3:5], "edit")
    spend_more(shop, poor[5:6], "import", second)
    return first, second, poor


def test_each_move_names_its_import(any_shop: Shop) -> None:
    shop = any_shop
    first, second, poor = lived(shop)
    found = {one.id: one for one in listed(shop).rows}
    sources = {one: found[one].source for one in poor[:6]}
    assert [found[one].cause for one in poor[:6]] == ["import"] * 3 + ["edit"] * 2 + ["import"]
    files = [one and (str(one.number), one.file) for one in sources.values()]
    assert files == [(first, "may.csv")] * 3 + [None, None] + [(second, "june.xlsx")]


def test_reasons_are_counted_and_chosen(shop: Shop) -> None:
    first, second, poor = lived(shop)
    page = listed(shop)
    counted = {reason.key: count for reason, count in page.reasons}
    assert counted["import"] == 4
    assert counted[f"import:{first}"] == 3
    assert counted[f"import:{second}"] == 1
    assert counted["edit"] == 2
    assert sum(count for reason, count in page.reasons if not reason.source) == page.total
    for key, ids in (
        ("edit", poor[3:5]),
        ("import", [*poor[:3], poor[5]]),
        (f"import:{second}", poor[5:6]),
        ("import:0", []),
        ("nonsense", []),
    ):
        chosen = listed(shop, key)
        assert {one.id for one in chosen.rows} == set(ids)
        assert chosen.total == len(ids)
        assert chosen.reasons == page.reasons
        ways = {kind: count for kind, count in chosen.counts.items() if count}
        assert ways == ({"moved": len(ids), "up": len(ids), "any": len(ids)} if ids else {})
    with reading(shop.platform, shop.owner) as bench:
        asked = Asked("value", TODAY - timedelta(days=1), TOMORROW, cause=f"import:{first}")
        whole = [one.id for chunk in movers.chunks(bench, asked) for one in chunk]
    assert set(whole) == set(poor[:3])


def test_who_may_not_import_sees_no_names_of_files(shop: Shop) -> None:
    first, _, _ = lived(shop)
    rows = listed(shop, f"import:{first}", Role.VIEWER).rows
    assert rows
    assert {one.source and one.source.file for one in rows} == {""}


def test_who_stayed_has_no_reason(shop: Shop) -> None:
    lived(shop)
    page = listed(shop, kind="stayed")
    assert page.total
    assert page.reasons == ()
    assert all(one.source is None for one in page.rows)


def test_the_file_says_the_import(shop: Shop) -> None:
    first, _, poor = lived(shop)
    target = shop.platform.folder / "moves.csv"
    with reading(shop.platform, shop.owner) as bench:
        asked = Asked("value", TODAY - timedelta(days=1), TOMORROW, cause=f"import:{first}")
        found = movers.movers(bench, asked, limit=0)
        move_lists.write(bench, found, ExportKind("csv"), translator("en"), target, lambda _: None)
    with target.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len(poor[:3])
    assert {one["Why"] for one in rows} == {"Import: may.csv"}
    assert found.total == 3


def test_the_file_says_what_it_is_restricted_to(shop: Shop) -> None:
    first, _, poor = lived(shop)
    target = shop.platform.folder / "moves.xlsx"

    def about(**asked: str) -> dict[str, object]:
        with reading(shop.platform, shop.owner) as bench:
            wanted = Asked("value", TODAY - timedelta(days=1), TOMORROW, **asked)
            found = movers.movers(bench, wanted, limit=0)
            kind = ExportKind("xlsx")
            move_lists.write(bench, found, kind, translator("en"), target, lambda _: None)
        rows = openpyxl.load_workbook(target)["Summary"].iter_rows(values_only=True)
        return {str(one[0]): one[1] for one in rows if one[0]}

    told = about(origin="rest", target="gold", cause=f"import:{first}")
    assert (told["From tier"], told["To tier"]) == ("Rest", "Gold")
    assert (told["Why"], told["Moved up"]) == ("Import: may.csv", len(poor[:3]))
    assert about(kind="in", origin=OUTSIDE)["From tier"] == "Not there"
    assert about(kind="complete", origin=HELD)["From tier"] == "Not enough data"
    assert not {"From tier", "To tier", "Why"} & about().keys()


@pytest.mark.parametrize("cause", ["", "edit"])
def test_nobody_moved_for_a_reason_before(shop: Shop, cause: str) -> None:
    shop.clock.pass_by(days=1)
    with reading(shop.platform, shop.owner) as bench:
        page = movers.movers(bench, Asked("value", TODAY, TOMORROW, cause=cause))
    assert page.total == 0
