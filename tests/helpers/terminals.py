"""Run the program on a terminal of its own."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from helpers.running import ENVIRONMENT

# What the program itself may send: line ends, colours, and what shows that it works.
_OURS = re.compile(rb"\r\n|\r|\x1b\[[0-9;]*[mKA]|\x1b\[\?25[lh]")
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def on_terminal(*arguments: object, cwd: Path) -> tuple[int, bytes]:
    """Its exit code, and all that the terminal was sent."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "userops", *map(str, arguments)],
        cwd=cwd,
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "200", "LINES": "50"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    sent = b""
    with contextlib.suppress(OSError):  # it's closed when the process ends
        while block := os.read(outer, 1 << 16):
            sent += block
    os.close(outer)
    return process.wait(), sent


def acting(sent: bytes) -> list[str]:
    """What in it would act on a terminal, or reorder what it shows."""
    return _ACTING.findall(_OURS.sub(b"", sent).decode())
