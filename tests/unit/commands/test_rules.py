"""`tierloom rules …`: lines in, lines out, without a database."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tierloom.cli import main

LABEL = {"zh": "客户", "en": "Customers"}
CUSTOMERS = {
    "format": 1,
    "kind": "record_type",
    "key": "customers",
    "label": LABEL,
    "fields": [
        {"key": "no", "label": {"zh": "编号", "en": "Number"}, "type": "text"},
        {"key": "spend", "label": {"zh": "消费", "en": "Spend"}, "type": "decimal", "scale": 2},
        {"key": "last", "label": {"zh": "最近下单", "en": "Last order"}, "type": "date"},
        {"key": "joined", "label": {"zh": "注册", "en": "Joined"}, "type": "datetime"},
        {
            "key": "city",
            "label": {"zh": "城市", "en": "City"},
            "type": "choice",
            "options": [
                {"key": "sh", "label": {"zh": "上海", "en": "Shanghai"}},
                {"key": "bj", "label": {"zh": "北京", "en": "Beijing"}},
            ],
        },
        {
            "key": "total",
            "label": {"zh": "合计", "en": "Total"},
            "type": "decimal", "scale": 2,
            "calculation": {"kind": "roll_up", "aggregate": "sum", "relation": "orders", "operand": "amount"},
        },
    ],
    "key_field": "no",
}  # fmt: skip
ORDERS = {
    "format": 1,
    "kind": "record_type",
    "key": "orders",
    "label": {"zh": "订单", "en": "Orders"},
    "fields": [
        {"key": "customer", "label": LABEL, "type": "reference", "target": "customers"},
        {"key": "day", "label": {"zh": "日期", "en": "Day"}, "type": "date"},
        {"key": "amount", "label": {"zh": "金额", "en": "Amount"}, "type": "decimal", "scale": 2},
    ],
    "date_field": "day",
}  # fmt: skip
BIG = {
    "format": 1,
    "kind": "segment",
    "key": "big",
    "label": {"zh": "大客户", "en": "Big"},
    "record_type": "customers",
    "rule": {">=": [{"var": "spend"}, 500]},
}


def run(*words: str, lines: str | bytes = "", code: int = 0) -> Result:
    found = CliRunner().invoke(main, ["rules", *words], input=lines)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found


def lines(*objects: Any) -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)


def told(found: Result) -> list[Any]:
    return [json.loads(line) for line in found.stdout.splitlines()]


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(one["code"], one["pointer"]) for one in answer["problems"]]


@pytest.fixture
def tables(tmp_path: Path) -> str:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps([CUSTOMERS, ORDERS, BIG]), "utf-8")
    return str(path)


def test_js_mode_takes_any_data() -> None:
    found = run(
        "eval",
        "--mode",
        "js",
        lines=lines(
            {"rule": {"+": ["1", {"var": "a.1"}]}, "data": {"a": [1, 2]}},
            {"rule": "apple"},
            {"rule": {"cat": ["王芳", "😀"]}},
            {"rule": {"substr": ["😀", 0, 1]}},
            {"rule": {"/": [1, 0]}},
        ),
    )
    assert [one["result"] for one in told(found)] == [3, "apple", "王芳😀", "\ud83d", None]


def test_a_bad_line_does_not_stop_the_others() -> None:
    deep = '{"rule":' + '{"!":[' * 10_000 + "1" + "]}" * 10_000 + "}"
    given = [
        '{"rule": {"!": [false]}}',
        "nonsense",
        deep,
        "[1]",
        "{}",
        '{"rule": 1, "rule": 2}',
        '{"rule": {"+": [NaN]}}',
        '{"rule": {"method": [1, "real"]}}',
        '{"rule": {"!": [1], "!!": [1]}}',
        '{"rule": true, "data": {"a": 1, "a": 2}}',
        "",
        '{"rule": {"!!": [1]}}',
    ]
    for mode in ("js", "strict"):
        found = told(run("eval", "--mode", mode, lines="\n".join(given)))
        assert len(found) == len(given) - 1
        assert [codes(one)[0] for one in found[1:9]] == [
            ("not-json", ""),
            ("too-deep", ""),
            ("not-an-object", ""),
            ("no-rule", ""),
            ("duplicate-key", ""),
            ("bad-number", "/rule/+/0"),
            ("unknown-operator", "/rule"),
            ("not-an-operator", "/rule"),
        ]
        assert codes(found[9]) == [("duplicate-key", "/data")]
    assert told(run("eval", lines=b'{"rule": "\xff"}\n'))[0]["problems"][0]["code"] == "not-utf-8"


@pytest.mark.parametrize(
    ("rule", "data", "result"),
    [
        ({">=": [{"var": "spend"}, 10.5]}, {"spend": 10.5}, True),
        ({"<": [{"var": "spend"}, 10]}, {}, False),
        ({"!=": [{"var": "city"}, "sh"]}, {"unheard": 1}, True),
        ({"<": [{"days_since": [{"var": "last"}]}, 2]}, {"last": "2026-11-20"}, True),
        ({"<": [{"days_since": [{"var": "last"}]}, 2]}, {"last": "2026-11-19"}, False),
        ({"==": [{"date_of": [{"now": []}]}, "2026-11-21"]}, None, True),
        ({"==": [{"var": "joined"}, "2026-11-21"]}, {"joined": "2026-11-20T16:00:00Z"}, True),
        ({">": [{"var": "total"}, 5]}, {"orders": [{"amount": 2.5}, {"amount": 3}]}, True),
        (
            {"==": [{"last": [{"var": "orders"}, {"var": "amount"}]}, 1]},
            {"orders": [{"day": "2026-02-01", "amount": 1}, {"day": "2026-01-01", "amount": 2}, {"amount": 3}]},
            True,
        ),
        ({"segment": ["big"]}, {"spend": 500}, True),
        (False, {}, False),
    ],
)  # fmt: skip
def test_strict_mode(tables: str, rule: Any, data: Any, result: bool) -> None:
    line = lines({"rule": rule, "data": data})
    found = run("eval", "--table", tables, "--as-of", "2026-11-21", lines=line)
    assert told(found) == [{"result": result}]


def test_a_mark_of_the_byte_order_is_no_fault(tmp_path: Path) -> None:
    """Programs for Windows begin files with it."""
    path = tmp_path / "marked.json"
    path.write_text(json.dumps([CUSTOMERS]), "utf-8-sig")
    line = "\ufeff" + lines({"rule": {"==": [{"var": "spend"}, 1]}, "data": {"spend": 1}}) + "\r\n"
    assert told(run("eval", "--table", str(path), lines=line)) == [{"result": True}]


def test_a_text_is_no_rule(tables: str) -> None:
    given = lines({"rule": '{"==": [1, 1]}'}, {"rule": "true"})
    for one in told(run("eval", "--table", tables, lines=given)):
        assert codes(one) == [("not-a-question", "/rule")]


def test_what_is_no_value_is_shown_as_it_was_given(tables: str) -> None:
    found = told(
        run("eval", "--table", tables, lines=lines({"rule": True, "data": {"spend": [True]}}))
    )
    assert "“[true]”" in found[0]["problems"][0]["message"]


def test_what_is_uncertain_is_null_under_hold(tables: str) -> None:
    given = lines(
        {"rule": {"<": [{"var": "spend"}, 10]}, "data": {}},
        {"rule": {"==": [{"var": "spend"}, None]}, "data": {}},
    )
    found = run("eval", "--table", tables, "--on-missing", "hold", lines=given)
    assert told(found) == [{"result": None}, {"result": True}]


@pytest.mark.parametrize(
    ("data", "place", "code"),
    [
        ({"spend": "ten"}, "/data/spend", "wrong-type"),
        ({"spend": 1.005}, "/data/spend", "wrong-type"),
        ({"spend": True}, "/data/spend", "wrong-type"),
        ({"city": "paris"}, "/data/city", "wrong-type"),
        ({"last": "21/11/2026"}, "/data/last", "wrong-type"),
        ({"total": 5}, "/data/total", "calculated"),
        ({"orders": [{"amount": "x"}]}, "/data/orders/0/amount", "wrong-type"),
        ({"orders": 5}, "/data/orders", "wrong-type"),
        (5, "/data", "wrong-type"),
    ],
)
def test_records_have_places_too(tables: str, data: Any, place: str, code: str) -> None:
    found = run("eval", "--table", tables, lines=lines({"rule": True, "data": data}))
    assert codes(told(found)[0]) == [(code, place)]


def test_rules_about_another_table(tables: str) -> None:
    given = lines(
        {"rule": {"==": [{"var": "customer.city"}, "sh"]}, "data": {"customer": {"city": "sh"}}},
        {"rule": {"==": [{"var": "customer"}, "K1"]}, "data": {"customer": "K1"}},
    )
    found = run("eval", "--table", tables, "--of", "orders", lines=given)
    assert told(found) == [{"result": True}, {"result": True}]


def test_validate_tells_errors_and_warnings(tables: str) -> None:
    given = lines(
        {"rule": {">": [{"var": "spend"}, "10"]}}, {"rule": {">": [{"var": "colour"}, 1]}}
    )
    fine, wrong = told(run("validate", "--table", tables, lines=given, code=1))
    assert (fine["valid"], fine["problems"][0]["severity"]) == (True, "warning")
    assert (wrong["valid"], codes(wrong)) == (False, [("unknown-field", "/rule/>/0/var")])
    run("validate", "--table", tables, lines=lines({"rule": True}))


def test_sentences_in_both_languages(tables: str) -> None:
    given = lines({"rule": {"==": [{"var": "city"}, "sh"]}})
    assert told(run("sentence", "--table", tables, lines=given)) == [
        {"sentence": "city is Shanghai"}
    ]
    found = told(run("sentence", "--table", tables, "--lang", "zh", lines=given))
    assert "上海" in found[0]["sentence"]


def test_explain_tells_what_each_condition_found(tables: str) -> None:
    rule = {"and": [{"==": [{"var": "city"}, "sh"]}, {">": [{"var": "spend"}, 10]}]}
    given = lines({"rule": rule, "data": {"city": "sh", "spend": 9}}, {"rule": {"var": "spend"}})
    proved, wrong = told(run("explain", "--table", tables, lines=given))
    assert proved["proof"]["answer"] is False
    assert proved["proof"]["all_of"] is True
    assert [(one["answer"], one["actual"]) for one in proved["proof"]["parts"]] == [
        (True, {"city": "sh"}),
        (False, {"spend": 9}),
    ]
    assert proved["proof"]["parts"][0]["words"] == "city is Shanghai"
    assert codes(wrong) == [("not-a-question", "/rule")]
    held = told(
        run("explain", "--table", tables, "--on-missing", "hold", lines=lines({"rule": rule}))
    )
    assert held[0]["proof"]["answer"] is None


def test_convert_goes_there_and_back(tables: str) -> None:
    ours = {"==": [{"var": "last"}, "2026-11-21"]}
    theirs = {"and": [{"date==": [{"var": "last"}, "2026-11-21T00:00:00.000Z"]}]}
    args = ("convert", "--table", tables, "--to")
    assert told(run(*args, "raqb", lines=lines({"rule": ours}))) == [{"rule": theirs}]
    assert told(run(*args, "strict", lines=lines({"rule": theirs}))) == [{"rule": ours}]
    found = told(run(*args, "rqb", lines=lines({"rule": {"segment": ["big"]}})))
    assert codes(found[0]) == [("not-in-dialect", "/rule")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("eval", "--table", "{here}", "--of", "shoes"), "No table 'shoes'. Known: customers, orders"),
        (("eval", "--as-of", "yesterday"), "'yesterday' is no day"),
        (("eval", "--as-of", ""), "'' is no day"),
        (("eval", "--as-of", "2026-W01-1"), "'2026-W01-1' is no day"),
        (("eval", "--as-of", "0001-01-01T00:00:00"), "is no day"),
        (("eval", "--as-of", "9999-12-31T23:59:59-12:00"), "is no day"),
        (("eval", "--zone", "Mars/Base"), "no time zone"),
        (("eval", "--of", "shoes"), "no tables to choose from"),
        (("test", "shoes"), "No pack 'shoes'"),
        (("convert",), "--to"),
    ],
)  # fmt: skip
def test_wrong_options_end_with_2(tables: str, words: tuple[str, ...], said: str) -> None:
    found = run(*(one.format(here=tables) for one in words), code=2)
    assert said in found.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not JSON"), (json.dumps([BIG]), "There is no table"), ('{"kind": "shoe"}', "shoe")],
)
def test_a_bad_file_of_tables_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.json").write_text(text, "utf-8")
    assert said in run("eval", "--table", str(tmp_path / "bad.json"), code=2).stderr


def test_a_pack_passes_its_own_tests() -> None:
    assert "0 failed" in run("test", "shop").stdout


# ── check ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def tier(key: str, rule: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label": {"zh": key, "en": key},
        "icon": "star",
        "slot": "gold",
        "rule": rule,
    }


def tiers(*found: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "tier_model",
        "key": "value",
        "label": {"zh": "价值", "en": "Value"},
        "record_type": "customers",
        "tiers": list(found),
        "default": {"key": "rest", "label": {"zh": "其他", "en": "Rest"}},
    }


def at_least(number: float) -> Any:
    return {">=": [{"var": "spend"}, number]}


def test_check_finds_faults_with_an_example_of_each(tables: str) -> None:
    days = {"days_since": [{"var": "last"}]}
    model = tiers(
        tier("first", {"and": [at_least(100), {"<": [days, 30]}]}),
        tier("second", {"and": [at_least(200), {"<": [days, 30]}]}),
        tier("third", {"and": [at_least(100), {">": [days, 30]}]}),
    )
    found = run(
        "check", "--table", tables, "--as-of", "2026-11-21", lines=json.dumps(model), code=1
    )
    covered, hole = told(found)
    assert covered == {
        "of": "value",
        "code": "never-reached",
        "severity": "error",
        "tier": "second",
        "node": None,
        "message": "Nobody can be in “second”: “first” takes everyone whom its rule takes.",
        "example": covered["example"],
    }
    assert covered["example"]["spend"] >= 200
    assert covered["example"]["last"] > "2026-10-22"
    assert (hole["code"], hole["severity"]) == ("boundary-hole", "warning")
    assert hole["example"]["last"] == "2026-10-22"


def test_check_reads_a_whole_dump_and_warnings_pass(tables: str) -> None:
    twice = {
        **BIG,
        "rule": {"and": [{">=": [{"var": "spend"}, 100]}, {">=": [{"var": "spend"}, 500]}]},
    }
    using = {**BIG, "key": "same", "rule": {"segment": ["big"]}}
    found = run("check", "--lang", "zh", lines=json.dumps([CUSTOMERS, ORDERS, twice, using]))
    (told_of,) = told(found)
    assert (told_of["of"], told_of["code"], told_of["tier"]) == ("big", "redundant", "big")
    assert told_of["node"]
    assert told_of["message"].startswith("“大客户”")
    assert run("check", "--table", tables, lines=json.dumps([using])).stdout == ""


def test_check_finds_what_nobody_can_reach_in_scores(tables: str) -> None:
    label = {"zh": "分", "en": "Points"}
    bands = {"label": label, "field": "spend", "cuts": [1.001, 1.002], "points": [0, 5, 9]}
    rule = {"label": label, "rule": {"and": [at_least(500), at_least(900)]}, "points": 5}
    score: dict[str, Any] = {
        "format": 1, "kind": "score", "key": "worth", "label": label, "record_type": "customers",
        "groups": [{"label": label, "criteria": [bands, rule]}],
    }  # fmt: skip
    needless, unreached = told(run("check", "--table", tables, lines=json.dumps(score)))
    assert (needless["of"], needless["tier"], needless["code"]) == ("worth", "0-1", "redundant")
    assert needless["example"]["spend"] >= 900
    assert (unreached["tier"], unreached["code"]) == ("0-0", "unreachable-band")
    assert "spend" in unreached["example"]
    above = tiers(tier("first", {">": [{"score": ["worth"]}, 14]}))
    (never,) = told(
        run("check", "--table", tables, lines=json.dumps([CUSTOMERS, ORDERS, score, above]), code=1)
    )[2:]
    assert (
        never["message"]
        == "Nobody can be in “first”: “Points” is never less than 0 or more than 14."
    )
    bands["field"] = "nothing"
    (wrong,) = told(run("check", "--table", tables, lines=json.dumps(score), code=1))
    assert wrong["problems"][0]["pointer"] == "/groups/0/criteria/0/field"


def test_the_result_of_another_model_is_given_with_the_record(tmp_path: Path) -> None:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps([CUSTOMERS, tiers(tier("first", at_least(100)))]), "utf-8")
    rule = {"==": [{"tier": ["value"]}, "first"]}
    given = lines(
        {"rule": rule, "data": {"tier:value": "first"}},
        {"rule": rule, "data": {"tier:value": "rest", "spend": 500}},
        {"rule": rule, "data": {"spend": 500}},
    )
    found = run("eval", "--table", str(path), "--on-missing", "hold", lines=given)
    assert [one["result"] for one in told(found)] == [True, False, None]


def test_check_says_what_cannot_be_checked(tables: str) -> None:
    wrong = tiers(tier("first", at_least(1)), tier("second", {">=": [{"var": "spent"}, 1]}))
    (found,) = told(run("check", "--table", tables, lines=json.dumps(wrong), code=1))
    assert found["of"] == "value"
    assert codes(found) == [("unknown-field", "/tiers/1/rule/>=/0/var")]
    strange = {**BIG, "record_type": "shoes"}
    assert (
        "There is no table “shoes”."
        in run("check", "--table", tables, lines=json.dumps(strange), code=2).output
    )
    assert "There is no table." in run("check", lines=json.dumps(BIG), code=2).output
    assert "UTF-8" in run("check", lines=b"\xff", code=2).output
