"""Values survive every way there and back."""

import json
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.schemas.strategies import ZONES, K, field_types, record_types, things, values
from tierloom.domain.fields import Link
from tierloom.schemas import documents
from tierloom.schemas.display import edit_text
from tierloom.schemas.field_types import from_cell, is_text_storage, to_cell
from tierloom.schemas.json_schema import read_json_schema, to_json_schema
from tierloom.schemas.parsing import parse_text

UNLINKED = tuple(kind for kind in K if kind is not K.REFERENCE)


@given(st.data(), field_types(UNLINKED), st.sampled_from(ZONES))
@settings(max_examples=120, deadline=None)
def test_an_input_gives_back_the_value_that_it_shows(data, field_type, zone):
    value = data.draw(values(field_type))
    shown = edit_text(field_type, value, ZoneInfo(zone))
    assert parse_text(field_type, shown, ZoneInfo(zone)) == value


@given(st.data(), field_types(UNLINKED))
@settings(max_examples=120, deadline=None)
def test_a_cell_holds_the_whole_value(data, field_type):
    value = data.draw(values(field_type))
    cell = to_cell(field_type, value)
    assert isinstance(cell, str if is_text_storage(field_type) else int)
    back = from_cell(field_type, cell)
    assert back == value
    assert type(back) is type(value)


@given(field_types())
@settings(deadline=None)
def test_nothing_is_unknown_both_ways(field_type):
    zone = ZoneInfo("UTC")
    assert parse_text(field_type, " \u3000\t", zone) is None
    assert edit_text(field_type, None, zone) == ""
    assert to_cell(field_type, None) is None
    assert from_cell(field_type, None) is None


def test_a_reference_is_a_link_without_an_id_yet():
    from tierloom.domain.fields import FieldType

    to_customers = FieldType(K.REFERENCE, target="customers")
    link = parse_text(to_customers, " 17850.0 ", ZoneInfo("UTC"))
    assert link == Link(None, "17850.0")
    assert edit_text(to_customers, link, ZoneInfo("UTC")) == "17850.0"


@given(things)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_document_gives_back_the_thing(thing):
    text = documents.dump(thing)
    assert documents.load(text) == thing
    assert documents.load(text, documents.kind_of(thing)) == thing
    assert documents.dump(documents.load(text)) == text


@given(things)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_dump_without_ids_names_no_number_of_the_database(thing):
    document = json.loads(documents.dump(thing, ids=False))
    assert "id" not in document
    assert all("id" not in one for one in document.get("fields", []))


@given(record_types())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_json_schema_gives_back_the_table(table):
    without_ids = documents.load(documents.dump(table, ids=False))
    assert read_json_schema(json.dumps(to_json_schema(table))) == without_ids
