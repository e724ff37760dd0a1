"""Native readers that a file can make abort or take all memory, each in a process of its own.

A program that has no memory left aborts, and takes with it whoever called it as a function. So what
reads workbooks runs beside: bounded in memory and time, ended with the run, and whatever becomes of
it there's one message.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from userops.core.errors import InputError
from userops.engines import memory, temporary

# Where a process finds the package as this one does.
_START = "import sys, json; sys.path[:] = json.loads(sys.argv.pop(1)); "


class NativeError(Exception):
    """What a native reader says of a file that it can't read."""


def run(name: str, module: str, path: Path, folder: Path, *, room: int, seconds: int) -> Any:
    """What the function `main` of a module gives of a file, as JSON; it may put files into `folder`.

    Args:
        name: the file's, as people know it.
        module: the module.
        path: the file.
        folder: for what it writes.
        room: bytes of memory beside what the process itself takes.
        seconds: of computing.

    Raises:
        NativeError: it says that the file can't be read.
        InputError: it took more than that, or ended in an unforeseen way.
    """
    limit = min(room, memory.current())
    start = f"{_START}from {module} import main; main(*sys.argv[1:])"
    arguments = [json.dumps(sys.path), str(path.absolute()), str(folder), str(limit), str(seconds)]
    with (
        subprocess.Popen(
            [sys.executable, "-E", "-c", start, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Threads have memory of their own, and here nothing is gained by many.
            env={**os.environ, "POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"},
        ) as process,
        temporary.process(process),
    ):
        out, err = process.communicate()
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if process.returncode == 0 and isinstance(answer, dict):
        if "error" in answer:
            raise NativeError(answer["error"])
        return answer["found"]
    raise _broke_off(name, process.returncode, err.decode(errors="replace"), limit, seconds)


def _broke_off(name: str, code: int, said: str, limit: int, seconds: int) -> InputError:
    import signal

    if -code in (getattr(signal, "SIGXCPU", None), getattr(signal, "SIGKILL", None)):
        return InputError(
            f"{name}: reading it took more than {seconds} seconds of computing, or was ended",
            mend="is it what it should be? save it as CSV",
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if -code == signal.SIGABRT or "memory" in said.lower():
        return InputError(
            f"{name}: takes more than {memory.spelled(limit)} of memory to be opened",
            mend="something stands far out or is repeated without end? save it as CSV; "
            "else --memory allows more",
        )
    return InputError(
        f"{name}: what reads it broke off: {lines[-1] if lines else f'code {code}'}",
        mend="is it damaged? export it again, or save it as CSV",
    )


def bound(limit: int, seconds: int) -> None:
    """Bound this process, which is one of its own, from now on."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        taken = pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        taken = 4 << 30  # what libraries map, at most
    for what, most in ((resource.RLIMIT_AS, taken + limit), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(OSError, ValueError):  # macOS takes none below what libraries map
            resource.setrlimit(what, (allowed, hard))
    if hasattr(resource, "RLIMIT_CORE"):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
