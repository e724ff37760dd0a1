"""What runs keep on the way goes with them, or with the next run where they were killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from helpers.running import ENVIRONMENT, SAMPLES

STAYING = """
import sys, time
from userops.engines import temporary
with temporary.folder() as folder:
    (folder / "rows").write_text("u1")
    print(folder, flush=True)
    time.sleep(60)
"""


def staying(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """A run that keeps a folder in a temporary place until it's told to stop."""
    process = subprocess.Popen(
        [sys.executable, "-c", STAYING], env={**ENVIRONMENT, "TMPDIR": str(place)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def run(place: Path) -> None:
    command = [sys.executable, "-m", "userops", "segment", SAMPLES / "cdnow" / "sample.csv", "-q"]
    environment = {**ENVIRONMENT, "TMPDIR": str(place)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    process, folder = staying(tmp_path)
    with process:
        process.kill()
    assert (folder / "rows").read_text() == "u1"
    run(tmp_path)
    assert os.listdir(tmp_path) == []


def test_what_a_run_keeps_that_lives_stays(tmp_path: Path) -> None:
    process, folder = staying(tmp_path)
    with process:
        run(tmp_path)
        assert (folder / "rows").read_text() == "u1"
        process.kill()


def test_what_is_none_of_ours_stays(tmp_path: Path) -> None:
    """A folder of somebody's that's called as ours are."""
    (tmp_path / "userops-exports").mkdir()
    (tmp_path / "userops-exports" / "orders.csv").write_text("kept")
    run(tmp_path)
    assert (tmp_path / "userops-exports" / "orders.csv").read_text() == "kept"
