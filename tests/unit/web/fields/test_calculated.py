"""Calculated fields in the designer of fields: what the form sends, what the page shows."""

import json
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from tests.shop import text_of
from tests.unit.rules.world import CATALOGUE, CUSTOMERS
from tierloom.domain.fields import (
    Aggregate,
    Bands,
    Calculation,
    Field,
    FieldKind,
    FieldType,
    Formula,
    RollUp,
    TimeUntil,
)
from tierloom.domain.rules import Json
from tierloom.errors import Invalid
from tierloom.text import Label
from tierloom.web.fields.calculated import (
    band_lines,
    new_calculated,
    read_calculation,
    term_rows,
)
from tierloom.web.fields.typed import Typed

HERE = "/data/orders/fields"


def started(kind: str) -> Field:
    made = new_calculated(kind, CUSTOMERS)
    assert made is not None
    return Field("made", Label.of("Made"), made[1], calculation=made[0])


def sent(field: Field, **texts: str) -> Field:
    calculation, kind = read_calculation(field, Typed(texts), CATALOGUE, CUSTOMERS)
    return Field("made", Label.of("Made"), kind, calculation=calculation)


def rule_of(calculation: Calculation | None) -> Json:
    assert isinstance(calculation, Formula)
    found: Json = json.loads(calculation.rule.json)
    return found


def terms(*rows: tuple[str, str, str]) -> dict[str, str]:
    names = ("sign", "term", "number")
    return {
        f"{name}_{n}": text
        for n, row in enumerate(rows)
        for name, text in zip(names, row, strict=True)
    }


@pytest.mark.parametrize(
    ("rows", "texts", "rule", "kind"),
    [
        (
            [("+", "spend", ""), ("/", "visits", "")], {"decimals": "2"},
            {"/": [{"var": "spend"}, {"var": "visits"}]}, (FieldKind.MONEY, 2, "CNY"),
        ),
        (
            [("+", "spend", ""), ("/", "debt", ""), ("+", "", "")], {"decimals": "4", "percent": "1"},
            {"/": [{"var": "spend"}, {"var": "debt"}]}, (FieldKind.PERCENT, 4, None),
        ),
        (
            [("+", "visits", ""), ("*", "", "1,000"), ("-", "age", "")], {"decimals": "0"},
            {"-": [{"*": [{"var": "visits"}, 1000]}, {"var": "age"}]}, (FieldKind.INTEGER, 0, None),
        ),
    ],
)  # fmt: skip
def test_a_formula_is_rows_of_terms(
    rows: list[tuple[str, str, str]], texts: dict[str, str], rule: Json, kind: tuple[object, ...]
) -> None:
    made = sent(started("formula"), **terms(*rows), **texts)
    assert rule_of(made.calculation) == rule
    assert (made.type.kind, made.type.scale, made.type.currency) == kind
    shown = term_rows(made)
    assert shown is not None
    assert len(shown) == sum(bool(field or number) for _, field, number in rows) + 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("+", "spend", ""), ("+", "visits", "")], "Money is added to money"),
        ([("+", "spend", ""), ("*", "", "many")], "is not a number"),
        ([("+", "made", "")], "goes round in a circle"),
    ],
)
def test_a_formula_that_does_not_do_is_told_beside_it(
    rows: list[tuple[str, str, str]], message: str
) -> None:
    field = started("formula")
    table = replace(CUSTOMERS, fields=(*CUSTOMERS.fields, field))
    with pytest.raises(Invalid) as caught:
        read_calculation(field, Typed(terms(*rows)), CATALOGUE, table)
    assert caught.value.problems[0].pointer == "/terms"
    assert message in str(caught.value.problems[0].message)


def test_bands_are_lines_and_classes_keep_their_keys() -> None:
    first = sent(started("bands"), source="visits", bands="低\n3 → 中 / Middle\n1,000 → High")
    assert isinstance(first.calculation, Bands)
    assert first.calculation.cuts == (3.0, 1000.0)
    assert first.type.ranked
    assert band_lines(first) == "低\n3 → 中 / Middle\n1000 → High"
    second = sent(first, bands="Nobody\n3 -> 中 / Middle\n500: High")
    assert isinstance(second.calculation, Bands)
    assert second.calculation.classes == first.calculation.classes
    fewer = sent(second, bands="Nobody\n500 → High")
    assert isinstance(fewer.calculation, Bands)
    assert len(fewer.calculation.classes) == 2
    assert [one.retired for one in fewer.type.options].count(True) >= 1


@pytest.mark.parametrize("lines", ["Low", "Low\nmany → High", "Low\n5 → A\n5 → B", "Low\n5 →"])
def test_bad_bands_are_told_beside_them(lines: str) -> None:
    with pytest.raises(Invalid) as caught:
        sent(started("bands"), source="visits", bands=lines)
    assert caught.value.problems[0].pointer == "/bands"


COUNT = Field(
    "made", Label.of("Made"), FieldType(FieldKind.INTEGER),
    calculation=RollUp(Aggregate.COUNT, "orders"),
)  # fmt: skip
NOTHING = '{"id": "n1", "all": true, "negated": false, "children": []}'


def asked(first: int, *conditions: tuple[str, str, str]) -> tuple[str, dict[str, str]]:
    """A tree of conditions as the form carries it, and the controls that fill them in."""
    children = ", ".join(
        f'{{"id": "n{first + n}", "field": "{field}", "operator": "{operator}", "values": []}}'
        for n, (field, operator, _) in enumerate(conditions, 1)
    )
    tree = f'{{"id": "n{first}", "all": true, "negated": false, "children": [{children}]}}'
    return tree, {f"n{first + n}.v": value for n, (*_, value) in enumerate(conditions, 1)}


def test_a_share_counts_the_records_that_match() -> None:
    tree, controls = asked(1001, ("kind", "is", "web"), ("amount", "at_least", "100"))
    texts = {"only.tree": NOTHING, "matching.tree": tree, **controls}
    made = sent(COUNT, aggregate="share", **texts)
    assert isinstance(made.calculation, RollUp)
    assert made.calculation.matching is not None
    assert made.calculation.only is None
    assert json.loads(made.calculation.matching.json) == {
        "and": [{"==": [{"var": "kind"}, "web"]}, {">=": [{"var": "amount"}, 100]}]
    }
    assert made.type == FieldType(FieldKind.PERCENT, scale=4)
    with pytest.raises(Invalid) as caught:
        sent(COUNT, aggregate="share")
    assert caught.value.problems[0].pointer == "/matching"


def test_a_roll_up_reads_only_some_records() -> None:
    tree, controls = asked(1, ("kind", "is", "web"))
    any_of = tree.replace('"all": true', '"all": false', 1)
    made = sent(COUNT, **{"only.tree": any_of, "matching.tree": NOTHING}, **controls)
    assert isinstance(made.calculation, RollUp)
    assert made.calculation.only is not None
    assert json.loads(made.calculation.only.json) == {"or": [{"==": [{"var": "kind"}, "web"]}]}
    kept = sent(made)
    assert kept.calculation == made.calculation
    gone = sent(made, **{"only.tree": NOTHING, "matching.tree": NOTHING})
    assert gone.calculation == COUNT.calculation


@pytest.mark.parametrize("tree", ["{}", "x", '{"id": "n1"}', "[" * 5000])
def test_a_tree_that_was_tampered_with_is_refused(tree: str) -> None:
    with pytest.raises(Invalid) as caught:
        sent(COUNT, **{"only.tree": tree})
    assert caught.value.problems[0].pointer == "/only"


def test_an_unfinished_condition_is_told_beside_it() -> None:
    tree, _ = asked(1, ("kind", "is", ""))
    with pytest.raises(Invalid) as caught:
        sent(COUNT, **{"only.tree": tree, "matching.tree": NOTHING})
    assert caught.value.problems[0].pointer == "/only"


def test_a_value_at_a_cut_may_stay_below() -> None:
    lines = "Low\n3 → High"
    below = sent(started("bands"), source="visits", bands=lines, right_closed="1").calculation
    above = sent(started("bands"), source="visits", bands=lines).calculation
    assert isinstance(below, Bands)
    assert isinstance(above, Bands)
    assert (below.right_closed, above.right_closed) == (True, False)


def test_other_roll_ups_have_the_type_of_what_they_give() -> None:
    field = Field(
        "made", Label.of("Made"), FieldType(FieldKind.INTEGER),
        calculation=RollUp(Aggregate.COUNT, "orders"),
    )  # fmt: skip
    assert sent(field, aggregate="most_frequent", operand="kind").type.kind is FieldKind.CHOICE
    assert sent(field, aggregate="distinct", operand="kind").type.kind is FieldKind.INTEGER
    gap = sent(field, aggregate="gap")
    assert isinstance(gap.calculation, RollUp)
    assert gap.calculation.operand is None


def test_time_until_is_to_the_anniversary_or_to_the_day() -> None:
    assert sent(started("time_until"), source="born").calculation == TimeUntil("born", yearly=True)
    day = sent(started("time_until"), source="born", time_unit="month").calculation
    assert isinstance(day, TimeUntil)
    assert (day.unit.value, day.yearly) == ("month", False)


# ── the page ────────────────────────────────────────────────────────────────────────────────────


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def do(owner: FlaskClient, op: str, field: str = "", **texts: str) -> tuple[str, str]:
    """Send one step; returns the chosen field's key and the page."""
    version = version_of(owner.get(HERE).text)
    answer = owner.post(HERE, data={"op": op, "field": field, "version": version, **texts})
    if answer.status_code != 303:
        assert answer.status_code == 422
        return field, answer.text
    address = answer.headers["Location"]
    return address.partition("field=")[2], owner.get(address).text


def test_a_formula_is_designed_and_shows_what_it_gives(owner: FlaskClient) -> None:
    key, page = do(owner, "add:formula")
    assert 'name="term_0"' in page
    rows = terms(("+", "amount", ""), ("*", "", "0.1"))
    key, page = do(owner, "save", key, label_en="Points worth", label_zh="", decimals="1", **rows)
    assert key == "points_worth"
    assert 'name="term_2"' in page
    assert "How it is spread" in text_of(page)
    assert page.count('class="mark"') > 3
    _, wrong = do(owner, "save", key, label_en="Points worth", **terms(("+", "", "x")))
    assert "is not a number" in text_of(wrong)
    do(owner, f"delete:{key}")


def test_bands_are_designed(owner: FlaskClient) -> None:
    key, page = do(owner, "add:bands")
    assert "100 → " in page
    lines = "Small\n200 → Middle\n800 → Large"
    key, page = do(owner, "save", key, label_en="Size", source="amount", bands=lines)
    assert re.search(r"Middle: [\d,]+", text_of(page))
    do(owner, f"delete:{key}")


def test_the_time_until_a_date_is_designed(owner: FlaskClient) -> None:
    key, page = do(owner, "add:time_until")
    assert "Days to the next anniversary" in page
    key, page = do(owner, "save", key, label_en="Until", source="ordered_on", time_unit="day")
    assert "In five records" in text_of(page)
    do(owner, f"delete:{key}")
