"""JSON Schemas of other makers become tables, or are refused with the place of the reason."""

import json
import os
from pathlib import Path

import pytest

from tests.unit.schemas.strategies import K
from tierloom.errors import Invalid
from tierloom.schemas.json_schema import read_json_schema, to_json_schema
from tierloom.schemas.validators import make_validator

ROOT = Path(__file__).resolve().parents[3]
FORMS = (
    Path(os.environ.get("TIERLOOM_TEST_CONFORMANCE", ROOT.parent / "shared/conformance")) / "forms"
)
REFUSED = {
    "jsonforms-categorization": {"/properties/address/type", "/properties/vegetarianOptions/type"},
    "jsonforms-dates": {"/properties/schemaBased/type", "/properties/uiSchemaBased/type"},
    "jsonforms-if_then_else": {"/if", "/then"},
    "jsonforms-person": {"/properties/personalData/type"},
    "rjsf-ifThenElse": {"/allOf"},
    "rjsf-nested": {"/properties/tasks/items"},
    "rjsf-numbers": {"/properties/integerRangeSteps/multipleOf"},
    "rjsf-schemaDependencies": {"/properties/fixedArrayOfConditionals/items"},
}
READ = {
    "jsonforms-enum": {"plainEnum": K.CHOICE, "oneOfEnum": K.CHOICE, "constEnum": K.CHOICE},
    "jsonforms-rule": {"name": K.TEXT, "dead": K.BOOLEAN, "kindOfDead": K.CHOICE},
    "rjsf-nullable": {"age": K.INTEGER, "bio": K.TEXT},
    "rjsf-ordering": {"lastName": K.TEXT, "age": K.INTEGER},
    "rjsf-simple": {"firstName": K.TEXT, "telephone": K.TEXT},
    "rjsf-validation": {"pass1": K.TEXT, "age": K.DECIMAL},
}


def schema_of(name):
    path = FORMS / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"{path} is not here: it belongs to the shared conformance material")
    return json.loads(path.read_text("utf-8"))["schema"]


def test_every_form_of_the_material_is_accounted_for():
    if not FORMS.is_dir():
        pytest.skip(f"{FORMS} is not here: it belongs to the shared conformance material")
    assert {path.stem for path in FORMS.glob("*.json")} == REFUSED.keys() | READ.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_schema_that_no_flat_table_holds_is_refused_at_its_place(name):
    with pytest.raises(Invalid) as caught:
        read_json_schema(json.dumps(schema_of(name)))
    assert {problem.pointer for problem in caught.value.problems} == REFUSED[name]


@pytest.mark.parametrize("name", sorted(READ))
def test_a_flat_schema_becomes_a_table_and_goes_round(name):
    schema = schema_of(name)
    table = read_json_schema(json.dumps(schema))
    assert [one.key for one in table.fields] == list(schema["properties"])
    kinds = {one.key: one.type.kind for one in table.fields}
    assert READ[name].items() <= kinds.items()
    assert {one.key for one in table.fields if one.required} == set(schema.get("required", []))
    assert read_json_schema(json.dumps(to_json_schema(table))) == table


def one_field(**schema):
    return read_json_schema(json.dumps({"properties": {"f": schema}})).field("f")


def refusal(**schema):
    with pytest.raises(Invalid) as caught:
        one_field(**schema)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "format": "date"}, K.DATE),
        ({"type": "string", "format": "date-time"}, K.DATETIME),
        ({"type": "string", "format": "email"}, K.EMAIL),
        ({"type": "string", "format": "colour"}, K.TEXT),
        ({"type": "string", "maxLength": 5000}, K.LONG_TEXT),
        ({"type": ["null", "boolean"]}, K.BOOLEAN),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, K.INTEGER),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True}, K.CHOICES),
        ({"const": "only"}, K.CHOICE),
        ({"enum": [1, 2, None]}, K.CHOICE),
    ],
)
def test_kinds(schema, kind):
    assert one_field(**schema).type.kind is kind


def test_numbers_and_their_limits():
    number = one_field(type="number", multipleOf=0.01, exclusiveMinimum=0, maximum=9.5).type
    assert (number.scale, number.minimum, number.maximum) == (2, 0.01, 9.5)
    whole = one_field(type="integer", exclusiveMinimum=0, minimum=-5, exclusiveMaximum=10).type
    assert (whole.minimum, whole.maximum) == (1, 9)
    assert one_field(type="number").type.scale == 4


def test_options_take_titles_and_lose_nothing_but_null_and_empty():
    listed = [{"const": "a", "title": "Alpha"}, {"const": "b", "deprecated": True}, {"const": ""}]
    options = one_field(type="string", oneOf=listed).type.options
    assert [(o.key, str(o.label), o.retired) for o in options] == [
        ("a", "Alpha", False),
        ("b", "b", True),
    ]
    assert one_field(enum=["x", "", None]).type.option_keys == ("x",)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "object"}, ("/properties/f/type", "nested-object")),
        ({"type": "array", "items": {"type": "string"}}, ("/properties/f/items", "nested-array")),
        ({"type": ["string", "integer"]}, ("/properties/f/type", "no-type")),
        ({}, ("/properties/f", "no-type")),
        ({"type": "integer", "multipleOf": 10}, ("/properties/f/multipleOf", "not-supported")),
        ({"type": "number", "multipleOf": 0.3}, ("/properties/f/multipleOf", "not-supported")),
        ({"type": "string", "not": {"const": "x"}}, ("/properties/f/not", "not-supported")),
        ({"type": "boolean", "const": True}, ("/properties/f/const", "not-supported")),
        ({"type": "string", "enum": ["a|b"]}, ("/properties/f/enum", "schema")),
        (
            {"type": "string", "format": "date", "pattern": "x"},
            ("/properties/f/pattern", "not-for-kind"),
        ),
        ({"type": "integer", "minimum": 5, "maximum": 1}, ("/properties/f/minimum", "bad-limit")),
    ],
)
def test_what_a_field_cannot_hold_is_refused_at_its_place(schema, place):
    assert place in refusal(**schema)


def test_names_become_keys_and_stay_apart():
    names = ["Do you have any pets?", "客户 姓名", "2024", "a b", "a-b", "a_b", "id", "", "a_b "]
    schema = {"title": "My form!", "properties": {name: {"type": "string"} for name in names}}
    table = read_json_schema(json.dumps(schema))
    assert table.key == "my_form"
    assert [one.key for one in table.fields] == [
        "Do_you_have_any_pets", "客户_姓名", "field_2024", "a_b", "a-b", "a_b_2", "id_2",
        "field", "a_b_3",
    ]  # fmt: skip
    assert str(table.fields[0].label) == "Do you have any pets?"


def test_a_key_of_ours_is_never_taken_by_a_name():
    ours = {"type": "string", "x-tierloom": {"type": "text"}}
    table = read_json_schema(json.dumps({"properties": {"a b": {"type": "string"}, "a_b": ours}}))
    assert [one.key for one in table.fields] == ["a_b_2", "a_b"]


def test_references_are_written_out():
    schema = {
        "definitions": {"money": {"type": "number", "minimum": 0, "title": "Money"}},
        "properties": {"spend": {"$ref": "#/definitions/money", "title": "Spend"}},
    }
    (spend,) = read_json_schema(json.dumps(schema)).fields
    assert (str(spend.label), spend.type.minimum) == ("Spend", 0)


def test_a_faulty_fact_of_ours_is_refused_at_its_property():
    schema = {"properties": {"f": {"type": "number", "x-tierloom": {"type": "money"}}}}
    with pytest.raises(Invalid) as caught:
        read_json_schema(json.dumps(schema))
    assert [problem.pointer for problem in caught.value.problems] == ["/properties/f"]


def test_our_schema_judges_records_as_json_schema_does():
    source = {
        "properties": {
            "name": {"type": "string", "maxLength": 3},
            "plan": {"enum": ["a", "b"]},
            "age": {"type": "integer", "minimum": 18},
        },
        "required": ["name"],
    }
    validator = make_validator(to_json_schema(read_json_schema(json.dumps(source))))
    assert validator.is_valid({"name": "Li", "plan": "a", "age": 18})
    for record in (
        {},
        {"name": "Lily"},
        {"name": "x", "plan": "c"},
        {"name": "x", "age": 5},
        {"name": "x", "y": 1},
    ):
        assert not validator.is_valid(record)
