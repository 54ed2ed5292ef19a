"""A template laid over fields: figures, thresholds, options; what cannot be asked about is left out."""

import json

import pytest

from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import Json
from tierloom.domain.tiers import TierModel
from tierloom.rules.templates.filling import Filled, Filling, fill
from tierloom.rules.templates.reading import figure_named, read_template, template_names
from tierloom.rules.templates.values import Of
from tierloom.text import Label

DAY, WHOLE = FieldType(FieldKind.DATE), FieldType(FieldKind.INTEGER)
NAME = Label.of("Mine")


def field(key: str, kind: FieldType = WHOLE) -> Field:
    return Field(key, Label.of(key), kind)


def fuels(*names: str) -> FieldType:
    options = tuple(Option(f"o{n}", Label.of(one)) for n, one in enumerate(names))
    return FieldType(FieldKind.CHOICE, options=options)


def filled(name: str, fields: dict[str, Field], relation: str = "sales", sheet: int = 0) -> Filled:
    template = read_template(name)
    numbers = {one.key: one.default for one in template.parameters}
    filling = Filling("people", fields, numbers, relation)
    return fill(template, template.sheets[sheet], filling, "mine", NAME)


def rule_of(found: Filled, key: str) -> Json:
    parts = found.thing.tiers if isinstance(found.thing, TierModel) else found.thing.labels
    document: Json = json.loads(next(one.rule.json for one in parts if one.key == key))
    return document


def test_figures_and_parameters_become_fields_and_numbers() -> None:
    found = filled("value_tiers", {"spend_12m": field("money_spent")})
    assert rule_of(found, "gold") == {">=": [{"var": "money_spent"}, 5000]}
    assert (found.thing.key, found.thing.label, found.thing.record_type) == ("mine", NAME, "people")
    assert found.left_out == ()


def test_days_that_are_counted_already_are_compared_as_they_are() -> None:
    counted = {"purchase_count": field("n"), "last_contact": field("silent")}
    dated = {**counted, "last_contact": field("seen", DAY)}
    assert rule_of(filled("car_dealer", counted), "at_risk") == {
        "and": [{">=": [{"var": "n"}, 1]}, {">": [{"var": "silent"}, 365]}]
    }
    assert rule_of(filled("car_dealer", dated), "at_risk") == {
        "and": [{">=": [{"var": "n"}, 1]}, {">": [{"days_since": [{"var": "seen"}]}, 365]}]
    }


def test_a_tier_without_its_figure_is_left_out() -> None:
    fields = {"purchase_count": field("n"), "last_purchase": field("last", DAY)}
    found = filled("lifecycle_churn", fields)
    assert [(one.label.words["zh"], one.figure) for one in found.left_out] == [
        ("回流", "purchase_gap")
    ]


def test_options_by_their_names() -> None:
    rest = {"litres_per_fill": field("size"), "purchase_count_12m": field("times")}
    found = filled(
        "fuel_drivers", {**rest, "main_fuel": field("f", fuels("92#", "0#柴油", "充电"))}
    )
    assert rule_of(found, "eco") == {"in": [{"var": "f"}, ["o2"]]}
    assert '["o1"]' in json.dumps(rule_of(found, "heavy"))


def test_what_no_option_is_called_cannot_hold() -> None:
    rest = {"litres_per_fill": field("size"), "purchase_count_12m": field("times")}
    found = filled("fuel_drivers", {**rest, "main_fuel": field("f", fuels("92#", "95#"))})
    assert [(str(one.label), one.figure) for one in found.left_out] == [("Eco drivers", "")]
    assert rule_of(found, "heavy") == {">=": [{"var": "size"}, 120]}


def test_a_label_for_each_option() -> None:
    tea = fuels("Tea", "Wine")
    found = filled(
        "product_interest", {"category": field("kind", tea), "purchase_date": field("on", DAY)}
    )
    assert isinstance(found.thing, LabelSet)
    assert [str(one.label) for one in found.thing.labels] == ["Tea", "Wine"]
    text = json.dumps(rule_of(found, "o1"))
    assert '{"var": "sales"}' in text
    assert '[{"var": "kind"}, "o1"]' in text
    assert "option" not in text


def test_a_template_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="product_interest"):
        filled("product_interest", {}, sheet=1)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", template_names())
def test_templates_hold_together(name: str) -> None:
    template = read_template(name)
    figures = {one.key for one in template.figures}
    parameters = {one.key for one in template.parameters}
    assert {one.figure for one in template.parameters if one.figure} <= figures
    assert {one.above for one in template.parameters if one.above} <= parameters
    for sheet in template.sheets:
        text = json.dumps(sheet.body["document"])
        assert all(
            f'"parameter": "{one}"' in text or len(template.sheets) > 1 for one in parameters
        )
        assert set(sheet.figures) <= figures
        assert sheet.body["document"]["on_missing"] == "hold"
    labels = [template.label, template.summary, *(one.label for one in template.parameters)]
    for figure in template.figures:
        assert figure.total is None or figure.of is Of.RECORD
        if figure.total and figure.total.of:
            assert figure_named(figure.total.of).of is Of.PURCHASES
        labels += [one for one in (figure.label, figure.unit, figure.wording) if one is not None]
    assert all(set(one.words) == {"zh", "en"} for one in labels)


def test_templates_are_in_order() -> None:
    assert template_names()[:3] == ("value_tiers", "lifecycle_churn", "rfm_eight")


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(ValueError, match=r"No template 'shoes'\. Known: value_tiers"):
        read_template("shoes")
