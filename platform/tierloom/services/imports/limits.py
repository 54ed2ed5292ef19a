"""What a file may cost. A file comes from a stranger: everything about it has an end."""

from dataclasses import dataclass

MIB = 1 << 20
CHUNK_ROWS = 20_000
MAX_CELL_BYTES = 10 * MIB
MAX_COLUMNS = 20_000
MAX_TEXT_BYTES = 2 << 30
MAX_ENTRIES = 10_000
MAX_RATIO = 200
MAX_UNZIPPED_BYTES = 1 << 30
MAX_SHEET_CELLS = 50_000_000
SAMPLE_BYTES = MIB
SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What the process that reads a file may use. It limits itself; `wall_seconds` is watched from
    outside.
    """

    memory_bytes: int = 1536 * MIB
    cpu_seconds: int = 300
    file_bytes: int = 4 << 30
    wall_seconds: float = 900.0
