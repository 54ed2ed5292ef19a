"""Scripts: what happens in a workspace, step by step, with pauses; drawn by hypothesis, and short when one fails."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from time import monotonic
from typing import Any

from hypothesis import strategies as st

from tests.properties.history.conditions import (
    Both,
    Compared,
    Condition,
    Either,
    InTier,
    Known,
    Not,
)
from tests.properties.history.expected import DEFAULT, Model, Policy

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "America/Santiago")
SPRING, AUTUMN, WINTER = date(2025, 3, 27), date(2025, 10, 23), date(2026, 1, 30)
BEGINNINGS = (SPRING, AUTUMN, WINTER)
"""Days before the clocks change, and before a February."""
TIERS = ("gold", "silver", "bronze")
PATIENCE = 60
"""Seconds to look for the least script that fails."""


@dataclass(frozen=True)
class Step:
    """Something that happens some milliseconds after what was before.

    Records are told by number: of those that are there it is the one with this remainder.
    """

    after: int


@dataclass(frozen=True)
class Add(Step):
    table: str
    values: dict[str, Any]
    parent: int | None = None


@dataclass(frozen=True)
class Edit(Step):
    table: str
    which: int
    values: dict[str, Any]
    parent: int | None = None
    """The customer that the record is to have from now on; -1 for none, None for the same."""


@dataclass(frozen=True)
class Delete(Step):
    table: str
    which: tuple[int, ...]


@dataclass(frozen=True)
class Restore(Step):
    table: str
    which: int


@dataclass(frozen=True)
class Import(Step):
    """Many rows at once, new and known ones; a run follows some time later, or (None) when the worker comes."""

    orders: tuple[tuple[int, dict[str, Any]], ...]
    edits: tuple[tuple[int, dict[str, Any]], ...]
    delay: int | None
    killed_at: str | None = None


@dataclass(frozen=True)
class Publish(Step):
    """A new version of a tier model; a run follows some time later, or (None) when the worker comes."""

    model: Model
    delay: int | None
    killed_at: str | None = None


@dataclass(frozen=True)
class Give(Step):
    """A tier by hand, until the end of a day so many days ahead, or for good."""

    model: int
    which: int
    tier: int
    days: int | None


@dataclass(frozen=True)
class Take(Step):
    """End what was given by hand."""

    which: int


@dataclass(frozen=True)
class Relocate(Step):
    """Another time zone for the workspace: its days begin elsewhere."""

    zone: str


@dataclass(frozen=True)
class Work(Step):
    """The worker does what there is to do; it may be killed first, at a named point."""

    killed_at: str | None = None


@dataclass(frozen=True)
class Script:
    """A workspace with its tier models, the day it begins, and what happens in it."""

    zone: str
    begin: date
    models: tuple[Model, ...]
    customers: tuple[dict[str, Any], ...]
    orders: tuple[tuple[int, dict[str, Any]], ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        parts = [
            f"{key}={getattr(self, key)!r}" for key in ("zone", "begin", "customers", "orders")
        ]
        return "\n".join([*parts, *map(repr, self.models), *map(repr, self.steps)])


# ── records ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FAR = (-400, -60, -46, -45, -31, -30, -29, -20, -8, -7, -1, 0, 1, 6, 30)
"""Days from today that lie at the edges of windows, before and after them."""


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, values, st.none())


far = st.sampled_from(FAR)
numbers = st.integers(0, 12)
cities = st.sampled_from(("bj", "sh"))
amounts = st.sampled_from((1.0, 40.5, 100.0, 250.25))
fields = {
    "customers": {"points": maybe(numbers), "city": maybe(cities), "joined": maybe(far)},
    "orders": {"day": maybe(far), "amount": maybe(amounts)},
    # Some milliseconds around now: a call that is planned begins to exist within a day.
    "calls": {"at": maybe(st.sampled_from((-8 * DAY, -7 * DAY, -DAY, -HOUR, 0, 7, HOUR, 9 * HOUR, 3 * DAY)))},
}  # fmt: skip


def whole(table: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields[table])


def some(table: str) -> st.SearchStrategy[dict[str, Any]]:
    keys = st.sampled_from(sorted(fields[table]))
    return keys.flatmap(lambda key: st.fixed_dictionaries({key: fields[table][key]}))


# ── tier models ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _compared(
    what: str, ops: tuple[str, ...], limits: st.SearchStrategy[Any]
) -> st.SearchStrategy[Condition]:
    return st.builds(Compared, st.just(what), st.sampled_from(ops), limits)


_few = st.integers(1, 3)
_days = st.sampled_from((1, 7, 30, 60))
ABOUT_CUSTOMERS = st.one_of(
    _compared("points", ("<", ">=", "=="), numbers),
    _compared("city", ("==",), cities),
    _compared("joined", ("<", ">=", "=="), _days),
    _compared("months", (">=", "<"), _few),
    _compared("anniversary", ("<=",), st.sampled_from((0, 5, 40))),
    _compared("recent", (">=", "<"), _few),
    _compared("recent", (">=",), _few),
    _compared("spent", (">=", "<"), amounts),
    _compared("total", (">=",), st.sampled_from((100, 300))),
    _compared("idle", ("<", ">"), _days),
    _compared("idle", ("<",), _days),
    _compared("fresh", (">=", "=="), _few),
    _compared("calls", (">=", "<"), _few),
    _compared("ever", (">=",), _few),
    st.builds(Known, st.sampled_from(("city", "joined"))),
)
ABOUT_ORDERS = st.one_of(
    _compared("amount", (">=",), amounts),
    _compared("age", ("<", ">="), _days),
    _compared("customer.points", (">=", "<"), numbers),
    _compared("customer.city", ("==",), cities),
)


def _joined(one: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        one, one, st.builds(Not, one), st.builds(Both, one, one), st.builds(Either, one, one)
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    days = draw(st.sampled_from((0, 1, 10, 45)))
    grace = draw(st.sampled_from((0, 1, 7, 30) if days else (1, 7, 30)))
    return Policy(days, bool(days) and draw(st.booleans()), grace, draw(st.booleans()))


@st.composite
def models(draw: st.DrawFn, key: str, table: str, read: str | None = None) -> Model:
    about = ABOUT_CUSTOMERS if table == "customers" else ABOUT_ORDERS
    if read:
        ops, known = st.sampled_from(("==", ">=")), st.sampled_from(TIERS)
        about = st.one_of(about, st.builds(InTier, st.just(read), ops, known))
    keys = draw(st.permutations(TIERS))[: draw(st.integers(1, 3))]
    if read is None and key == "first":
        keys = draw(st.permutations(TIERS))  # The second one may read any of them.
    tiers = tuple((one, draw(_joined(about))) for one in keys)
    return Model(key, table, draw(st.booleans()), tiers, draw(st.none() | policies()))


FIRST, SECOND, THIRD = (
    models("first", "customers"),
    models("second", "customers", "first"),
    models("third", "orders"),
)


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PAUSES = (
    1, 1000, 7 * MINUTE, HOUR, 5 * HOUR, 11 * HOUR, 25 * HOUR, 3 * DAY + HOUR, 8 * DAY, 31 * DAY - 1, 70 * DAY,
)  # fmt: skip
pauses = st.sampled_from(PAUSES)
delays = st.sampled_from((0, 0, 0, 1, HOUR, 2 * DAY))
which = st.integers(0, 5)
tables = st.sampled_from(("customers", "orders", "orders", "calls"))


def adds(table: str) -> st.SearchStrategy[Step]:
    parent = st.none() if table == "customers" else maybe(which)
    return st.builds(Add, pauses, st.just(table), whole(table), parent)


def edits(table: str) -> st.SearchStrategy[Step]:
    parent = st.none() if table == "customers" else st.none() | st.integers(-1, 5)
    return st.builds(Edit, pauses, st.just(table), which, some(table), parent)


def row_of(table: str) -> st.SearchStrategy[tuple[int, dict[str, Any]]]:
    return st.tuples(which, whole(table) if table == "orders" else some(table))


def many(table: str) -> st.SearchStrategy[tuple[tuple[int, dict[str, Any]], ...]]:
    return st.lists(row_of(table), max_size=4).map(tuple)


RULES = st.one_of(FIRST, SECOND, THIRD)
WORK = st.builds(Work, pauses)
WRITES = st.one_of(
    tables.flatmap(adds),
    tables.flatmap(adds),
    tables.flatmap(edits),
    tables.flatmap(edits),
    st.builds(Delete, pauses, tables, st.lists(which, min_size=1, max_size=2).map(tuple)),
    st.builds(Restore, pauses, tables, which),
)
IMPORTS = st.builds(Import, pauses, many("orders"), many("customers"), delays)
PUBLISHES = st.builds(Publish, pauses, RULES, delays)
LATE_IMPORTS = st.builds(Import, pauses, many("orders"), many("customers"), st.none())
LATE_PUBLISHES = st.builds(Publish, pauses, RULES, st.none())
KILLS = st.sampled_from((
    "job-claimed", "job-worked", "job-finished", "run-computed", "run-written", "run-stored",
    "columns-read", "columns-written", "columns-synced", "columns-renamed",
))  # fmt: skip
KILLED = st.one_of(
    st.builds(Work, pauses, KILLS),
    st.builds(Import, pauses, many("orders"), many("customers"), delays, KILLS),
    st.builds(Publish, pauses, RULES, delays, KILLS),
)
LASTING = st.sampled_from((None, 0, 1, 9, 40))
GIVES = st.builds(Give, pauses, st.integers(0, 2), which, st.integers(0, 3), LASTING)
TAKES = st.builds(Take, pauses, which)


RELOCATIONS = st.builds(Relocate, pauses, st.sampled_from(ZONES))


def steps(
    *kinds: st.SearchStrategy[Step], least: int = 6, most: int = 16
) -> st.SearchStrategy[tuple[Step, ...]]:
    return st.lists(st.one_of(*kinds), min_size=least, max_size=most).map(tuple)


@st.composite
def scripts(draw: st.DrawFn, *kinds: st.SearchStrategy[Step]) -> Script:
    return Script(
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from(BEGINNINGS)),
        tuple(
            draw(one)
            for one in draw(st.sampled_from(((FIRST,), (FIRST, SECOND), (FIRST, SECOND, THIRD))))
        ),
        tuple(draw(st.lists(whole("customers"), min_size=1, max_size=4))),
        tuple(draw(st.lists(st.tuples(which, whole("orders")), max_size=6))),
        draw(steps(*kinds)),
    )


def least(script: Script, plays: Callable[[Script], None]) -> Script:
    """Leave out of a script that fails what it fails without in the same way, as far as patience goes."""
    found, shorter, way = script, True, failure(script, plays)
    until = monotonic() + PATIENCE
    while shorter:
        shorter = False
        for part in ("steps", "models", "orders", "customers"):
            for place in reversed(range(len(getattr(found, part)))):
                kept = getattr(found, part)
                tried = replace(found, **{part: kept[:place] + kept[place + 1 :]})
                if monotonic() < until and tried.models and failure(tried, plays) == way:
                    found, shorter = tried, True
    return found


def failure(script: Script, plays: Callable[[Script], None]) -> str:
    """Return the kind of the error that a script ends with; empty where it ends well."""
    try:
        plays(script)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
        return type(error).__qualname__
    return ""


def without_stays(script: Script) -> Script:
    """The same where tiers depend on nothing but the present."""
    return replace(
        script,
        models=tuple(replace(one, stay=None) for one in script.models),
        steps=tuple(
            replace(one, model=replace(one.model, stay=None)) if isinstance(one, Publish) else one
            for one in script.steps
        ),
    )


def dated(values: dict[str, Any], today: date, now: int) -> dict[str, Any]:
    """Turn days and milliseconds from now into dates and instants."""
    found = dict(values)
    for key in ("joined", "day"):
        if isinstance(found.get(key), int):
            found[key] = today + timedelta(found[key])
    if isinstance(found.get("at"), int):
        found["at"] += now
    return found


assert DEFAULT not in TIERS
