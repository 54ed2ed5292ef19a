"""What was decided about each row of a file that has the header's width."""

from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DECISIONS_FILE = "decisions.npy"
Decisions = NDArray[np.int8]


class Decision(IntEnum):
    """Write the row, refuse it for a problem, or skip it because a later row has its key."""

    TAKE = 0
    REJECT = 1
    SKIP = 2


def save_decisions(folder: Path, decisions: Decisions) -> None:
    """Write the decisions beside the cells that they are about."""
    partial = folder / f"{DECISIONS_FILE}.part"
    with partial.open("wb") as stream:
        np.save(stream, decisions)
    partial.replace(folder / DECISIONS_FILE)


def load_decisions(folder: Path) -> Decisions:
    """Return the decisions of the check.

    Raises:
        FileNotFoundError: the import was not checked.
    """
    decisions: Decisions = np.load(folder / DECISIONS_FILE)
    return decisions
