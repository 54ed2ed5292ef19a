"""Makes and reads small files, in this process."""

from pathlib import Path

from tierloom.services.imports.child import read
from tierloom.services.imports.limits import ReadLimits
from tierloom.services.imports.order import Order
from tierloom.services.imports.shape import FileShape
from tierloom.services.imports.staging import StagedRows


def read_bytes(folder: Path, data: bytes, sheet: str = "") -> FileShape:
    """Read a file with these bytes as the reading process would."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "source"
    source.write_bytes(data)
    return read(Order(str(source), str(folder), "file", sheet, ReadLimits()))


def staged(folder: Path) -> list[tuple[object, ...]]:
    """All staged rows, as they lie in the chunks: cells, then the row's number."""
    return [
        row for batch in StagedRows(folder) for row in zip(*batch.to_pydict().values(), strict=True)
    ]
