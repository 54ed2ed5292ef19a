"""Rules as SQL for the engines where a company's data live: SQLite, PostgreSQL, DuckDB and Spark.

    compiler   the walk over nodes; `rollups`: totals of related records
    numbers    doubles and the whole numbers behind them; `civil` and `zones`: the calendar
    texts      by code points, without patterns and collations
    plan       the steps of a query; `layout`: tables and columns; `engines`: what differs
    terms      pieces of trees

What an engine could only approximate is `Refused`. Our own store never runs rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from tierloom.backends.sql.compiler import Compiler
from tierloom.backends.sql.engines import ENGINES, Engine
from tierloom.backends.sql.layout import Layout, Shadow
from tierloom.backends.sql.plan import Plan, Script
from tierloom.backends.sql.refused import Refused
from tierloom.backends.sql.rollups import roll_up
from tierloom.backends.sql.terms import BIGINT, Sql, case, cast, whole
from tierloom.domain.context import RunContext
from tierloom.rules import ir

__all__ = ["ENGINES", "Engine", "Layout", "Refused", "Shadow", "Statement", "translate"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query, and the values bound in it by name."""

    tree: exp.Select
    values: MappingProxyType[str, int | float | str]
    engine: Engine

    @property
    def text(self) -> str:
        """The query in the engine's own words, with the names of values as its driver takes them."""
        return self.tree.sql(dialect=self.engine.dialect)


def translate(
    rules: Sequence[ir.Predicate],
    table: str,
    context: RunContext,
    engine: Engine,
    layout: Layout | None = None,
    *,
    hold: bool = False,
) -> Statement:
    """Return one query that answers several rules for every record of a table.

    It gives the record's id, then for each rule 1 or 0: whether it holds. Under `hold` each rule has
    two such columns: whether it holds for certain, and whether its answer is certain.

    Raises:
        Refused: a rule cannot be translated exactly.
        KeyError: the catalogue has no such table.
    """
    context.catalogue.table(table)
    script = Script(engine, layout or Layout(), context)
    plan = Plan(script, table)
    compiler = Compiler(plan, roll_up, hold=hold)
    columns: list[Sql] = [exp.alias_(plan.id, "id")]
    for number, rule in enumerate(rules):
        answers = compiler.predicate(rule)
        columns.append(_answer(answers.true, f"rule_{number}"))
        if hold:
            certain = (
                exp.true() if answers.is_certain else exp.not_(answers.possible).or_(answers.true)
            )
            columns.append(_answer(certain, f"certain_{number}"))
    step = plan.finish(columns)
    tree = script.tree(exp.select(*columns).from_(step).order_by("id"))
    return Statement(tree, MappingProxyType(script.values), engine)


def _answer(predicate: Sql, name: str) -> Sql:
    return exp.alias_(cast(case([(predicate, whole(1))], whole(0)), BIGINT), name)
