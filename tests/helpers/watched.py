"""Run the program as a process of its own, and watch what it takes: time, memory, what it leaves."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.running import ENVIRONMENT

# What no attack may take.
SECONDS, MEGABYTES = 20, 1024


@dataclass(frozen=True)
class Watched:
    """How a run ended, what it said, and what it took at most with all its processes."""

    code: int
    out: bytes
    err: str
    seconds: float
    megabytes: int

    @property
    def problems(self) -> list[str]:
        """What it says that isn't a note."""
        return [line for line in self.err.splitlines() if not line.startswith("note:")]


def watched(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    space: int | None = None,
    end: tuple[float, int] | None = None,
    stdin: bytes = b"",
    seconds: float = SECONDS * 3,
) -> Watched:
    """Run a command line.

    Args:
        cwd: where.
        env: more of the environment.
        space: bytes of address space it may have.
        end: after how many seconds it's sent which signal.
        stdin: what it's given.
        seconds: after which it's killed, and that's a failure.
    """

    def bound() -> None:
        if space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (space, space))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    command = [sys.executable, "-m", "userops", *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            [os.fsencode(one) if isinstance(one, (str, Path)) else str(one) for one in command],
            cwd=cwd,
            env={**ENVIRONMENT, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=bound,  # noqa: PLW1509 - nothing else runs here
        )
        assert process.stdin
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
            process.stdin.close()
        most, sent = 0, 0.0
        while process.poll() is None:
            most = max(most, _resident(process.pid))
            now = time.monotonic()
            if end and not sent and now - start > end[0]:
                sent = now
                process.send_signal(end[1])
            if now - start > seconds or most > 3 * MEGABYTES:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise AssertionError(f"{arguments}: took {now - start:.0f} s, {most} MB")
            time.sleep(0.02)
        took = time.monotonic() - (sent or start)
        out.seek(0)
        err.seek(0)
        said = err.read().decode(errors="surrogateescape")
        return Watched(process.returncode, out.read(), said, took, most)


def _resident(session: int) -> int:
    """Megabytes of all processes of a session."""
    pages = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                pages += int(stat.with_name("statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


def stops(ran: Watched, code: int = 3, seconds: float = SECONDS) -> None:
    """It stopped with one message and one mend, in bounded time and memory."""
    assert ran.code == code, ran
    assert ran.out == b""
    assert [line.split(":")[0].strip() for line in ran.problems] == ["error", "try"], ran.err
    within(ran, seconds)


def within(ran: Watched, seconds: float = SECONDS) -> None:
    """It said nothing of faults, and took no more than it may."""
    assert "Traceback" not in ran.err, ran.err
    assert "fault in userops" not in ran.err, ran.err
    assert ran.seconds < seconds, ran
    assert ran.megabytes < MEGABYTES, ran


def left(folder: Path, but: Sequence[str] = ()) -> list[str]:
    """What stands in a folder, hidden files too."""
    return sorted(one.name for one in folder.iterdir() if one.name not in but)
