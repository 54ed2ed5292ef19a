"""What differs from engine to engine: few things, because the calendar is worked out in whole numbers."""

from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from tierloom.backends.sql.terms import BIGINT, Sql, call, case, cast, whole


@dataclass(frozen=True, slots=True)
class Engine:
    """A database that rules can be translated for; `dialect` is sqlglot's name of it.

    `truncates`: a cast from double to integer drops the fraction (elsewhere it rounds, and there is
    a FLOOR). `keeps`: a named step of a query can be told to be worked out once.
    """

    name: str
    dialect: str
    truncates: bool = False
    keeps: bool = True

    def quotient(self, left: Sql, right: int) -> Sql:
        """Divide whole numbers, neither of which is negative."""
        if self.dialect in ("duckdb", "spark"):
            return exp.IntDiv(this=exp.paren(left), expression=whole(right))
        return exp.Div(this=exp.paren(left), expression=whole(right), typed=True, safe=False)

    def ratio(self, left: Sql, right: Sql) -> Sql:
        """Divide doubles; by zero is unknown."""
        under = exp.Nullif(this=right.copy(), expression=whole(0))
        typed, safe = self.dialect in ("sqlite", "postgres"), self.dialect == "sqlite"
        return exp.Div(this=exp.paren(left), expression=under, typed=typed, safe=safe)

    def remainder(self, left: Sql, right: Sql) -> Sql:
        """Return what is left of a division of whole numbers, with the sign of the dividend."""
        under = exp.Nullif(this=right.copy(), expression=whole(0))
        if self.dialect == "postgres":
            return call("MOD", left, under)
        return exp.Mod(this=exp.paren(left), expression=under)

    def floor(self, number: Sql) -> Sql:
        """Return the largest whole number that is not above a double (a bound column or a short term)."""
        if not self.truncates:
            return cast(exp.Floor(this=number.copy()), BIGINT)
        down = cast(number, BIGINT)
        return exp.paren(down - case([(number.copy() < down, whole(1))], whole(0)))

    def __str__(self) -> str:
        return self.name


ENGINES = MappingProxyType(
    {
        "sqlite": Engine("SQLite", "sqlite", truncates=True),
        "postgresql": Engine("PostgreSQL", "postgres"),
        "duckdb": Engine("DuckDB", "duckdb"),
        "spark": Engine("Spark", "spark", keeps=False),
    }
)
"""By the scheme of an engine's address."""
