"""Named points at which a test kills the process, to prove that nothing is lost there."""

import os
import signal
from collections import Counter

_VARIABLE = "TIERLOOM_FAIL_AT"
_passed: Counter[str] = Counter()


def fail_point(name: str) -> None:
    """Die as by `kill -9` if `TIERLOOM_FAIL_AT` names this point, as `name` or as `name:n` at the nth time."""
    wanted = os.environ.get(_VARIABLE)
    if not wanted:
        return
    point, _, time = wanted.partition(":")
    if point == name:
        _passed[name] += 1
        if _passed[name] == int(time or 1):
            os.kill(os.getpid(), signal.SIGKILL)
