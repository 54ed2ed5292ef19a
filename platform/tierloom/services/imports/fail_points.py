"""Named points at which a test kills the process, to prove that nothing is lost there."""

import os
import signal

_VARIABLE = "TIERLOOM_FAIL_AT"


def fail_point(name: str) -> None:
    """Die as by `kill -9` if `TIERLOOM_FAIL_AT` names this point."""
    if os.environ.get(_VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
