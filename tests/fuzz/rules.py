"""Random rules, most of them wrong: whatever comes in is answered or refused, and never anything else.

`make fuzz` runs 200,000 on all cores. A failure prints its seed: `python -m tests.fuzz.rules --count 1 --seed N`.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import repeat
from typing import Any

from tierloom.domain.context import RunContext
from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.rules.builder.read import read_tree
from tierloom.rules.compile import compile_rule
from tierloom.rules.conformance import Suite, read_suite
from tierloom.rules.convert import export_rule, import_rule
from tierloom.rules.dialects.targets import TARGETS
from tierloom.rules.given import GivenRow, read_record
from tierloom.rules.js import compile_js
from tierloom.rules.operators import ALIASES, BANNED, FOREIGN, OPERATORS, PLANNED
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.rules.sentence import sentence

KEYS = [*OPERATORS, *ALIASES, *FOREIGN, *sorted(BANNED | PLANNED), "frobnicate", "", "constructor"]
CONSTANTS: Sequence[Any] = (
    None, True, False, 0, 1, -1, 3, 90, 500, 0.1, 1e15, 123456789012345678, 1e-7, -0.0, 2.5,
    "", " ", "sh", "gold", "tea", "a", "%", "王芳", "😀", "e\u0301", "\x00", "\ud800", "x" * 300,
    "2025-03-31", "2025-03-31T00:00:00.000Z", "9999-12-31", "0001-01-01", "2025-02-30",
    "day", "month", "hour", "1", "1e400", "name", "orders", "customer.city", "__class__", "city.length",
    "company", "company.size", "accumulator", "current.amount", "current", "worth", "spenders", "310000",
)  # fmt: skip
FIELDS = (
    "name", "spend", "debt", "dollars", "visits", "rate", "weight", "last", "joined", "plus",
    "city", "level", "tags", "region", "stars", "company", "company.size", "total", "newest", "idle",
    "mean", "orders", "amount", "day", "kind", "", "colour",
)  # fmt: skip
DATA: Sequence[Any] = (
    {},
    {"visits": 3, "spend": 500.5, "city": "sh", "plus": True, "name": "王芳😀", "last": "2025-03-01"},
    {
        "joined": "2025-03-30T16:00:00Z", "tags": ["tea"], "level": "gold", "rate": 0.5, "stars": 4,
        "orders": [{"day": "2025-03-01", "amount": 10, "kind": "web"}, {"amount": None}],
        "company": {"code": "A", "size": 5},
    },
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """What rules are asked about, and rules to begin with."""

    suite: Suite
    context: RunContext
    rows: tuple[GivenRow, ...]
    seeds: tuple[str, ...] = field(repr=False)


@cache
def world() -> World:
    suite = read_suite()
    context = suite.cases[0].context
    rows = tuple(read_record(one, "customers", suite.catalogue, context.zone) for one in DATA)
    rules = [*(one.rule for one in suite.cases), *(one.rule for one in suite.refused)]
    return World(suite, context, rows, tuple(json.dumps(one) for one in rules))


# ── making rules ────────────────────────────────────────────────────────────────────────────────


def places(rule: Any) -> list[tuple[Any, Any]]:
    """All (container, key) pairs of a tree."""
    found: list[tuple[Any, Any]] = []
    stack = [rule]
    while stack:
        one = stack.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], (dict, list)):
                stack.append(one[key])
    return found


def anything(pick: random.Random, depth: int = 0) -> Any:
    """A small random tree."""
    what = pick.random()
    if depth > 4 or what < 0.3:
        return pick.choice(CONSTANTS)
    if what < 0.5:
        return {"var": pick.choice(FIELDS)}
    inner = [anything(pick, depth + 1) for _ in range(pick.randint(0, 3))]
    return inner if what < 0.6 else {pick.choice(KEYS): inner}


def changed(pick: random.Random, rule: Any) -> Any:
    """A rule with one thing changed in it."""
    found = places(rule) if isinstance(rule, (dict, list)) else []
    if not found:
        return {pick.choice(KEYS): [rule, anything(pick)]}
    holder, key = pick.choice(found)
    match pick.randrange(7):
        case 0:
            holder[key] = anything(pick)
        case 1:
            holder[key] = {pick.choice(KEYS): [holder[key]]}
        case 2 if isinstance(holder, list):
            holder.insert(pick.randint(0, len(holder)), anything(pick))
        case 3 if isinstance(holder, list):
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[pick.choice(KEYS)] = holder.pop(key)
        case 5 if isinstance(holder, dict):
            holder[pick.choice(KEYS)] = anything(pick)
        case _:
            other_holder, other_key = pick.choice(found)
            holder[key] = json.loads(json.dumps(other_holder[other_key]))
    return rule


def spoilt(pick: random.Random, text: str) -> str:
    """JSON text with a few characters changed."""
    for _ in range(pick.randint(1, 3)):
        place = pick.randint(0, len(text))
        match pick.randrange(4):
            case 0:
                text = text[:place] + text[place + 1 :]
            case 1:
                text = text[:place] + pick.choice('{}[]",:0e-9\\uNaN \x00\ud800') + text[place:]
            case 2:
                text = text[:place] + text[place : place + 9] * pick.randint(1, 40) + text[place:]
            case _:
                text = text[:place] + '{"!":[' * pick.randint(1, 60) + text[place:]
    return text


def make(seed: int) -> str:
    """The JSON text of the rule with this number."""
    pick = random.Random(seed)
    rule = json.loads(pick.choice(world().seeds)) if pick.random() < 0.8 else anything(pick)
    for _ in range(pick.randint(0, 4)):
        rule = changed(pick, rule)
        if len(places(rule) if isinstance(rule, (dict, list)) else ()) > 400:
            break
    text = json.dumps(rule, ensure_ascii=pick.random() < 0.5)
    return spoilt(pick, text) if pick.random() < 0.2 else text


# ── asking them ─────────────────────────────────────────────────────────────────────────────────


def refused(ask: Callable[[], object]) -> bool:
    """Whether it was refused, in the one way there is."""
    try:
        ask()
    except Invalid as invalid:
        return bool(invalid.problems) or _unsaid(invalid)
    return False


def _unsaid(invalid: Invalid) -> bool:
    raise AssertionError(f"{invalid!r} has no problem")


def _in_js(document: RuleDocument, data: Any) -> object:
    return compile_js(document)(data)


def ask_all(text: str) -> bool:
    """Ask a rule of everything that takes rules; True if it compiles."""
    here = world()
    suite, zone, document = here.suite, here.context.zone, RuleDocument(text)
    for data in DATA:
        refused(partial(_in_js, document, data))
    known: Any = ("customers", suite.catalogue, suite.objects)
    str(sentence(document, "customers", suite.catalogue, suite.objects, "en", zone=zone))
    read_tree(document, "customers", suite.catalogue, zone=zone)
    try:
        compiled = compile_rule(document, *known, zone=zone)
    except Invalid as invalid:
        return not invalid.problems and _unsaid(invalid)
    for make_one in (compile_predicate, compile_kleene):
        ask = make_one(compiled.predicate, here.context)
        assert all(ask(row) in (True, False, None) for row in here.rows)
    imported = import_rule(document, *known, zone=zone)
    assert import_rule(imported, *known, zone=zone) == imported
    for dialect in TARGETS:
        refused(partial(export_rule, imported, dialect, *known, zone=zone))
    return True


def fuzz(first: int, count: int) -> tuple[int, float]:
    """Ask `count` rules; return how many compiled, and the longest time that one of them took.

    Raises:
        AssertionError: one was neither answered nor refused.
    """
    compiled, longest = 0, 0.0
    for seed in range(first, first + count):
        text = make(seed)
        begin = time.thread_time()
        try:
            compiled += ask_all(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text[:2000]!r}: {error!r}") from error
        longest = max(longest, time.thread_time() - begin)
    return compiled, longest


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--count", type=int, default=200_000)
    words.add_argument("--seed", type=int, default=0)
    told = words.parse_args()
    share = 1_000
    starts = range(told.seed, told.seed + told.count, share)
    begin = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(fuzz, starts, repeat(min(share, told.count))))
    compiled, longest = sum(one for one, _ in found), max(one for _, one in found)
    sys.stdout.write(
        f"{told.count:,} rules, {compiled:,} compiled, the others refused; "
        f"{time.perf_counter() - begin:.0f} s, the slowest {longest * 1000:.0f} ms\n"
    )


if __name__ == "__main__":
    main()
