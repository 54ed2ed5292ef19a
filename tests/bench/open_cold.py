"""Open a stored yardstick in this process, which knows nothing of it yet; print what that took, as JSON.

Dictionaries are opened too: each is asked for a text that it does not have.
"""

import json
import pickle
import sys
import time
from pathlib import Path

from tests.bench.stored import Place
from tierloom.engine.columns import TextColumn
from tierloom.store.columns import ColumnStore
from tierloom.store.database import Database


def _private() -> int:
    """Bytes of memory that this process shares with nobody; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) * 1024


def main() -> None:
    place = pickle.loads(Path(sys.argv[1]).read_bytes())
    assert isinstance(place, Place)
    database = Database(place.database, place.folder.parent)
    with database.reading() as uow:
        uow.workspaces.all()
    held, cpu, wall = _private(), time.process_time(), time.perf_counter()
    store = ColumnStore(database, place.folder)
    snapshot = store.latest(place.workspace, place.catalogue)
    texts = 0
    for table in snapshot:
        for one in table.record_type.fields:
            column = table.column(one.key)
            if isinstance(column, TextColumn):
                assert column.dictionary.code("no such text") == -1
                texts += len(column.dictionary)
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps({**spent, "private": _private() - held, "texts": texts}))
    database.close()


if __name__ == "__main__":
    main()
