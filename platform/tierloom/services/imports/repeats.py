"""Values that may occur once: within the file, and in the file and the table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.domain.fields import Field
from tierloom.errors import Problem
from tierloom.services.imports.cells import Flags, TakenRows
from tierloom.services.imports.resolving import Refusals
from tierloom.services.imports.work import ImportWork
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

Places = NDArray[np.int64]


def repeated_keys(column: Any, taken: Flags) -> Places:
    """Return the places of taken rows whose key comes again in a later one: the last row of a key
    counts.
    """
    places, codes = _codes(column, taken)
    _, last = np.unique(codes[::-1], return_index=True)
    keep = np.zeros(places.size, dtype=np.bool_)
    keep[places.size - 1 - last] = True
    return places[~keep]


def repeated_values(column: Any, taken: Flags) -> Places:
    """Return the places of taken rows whose value an earlier one has: of other unique fields the
    first row counts.
    """
    places, codes = _codes(column, taken)
    known = codes >= 0
    places, codes = places[known], codes[known]
    _, first = np.unique(codes, return_index=True)
    keep = np.zeros(places.size, dtype=np.bool_)
    keep[first] = True
    return places[~keep]


def _codes(column: Any, taken: Flags) -> tuple[Places, NDArray[np.int64]]:
    """Taken places, and a number for each distinct cell there; -1 for unknown."""
    places = np.flatnonzero(taken)
    if not places.size:
        return places, np.zeros(0, np.int64)
    encoded = column.take(pa.array(places)).combine_chunks().dictionary_encode()
    whole = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    return places, pc.fill_null(whole.indices.cast(pa.int64()), -1).to_numpy()


def refuse_taken_values(
    uow: UnitOfWork, work: ImportWork, taken: TakenRows, ids: Sequence[int | None]
) -> Refusals:
    """Refuse rows with a unique value that another record of the table has."""
    refused: Refusals = {}
    for field in work.unique_fields:
        cells = taken.columns[field.key]
        if all(cell is None for cell in cells):
            continue
        holders = uow.records(work.record_type).ids_by_key(cells, field.key)
        for place, cell in enumerate(cells):
            if holders.get(cell, ids[place]) != ids[place]:
                refused.setdefault(place, (field.key, _taken(field)))
    return refused


def _taken(field: Field) -> Problem:
    message = T("Another record has the same %(field)s.", field=field.label)
    return Problem("value-taken", f"/{field.key}", message)
