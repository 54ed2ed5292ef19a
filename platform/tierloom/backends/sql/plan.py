"""A query over one table, in steps: each works out columns from those of the step before.

Every value of a rule is a column of some step, so that nothing is worked out twice and no term grows
with its depth. The first step reads fields, records above and totals of related records; a column
that no later step needs is dropped.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from sqlglot import exp

from tierloom.backends.sql.engines import Engine
from tierloom.backends.sql.layout import ID, Layout
from tierloom.backends.sql.terms import Kind, Sql, case, cast, whole
from tierloom.domain.context import RunContext

_JOINS = 20
"""Totals that one step reads; SQLite joins 64 tables at most."""
_BASE = "t"


@dataclass(frozen=True, slots=True)
class Total:
    """A named step with one row a parent, and how it is made once the child's step is known."""

    name: str
    needs: tuple[str, ...]
    make: Callable[[str], Iterable[tuple[str, exp.Select]]]
    child: "Plan"


@dataclass
class Script:
    """One statement: its named steps in order, and its bound values."""

    engine: Engine
    layout: Layout
    context: RunContext
    steps: list[tuple[str, exp.Select]] = field(default_factory=list)
    values: dict[str, int | float | str] = field(default_factory=dict)
    _bound: dict[tuple[type, int | float | str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def name(self, letter: str) -> str:
        """Return a name that the statement does not have yet."""
        return f"{letter}{next(self._numbers)}"

    def bound(self, value: float | str, kind: Kind) -> Sql:
        """Return a bound value, cast: what an engine would take it for does not matter."""
        known = (type(value), value)
        if known not in self._bound:
            self._bound[known] = f"p{len(self._bound) + 1}"
            self.values[self._bound[known]] = value
        return cast(exp.Placeholder(this=self._bound[known]), kind)

    def add(self, name: str, select: exp.Select) -> None:
        """Append a step."""
        self.steps.append((name, select))

    def tree(self, last: exp.Select) -> exp.Select:
        """Return the whole statement."""
        materialized = True if self.engine.keeps else None
        last.set(
            "with_",
            exp.With(
                expressions=[
                    exp.CTE(
                        this=select,
                        alias=exp.TableAlias(this=exp.to_identifier(name)),
                        materialized=materialized,
                    )
                    for name, select in self.steps
                ]
            ),
        )
        return last


class Plan:
    """The steps over one table of the catalogue."""

    def __init__(self, script: Script, table: str) -> None:
        self.script = script
        self.table = table
        self.memo: dict[object, object] = {}
        self.plans: dict[object, Plan] = {}
        self._sources: dict[Sql, str] = {}
        self._terms: dict[str, tuple[int, Sql]] = {}
        self._names: dict[Sql, str] = {}
        self._above: dict[tuple[str, ...], tuple[str, str]] = {}
        self._totals: list[Total] = []

    # ── columns ─────────────────────────────────────────────────────────────────────────────────

    def let(self, term: Sql) -> Sql:
        """Work a term out in a step of its own; return its column. A column stays as it is."""
        if isinstance(term, exp.Column):
            return term
        if term not in self._names:
            name = self.script.name("c")
            self._names[term] = name
            self._terms[name] = (self._level(term) + 1, term)
        return exp.column(self._names[term])

    def flag(self, predicate: Sql) -> Sql:
        """Work a predicate out in a step of its own; return a short predicate that says the same."""
        return self.let(case([(predicate, whole(1))], whole(0))).eq(whole(1))

    def field(self, path: tuple[str, ...]) -> Sql:
        """Return a stored field, of this record or of one that references lead up to."""
        table, alias = self._home(path[:-1])
        home = self.script.context.catalogue.table(table).find(path[-1])
        if home is not None and home.type.target is not None:
            return self._source(ID, self._home(path)[1])
        return self._source(path[-1], alias)

    def table_of(self, path: tuple[str, ...]) -> str:
        """Return the table that a path's field is in."""
        return self._home(path[:-1])[0]

    def shadow(self, path: tuple[str, ...], key: str) -> Sql:
        """Return the column that stands beside a stored text."""
        return self._source(key, self._home(path[:-1])[1])

    @property
    def id(self) -> Sql:
        """The record's number."""
        return self._source(ID, _BASE)

    def raw(self, key: str) -> Sql:
        """Return a column of the table as it is, whether or not a record stands behind it."""
        return self._source(key, _BASE)

    def total(self, total: Total, key: str) -> Sql:
        """Return a column of totals of related records."""
        if total not in self._totals:
            self._totals.append(total)
        return self._source(key, total.name)

    def _source(self, key: str, alias: str) -> Sql:
        column = exp.column(exp.to_identifier(key, quoted=True), table=alias)
        if column not in self._sources:
            name = self.script.name("c")
            self._sources[column] = name
            self._terms[name] = (0, column)
        return exp.column(self._sources[column])

    def _home(self, references: tuple[str, ...]) -> tuple[str, str]:
        """Return the table that references lead to, and the name under which it is joined."""
        if not references:
            return self.table, _BASE
        if references not in self._above:
            table, _ = self._home(references[:-1])
            target = self.script.context.catalogue.table(table).field(references[-1]).type.target
            assert target is not None, "a path goes up by references"
            self._above[references] = (target, self.script.name("u"))
        return self._above[references]

    def _level(self, term: Sql) -> int:
        names = (one.name for one in term.find_all(exp.Column))
        return max((self._terms[name][0] for name in names), default=0)

    # ── the steps ───────────────────────────────────────────────────────────────────────────────

    def finish(self, columns: Iterable[Sql]) -> str:
        """Add all steps to the script; return the name of the last one, which holds these columns."""
        needed = {one.name for column in columns for one in column.find_all(exp.Column)}
        last = max((self._terms[name][0] for name in needed), default=0)
        keep = [set[str]() for _ in range(last + 1)]
        keep[last] = set(needed)
        for level in range(last, 0, -1):
            for name in keep[level]:
                made, term = self._terms[name]
                if made < level:
                    keep[level - 1].add(name)
                else:
                    keep[level - 1].update(one.name for one in term.find_all(exp.Column))
        step = self._first(sorted(keep[0], key=_number))
        for level in range(1, last + 1):
            chosen = [self._selected(name, level) for name in sorted(keep[level], key=_number)]
            step = self._add(exp.select(*chosen).from_(exp.to_table(step), copy=False))
        return step

    def _selected(self, name: str, level: int) -> Sql:
        made, term = self._terms[name]
        return exp.alias_(term, name) if made == level else exp.column(name)

    def _first(self, names: list[str]) -> str:
        """Read the fields, then the totals, some at a time."""
        spread: dict[str, list[str]] = {}
        for name in names:
            spread.setdefault(self._terms[name][1].text("table"), []).append(name)
        totals = [one for one in self._totals if one.name in spread]
        for child, needs in self._children(totals).items():
            step = child.finish([exp.column(name) for name in needs])
            for total in totals:
                if total.child is child:
                    for name, select in total.make(step):
                        self.script.add(name, select)
        inner = {one.name for one in totals}
        own = [name for table, found in spread.items() if table not in inner for name in found]
        select = self._read(own, totals[:_JOINS], spread)
        step = self._add(select)
        carried = own + [name for one in totals[:_JOINS] for name in spread[one.name]]
        for start in range(_JOINS, len(totals), _JOINS):
            some = totals[start : start + _JOINS]
            step = self._further(step, carried, some, spread)
            carried += [name for one in some for name in spread[one.name]]
        return step

    def _children(self, totals: list[Total]) -> dict["Plan", list[str]]:
        found: dict[Plan, list[str]] = {}
        for total in totals:
            found.setdefault(total.child, []).extend(total.needs)
        return found

    def _read(
        self, own: list[str], totals: list[Total], spread: dict[str, list[str]]
    ) -> exp.Select:
        names = own + [name for one in totals for name in spread[one.name]]
        key = exp.column(exp.to_identifier(ID, quoted=True), table=_BASE)
        chosen = [exp.alias_(key, "record"), *(exp.alias_(self._terms[n][1], n) for n in names)]
        table = self.script.layout.table(self.table)
        select = exp.select(*chosen).from_(exp.alias_(table, _BASE, table=True), copy=False)
        for references, (target, alias) in self._above.items():
            below = self._home(references[:-1])[1]
            on = exp.column(exp.to_identifier(ID, quoted=True), table=alias).eq(
                exp.column(self.script.layout.column(references[-1]), table=below)
            )
            joined = exp.alias_(self.script.layout.table(target), alias, table=True)
            select.join(joined, on=on, join_type="left", copy=False)
        for one in totals:
            on = exp.column("parent", table=one.name).eq(key)
            select.join(exp.to_table(one.name), on=on, join_type="left", copy=False)
        return select

    def _further(
        self, step: str, carried: list[str], totals: list[Total], spread: dict[str, list[str]]
    ) -> str:
        chosen: list[Sql] = [exp.column(name, table=step) for name in ["record", *carried]]
        chosen += [exp.alias_(self._terms[n][1], n) for one in totals for n in spread[one.name]]
        select = exp.select(*chosen).from_(exp.to_table(step), copy=False)
        for one in totals:
            on = exp.column("parent", table=one.name).eq(exp.column("record", table=step))
            select.join(exp.to_table(one.name), on=on, join_type="left", copy=False)
        return self._add(select)

    def _add(self, select: exp.Select) -> str:
        name = self.script.name("s")
        self.script.add(name, select)
        return name


def _number(name: str) -> int:
    return int(name[1:])
