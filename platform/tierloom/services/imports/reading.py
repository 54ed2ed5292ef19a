"""Read a file in a process of its own, whose memory, time and files are limited."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tierloom.errors import Invalid, Problem
from tierloom.services.imports.limits import MIB, ReadLimits
from tierloom.services.imports.order import Order
from tierloom.services.imports.shape import FileShape
from tierloom.services.notes import problem_from_json
from tierloom.text import T, Text

_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR", "SYSTEMROOT")
_OUT_OF_TIME = (signal.SIGXCPU, signal.SIGKILL)


def read_file(
    source: Path, folder: Path, name: str, sheet: str = "", limits: ReadLimits | None = None
) -> FileShape:
    """Read CSV, TSV (also gzipped) or XLSX into `folder` as staged text columns, and say what was
    found.

    `name` is what the user calls the file. The process gets none of our settings or secrets.

    Raises:
        Invalid: the file cannot be taken, and why; nothing of it is used.
    """
    limits = limits or ReadLimits()
    order = Order(str(source.absolute()), str(folder.absolute()), name, sheet, limits)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tierloom.services.imports.child"],
            input=order.to_json(),
            capture_output=True,
            encoding="utf-8",
            env=_environment(),
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise _refused("too-slow", T("Reading the file took too long.")) from fault
    return _answer(done, limits)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }


def _answer(done: "subprocess.CompletedProcess[str]", limits: ReadLimits) -> FileShape:
    if done.returncode == 0:
        body = json.loads(done.stdout)
        if "shape" in body:
            return FileShape.from_json(body["shape"])
        raise Invalid(problem_from_json(one) for one in body["problems"])
    if -done.returncode in _OUT_OF_TIME:
        raise _refused("too-slow", T("Reading the file took too long."))
    if done.returncode < 0 or "MemoryError" in done.stderr or "bad_alloc" in done.stderr:
        message = T(
            "Reading the file needs more than %(size)s MB of memory.",
            size=limits.memory_bytes // MIB,
        )
        raise _refused("too-much-memory", message)
    if "File too large" in done.stderr:
        size = limits.file_bytes // MIB
        raise _refused("file-too-large", T("The text is larger than %(size)s MB.", size=size))
    raise RuntimeError(f"The reading process failed: {done.stderr[-2_000:]}")


def _refused(code: str, message: Text) -> Invalid:
    return Invalid(
        [Problem(code, "", message, T("Split the file, or save it as “CSV UTF-8”, and try again."))]
    )
