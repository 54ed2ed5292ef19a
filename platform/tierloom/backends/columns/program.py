"""Programs: many expressions worked out together, one block of records after another.

A block fits the processor's cache, so that each column is read from memory once however many steps need
it, and what a step leaves is still there for the next one. Equal steps are one. A register is emptied
after its last use: the next step writes into memory that is warm.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

BLOCK = 32_768
"""Records at a time where many steps read the same columns: what they read stays in the cache."""

_FEW = 48
"""So many steps are few. Of a longer block they are carried out more quickly than they are called."""

BLOCK_OF_VALUES, BLOCK_OF_TESTS = 65_536, 131_072
"""Records at a time for a few steps, some of which make doubles, and for a few that only test columns."""

SPAN = 0
"""The register that holds the stretch of records at hand, as a slice."""

Work = Callable[..., Any]
Take = Callable[[slice, Any], None]
"""Takes what a register holds for a block."""


class Program:
    """Steps over registers, in the order in which they were added."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, Work, tuple[int, ...]]] = []
        self._constants: dict[int, Any] = {}
        self._known: dict[Hashable, int] = {}
        self._size = SPAN + 1
        self.makes_values = False
        """Whether some step makes values, rather than answers."""

    def constant(self, name: Hashable, make: Callable[[], Any]) -> int:
        """Return a register that holds the same for every block; those with the same name are one."""
        if name not in self._known:
            value = make()
            self._known[name] = register = self._new()
            self._constants[register] = value
        return self._known[name]

    def step(self, name: Hashable, make: Callable[[], Work], *inputs: int) -> int:
        """Return the register of a step; steps with the same name and inputs are one.

        `make` gives what works it out, from what the inputs hold.
        """
        key = name, inputs
        if key not in self._known:
            work = make()
            self._known[key] = register = self._new()
            self._steps.append((register, work, inputs))
        return self._known[key]

    def run(self, size: int, outputs: Sequence[tuple[int, Take]]) -> None:
        """Go through so many records, handing on what the registers of `outputs` hold.

        The bits of a block begin at a whole byte: blocks are multiples of eight.
        """
        registers = self._registers()
        steps = self._with_last_uses({register for register, _ in outputs})
        block = BLOCK_OF_VALUES if self.makes_values else BLOCK_OF_TESTS
        step = BLOCK if len(steps) > _FEW else block
        for start in range(0, size, step):
            registers[SPAN] = span = slice(start, min(start + step, size))
            for register, work, inputs, done in steps:
                registers[register] = work(*[registers[one] for one in inputs])
                for one in done:
                    registers[one] = None
            for register, take in outputs:
                take(span, registers[register])

    def _new(self) -> int:
        self._size += 1
        return self._size - 1

    def _registers(self) -> list[Any]:
        found: list[Any] = [None] * self._size
        for register, value in self._constants.items():
            found[register] = value
        return found

    def _with_last_uses(
        self, outputs: set[int]
    ) -> list[tuple[int, Work, tuple[int, ...], tuple[int, ...]]]:
        """Return the steps that the outputs need, each with the registers that nobody reads after it."""
        found = []
        needed, read = set(outputs), set(outputs)
        stays = {SPAN, *self._constants}
        for register, work, inputs in reversed(self._steps):
            if register not in needed:
                continue
            done = tuple(one for one in dict.fromkeys(inputs) if one not in read | stays)
            needed.update(inputs)
            read.update(inputs)
            found.append((register, work, inputs, done))
        return found[::-1]
