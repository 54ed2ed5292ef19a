"""What the designer of a field sees of it: five records, and how its values are spread."""

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.fields import (
    Bands,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    Formula,
    Option,
)
from tierloom.domain.people import Role
from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.services import tables
from tierloom.services.samples import Distribution, Sample, distribution, samples
from tierloom.services.workbench import reading
from tierloom.text import Label

MONEY = FieldType(FieldKind.MONEY, scale=2, currency="CNY")
CLASSES = FieldType(
    FieldKind.CHOICE,
    options=tuple(Option(key, Label.of(key)) for key in ("low", "mid", "high")),
    ranked=True,
)
TENTH = Field(
    "tenth", Label.of("Tenth"), MONEY,
    calculation=Formula(RuleDocument.of({"*": [{"var": "spend"}, 0.1]})),
)  # fmt: skip
BANDS = Field(
    "band", Label.of("Band"), CLASSES,
    calculation=Bands("spend", (300.0, 1000.0), ("low", "mid", "high")),
)  # fmt: skip
SHOUTED = Field(
    "shouted", Label.of("Shouted"), FieldType(FieldKind.TEXT),
    calculation=Formula(RuleDocument.of({"upper": [{"var": "phone"}]})),
)  # fmt: skip


def spread(shop: Shop, field: Field, role: Role = Role.OWNER) -> Distribution | None:
    with reading(shop.platform, shop.people[role]) as bench:
        return distribution(bench, bench.published.table("customers"), field)


def shown(shop: Shop, field: Field, role: Role = Role.OWNER) -> tuple[Sample, ...]:
    with reading(shop.platform, shop.people[role]) as bench:
        return samples(bench, bench.published.table("customers"), field)


def test_a_formula_is_worked_out_for_five_records_before_it_is_saved(shop: Shop) -> None:
    found = shown(shop, TENTH)
    assert len(found) == 5
    for one in found:
        cents = round(shop.spend(one.record.id) * 100)
        assert one.value == round(cents / 100 * 0.1, 2)


def test_bands_are_counted(shop: Shop) -> None:
    found = spread(shop, BANDS)
    assert found is not None
    spends = list(map(shop.spend, shop.customers))
    wanted = {
        "low": sum(one < 300 for one in spends),
        "mid": sum(300 <= one < 1000 for one in spends),
        "high": sum(one >= 1000 for one in spends),
    }
    assert {str(one.low): one.count for one in found.bars} == {k: n for k, n in wanted.items() if n}
    assert found.unknown == 0


def test_numbers_are_counted_in_bars_and_none_is_lost(shop: Shop) -> None:
    for field in (TENTH, shop.table("customers").field("points")):
        found = spread(shop, field)
        assert found is not None
        assert sum(one.count for one in found.bars) + found.unknown == len(shop.customers)
        assert all(one.low < one.high for one in found.bars if len(found.bars) > 1)  # type: ignore[operator]
    unknown = sum(row["points"] is None for row in shop.customers.values())
    assert found is not None
    assert found.unknown == unknown


def test_nothing_is_shown_of_what_one_may_not_read(shop: Shop) -> None:
    assert shown(shop, SHOUTED)
    assert shown(shop, SHOUTED, Role.VIEWER) == ()
    assert spread(shop, SHOUTED) is None  # of text there is no spread


def test_a_formula_needs_the_care_of_what_it_reads(shop: Shop) -> None:
    def publish(field: Field) -> None:
        with reading(shop.platform, shop.owner) as bench:
            before = tables.draft(bench, "customers")
        found = before.table.find(field.key)
        change = tables.replace_field if found else tables.add_field
        made = tables.edit(
            shop.platform, shop.owner, "customers", before.document.version,
            lambda table: change(table, field),
        )  # fmt: skip
        tables.publish(shop.platform, shop.owner, "customers", made.document.version)

    with pytest.raises(Invalid) as caught:
        publish(SHOUTED)
    errors = [one.code for one in caught.value.problems if one.severity == "error"]
    assert errors == ["too-open"]
    personal = Field(
        SHOUTED.key, SHOUTED.label, SHOUTED.type,
        calculation=SHOUTED.calculation, data_class=DataClass.PERSONAL,
    )  # fmt: skip
    publish(personal)
    with reading(shop.platform, shop.owner) as bench:
        assert len(tables.used_in(bench, "customers", "phone")) == 1


def test_a_renamed_source_is_followed(shop: Shop) -> None:
    table = tables.add_field(tables.add_field(shop.table("customers"), TENTH), BANDS)
    renamed = tables.rename_key(table, "spend", "spent")
    assert renamed.field("band").calculation == Bands(
        "spent", (300.0, 1000.0), ("low", "mid", "high")
    )
    formula = renamed.field("tenth").calculation
    assert isinstance(formula, Formula)
    assert "spent" in formula.rule.json
