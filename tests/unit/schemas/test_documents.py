"""Documents: their text, and what is wrong with bad ones."""

import json

import pytest

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import Aggregate, DataClass, Field, FieldType, Option, RollUp, TimeUnit
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TIER_ICONS, OnMissing, Slot
from tierloom.errors import Invalid
from tierloom.resources import folder
from tierloom.schemas import documents
from tierloom.text import Label

CUSTOMERS = """\
{
  "format": 1,
  "kind": "record_type",
  "id": 7,
  "key": "customers",
  "label": {
    "en": "Customers",
    "zh": "客户"
  },
  "icon": "users",
  "key_field": "customer_id",
  "fields": [
    {
      "id": 8,
      "key": "customer_id",
      "label": "ID",
      "type": "integer",
      "required": true,
      "unique": true
    },
    {
      "key": "spend",
      "label": "Spend",
      "type": "money",
      "scale": 2,
      "currency": "CNY",
      "calculation": {
        "kind": "roll_up",
        "aggregate": "sum",
        "relation": "orders",
        "operand": "amount",
        "only": {
          "==": [
            {
              "var": "paid"
            },
            true
          ]
        }
      }
    }
  ]
}
"""


def test_the_text_is_canonical():
    paid = RuleDocument.of({"==": [{"var": "paid"}, True]})
    table = RecordType(
        "customers",
        Label({"zh": "客户", "en": "Customers"}),
        (
            Field("customer_id", Label.of("ID"), FieldType(K.INTEGER), 8, True, True),
            Field(
                "spend", Label.of("Spend"), FieldType(K.MONEY, 2, "CNY"),
                calculation=RollUp(Aggregate.SUM, "orders", "amount", only=paid),
            ),
        ),
        id=7, key_field="customer_id", icon="users",
    )  # fmt: skip
    assert documents.dump(table) == CUSTOMERS
    assert documents.load(CUSTOMERS, "record_type") == table


def test_a_written_document_may_be_short():
    short = {
        "format": 1, "kind": "record_type", "key": "orders",
        "fields": [
            {"key": "share", "type": "percent"},
            {"key": "plan", "type": "choice", "options": [{"key": "a"}]},
        ],
    }  # fmt: skip
    share, plan = documents.load(json.dumps(short), "record_type").fields
    assert (share.label, share.type.scale, share.data_class) == (
        Label.of("share"),
        4,
        DataClass.INTERNAL,
    )
    assert plan.type.options == (Option("a", Label.of("a")),)


def problems(change, kind="record_type"):
    bodies = {
        "record_type": {
            "key": "t", "label": "T",
            "fields": [{"key": "a", "type": "text"}, {"key": "d", "type": "date"}],
        },
        "tier_model": {
            "key": "m", "record_type": "t", "default": {"key": "rest"},
            "tiers": [{"key": "gold", "icon": "gem", "slot": "gold", "rule": True}],
        },
        "form": {
            "key": "f", "record_type": "t",
            "sections": [{"label": "S", "items": [{"field": "a"}]}],
        },
    }  # fmt: skip
    document = {"format": 1, "kind": kind, **bodies[kind]}
    change(document)
    with pytest.raises(Invalid) as caught:
        documents.load(json.dumps(document))
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def with_field(**field):
    return lambda document: document["fields"].append({"key": "x", **field})


def banded(**changes):
    bands = {"kind": "bands", "source": "a", "cuts": [1, 5], "classes": ["a", "b", "c"]}
    options = [{"key": key} for key in "abc"]
    return with_field(type="choice", options=options, calculation={**bands, **changes})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda d: d.update(format=2), ("/format", "other-format")),
        (lambda d: d.pop("format"), ("/format", "other-format")),
        (lambda d: d.update(kind="ladder"), ("/kind", "other-kind")),
        (lambda d: d.pop("key"), ("", "schema")),
        (lambda d: d.update(colour="red"), ("", "schema")),
        (lambda d: d.update(label=" "), ("/label", "empty-label")),
        (lambda d: d.update(label={}), ("/label", "schema")),
        (lambda d: d.update(key="9lives"), ("/key", "bad-key")),
        (lambda d: d["fields"][0].update(key="__class__"), ("/fields/0/key", "bad-key")),
        (lambda d: d["fields"][0].update(key="id"), ("/fields/0/key", "reserved-key")),
        (lambda d: d["fields"][0].update(key="d"), ("/fields/1/key", "duplicate-key")),
        (lambda d: d["fields"][0].update(type="colour"), ("/fields/0/type", "schema")),
        (lambda d: d.update(key_field="z"), ("/key_field", "unknown-field")),
        (lambda d: d.update(date_field="a"), ("/date_field", "not-dated")),
        (with_field(type="money"), ("/fields/2", "missing-fact")),
        (with_field(type="choice"), ("/fields/2", "missing-fact")),
        (with_field(type="reference"), ("/fields/2", "missing-fact")),
        (with_field(type="text", scale=2), ("/fields/2/scale", "not-for-kind")),
        (with_field(type="integer", currency="CNY"), ("/fields/2/currency", "not-for-kind")),
        (with_field(type="datetime", minimum="2024-01-01"), ("/fields/2/minimum", "not-for-kind")),
        (with_field(type="money", currency="yuan"), ("/fields/2/currency", "schema")),
        (with_field(type="decimal", scale=7), ("/fields/2/scale", "schema")),
        (with_field(type="integer", minimum="a"), ("/fields/2/minimum", "bad-limit")),
        (with_field(type="date", minimum="2024-02-30"), ("/fields/2/minimum", "bad-limit")),
        (with_field(type="integer", minimum=2, maximum=1), ("/fields/2/minimum", "bad-limit")),
        (with_field(type="text", pattern="(?=a)"), ("/fields/2/pattern", "bad-pattern")),
        (
            with_field(type="choice", options=[{"key": "a"}, {"key": "a"}]),
            ("/fields/2/options/1/key", "duplicate-key"),
        ),
        (
            with_field(type="choice", options=[{"key": "a|b"}]),
            ("/fields/2/options/0/key", "schema"),
        ),
        (with_field(type="choice", options=[{"key": " "}]), ("/fields/2/options/0/key", "bad-key")),
        (
            with_field(type="integer", calculation={"kind": "time_since", "source": "a"}),
            ("/fields/2/calculation/source", "not-dated"),
        ),
        (
            with_field(type="integer", calculation={"kind": "time_since", "source": "z"}),
            ("/fields/2/calculation/source", "unknown-field"),
        ),
        (
            with_field(
                type="integer", calculation={"kind": "roll_up", "aggregate": "sum", "relation": "o"}
            ),
            ("/fields/2/calculation/aggregate", "bad-operand"),
        ),
        (
            with_field(
                type="integer",
                calculation={
                    "kind": "roll_up",
                    "aggregate": "gap",
                    "relation": "o",
                    "operand": "a",
                },
            ),
            ("/fields/2/calculation/aggregate", "bad-operand"),
        ),
        (
            with_field(
                type="percent",
                calculation={"kind": "roll_up", "aggregate": "share", "relation": "o"},
            ),
            ("/fields/2/calculation/aggregate", "bad-matching"),
        ),
        (
            with_field(
                type="integer",
                calculation={"kind": "time_until", "source": "d", "unit": "year", "yearly": True},
            ),
            ("/fields/2/calculation/unit", "bad-unit"),
        ),
        (banded(cuts=[5, 5]), ("/fields/2/calculation/cuts", "bad-cuts")),
        (banded(cuts=[5]), ("/fields/2/calculation/classes", "bad-classes")),
        (banded(classes=["a", "b", "z"]), ("/fields/2/calculation/classes", "bad-classes")),
        (banded(source="z"), ("/fields/2/calculation/source", "unknown-field")),
        (banded(cuts=[]), ("/fields/2/calculation/cuts", "schema")),
        (
            with_field(
                type="integer", required=True, calculation={"kind": "time_since", "source": "d"}
            ),
            ("/fields/2/required", "not-for-kind"),
        ),
    ],
)
def test_a_bad_table_is_refused_at_the_place(change, found):
    assert found in problems(change)


@pytest.mark.parametrize(
    ("kind", "change", "found"),
    [
        ("tier_model", lambda d: d["tiers"].clear(), ("/tiers", "schema")),
        ("tier_model", lambda d: d["tiers"][0].update(icon="skull"), ("/tiers/0/icon", "schema")),
        ("tier_model", lambda d: d["tiers"][0].pop("rule"), ("/tiers/0", "schema")),
        (
            "tier_model",
            lambda d: d["default"].update(key="gold"),
            ("/default/key", "duplicate-key"),
        ),
        ("tier_model", lambda d: d.pop("default"), ("", "schema")),
        (
            "form",
            lambda d: d["sections"][0]["items"].append({"field": "a"}),
            ("/sections/0/items/1/field", "duplicate-key"),
        ),
        ("form", lambda d: d["sections"][0].update(label=""), ("/sections/0/label", "schema")),
    ],
)
def test_other_bad_documents_are_refused_at_the_place(kind, change, found):
    assert found in problems(change, kind)


def test_a_document_of_another_kind_is_not_taken_for_it():
    with pytest.raises(Invalid, match="not a segment"):
        documents.load(CUSTOMERS, "segment")


def test_the_meta_schemas_know_the_same_words_as_the_domain():
    meta = {
        name: json.loads((folder("schemas") / "meta" / f"{name}.json").read_text())
        for name in documents.KINDS
    }
    tier = meta["tier_model"]["properties"]["tiers"]["items"]["properties"]
    assert tier["icon"]["enum"] == list(TIER_ICONS)
    assert tier["slot"]["enum"] == list(Slot)
    assert meta["tier_model"]["properties"]["on_missing"]["enum"] == list(OnMissing)
    defs = meta["record_type"]["$defs"]
    assert defs["field"]["properties"]["type"]["enum"] == list(K)
    assert defs["field"]["properties"]["data_class"]["enum"] == list(DataClass)
    kinds = defs["calculation"]["properties"]["kind"]["enum"]
    assert [one["then"]["$ref"] for one in defs["calculation"]["allOf"]] == [
        f"#/$defs/{one}" for one in kinds
    ]
    for name in ("time_since", "time_until"):
        assert defs[name]["properties"]["unit"]["enum"] == list(TimeUnit)
    assert defs["roll_up"]["properties"]["aggregate"]["enum"] == list(Aggregate)
