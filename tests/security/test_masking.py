"""What a role may not read appears nowhere, and nothing can be asked about it."""

import csv
from pathlib import Path
from typing import cast

import openpyxl
import pytest

from tests.unit.services.shop import NAME, PHONE, Shop
from tierloom.domain.fields import Link
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tiers import Segment
from tierloom.domain.views import Sort, View
from tierloom.errors import Forbidden, Invalid, TierloomError
from tierloom.services import drafts, grid, overview, preview, records, views
from tierloom.services.exports import requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.shown import Masked
from tierloom.services.workbench import reading
from tierloom.text import Label

BLIND = [Role.DESIGNER, Role.ANALYST, Role.VIEWER]
SEEING = [Role.OWNER, Role.DATA_ADMIN]
ORACLES: dict[str, Json] = {
    "equals": {"==": [{"var": "phone"}, PHONE]},
    "starts with": {"starts_with": [{"var": "phone"}, "138"]},
    "is known": {"is_known": ["name"]},
    "is missing": {"missing": ["phone"]},
    "negated": {"!": [{"in": ["欧阳", {"var": "name"}]}]},
    "behind an if": {"if": [{"==": [{"var": "name"}, NAME]}, True, False]},
    "of a related record": {"some": [{"var": "orders"}, {"==": [{"var": "receiver"}, PHONE]}]},
    "counted": {">": [{"count": [{"filter": [{"var": "orders"}, {"starts_with": [{"var": "receiver"}, "1"]}]}]}, 0]},
    "through a segment": {"segment": ["secret"]},
}  # fmt: skip


def _secrets(shop: Shop) -> set[str]:
    found = {cast(str, row[key]) for row in shop.customers.values() for key in ("name", "phone")}
    return found | {cast(str, row["receiver"]) for row in shop.orders.values()}


@pytest.fixture(scope="module")
def secret(shop: Shop) -> str:
    """A segment that the owner published over a personal field."""
    rule = RuleDocument.of({"==": [{"var": "phone"}, PHONE]})
    made = drafts.create(
        shop.platform, shop.owner, Segment("secret", Label.of("Secret"), "customers", rule)
    )
    drafts.publish(shop.platform, shop.owner, "segment", "secret", made.document.version)
    return "secret"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("table", ["customers", "orders"])
def test_lists_and_pages(shop: Shop, role: Role, table: str) -> None:
    with reading(shop.platform, shop.people[role]) as bench:
        shown = grid.listing(bench, Query(table, limit=200))
        record = bench.published.table(table)
        pages = [records.read(bench, record, row.id) for row in shown.rows[:5]]
        related = [one for row in shown.rows[:5] for one in records.related(bench, record, row.id)]
        related_rows = [row for one in related for row in one.rows]
    text = repr([row.values for row in [*shown.rows, *pages, *related_rows]])
    text += repr([row.link_names for row in [*shown.rows, *pages, *related_rows]])
    plain = {one for one in _secrets(shop) if one in text}
    assert bool(plain) == (role in SEEING)
    if role in BLIND:
        hidden = "phone" if table == "customers" else "receiver"
        assert all(isinstance(row.values[hidden], Masked) for row in shown.rows)


def test_mask_keeps_what_helps_to_tell_records_apart(shop: Shop) -> None:
    first = next(iter(shop.customers))
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        view = records.read(bench, bench.published.table("customers"), first)
    assert view.values["phone"] == Masked("138****8000")
    assert view.values["name"] == Masked("欧**")


def test_history(shop: Shop) -> None:
    number = records.add(
        shop.platform, shop.owner, "customers", {"number": 77, "phone": "13912345678", "points": 1}
    ).id
    changed = {"phone": "13987654321", "points": 2}
    records.edit(shop.platform, shop.owner, "customers", number, 1, changed)
    for role in Role:
        with reading(shop.platform, shop.people[role]) as bench:
            found = records.changes(bench, bench.published.table("customers"), number)
        [edited] = [one for one in found if one.fields]
        values = {one.key: (before, after) for one, before, after in edited.fields}
        assert values["points"] == (1, 2)
        if role in BLIND:
            assert values["phone"] == (Masked("139****5678"), Masked("139****4321"))
        else:
            assert values["phone"] == ("13912345678", "13987654321")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports(shop: Shop, tmp_path: Path, kind: str) -> None:
    for role in Role:
        target = tmp_path / f"{role}.{kind}"
        with reading(shop.platform, shop.people[role]) as bench:
            if role not in SEEING:
                with pytest.raises(Forbidden):
                    requests.write(
                        bench, Query("customers"), ExportKind(kind), "en", target, lambda *_: None
                    )
                assert not target.exists()
                continue
            rows = requests.write(
                bench, Query("customers"), ExportKind(kind), "en", target, lambda *_: None
            )
        assert rows == len(list(_cells(target))) - 1
        assert any(PHONE in row for row in _cells(target))


def _cells(file: Path) -> list[list[str]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))
    book = openpyxl.load_workbook(file, read_only=True)
    rows = [[str(cell) for cell in row] for row in book["Customers"].iter_rows(values_only=True)]
    book.close()
    return rows


# ── a count is an oracle ────────────────────────────────────────────────────────────────────────────────────────────


def _refused(shop: Shop, actor: Actor, query: Query) -> str:
    with reading(shop.platform, actor) as bench, pytest.raises(Invalid) as caught:
        grid.listing(bench, query)
    return " ".join(str(one) for one in caught.value.problems)


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("role", BLIND)
def test_no_filter(shop: Shop, secret: str, role: Role, name: str) -> None:
    words = _refused(shop, shop.people[role], Query("customers", RuleDocument.of(ORACLES[name])))
    assert "hidden from your role" in words
    with reading(shop.platform, shop.owner) as bench:
        grid.listing(bench, Query("customers", RuleDocument.of(ORACLES[name])))


@pytest.mark.parametrize("role", BLIND)
def test_no_way_up_a_link(shop: Shop, role: Role) -> None:
    rule = RuleDocument.of({"==": [{"var": "customer.phone"}, PHONE]})
    assert "hidden" in _refused(shop, shop.people[role], Query("orders", rule))


@pytest.mark.parametrize("column", ["phone", "name"])
@pytest.mark.parametrize("role", BLIND)
def test_no_order(shop: Shop, role: Role, column: str) -> None:
    for descending in (False, True):
        words = _refused(shop, shop.people[role], Query("customers", sort=Sort(column, descending)))
        assert "sorted" in words


@pytest.mark.parametrize("words", [PHONE, PHONE[-4:], NAME, NAME[:2]])
def test_no_search(shop: Shop, words: str) -> None:
    for role in Role:
        with reading(shop.platform, shop.people[role]) as bench:
            total = grid.listing(bench, Query("customers", search=words)).total
        assert (total > 0) == (role in SEEING)


@pytest.mark.parametrize("name", ORACLES)
def test_no_count_in_a_preview(shop: Shop, secret: str, name: str) -> None:
    """An analyst cannot begin such a draft, and sees of the owner's no count, no count of a part, and no sample."""
    analyst, key = shop.people[Role.ANALYST], f"oracle-{name.replace(' ', '-')}"
    thing = Segment(key, Label.of(key), "customers", RuleDocument.of(ORACLES[name]))
    with pytest.raises(Invalid):
        drafts.create(shop.platform, analyst, thing)
    drafts.create(shop.platform, shop.owner, thing)
    for actor, hidden in ((analyst, True), (shop.owner, False)):
        with reading(shop.platform, actor) as bench:
            found = preview.preview(bench, drafts.opened(bench, "segment", key), "rule")
        told = (found.sizes, dict(found.nodes), found.published, found.samples.size)
        assert (told == (None, {}, None, 0)) == hidden


@pytest.mark.parametrize("role", BLIND)
def test_published_segment_over_hidden_fields_is_not_counted(
    shop: Shop, secret: str, role: Role
) -> None:
    with reading(shop.platform, shop.people[role]) as bench:
        assert secret not in {one.key for one, _ in overview.overview(bench).segments}
    with reading(shop.platform, shop.owner) as bench:
        assert {one.key: size for one, size in overview.overview(bench).segments}[secret] == 1


def test_no_view_by_what_is_hidden(shop: Shop) -> None:
    """Neither a view's filter nor its order gets round the rights of whoever saves it or opens it."""
    analyst = shop.people[Role.ANALYST]
    by_phone = View(
        "by_phone", Label.of("By phone"), "customers", RuleDocument.of(ORACLES["equals"])
    )
    ordered = View("ordered", Label.of("Ordered"), "customers", sort=(Sort("phone"),))
    for view in (by_phone, ordered):
        with pytest.raises(Invalid):
            views.save(shop.platform, analyst, view)
        stored = views.save(shop.platform, shop.owner, view)
        with reading(shop.platform, analyst) as bench, pytest.raises(Invalid):
            grid.listing(bench, views.query_of(bench.published.view(stored.key)))


def test_what_cannot_be_read_cannot_be_written(shop: Shop) -> None:
    for role in BLIND:
        with pytest.raises(Forbidden):
            records.edit(
                shop.platform,
                shop.people[role],
                "customers",
                next(iter(shop.customers)),
                1,
                {"phone": "1"},
            )


def test_errors_do_not_quote_hidden_values(shop: Shop) -> None:
    for role in BLIND:
        for rule in ORACLES.values():
            try:
                with reading(shop.platform, shop.people[role]) as bench:
                    grid.listing(bench, Query("customers", RuleDocument.of(rule)))
            except TierloomError as error:
                words = str(error) + repr(getattr(error, "problems", ""))
                assert not any(one in words for one in _secrets(shop) - {PHONE, NAME})


def test_a_link_does_not_tell_a_hidden_key(own_shop: Shop) -> None:
    """A table whose key is a phone number: links to it are masked as the number itself is."""
    cards: Json = {
        "format": 1, "kind": "record_type", "key": "cards", "label": "Cards", "key_field": "mobile",
        "fields": [{"key": "mobile", "label": "Mobile", "type": "phone", "data_class": "personal"}],
    }  # fmt: skip
    visits: Json = {
        "format": 1, "kind": "record_type", "key": "visits", "label": "Visits",
        "fields": [{"key": "card", "label": "Card", "type": "reference", "target": "cards"}],
    }  # fmt: skip
    shop = own_shop
    shop.apply(cards, visits)
    card = records.add(shop.platform, shop.owner, "cards", {"mobile": "13611112222"}).id
    visit = records.add(shop.platform, shop.owner, "visits", {"card": Link(card, "13611112222")}).id
    for role in Role:
        with reading(shop.platform, shop.people[role]) as bench:
            table = bench.published.table("visits")
            view = records.read(bench, table, visit)
            text = repr((view.values, view.link_names, records.changes(bench, table, visit)))
        assert ("13611112222" in text) == (role in SEEING), role
        if role in BLIND:
            assert view.values["card"] == Masked("136****2222")
