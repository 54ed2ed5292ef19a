"""From one snapshot of a table to the next: what is kept of the former one serves the next one."""

from typing import Protocol, runtime_checkable

from tierloom.engine.columns import Columns, Positions
from tierloom.engine.reads import Reads


class Step(Protocol):
    """The way from a former snapshot of a table to a later one."""

    @property
    def gone(self) -> Positions:
        """Where in the former snapshot the records stood that are not in the later one, ascending."""
        ...

    @property
    def come(self) -> Positions:
        """Where in the later snapshot the records stand that were not in the former one, ascending."""
        ...

    def touched(self, reads: Reads) -> Positions | None:
        """Return the records of the later snapshot about which a rule that reads this may say something else.

        None says that they are too many to be worth telling.
        """
        ...

    def part(self, reads: Reads) -> Columns:
        """Return the touched records as a table."""
        ...

    def after(self, earlier: "Step") -> "Step":
        """Return an earlier step and this one together."""
        ...


@runtime_checkable
class Heir(Protocol):
    """Something in a snapshot's cache that can be of use to the next snapshot."""

    def heir(self, step: Step) -> object:
        """Return what the next snapshot's cache holds under the same name."""
        ...
