"""Schemas and documents from strangers do no harm."""

import json
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.schemas.strategies import json_values, things
from tierloom.errors import Invalid
from tierloom.schemas import documents
from tierloom.schemas.guards import SCHEMA_LIMITS, read_json, read_schema
from tierloom.schemas.json_schema import read_json_schema
from tierloom.schemas.validators import make_validator

KEYWORDS = (
    "type", "properties", "items", "enum", "const", "oneOf", "anyOf", "allOf", "$ref", "$defs",
    "definitions", "if", "not", "required", "pattern", "patternProperties", "format", "minimum",
    "exclusiveMinimum", "multipleOf", "maxLength", "minLength", "title", "x-tierloom",
    "additionalProperties", "uniqueItems", "$id", "$dynamicRef", "deprecated", "key", "label",
    "options",
)  # fmt: skip
WORDS = (
    "object", "string", "number", "integer", "array", "null", "boolean", "date",
    "#/properties/a", "#/$defs/a", "#", "#/", "http://127.0.0.1:9/s", "file:///etc/hostname",
    "^(a+)+$", "(?=a)", "\\p{Han}", "(", "a", "b", "", "money", "choice",
)  # fmt: skip
leaves = (
    st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers(-3, 1001) | st.floats(-9, 9)
)
schema_like = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS) | st.sampled_from(["a", "b"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
flat_schemas = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.text(max_size=5), schema_like, min_size=1, max_size=3)},
    optional={"$defs": schema_like, "x-tierloom": schema_like, "title": st.text(max_size=5)},
)


@pytest.fixture
def watched():
    """The files and connections opened while a test runs."""
    read_json_schema('{"properties":{"a":{"type":"string"}}}')  # whatever is loaded once, is loaded
    seen = []
    on = [True]

    def hook(event, args):
        if on[0] and (event.startswith("socket.") or event in ("open", "subprocess.Popen")):
            seen.append((event, args))

    sys.addaudithook(hook)
    yield seen
    on[0] = False


def outcome(text, read=read_json_schema):
    """The codes of the problems, none where the text was read."""
    try:
        read(text)
    except Invalid as invalid:
        found = invalid.problems
    else:
        return set()
    assert found
    assert all(str(problem.message) for problem in found)
    return {problem.code for problem in found}


@given(flat_schemas | schema_like)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_schema_is_read_or_refused_with_reasons(schema):
    outcome(json.dumps(schema))


@given(st.text(max_size=60) | st.text('{}[]",:\\ ae1-.', max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text):
    outcome(text)
    for kind in documents.KINDS:
        with pytest.raises(Invalid):
            documents.load(text, kind)


@given(things, st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_spoilt_document_is_read_or_refused(thing, data):
    document = documents.to_document(thing)
    place, key = document, data.draw(st.sampled_from(list(document)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(
            st.sampled_from(list(place) if isinstance(place, dict) else range(len(place)))
        )
    place[key] = data.draw(json_values | leaves)
    outcome(json.dumps(document), documents.load)


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ('{"properties":{"a":{"$ref":"http://127.0.0.1:1/x"}}}', "outside-reference"),
        ('{"properties":{"a":{"$ref":"file:///etc/passwd"}}}', "outside-reference"),
        ('{"properties":{"a":{"$ref":"other.json#/a"}}}', "outside-reference"),
        ('{"properties":{"a":{"$ref":"#"}}}', "outside-reference"),
        ('{"properties":{"a":{"$ref":"#/$defs/b"}}}', "unknown-reference"),
        ('{"foo":{"properties":5},"properties":{"a":{"$ref":"#/foo"}}}', "unknown-reference"),
        ('{"properties":{"a":{"$ref":"#/properties/a"}}}', "circular-reference"),
        ('{"properties":{"a":{"not":{"$ref":"#/properties/a"}}}}', "circular-reference"),
        ('{"properties":{"a":{"$dynamicRef":"#x"}}}', "not-supported"),
        ('{"properties":{"a":{"$id":"http://x/","type":"string"}}}', "not-supported"),
        ('{"properties":{"a":{"type":"string","pattern":"(?=a)"}}}', "bad-pattern"),
        ('{"properties":{"a":{"type":"string","pattern":"((a{999}){999}){999}"}}}', "bad-pattern"),
        (
            '{"properties":{"a":{"type":"object","patternProperties":{"^(a+)+$":true}}}}',
            "not-supported",
        ),
        ('{"properties":{"a":{"type":"strin"}}}', "schema"),
        ('{"properties":{"a":{"maximum":"x"}}}', "schema"),
        ("[" * 100_000, "too-deep"),
        ('{"a":' * 17 + "1" + "}" * 17, "too-deep"),
        ('"' * 250_000, "not-json"),
        ('"\\' * 100_000, "not-json"),
        (" " * 300_000 + "{}", "too-large"),
        ('"' + "汉" * 100_000 + '"', "too-large"),
        ('{"a":NaN}', "not-finite"),
        ('{"a":-Infinity}', "not-finite"),
        ('{"a":1e999}', "not-finite"),
        ('{"a":' + "1" * 5_000 + "}", "not-finite"),
        ('{"a":1,"a":2}', "duplicate-key"),
        ('{"a":"\\u0000"}', "bad-character"),
        ('{"a\\ud800":1}', "bad-character"),
        ("[" + "1," * 9_000 + "1]", "too-many-nodes"),
        ('{"properties":{"' + "k" * 2_000 + '":{"type":"string"}}}', "long-key"),
        ("true", "not-an-object"),
        ("", "not-json"),
    ],
)
def test_what_is_refused(schema, code, watched):
    started = time.process_time()
    assert code in outcome(schema)
    assert time.process_time() - started < 1
    assert watched == []


def test_references_that_grow_are_refused_before_they_are_followed():
    defs = {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 10} for i in range(9)}
    bomb = {
        "properties": {"a": {"$ref": "#/$defs/d0"}},
        "$defs": {**defs, "d9": {"type": "string"}},
    }
    assert "too-many-nodes" in outcome(json.dumps(bomb))


@pytest.mark.parametrize("order", [1, -1])
def test_long_chains_of_references_are_refused(order):
    defs = [(f"d{i}", {"$ref": f"#/$defs/d{i + 1}"}) for i in range(1_500)] + [
        ("d1500", {"type": "string"})
    ]
    chain = {"$defs": dict(defs[::order]), "properties": {"a": {"$ref": "#/$defs/d0"}}}
    assert "too-deep" in outcome(json.dumps(chain))


def test_the_largest_schemas_are_read_in_time():
    one = {"type": "string", "title": "x", "description": "d", "pattern": "^(a+)+$", "maxLength": 9}
    started = time.process_time()
    table = read_json_schema(json.dumps({"properties": {f"f{i}": one for i in range(500)}}))
    assert len(table.fields) == 500
    assert time.process_time() - started < 2


def test_a_validator_cannot_be_hung():
    started = time.process_time()
    assert list(make_validator({"pattern": "^(a+)+$"}).iter_errors("a" * 5_000 + "!"))
    objects = [{"a": i} for i in range(5_000)]
    assert not list(make_validator({"uniqueItems": True}).iter_errors(objects))
    assert list(make_validator({"uniqueItems": True}).iter_errors([*objects, {"a": 0}]))
    assert time.process_time() - started < 1


def test_patterns_of_scripts_are_known():
    schema = read_schema('{"type":"string","pattern":"^\\\\p{Han}+$"}')
    assert not list(make_validator(schema).iter_errors("客户"))
    assert list(make_validator(schema).iter_errors("customer"))


def test_what_is_within_the_limits_is_read():
    assert read_json('{"a":[1,2.5,"x",null,true]}', SCHEMA_LIMITS) == {
        "a": [1, 2.5, "x", None, True]
    }
    assert read_json("[" * 16 + "]" * 16, SCHEMA_LIMITS)
    assert read_json('{"a":"[[[[[[[[[[[[[[[[[[[[[[[[ \\" {{{"}', SCHEMA_LIMITS)
