"""What a template makes is a draft, with the calculated fields that it needs, and never published by itself."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.unit.services.shop import Shop
from tests.unit.services.templates import world
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.errors import Forbidden, Invalid, NotFound
from tierloom.rules.templates.reading import template_names
from tierloom.schemas import packs
from tierloom.services import drafts, tables, workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import Platform, open_platform
from tierloom.services.preview import preview
from tierloom.services.settings import Settings
from tierloom.services.templates import creating, plans
from tierloom.services.templates.plans import Choices
from tierloom.services.workbench import reading
from tierloom.text import Label

OWN = Choices({"table": "customers"})


def test_a_draft_and_its_calculated_fields(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        planned = plans.plan(bench, "lifecycle_churn", OWN)
    made = creating.create(shop.platform, shop.owner, "lifecycle_churn", OWN)
    assert (made.kind, made.key) == ("tier_model", "lifecycle_churn")
    assert [one.key for one in made.added] == ["last_purchase", "purchase_gap"]
    table = shop.table("customers")
    assert [table.field(one.key).label for one in made.added] == [one.label for one in made.added]
    with reading(shop.platform, shop.owner) as bench:
        draft = drafts.opened(bench, "tier_model", made.key)
        assert draft.published is None
        assert "lifecycle_churn" not in {one.key for one in bench.published.tier_models()}
        assert drafts.problems(bench, draft) == ()
        assert preview(bench, draft, "").sizes == planned.sizes


def test_a_second_one_gets_a_name_of_its_own(shop: Shop) -> None:
    world.add_table(shop, "chinese", world.customers(50))
    given = Choices({"table": "chinese"})
    creating.create(shop.platform, shop.owner, "value_tiers", given)
    again = creating.create(shop.platform, shop.owner, "value_tiers", given)
    assert again.key == "value_tiers_2"
    with reading(shop.platform, shop.owner) as bench:
        labels = [one.thing.label.words["zh"] for one in drafts.all_drafts(bench, "tier_model")]
    assert labels[-2:] == ["价值分层", "价值分层 2"]


def test_a_label_set_is_a_draft_too(shop: Shop) -> None:
    fields: list[Json] = [
        {"key": "number", "label": "No", "type": "integer", "required": True, "unique": True},
        {"key": "likes", "label": "Product interests", "type": "choices",
         "options": [{"key": one, "label": one.title()} for one in ("tea", "wine")]},
    ]  # fmt: skip
    shop.apply({
        "format": 1, "kind": "record_type", "key": "members", "label": "Members",
        "key_field": "number", "fields": fields,
    })  # fmt: skip
    made = creating.create(
        shop.platform, shop.owner, "product_interest", Choices({"table": "members"})
    )
    assert made.kind == "label_set"
    with reading(shop.platform, shop.owner) as bench:
        draft = drafts.opened(bench, "label_set", made.key)
        assert set(draft.trees) == {"tea", "wine"}
        assert drafts.problems(bench, draft) == ()


def test_a_table_with_unpublished_changes_is_left_alone(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        found = tables.draft(bench, "customers")
    tables.edit(
        shop.platform, shop.owner, "customers", found.document.version,
        lambda table: tables.move_field(table, "points", 1),
    )  # fmt: skip
    with pytest.raises(Invalid) as error:
        creating.create(shop.platform, shop.owner, "lifecycle_churn", OWN)
    assert [one.code for one in error.value.problems] == ["unpublished-table"]
    with reading(shop.platform, shop.owner) as bench:
        assert bench.uow.documents.find(shop.workspace, "tier_model", "lifecycle_churn") is None


def test_members_of_a_person_field_are_no_unpublished_changes(shop: Shop) -> None:
    def extended(table: RecordType) -> RecordType:
        owner = Field("account_owner", Label.of("Account owner"), FieldType(FieldKind.PERSON))
        return tables.add_field(table, owner)

    with reading(shop.platform, shop.owner) as bench:
        found = tables.draft(bench, "customers")
        version = found.document.version
        assert not found.has_changes
    made = tables.edit(shop.platform, shop.owner, "customers", version, extended)
    assert made.has_changes
    tables.publish(shop.platform, shop.owner, "customers", made.document.version)
    added = creating.create(shop.platform, shop.owner, "lifecycle_churn", OWN).added
    assert [one.key for one in added] == ["last_purchase", "purchase_gap"]


def test_what_has_no_field_is_asked_for(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers(50))
    with pytest.raises(Invalid) as error:
        creating.create(shop.platform, shop.owner, "fuel_drivers", Choices({"table": "english"}))
    pointers = [one.pointer for one in error.value.problems]
    assert pointers == ["/field.main_fuel", "/field.litres_per_fill"]


def test_an_analyst_drafts_without_new_fields(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers(50))
    analyst = shop.people[Role.ANALYST]
    made = creating.create(shop.platform, analyst, "value_tiers", Choices({"table": "english"}))
    assert made.added == ()
    with pytest.raises(Forbidden):
        creating.create(shop.platform, shop.people[Role.VIEWER], "value_tiers", OWN)


# ── tables that come with a template ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def empty(migrated_file: Path, tmp_path: Path) -> Iterator[Platform]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with open_platform(Settings(tmp_path)) as platform:
        workspaces.ensure(platform, "cars", "Cars", "zh_Hans_CN", "Asia/Shanghai")
        yield platform


def test_the_dealers_table_and_form_for_an_empty_workspace(empty: Platform) -> None:
    owner = accounts.actor_named(empty, "cars", None)
    assert creating.create_tables(empty, owner, "car_dealer") == "car_owners"
    with reading(empty, owner) as bench:
        (form,) = bench.published.forms("car_owners")
        assert [one.label.words["zh"] for one in form.sections] == [
            "基本信息", "购车信息", "服务记录", "偏好", "跟进",
        ]  # fmt: skip
        assert not creating.comes_with_tables(bench, plans.template_named("car_dealer"))
        plan = plans.plan(bench, "car_dealer", Choices())
    assert plan.table.key == "car_owners"
    assert {one.figure.key: one.field.key for one in plan.held if one.field} == {
        "purchase_count": "purchase_count", "last_contact": "last_visit",
    }  # fmt: skip
    with pytest.raises(Invalid, match="car_owners"):
        creating.create_tables(empty, owner, "car_dealer")
    made = creating.create(empty, owner, "car_dealer", Choices())
    assert made.added == ()


def test_the_packs_of_tables_are_there() -> None:
    known = packs.pack_names()
    for template in map(plans.template_named, template_names()):
        assert not template.tables or template.tables in known
        if template.tables:
            assert any(isinstance(one, RecordType) for one in packs.read_pack(template.tables))


def test_not_every_template_has_tables(empty: Platform) -> None:
    owner = accounts.actor_named(empty, "cars", None)
    with pytest.raises(NotFound):
        creating.create_tables(empty, owner, "rfm_eight")
    with reading(empty, owner) as bench:
        assert {fit for _, fit in plans.offered(bench)} == {0}
        with pytest.raises(NotFound):
            plans.plan(bench, "rfm_eight", Choices())
