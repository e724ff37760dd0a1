"""Settings of the allocators: taken without a word, the user's own left alone, the same bytes with either."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from userops.engines import allocators

SHOP = Path(__file__).resolve().parents[2] / "sample_data" / "shop"
VARIABLE = "_RJEM_MALLOC_CONF"


def test_what_a_user_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "dirty_decay_ms:0")
    allocators.give_back_sooner()
    assert os.environ[VARIABLE] == "dirty_decay_ms:0"
    monkeypatch.delenv(VARIABLE)
    allocators.give_back_sooner()
    assert os.environ[VARIABLE].startswith("dirty_decay_ms:")


def test_a_run_says_nothing_of_them_and_gives_the_same(tmp_path: Path) -> None:
    """An option that jemalloc doesn't know is said on standard error."""
    command = [sys.executable, "-m", "userops", "ltv", str(SHOP / "orders.csv"), "-q", "-f", "csv"]
    own = {name: value for name, value in os.environ.items() if name != VARIABLE}
    ours, without = (
        subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=True)
        for env in (own, {**own, VARIABLE: "dirty_decay_ms:10000"})
    )
    assert "conf" not in ours.stderr.decode()
    assert ours.stdout == without.stdout
