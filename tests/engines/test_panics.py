"""Standard error belongs to whoever imports us; a run of our own shows what it's doing all along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from helpers.running import ENVIRONMENT, SAMPLES, spawned
from helpers.terminals import on_terminal

LOGGING = f"""
import logging, threading
import userops
logging.basicConfig()
done, count = threading.Event(), 0
def log():
    global count
    while not done.wait(0.001):
        logging.warning("line %d", count)
        count += 1
thread = threading.Thread(target=log)
thread.start()
userops.segment({str(SAMPLES / "shop" / "orders.csv")!r})
done.set(); thread.join()
print(count)
"""


def test_a_program_that_logs_from_another_thread_loses_no_line() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOGGING], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    lines = [line for line in ran.stderr.splitlines() if line.startswith("WARNING:root:line ")]
    assert int(ran.stdout) > 10
    assert lines == [f"WARNING:root:line {number}" for number in range(int(ran.stdout))]


def test_nothing_is_printed_beside_our_message(tmp_path: Path) -> None:
    """A file that makes Polars panic, on the command line."""
    path = tmp_path / "orders.parquet"
    path.write_bytes(b"PAR1" + os.urandom(64) + (20).to_bytes(4, "little") + b"PAR1")
    ran = spawned("segment", path)
    assert ran.code == 3
    assert "panicked" not in ran.err


def test_what_it_is_doing_is_shown_while_it_reads(tmp_path: Path) -> None:
    """Drawn again and again, also while native code reads."""
    text = (SAMPLES / "cdnow" / "orders.csv").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(f"{text}nobody,someday,1,1.00\n", encoding="utf-8")
    code, sent = on_terminal("segment", "orders.csv", "--show", "tiers", cwd=tmp_path)
    assert code == 0
    assert sent.count(b"reading orders") > 2
