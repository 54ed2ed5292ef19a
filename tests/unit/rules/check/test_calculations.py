"""Calculated fields over three links: row evaluator, columns and sums by hand agree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.backends.memory_columns import Record, Tables
from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import (
    Aggregate,
    Bands,
    Field,
    FieldKind,
    FieldType,
    Formula,
    Link,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
    TimeUntil,
)
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.values import display_values
from tierloom.errors import Invalid
from tierloom.rules.compile import check_rule, compile_field, compile_rule
from tierloom.rules.facts import FactFinder
from tierloom.rules.row import compile_kleene, compile_value
from tierloom.text import Label

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2025, 3, 31)
AS_OF = datetime(2025, 3, 31, 4, tzinfo=UTC)
WHOLE, LITRES = FieldType(FieldKind.INTEGER), FieldType(FieldKind.DECIMAL, scale=2)
YUAN, SHARE = FieldType(FieldKind.MONEY, scale=2, currency="CNY"), FieldType(FieldKind.PERCENT, 4)
DAY, MOMENT = FieldType(FieldKind.DATE), FieldType(FieldKind.DATETIME)


def choice(*keys: str, ranked: bool = False) -> FieldType:
    options = tuple(Option(key, Label.of(key)) for key in keys)
    return FieldType(FieldKind.CHOICE, options=options, ranked=ranked)


GRADES, CLASSES = choice("petrol", "diesel", "gas"), choice("low", "mid", "high", ranked=True)


def link(key: str, target: str) -> Field:
    return Field(key, Label.of(key), FieldType(FieldKind.REFERENCE, target=target))


def stored(**types: FieldType) -> tuple[Field, ...]:
    return tuple(Field(key, Label.of(key), kind) for key, kind in types.items())


def made(key: str, kind: FieldType, calculation: Any) -> Field:
    return Field(key, Label.of(key), kind, calculation=calculation)


def formula(rule: Any) -> Formula:
    return Formula(RuleDocument.of(rule))


def var(name: str) -> dict[str, Any]:
    return {"var": name}


DIESEL = RuleDocument.of({"==": [var("favourite"), "diesel"]})
COMPANIES = (
    *stored(name=FieldType(FieldKind.TEXT)),
    made("litres", LITRES, RollUp(Aggregate.SUM, "customers", "litres")),
    made("class", CLASSES, RollUp(Aggregate.MOST_FREQUENT, "customers", "class")),
)
CUSTOMERS = (
    link("company", "companies"),
    *stored(born=DAY, contract=MOMENT, points=WHOLE, bonus=YUAN),
    made("cards_held", WHOLE, RollUp(Aggregate.COUNT, "cards")),
    made("litres", LITRES, RollUp(Aggregate.SUM, "cards", "litres")),
    made("paid", YUAN, RollUp(Aggregate.SUM, "cards", "paid")),
    made("kinds", WHOLE, RollUp(Aggregate.DISTINCT, "cards", "favourite")),
    made("diesel", SHARE, RollUp(Aggregate.SHARE, "cards", matching=DIESEL)),
    made("per_card", LITRES, formula({"/": [var("litres"), var("cards_held")]})),
    made("class", CLASSES, Bands("per_card", (100.0, 250.0), ("low", "mid", "high"))),
    made("age", WHOLE, TimeSince("born", TimeUnit.YEAR)),
    made("birthday", WHOLE, TimeUntil("born", yearly=True)),
    made("left", WHOLE, TimeUntil("contract", TimeUnit.MONTH)),
    made("reward", YUAN, formula({"min": [{"*": [var("paid"), 0.015]}, var("bonus")]})),
    made(
        "age_joined",
        WHOLE,
        formula({"date_diff": [{"date_of": [var("contract")]}, var("born"), "year"]}),
    ),
    made(
        "told",
        LITRES,
        formula({"if": [{">": [var("points"), 3]}, var("litres"), {"-": [var("litres")]}]}),
    ),
)
CARDS = (
    link("customer", "customers"),
    made("litres", LITRES, RollUp(Aggregate.SUM, "fills", "litres")),
    made("paid", YUAN, RollUp(Aggregate.SUM, "fills", "paid", window_days=365)),
    made("favourite", GRADES, RollUp(Aggregate.MOST_FREQUENT, "fills", "grade")),
    made("gap", WHOLE, RollUp(Aggregate.GAP, "fills")),
)
FILLS = (link("card", "cards"), *stored(day=DAY, litres=LITRES, paid=YUAN, grade=GRADES))
TABLES = {"companies": COMPANIES, "customers": CUSTOMERS, "cards": CARDS, "fills": FILLS}
CATALOGUE = Catalogue(
    {
        key: RecordType(key, Label.of(key), fields, date_field="day" if key == "fills" else None)
        for key, fields in TABLES.items()
    }
)
CONTEXT = RunContext(AS_OF, ZONE, CATALOGUE)


@pytest.fixture(scope="module")
def tables() -> Tables:
    random, found = Random(7), Tables(CATALOGUE)
    counts = {"companies": 4, "customers": 12, "cards": 30, "fills": 150}
    for table, count in counts.items():
        found.records[table] = []
        for number in random.sample(range(1, 2 * count), count):
            values = {
                one.key: _value(random, one, counts) for one in TABLES[table] if one.is_stored
            }
            found.add(table, number, values)
    return found


def _value(random: Random, one: Field, counts: dict[str, int]) -> Any:
    if random.randrange(5) == 0:
        return None
    match one.type.kind:
        case FieldKind.REFERENCE:
            return Link(random.randrange(1, 2 * counts[str(one.type.target)]), "?")
        case FieldKind.DATE if one.key == "born":
            return random.choice([date(2000, 2, 29), date(1990, 3, 31), date(1985, 4, 1)])
        case FieldKind.DATE:
            return TODAY - timedelta(days=random.choice([-3, 0, 0, 1, 5, 90, 364, 365, 800]))
        case FieldKind.DATETIME:
            return AS_OF + timedelta(hours=random.randrange(-9000, 9000))
        case FieldKind.CHOICE:
            return random.choice(one.type.option_keys)
        case FieldKind.TEXT:
            return random.choice("ab")
        case FieldKind.INTEGER:
            return random.randrange(9)
    return random.randrange(20_000) / 100


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────


def fills(card: Record) -> list[Record]:
    return [one for one in card.related("fills") if (one.value("day") or date.min) <= TODAY]


def total(values: list[Any], asked: bool = True) -> float | None:
    known = [round(one * 100) for one in values if one is not None]
    return None if asked and values and not known else sum(known) / 100


def card_litres(card: Record) -> float | None:
    return total([one.value("litres") for one in fills(card)])


def card_paid(card: Record) -> float | None:
    recent = [
        one for one in fills(card) if one.value("day") and one.value("day") > TODAY - timedelta(365)
    ]
    return total([one.value("paid") for one in recent])


def favourite(card: Record) -> str | None:
    known = [one.value("grade") for one in fills(card) if one.value("grade")]
    most = max(map(known.count, known), default=0)
    return next((one for one in reversed(known) if known.count(one) == most), None)


def gap(card: Record) -> int | None:
    days = [one.value("day") for one in fills(card) if one.value("day")]
    return (days[-1] - days[-2]).days if len(days) > 1 else None


def litres(customer: Record) -> float | None:
    return total([card_litres(one) for one in customer.related("cards")])


def paid(customer: Record) -> float | None:
    return total([card_paid(one) for one in customer.related("cards")])


def kinds(customer: Record) -> int | None:
    return len({favourite(one) for one in customer.related("cards")} - {None}) or None


def diesel(customer: Record) -> float | None:
    found = [favourite(one) == "diesel" for one in customer.related("cards")]
    return sum(found) / len(found) if found else None


def per_card(customer: Record) -> float | None:
    number, amount = len(customer.related("cards")), litres(customer)
    return round(amount / number, 2) if number and amount is not None else None


def band(customer: Record) -> str | None:
    found = per_card(customer)
    return None if found is None else "low" if found < 100 else "mid" if found < 250 else "high"


def reward(customer: Record) -> float | None:
    amount, most = paid(customer), customer.value("bonus")
    return None if amount is None or most is None else round(min(amount * 0.015, most), 2)


def told(customer: Record) -> float | None:
    amount = litres(customer)
    return amount if amount is None or (customer.value("points") or 0) > 3 else -amount


def company_litres(company: Record) -> float | None:
    return total([litres(one) for one in company.related("customers")])


BY_HAND: dict[tuple[str, str], Callable[[Record], Any]] = {
    ("cards", "litres"): card_litres, ("cards", "paid"): card_paid,
    ("cards", "favourite"): favourite, ("cards", "gap"): gap,
    ("customers", "litres"): litres, ("customers", "paid"): paid, ("customers", "kinds"): kinds,
    ("customers", "diesel"): diesel, ("customers", "per_card"): per_card,
    ("customers", "class"): band, ("customers", "reward"): reward, ("customers", "told"): told,
    ("companies", "litres"): company_litres,
}  # fmt: skip
CALCULATED = [(t, one.key) for t, fields in TABLES.items() for one in fields if one.calculation]


@pytest.mark.parametrize(("table", "key"), CALCULATED)
def test_row_columns_and_hand_agree(tables: Tables, table: str, key: str) -> None:
    columns = tables.columns(table)
    node = compile_field(CATALOGUE.table(table).field(key), table, CATALOGUE, zone=ZONE)
    found = display_values(node, columns, np.arange(columns.size), CONTEXT, evaluator)
    assert found == list(map(compile_value(node, CONTEXT), columns.records))
    assert len({repr(one) for one in found}) > 2, "the data show nothing"
    if (table, key) in BY_HAND:
        assert found == list(map(BY_HAND[table, key], columns.records))


@pytest.mark.parametrize(("table", "key"), CALCULATED)
def test_hold_is_the_same_in_rows_and_columns(tables: Tables, table: str, key: str) -> None:
    columns = tables.columns(table)
    kind = CATALOGUE.table(table).field(key).type
    constant = kind.option_keys[1] if kind.options else 5
    rule = RuleDocument.of({"==" if kind.options else ">": [var(key), constant]})
    predicate = compile_rule(rule, table, CATALOGUE, zone=ZONE).predicate
    pair = evaluator.kleene(predicate, columns, CONTEXT)
    answers = [bool(t) if c else None for t, c in zip(pair.true, pair.certain, strict=True)]
    assert answers == list(map(compile_kleene(predicate, CONTEXT), columns.records))


def test_days_by_the_calendar() -> None:
    one = Tables(CATALOGUE, {"cards": []}).add(
        "customers", 1,
        {"born": date(2000, 2, 29), "contract": datetime(2025, 6, 30, 16, tzinfo=UTC)},
    )  # fmt: skip

    def work_out(key: str) -> Any:
        field = CATALOGUE.table("customers").field(key)
        node = compile_field(field, "customers", CATALOGUE, zone=ZONE)
        return compile_value(node, CONTEXT)(one)

    assert work_out("age") == 25
    assert work_out("birthday") == (date(2026, 2, 28) - TODAY).days
    assert work_out("left") == 3  # it is 1 July in Shanghai; 31 March and three months are 30 June
    assert work_out("age_joined") == 25


@pytest.mark.parametrize(
    ("amount", "right_closed", "wanted"),
    [(9.99, False, "low"), (10.0, False, "mid"), (10.0, True, "low"), (10.01, True, "mid"),
     (20.0, False, "high"), (20.0, True, "mid"), (20.01, True, "high"), (None, False, None)],
)  # fmt: skip
def test_bands_are_closed_on_one_side(
    amount: float | None, right_closed: bool, wanted: str | None
) -> None:
    bands = Bands("bonus", (10.0, 20.0), ("low", "mid", "high"), right_closed)
    node = compile_field(made("band", CLASSES, bands), "customers", CATALOGUE)
    found = Tables(CATALOGUE)
    found.add("companies", 1, {})
    row = found.add("customers", 1, {"bonus": amount})
    assert compile_value(node, CONTEXT)(row) == wanted
    here = np.arange(1)
    assert display_values(node, found.columns("customers"), here, CONTEXT, evaluator) == [wanted]


@pytest.mark.parametrize(
    ("points", "wanted"), [(1, 0.12), (3, 0.38), (5, 0.62), (-1, -0.12), (0, 0.0)]
)
def test_a_formula_is_rounded_once_and_ties_go_to_even(points: int, wanted: float) -> None:
    half = made("half", LITRES, formula({"/": [var("points"), 8]}))
    node = compile_field(half, "customers", CATALOGUE)
    row = Tables(CATALOGUE).add("customers", 1, {"points": points})
    assert compile_value(node, CONTEXT)(row) == wanted


def test_what_a_formula_reads_is_known() -> None:
    node = compile_field(CATALOGUE.table("customers").field("reward"), "customers", CATALOGUE)
    facts = FactFinder(CATALOGUE).facts(node, "customers")
    assert facts.reads >= {("customers", "bonus"), ("customers", "paid"), ("fills", "paid")}
    assert ("customers", "born") not in facts.reads
    until = compile_field(CATALOGUE.table("customers").field("birthday"), "customers", CATALOGUE)
    assert FactFinder(CATALOGUE).facts(until, "customers").time_dependent


# ── refused ─────────────────────────────────────────────────────────────────────────────────────

REFUSED: dict[str, tuple[FieldType, Any, str]] = {
    "money and numbers": (YUAN, formula({"+": [var("bonus"), var("points")]}), "wrong-arithmetic"),
    "money by money is a number": (YUAN, formula({"/": [var("bonus"), var("paid")]}), "wrong-calculation"),
    "a number for a date": (DAY, formula({"+": [var("points"), 1]}), "wrong-calculation"),
    "a constant": (WHOLE, formula(5), "unexpected-constant"),
    "no such field": (WHOLE, formula({"+": [var("nothing"), 1]}), "unknown-field"),
    "itself": (WHOLE, formula({"+": [var("it"), 1]}), "circle"),
    "text in bands": (CLASSES, Bands("born", (1.0, 2.0), ("low", "mid", "high")), "wrong-type"),
    "the time until a number": (WHOLE, TimeUntil("points"), "wrong-type"),
    "a gap without dates": (WHOLE, RollUp(Aggregate.GAP, "cards"), "no-date-field"),
    "a share as money": (
        YUAN, RollUp(Aggregate.SHARE, "cards", matching=DIESEL), "wrong-calculation"
    ),
    "too large": (WHOLE, formula({"*": [var("points")] * 17}), "out-of-bounds"),
}  # fmt: skip


def problems(fields: list[Field], key: str) -> list[tuple[str, str]]:
    customers = CATALOGUE.table("customers")
    changed = RecordType("customers", customers.label, (*customers.fields, *fields))
    catalogue = Catalogue({**CATALOGUE.tables, "customers": changed})
    try:
        compile_field(changed.field(key), "customers", catalogue)
    except Invalid as invalid:
        return [(one.code, str(one.message)) for one in invalid.problems]
    return []


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    kind, calculation, code = REFUSED[name]
    assert [one for one, _ in problems([made("it", kind, calculation)], "it")] == [code]


def test_a_circle_of_formulas_is_named() -> None:
    loop = [made(key, WHOLE, formula({"+": [var(other), 1]})) for key, other in ("ab", "bc", "ca")]
    assert problems(loop, "a") == [("circle", "The rule goes round in a circle: a → b → c → a.")]


def test_formulas_cannot_multiply() -> None:
    first = made("f0", WHOLE, formula({"+": [var("points"), 1]}))
    doubled = [
        made(f"f{n}", WHOLE, formula({"+": [var(f"f{n - 1}"), var(f"f{n - 1}")]}))
        for n in range(1, 30)
    ]
    assert [one for one, _ in problems([first, *doubled], "f29")] == ["too-many-parts"]


def test_links_are_told_apart_by_key() -> None:
    """The key stands for the record: a table without one cannot be counted so."""
    companies = replace(CATALOGUE.table("companies"), key_field="name")
    staff = made("staffed", WHOLE, RollUp(Aggregate.DISTINCT, "customers", "company"))
    found = made("companies", WHOLE, RollUp(Aggregate.DISTINCT, "cards", "customer"))
    keyed = Catalogue({**CATALOGUE.tables, "companies": companies})
    assert compile_field(staff, "companies", keyed)
    with pytest.raises(Invalid) as caught:
        compile_field(found, "customers", keyed)
    assert [one.code for one in caught.value.problems] == ["no-key-field"]


def test_chains_are_bounded() -> None:
    first = made("f0", WHOLE, formula({"+": [var("points"), 1]}))
    chain = [made(f"f{n}", WHOLE, formula({"+": [var(f"f{n - 1}"), 1]})) for n in range(1, 60)]
    assert not problems([first, *chain], "f30")
    assert [one for one, _ in problems([first, *chain], "f59")] == ["too-deep"]


def test_rules_compare_with_the_declared_decimals() -> None:
    rule = RuleDocument.of({">": [var("per_card"), 0.005]})
    _, found = check_rule(rule, "customers", CATALOGUE)
    assert [one.code for one in found] == ["too-many-decimals"]
    ranked = RuleDocument.of({">=": [var("class"), "mid"]})
    assert not check_rule(ranked, "customers", CATALOGUE)[1]
