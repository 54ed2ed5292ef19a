"""Tables in short, and tables guessed from a record and the rule about it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tests.fuzz import rules as fuzz
from tierloom.cli import main
from tierloom.commands.tables import guess_tables, read_tables
from tierloom.domain.fields import FieldKind
from tierloom.errors import Invalid

SHORT = {
    "workspace": {"zone": "Europe/Berlin", "as_of": "2026-11-01T00:00:00+01:00"},
    "tables": {
        "people": [
            {"key": "city", "type": "choice", "options": ["Bonn", "Köln"]},
            {"key": "born", "type": "date"},
            {"key": "address.street", "type": "text", "note": "inside a value"},
        ],
        "visits": [
            {"key": "person", "type": "reference", "to": "people", "as": "visits"},
            {"key": "paid", "type": "decimal", "scale": 2},
        ],
    },
}


def answers(*lines: Any, options: tuple[str, ...] = ()) -> list[Any]:
    text = "\n".join(map(json.dumps, lines))
    found = CliRunner().invoke(main, ["rules", "eval", *options], input=text)
    assert found.exit_code == 0, found.output
    return [json.loads(line) for line in found.stdout.splitlines()]


def test_tables_in_short() -> None:
    found = read_tables(json.dumps(SHORT))
    assert found.first == "people"
    people = found.catalogue.table("people")
    assert [one.key for one in people.fields] == ["city", "born"]
    assert people.field("city").type.option_keys == ("Bonn", "Köln")
    relation = found.catalogue.relation("people", "visits")
    assert relation is not None
    assert relation.child == "visits"
    assert found.run["zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    "text",
    ['{"tables": {}}', "[]", "7", '{"tables": {"people": 5}, "workspace": 1}', '{"tables": {"x y": []}}',
     '{"tables": {"people": [{"type": "shoe"}]}}',
     '{"tables": {"people": [{"key": "a", "type": "choice", "options": [1]}]}}'],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str) -> None:
    try:
        assert read_tables(text).catalogue.table("people").fields == ()
    except Invalid as invalid:
        if not invalid.problems:
            raise


def test_the_file_says_when_the_run_is(tmp_path: Any) -> None:
    path = tmp_path / "short.json"
    path.write_text(json.dumps(SHORT), "utf-8")
    line = {"rule": {"==": [{"today": []}, {"var": "born"}]}, "data": {"born": "2026-11-01"}}
    assert answers(line, options=("--table", str(path))) == [{"result": True}]
    later = ("--table", str(path), "--as-of", "2026-11-02")
    assert answers(line, options=later) == [{"result": False}]


@pytest.mark.parametrize(
    ("rule", "data", "result"),
    [
        ({"<": [{"var": "days"}, 90]}, {"days": None}, False),
        ({"<": [{"var": "days"}, 90]}, {}, False),
        ({"<": [{"var": "days"}, 90]}, {"days": 8}, True),
        ({"!=": [{"var": "tier"}, "gold"]}, {}, True),
        ({"==": [{"var": "plus"}, True]}, {"plus": True}, True),
        ({"<": [{"var": "last"}, "2025-03-01"]}, {"last": "2025-02-28"}, True),
        ({"<": [{"var": "last"}, "2025-03-01"]}, {}, False),
        ({"<=": [{"var": "at"}, "2025-03-01"]}, {"at": "2025-03-01T10:00:00"}, True),
        ({"in": ["tea", {"var": "tags"}]}, {"tags": ["tea", "milk"]}, True),
        ({"in": [{"var": "n"}, [1, 2]]}, {}, False),
        ({">": [{"count": [{"filter": [{"var": "orders"}, {">": [{"var": "amount"}, 5]}]}]}, 0]},
         {"orders": [{"amount": 6}, {}]}, True),
        ({"some": [{"var": "orders"}, {"==": [{"var": "kind"}, "web"]}]}, {"orders": [{"kind": "web"}]}, True),
        ({"!": [{"var": "name"}]}, {}, True),
        ({"!": [{"var": "name"}]}, {"name": "x", "not a key": 1}, False),
    ],
)  # fmt: skip
def test_without_tables_fields_are_what_they_look_like(rule: Any, data: Any, result: bool) -> None:
    assert answers({"rule": rule, "data": data}) == [{"result": result}]


def test_a_number_is_no_text_without_tables_either() -> None:
    (found,) = answers({"rule": {"<": [{"var": "spend"}, 5]}, "data": {"spend": "abc"}})
    assert [one["code"] for one in found["problems"]] == ["wrong-type"]


def test_any_rule_and_record_can_be_guessed_about() -> None:
    for seed in range(400):
        try:
            rule = json.loads(fuzz.make(seed))
        except (ValueError, RecursionError):
            continue
        for data in fuzz.DATA:
            found = guess_tables(rule, data)
            assert found.first in found.catalogue.tables
            kinds = {one.type.kind for one in found.catalogue.table(found.first).fields}
            assert kinds <= set(FieldKind)
