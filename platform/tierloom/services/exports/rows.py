"""The rows of an export as they come: in chunks, each a list of rows, each a list of values in
column order.
"""

from collections.abc import Iterable, Sequence

from tierloom.domain.fields import Value

RowChunk = Sequence[Sequence[Value]]
RowChunks = Iterable[RowChunk]
