"""The program as a server: a process that runs many command lines, watched from outside.

What a damaged file may do (take all memory, end the process, never end) happens here and
not in the process of the tests.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Self

from helpers.running import ENVIRONMENT, ROOT

_MEMORY, _SECONDS = 8 << 30, 60


@dataclass(frozen=True)
class Answer:
    """How a run ended; `noise` is what was written past Python; `grown` MB it made the process grow."""

    code: int
    out: str
    err: str
    noise: str
    grown: int


class Server:
    """Runs command lines one after another in a process of its own."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        with process:  # closes its pipes
            process.kill()
        return process.returncode

    def run(self, *arguments: object) -> Answer:
        """Run one; fails where the process dies or hangs."""
        if self._process is None:
            paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
            self._process = subprocess.Popen(
                [sys.executable, "-m", "corpus.worker"],
                env={**ENVIRONMENT, "PYTHONPATH": paths},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([str(argument) for argument in arguments]).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], _SECONDS)
        line = process.stdout.readline() if ready else b""
        if not line:
            code = self._end()
            raise AssertionError(f"{arguments}: {'died' if ready else 'hung'} ({code})")
        return Answer(**json.loads(line))


def _serve() -> None:
    from userops.cli import main

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    answers = os.fdopen(os.dup(1), "w")
    high = 0
    for line in sys.stdin:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        code: object = 0
        with tempfile.TemporaryFile() as noise:
            real = os.dup(2)
            os.dup2(noise.fileno(), 2)
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    main(json.loads(line))
            except SystemExit as end:
                code = end.code or 0
            finally:
                os.dup2(real, 2)
                os.close(real)
            noise.seek(0)
            said = noise.read().decode(errors="replace")
        out.flush()
        now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        grown, high = now - (high or now), now
        written = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        print(
            json.dumps(
                {"code": code, "out": written, "err": err.getvalue(), "noise": said, "grown": grown}
            ),
            file=answers,
            flush=True,
        )


if __name__ == "__main__":
    _serve()
