"""What shows that something is going on: to a person who watches, and to nobody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.running import ENVIRONMENT, SAMPLES, process

pty = pytest.importorskip("pty", reason="this system has no such terminals")
ORDERS = SAMPLES / "shop" / "orders.csv"


def watched(*arguments: object, **environment: str) -> tuple[int, bytes, str]:
    """Run with a terminal as standard error and a pipe as standard output."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "userops", *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
        env={**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
    ) as running:  # fmt: skip
        os.close(theirs)
        seen = b""
        while block := _block(ours):
            seen += block
        assert running.stdout is not None
        out = running.stdout.read()
    os.close(ours)
    return running.returncode, out, seen.decode()


def test_a_terminal_is_shown_what_goes_on() -> None:
    code, out, seen = watched("report", ORDERS, "-f", "md")
    assert code == 0
    assert "reading orders ..." in seen
    assert "orders: kpis ..." in seen
    assert "writing the report ..." in seen
    # Each is wiped when it's done: the cursor comes back, and the last line is the summary.
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h") > 0
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).rstrip().splitlines()[-1]
    assert last.startswith("report: ")
    assert out.startswith(b"# The week in user operations")
    assert b"\x1b" not in out
    assert b" ..." not in out


def test_a_report_begins_on_a_line_of_its_own() -> None:
    # One terminal for all, as where a person calls it.
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "userops", "report", str(ORDERS), "-f", "md"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
        env={**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "100"},
    ):  # fmt: skip
        os.close(theirs)
        seen = b"".join(iter(lambda: _block(ours), b""))
    os.close(ours)
    before = seen[: seen.index(b"# The week in user operations")]
    # The last spinner is wiped, and the cursor shown again.
    assert re.sub(rb".*writing the report \.\.\.", b"", before, flags=re.DOTALL).count(b"\x1b[2K")
    assert before.count(b"\x1b[?25l") == before.count(b"\x1b[?25h")


def _block(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so where the other end is closed
        return b""


def test_the_output_is_the_same_as_in_a_pipe() -> None:
    arguments = ("report", ORDERS, "-f", "md")
    with process(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as piped:
        out, err = piped.communicate(timeout=60)
    assert b"\x1b" not in err
    assert b" ..." not in err
    assert watched(*arguments)[1] == out


def test_quiet_shows_nothing() -> None:
    code, _, seen = watched("report", ORDERS, "-f", "md", "--quiet")
    assert (code, seen) == (0, "")


def test_a_failure_leaves_the_cursor_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = [f"{n},u{n},{'soon' if n % 2 else '2025-01-01'},5.00" for n in range(50)]
    file.write_text("\n".join(["order_id,user_id,order_time,amount", *rows]), encoding="utf-8")
    code, out, seen = watched("report", file, "-f", "md")
    assert (code, out) == (4, b"")
    assert "reading orders ..." in seen
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h")


def test_how_many_rows_and_how_many_a_second(here: Path) -> None:
    path = here / "o.csv"
    # Dates that only careful reading reads, which counts as it goes.
    rows = "".join(
        f"o{n},u{n % 900},{n % 28 + 1:02} Jan 2025 10:00,{n % 9}.50\n" for n in range(9_000)
    )
    path.write_text(f"order_id,user_id,order_time,amount\n{rows}", encoding="utf-8")
    _, _, seen = watched("segment", path, "-o", "tiers.xlsx", "--lang", "en")
    assert re.search(r"reading orders \.\.\. 9,000 rows, [\d,]+ a second", seen)
    assert re.search(r"writing [\d,]+ rows to .*\.\.\. \d[\d,]* rows, [\d,]+ a second", seen)
