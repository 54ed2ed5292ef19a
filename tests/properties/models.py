"""Tier models as large as people build them, right ones and ones with a fault put in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from tests.unit.rules.lint.comparing import at_least, below, more
from tests.unit.rules.world import TODAY, Record, customer, order, var
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json

Parts = list[Json]
SPENT = "spend"
"""The ladder's field: the step of each tier lies below that of the tier before."""


NUMBERS = {
    "debt": 100,
    "dollars": 100,
    "visits": 10,
    "age": 5,
    "total": 500,
    "recent": 10,
    "idle": 20,
}
"""Fields with whole numbers, and how far apart the thresholds are: never next to each other."""


def number(random: Random, field: str) -> Json:
    """All tiers ask for more of some fields and for less of others, so that there is nothing between them."""
    asked = at_least if list(NUMBERS).index(field) % 2 else below
    return asked(field, NUMBERS[field] * random.randrange(2, 12))


def days_within(field: str, days: int) -> Json:
    return {"<": [{"days_since": [var(field)]}, days]}


OTHERS: dict[str, Callable[[Random], Json]] = {
    "rate": lambda random: below("rate", random.randrange(2, 9) / 10),
    "stars": lambda random: at_least("stars", random.choice((2, 4))),
    "last": lambda random: days_within("last", 10 * random.randrange(3, 30)),
    "newest": lambda random: days_within("newest", 10 * random.randrange(3, 30)),
    "joined": lambda random: {">=": [var("joined"), f"20{random.randrange(10, 24)}-05-01"]},
    "born": lambda random: {
        "<=": [{"date_diff": [{"today": []}, var("born"), "year"]}, 10 * random.randrange(3, 8)]
    },
    "city": lambda random: {"in": [var("city"), random.sample(["sh", "bj", "sz"], 2)]},
    "tier": lambda _: {">=": [var("tier"), "silver"]},
    "plus": lambda random: var("plus") if random.random() < 0.5 else {"!": [var("plus")]},
    "tags": lambda random: {
        "some": [var("tags"), {"in": [{"var": ""}, random.sample(["tea", "coffee", "milk"], 2)]}]
    },
    "name": lambda random: {"in": [random.choice(("vip", "ltd", "shop")), var("name")]},
    "phone": lambda random: {"starts_with": [var("phone"), f"13{random.randrange(10)}"]},
    "home": lambda random: {"within": [var("home"), random.choice(("440000", "310000", "440300"))]},
    "owner": lambda random: {"==": [var("owner"), random.choice((1, 7))]},
    "orders": lambda random: {
        ">=": [
            {"count": [{"filter": [var("orders"), at_least("amount", 100)]}]},
            10 * random.randrange(1, 4),
        ]
    },
    "average": lambda random: {
        ">=": [{"avg": [var("orders"), var("amount")]}, 50 * random.randrange(1, 9)]
    },
    "gain": lambda random: {
        ">": [{"-": [var("total"), var("debt")]}, 100 * random.randrange(1, 9)]
    },
}
FIELDS = (*NUMBERS, *OTHERS)


def condition(random: Random, field: str) -> Json:
    """A condition that some values meet and others do not."""
    return number(random, field) if field in NUMBERS else OTHERS[field](random)


@dataclass(frozen=True)
class Model:
    """Tiers, each with the conditions of which all have to hold; the first of them asks for its step of the ladder."""

    tiers: tuple[Parts, ...]
    steps: tuple[int, ...]
    fault: str = ""

    @property
    def rules(self) -> list[Json]:
        """The rules of the tiers."""
        return [one[0] if len(one) == 1 else {"and": one} for one in self.tiers]


def clean_model(random: Random, tiers: int = 8, conditions: int = 12) -> Model:
    """A ladder, each step with conditions on different fields: who climbs it so far is in no tier above."""
    steps = [200 * one for one in sorted(random.sample(range(1, 60), tiers), reverse=True)]
    parts = [[at_least(SPENT, one), *some(random, conditions - 1)] for one in steps]
    return Model(tuple(parts), tuple(steps))


def some(random: Random, count: int) -> Parts:
    """Conditions on different fields, a few of them in groups of which any may hold."""
    fields = random.sample(FIELDS, count)
    found: Parts = []
    while fields:
        taken = [
            condition(random, fields.pop())
            for _ in range(min(random.choice((1, 1, 1, 3)), len(fields)))
        ]
        found.append(taken[0] if len(taken) == 1 else {"or": taken})
    return found


# ── faults ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def faulty_model(
    random: Random, tiers: int = 8, conditions: int = 12, without: tuple[str, ...] = ()
) -> Model:
    """A model that would be right but for one fault, which is of none of some sorts."""
    right = clean_model(random, tiers, conditions)
    code, put_in = random.choice([one for one in FAULTS if one[0] not in without])
    return replace(put_in(random, right), fault=code)


def _with(model: Model, place: int, parts: Parts) -> Model:
    return replace(
        model, tiers=tuple(parts if n == place else one for n, one in enumerate(model.tiers))
    )


def _shuffled(random: Random, parts: Parts) -> Parts:
    return random.sample(parts, len(parts))


def _with_more(random: Random, model: Model, more: Callable[[int], Parts]) -> Model:
    """Some tier with further conditions, which may depend on its step."""
    place = random.randrange(len(model.tiers))
    return _with(model, place, _shuffled(random, [*model.tiers[place], *more(model.steps[place])]))


def _too_little(random: Random, model: Model) -> Model:
    """Less than the tier asks for."""
    return _with_more(random, model, lambda step: [below(SPENT, step - 100)])


def _no_way(random: Random, model: Model) -> Model:
    """A group all of whose ways are closed by other conditions."""

    def closed(step: int) -> Parts:
        ways: Parts = [
            {"==": [var("city"), "sz"]},
            {"and": [below(SPENT, step - 50), at_least("visits", 20)]},
            {"==": [var(SPENT), None]},
        ]
        return [{"or": ways}, {"==": [var("city"), "sh"]}]

    return _with_more(random, model, closed)


def _two_amounts(random: Random, model: Model) -> Model:
    """One amount above the other, and below it."""
    both: Parts = [{">": [var("debt"), var("total")]}, {">=": [var("total"), var("debt")]}]
    return _with_more(random, model, lambda _: both)


def _everybody(random: Random, model: Model) -> Model:
    place = len(model.tiers) - 1
    way = 10 * random.randrange(2, 9)
    always: Parts = [at_least("visits", way), {"!": [at_least("visits", way + 10)]}]
    return _with(model, place, [{"or": _shuffled(random, [*always, *some(random, 8)])}])


def _climbed_before(random: Random, model: Model) -> Model:
    """All that an earlier tier asks for, and more of it."""
    place = random.randrange(1, len(model.tiers))
    earlier = random.randrange(place)
    more_spent = at_least(SPENT, model.steps[earlier] + 300)
    stronger: Parts = [more_spent, *model.tiers[earlier][1:], {"!=": [var("no"), "7"]}]
    return _with(model, place, _shuffled(random, stronger))


def _taken_in_turn(random: Random, model: Model) -> Model:
    """Two earlier tiers that take a third one between them."""
    own = some(random, 6)
    places = sorted(random.sample(range(len(model.tiers)), 3))
    cut: Json = at_least("stars", 3)
    tiers: list[Parts] = [[cut, *own], [{"!": [cut]}, *own[:-1]], [*own, at_least(SPENT, 100)]]
    for place, parts in zip(places, tiers, strict=True):
        model = _with(model, place, parts)
    return model


def _said_twice(random: Random, model: Model) -> Model:
    return _with_more(random, model, lambda step: [at_least(SPENT, step - 150)])


def _swallowed(random: Random, model: Model) -> Model:
    """A way that is part of another one."""
    place = random.randrange(len(model.tiers))
    narrow: Json = {"and": [{"==": [var("city"), "sh"]}, at_least("visits", 50)]}
    group: Json = {"or": _shuffled(random, [{"in": [var("city"), ["sh", "bj"]]}, narrow])}
    others = [
        one for one in model.tiers[place] if "city" not in str(one) and "visits" not in str(one)
    ]
    return _with(model, place, _shuffled(random, [*others, group]))


def _hole(random: Random, model: Model) -> Model:
    """More than a number in one tier, less than it in the next, and all else alike."""
    place = random.randrange(1, len(model.tiers))
    field = random.choice(("visits", "age", "recent"))
    at = NUMBERS[field] * random.randrange(20, 30) + 3
    own = [one for one in model.tiers[place] if field not in str(one)]
    return _with(_with(model, place - 1, [*own, more(field, at)]), place, [*own, below(field, at)])


FAULTS: tuple[tuple[str, Callable[[Random, Model], Model]], ...] = (
    ("contradiction", _too_little),
    ("contradiction", _no_way),
    ("contradiction", _two_amounts),
    ("always-true", _everybody),
    ("never-reached", _climbed_before),
    ("never-reached", _taken_in_turn),
    ("redundant", _said_twice),
    ("redundant", _swallowed),
    ("boundary-hole", _hole),
)


# ── anything ────────────────────────────────────────────────────────────────────────────────────────────────────────

AVERAGE: Json = {"avg": [var("orders"), var("amount")]}
DATES = ("2024-09-01", "2025-02-28", "2025-03-01", "2025-03-20", "2025-04-15")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def compared(random: Random, value: Json, numbers: tuple[float, ...]) -> Json:
    return {random.choice(COMPARISONS): [value, random.choice(numbers)]}


TRICKY: tuple[Callable[[Random], Json], ...] = (
    lambda random: compared(random, var("visits"), (1, 2, 3)),
    lambda random: compared(random, AVERAGE, (0, 99.995, 100)),
    lambda random: compared(random, var("idle"), (0, 30, 31)),
    lambda random: compared(random, {"*": [var("idle"), 2]}, (60, 61)),
    lambda random: compared(random, {"-": [AVERAGE, var("debt")]}, (0, 100)),
    lambda random: {random.choice(("<", ">=")): [var("last"), random.choice(DATES)]},
    lambda random: days_within("last", random.choice((0, 30, 31, 200))),
    lambda random: {
        random.choice(("<", ">=")): [
            var("last"),
            {"date_add": [{"today": []}, -random.choice((1, 6)), "month"]},
        ]
    },
    lambda random: {"==": [var(random.choice(("visits", "idle", "newest", "debt", "last"))), None]},
    lambda random: {
        random.choice((">", "<=", "==")): [
            {"/": [var("total"), var("debt")]},
            random.choice((1, 2)),
        ]
    },
    lambda random: {random.choice((">", "<=", "==")): [var("total"), var("debt")]},
)
"""Conditions at whose borders there is something to get wrong."""


def any_condition(random: Random) -> Json:
    """A condition of some sort."""
    if random.random() < 0.5:
        return random.choice(TRICKY)(random)
    return condition(random, random.choice(FEW))


def any_rule(random: Random, conditions: int) -> Json:
    """Groups within groups over few fields: most such rules have faults."""
    if conditions == 1:
        one = any_condition(random)
        return {"!": [one]} if random.random() < 0.3 else one
    parts = min(conditions, random.choice((2, 3, 4)))
    cuts = sorted(random.sample(range(1, conditions), parts - 1))
    sizes = [high - low for low, high in pairwise([0, *cuts, conditions])]
    return {random.choice(("and", "or")): [any_rule(random, one) for one in sizes]}


FEW = (
    "visits",
    "debt",
    "total",
    "recent",
    "last",
    "born",
    "city",
    "plus",
    "tags",
    "name",
    "home",
    "gain",
    "average",
)


def any_record(random: Random) -> Record:
    """A customer about whom conditions of all sorts may be met."""

    def maybe(value: Value) -> Value:
        return None if random.random() < 0.15 else value

    orders = [
        order(
            amount=random.choice((0.0, 40.0, 99.99, 100.0, 300.0, 2500.0)),
            day=TODAY - timedelta(days=random.randrange(200)),
        )
        for _ in range(random.choice((0, 0, 1, 3, 12, 25)))
    ]
    return customer(
        *orders,
        visits=maybe(random.choice((*range(6), *range(10, 130)))),
        debt=maybe(random.choice((0.0, 50.0, 100.0, *range(0, 1400, 10)))),
        last=maybe(TODAY - timedelta(days=random.choice((*range(-40, 40), *range(330))))),
        born=maybe(date(random.randrange(1935, 2012), random.randrange(1, 13), 5)),
        city=maybe(random.choice(("sh", "bj", "sz"))),
        plus=maybe(random.random() < 0.5),
        tags=maybe(
            tuple(one for one in ("tea", "coffee", "milk") if random.random() < 0.4) or None
        ),
        name=maybe(random.choice(("vip", "a shop ltd", "vip shop", "x", "ltdvip"))),
        home=maybe(random.choice(("440300", "440305", "440100", "310101", "110000"))),
    )
