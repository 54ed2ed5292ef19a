"""Cells: what one place of a record table holds. `tierloom.schemas` turns values into cells and
back.

A cell is an integer (also scaled decimals, days, milliseconds, 0/1 and record ids), a text, or
unknown. Of a reference, an integer is the id of the other record and a text is its key while no
such record exists: two physical columns, one cell.
"""

from tierloom.schemas.field_types import Cell

__all__ = ["Cell"]
