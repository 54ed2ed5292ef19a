"""Random rules that are typed by construction, and random records with much that is unknown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.unit.rules.world import TAGS, TIERS, TODAY, Record, customer, order

CENTS = (0, 1, 10, 9999, 10000, 10001, 49999, 50000, 123456)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values, values)


money = st.sampled_from(CENTS).map(lambda cents: cents / 100)
number = st.integers(-7, 7)
day = st.sampled_from((-800, -400, -366, -91, -90, -89, -31, -1, 0, 1, 30)).map(
    lambda days: TODAY + timedelta(days=days)
)
moment = st.sampled_from(
    [
        datetime(2025, 3, 30, 15, 59, 59, 999000, UTC),
        datetime(2025, 3, 30, 16, 0, tzinfo=UTC),
        datetime(2025, 3, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2024, 12, 31, 16, 0, tzinfo=UTC),
    ]
)
text = st.sampled_from(["", "Bob", "bob", "o%b", "王芳", "x"])
cities = st.sampled_from(["sh", "bj", "sz"])
tags = st.sets(st.sampled_from(TAGS)).map(lambda found: tuple(t for t in TAGS if t in found))


@st.composite
def orders(draw: st.DrawFn) -> Record:
    return order(
        amount=draw(maybe(money)),
        day=draw(maybe(day)),
        kind=draw(maybe(st.sampled_from(["shop", "web"]))),
    )


@st.composite
def customers(draw: st.DrawFn) -> Record:
    values: dict[str, Any] = {
        "no": draw(maybe(st.sampled_from(["K1", "K2"]))),
        "name": draw(maybe(text)),
        "spend": draw(maybe(money)),
        "debt": draw(maybe(money)),
        "visits": draw(maybe(number)),
        "age": draw(maybe(number)),
        "rate": draw(maybe(st.sampled_from([0.0, 0.125, 1.0]))),
        "last": draw(maybe(day)),
        "born": draw(maybe(st.sampled_from([date(2000, 2, 29), date(1990, 4, 1), TODAY]))),
        "joined": draw(maybe(moment)),
        "plus": draw(maybe(st.booleans())),
        "city": draw(maybe(cities)),
        "tier": draw(maybe(st.sampled_from(TIERS))),
        "tags": draw(maybe(tags)),
    }
    return customer(*draw(st.lists(orders(), max_size=4)), **values)


# ── rules ───────────────────────────────────────────────────────────────────────────────────────

_order = st.sampled_from(["<", "<=", ">", ">="])
_compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def _var(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([{"var": name} for name in names])


def _both(op: Any, left: Any, right: Any) -> st.SearchStrategy[Any]:
    return st.tuples(op, left, right, st.booleans()).map(
        lambda t: {t[0]: [t[1], t[2]] if t[3] else [t[2], t[1]]}
    )


def _ends(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(values, values).map(sorted)


amounts = _var("spend", "debt", "total")
counts = st.one_of(
    _var("visits", "age", "recent", "idle"),
    _var("last", "born", "newest", "joined").map(lambda v: {"days_since": [v]}),
    st.tuples(_var("last", "born"), st.sampled_from(["year", "month", "day", "weekday"])).map(
        lambda t: {"date_part": list(t)}
    ),
    _var("born").map(lambda v: {"days_to_anniversary": [v]}),
    st.sampled_from(["day", "month"]).map(
        lambda unit: {"date_diff": [{"var": "last"}, "2024-01-31", unit]}
    ),
)
dates = st.one_of(
    _var("last", "newest", "born"),
    _var("joined").map(lambda v: {"date_of": [v]}),
    st.sampled_from(["day", "month"]).map(lambda unit: {"date_add": [{"var": "last"}, 1, unit]}),
    st.integers(-91, 1).map(lambda n: {"date_add": [{"today": []}, n, "day"]}),
)
child_rules = st.one_of(
    _both(_compare, st.just({"var": "amount"}), money),
    _both(_compare, st.just({"var": "day"}), day.map(str)),
    st.sampled_from(["shop", "web"]).map(lambda k: {"!=": [{"var": "kind"}, k]}),
    st.just({">=": [{"var": "customer.spend"}, 100]}),
    st.just({"!": [{"var": "day"}]}),
)
child_rules = st.one_of(
    child_rules,
    st.lists(child_rules, min_size=1, max_size=2).map(lambda parts: {"or": parts}),
    child_rules.map(lambda one: {"!": [one]}),
)
rows = st.one_of(
    st.just({"var": "orders"}), child_rules.map(lambda p: {"filter": [{"var": "orders"}, p]})
)
totals = st.tuples(st.sampled_from(["sum", "avg", "min_of", "max_of", "first", "last"]), rows).map(
    lambda t: {t[0]: [t[1], {"var": "amount"}]}
)
frequent = rows.map(lambda s: {"most_frequent": [s, {"var": "amount"}]})
some_money = st.one_of(amounts, amounts, totals, frequent)
shares = st.tuples(rows, child_rules).map(lambda t: {"share": list(t)})
arithmetic = st.one_of(
    st.tuples(st.sampled_from("+-"), some_money, some_money).map(lambda t: {t[0]: [t[1], t[2]]}),
    st.tuples(some_money, st.one_of(counts, number)).map(lambda t: {"*": list(t)}),
    st.tuples(some_money, counts).map(lambda t: {"/": list(t)}),
)
whole = st.one_of(
    counts,
    st.tuples(counts, counts).map(lambda t: {"%": list(t)}),
    st.tuples(counts, counts).map(lambda t: {"+": [*t, 1]}),
    counts.map(lambda one: {"-": [one]}),
    st.tuples(counts, number).map(lambda t: {"coalesce": list(t)}),
    st.tuples(counts, counts).map(lambda t: {"min": list(t)}),
    st.tuples(counts, number).map(lambda t: {"max": list(t)}),
    rows.map(lambda s: {"count": [s]}),
    st.tuples(rows, _var("amount", "kind", "day")).map(lambda t: {"distinct": list(t)}),
    number.map(lambda n: {"var": ["visits", n]}),
)
texts = st.one_of(
    st.tuples(st.sampled_from(["lower", "upper"]), _var("name", "no")).map(
        lambda t: {t[0]: [t[1]]}
    ),
    st.tuples(_var("name"), _var("visits", "last", "no")).map(lambda t: {"cat": [t[0], "o", t[1]]}),
    st.tuples(_var("name"), st.integers(-3, 2), st.integers(-2, 2)).map(
        lambda t: {"substr": list(t)}
    ),
)
moments = st.one_of(day.map(str), st.sampled_from(["2025-03-31T00:00:00", "2025-03-30T16:00:00Z"]))
atoms = st.one_of(
    _both(_compare, some_money, money),
    _both(_compare, some_money, arithmetic),
    _both(_compare, whole, number),
    _both(_compare, shares, st.sampled_from([0, 0.25, 0.5, 1])),
    _both(
        st.sampled_from(["==", "!="]),
        rows.map(lambda s: {"most_frequent": [s, {"var": "kind"}]}),
        st.sampled_from(["shop", "web"]),
    ),
    st.tuples(whole, _ends(number)).map(lambda t: {"<=": [t[1][0], t[0], t[1][1]]}),
    _both(_compare, dates, day.map(str)),
    _both(_compare, dates, dates),
    _both(_compare, st.just({"var": "joined"}), moments),
    _ends(day.map(str)).map(lambda e: {"<": [e[0], {"var": "joined"}, e[1]]}),
    st.lists(day.map(str), min_size=1, max_size=3).map(lambda d: {"in": [{"var": "joined"}, d]}),
    _both(_compare, st.just({"var": "tier"}), st.sampled_from(TIERS)),
    _both(st.sampled_from(["==", "!="]), st.just({"var": "city"}), cities),
    _both(st.sampled_from(["==", "!="]), st.just({"var": "plus"}), st.booleans()),
    st.lists(cities, min_size=1, max_size=2).map(lambda c: {"in": [{"var": "city"}, c]}),
    st.lists(number, min_size=1, max_size=3).map(lambda n: {"in": [{"var": "visits"}, n]}),
    st.sampled_from(["o", "ob", "%", "王"]).map(lambda t: {"in": [t, {"var": "name"}]}),
    st.tuples(st.sampled_from(["starts_with", "ends_with"]), st.sampled_from(["b", "Bo"])).map(
        lambda t: {t[0]: [{"var": "name"}, t[1]]}
    ),
    st.sampled_from(["o", "ob", "1"]).flatmap(lambda t: texts.map(lambda x: {"in": [t, x]})),
    _both(st.sampled_from(["==", "!="]), texts, st.sampled_from(["bob", "K1", "O", "Bobo1"])),
    st.sampled_from(TAGS).map(lambda t: {"in": [t, {"var": "tags"}]}),
    st.tuples(
        st.sampled_from(["some", "all", "none"]),
        st.lists(st.sampled_from(TAGS), min_size=1, max_size=3),
    ).map(lambda t: {t[0]: [{"var": "tags"}, {"in": [{"var": ""}, t[1]]}]}),
    st.tuples(st.sampled_from(["some", "all", "none"]), rows, child_rules).map(
        lambda t: {t[0]: [t[1], t[2]]}
    ),
    st.tuples(
        st.sampled_from(["!", "!!"]),
        _var("name", "spend", "last", "tags", "city", "plus", "newest", "total"),
    ).map(lambda t: {t[0]: [t[1]]}),
    st.tuples(
        st.sampled_from(["==", "!="]),
        st.one_of(_var("visits", "joined", "newest", "idle"), arithmetic, totals),
        st.sampled_from([None, ""]),
    ).map(lambda t: {t[0]: [t[1], t[2]]}),
    st.sampled_from(
        [
            {"var": "plus"},
            {"segment": ["spenders"]},
            {"missing": ["name", "spend"]},
            {"missing_some": [2, ["name", "spend", "newest"]]},
            {"is_known": ["newest"]},
            True,
            False,
        ]
    ),
)


def _grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda parts: {"and": parts}),
        several.map(lambda parts: {"or": parts}),
        several.map(lambda parts: {"xor": parts}),
        inner.map(lambda one: {"!": [one]}),
        st.tuples(inner, some_money, some_money, money).map(
            lambda t: {"<": [{"if": [t[0], t[1], t[2]]}, t[3]]}
        ),
        st.tuples(inner, inner, inner).map(lambda t: {"if": list(t)}),
    )


rules = st.recursive(atoms, _grow, max_leaves=6)
