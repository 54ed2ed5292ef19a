"""What one evaluation may cost, in steps and in bytes."""

from dataclasses import dataclass

from tierloom.errors import Invalid, Problem
from tierloom.text import T

MAX_STEPS = 20_000
MAX_BYTES = 1_000_000
MAX_DEPTH = 200


@dataclass(slots=True)
class Budget:
    """Counts down what is left; a rule that would take more is refused.

    A step is one operator applied once. Bytes are those of texts and lists that are built or looked
    through, so that a loop which doubles its result ends early.
    """

    steps: int = MAX_STEPS
    bytes: int = MAX_BYTES

    def step(self) -> None:
        """Take one step.

        Raises:
            Invalid: none is left.
        """
        self.steps -= 1
        if self.steps < 0:
            raise _spent()

    def spend(self, size: int) -> None:
        """Build or look through so many bytes.

        Raises:
            Invalid: there are not so many left.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise _spent()


def _spent() -> Invalid:
    message = T("The rule takes too many steps, or builds too much.")
    return Invalid([Problem("over-budget", "", message)])
