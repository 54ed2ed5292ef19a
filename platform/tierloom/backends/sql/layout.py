"""Where an engine keeps the records: tables with one column a field, holding what our own database holds.

Whole numbers are scaled (12.50 is 1250), yes and no are 1 and 0, dates are days and instants are
milliseconds since 1970-01-01 UTC, several choices are `|a|c|`, a reference is the other record's id.
The result of a tier model is the key of a tier, in a column `tier:<key of the model>`. Unknown is NULL, never an empty
text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from tierloom.rules.ir import Function

ID = "id"
"""The column of a record's number; no field can have this key."""

Shadow = tuple[str, str, Function]
"""A table, a text field, and the function whose results a column of their own holds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Tables and columns by their keys. `shadows` tells for which texts capitals or small letters are stored."""

    prefix: str = ""
    shadows: Callable[[Shadow], bool] = lambda _: False

    def table(self, key: str) -> exp.Table:
        """Return a table."""
        return exp.Table(this=exp.to_identifier(self.prefix + key, quoted=True))

    def column(self, key: str) -> exp.Identifier:
        """Return the column of a field."""
        return exp.to_identifier(key, quoted=True)

    def shadow(self, table: str, key: str, function: Function) -> str | None:
        """Return the key of the column that holds a function's results, None where there is none."""
        return f"{key}:{function.value}" if self.shadows((table, key, function)) else None
