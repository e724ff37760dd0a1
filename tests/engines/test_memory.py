"""--memory: sizes as people write them, and what a run does with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from helpers.running import ENVIRONMENT, SAMPLES, userops
from userops.core.errors import UsageError
from userops.datasets.orders import ORDERS as ORDERS_DATASET
from userops.engines import memory
from userops.readers.exports import open_export
from userops.readers.options import ReadOptions

ORDERS = SAMPLES / "shop" / "orders.csv"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 << 30),
        ("4g", 4 << 30),
        ("1.5 GiB", 3 << 29),
        ("800MB", 800 << 20),
        ("2TB", 2 << 40),
        ("1073741824", 1 << 30),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert memory.limit_of(text) == size


def test_shares_are_of_the_machine() -> None:
    assert memory.limit_of("50%") == memory.machine() // 2
    assert memory.limit_of(None) == int(memory.machine() * 0.75)


@pytest.mark.parametrize("text", ["much", "4 apples", "-1GB", "", "%", "1GB2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a size"):
        memory.limit_of(text)


def test_the_command_line_says_so() -> None:
    ran = userops("segment", ORDERS, "--memory", "many")
    assert ran.code == 2
    assert "memory many: not a size" in ran.err
    assert "4GB" in ran.err
    little = userops("segment", ORDERS, "--memory", "10MB")
    assert little.code == 2
    assert "at least 500MB" in little.err


def test_the_settings_have_it_too(tmp_path: Path) -> None:
    file = tmp_path / "userops.toml"
    file.write_text('memory = "a lot"\n', encoding="utf-8")
    ran = userops("segment", ORDERS, "--config", file)
    assert ran.code == 2
    assert "not a size" in ran.err


def test_a_grouping_beyond_the_budget_goes_to_disk_and_is_the_same(tmp_path: Path) -> None:
    """In a process of its own, for the budget is the process'."""
    users, orders = 100_000, 300_000  # of which Polars puts some 200 parts on the disk
    export = tmp_path / "o.parquet"
    pl.select(
        order_id=pl.int_range(orders).cast(pl.String),
        user_id=pl.format("person {}", (pl.int_range(orders) * 7919) % users),
        order_time=pl.datetime(2025, 1, 1) + pl.duration(minutes=pl.int_range(orders) % 400_000),
        amount=(pl.int_range(orders) % 997) / 7,
    ).write_parquet(export)
    made = []
    for budget in ("1", "100000"):  # MB; no --memory may be so small
        out = tmp_path / f"{budget}.parquet"
        ran = subprocess.run(
            [sys.executable, "-m", "userops", "segment", str(export), "-q", "-o", str(out)],
            env=ENVIRONMENT
            | {"POLARS_OOC_MEMORY_BUDGET_MB": budget, "POLARS_OOC_SPILL_DIR": str(tmp_path / "s")},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(("command", "of"), [("segment", "orders"), ("ltv", "paid")])
def test_a_run_that_will_go_beyond_its_limit_says_so_first(
    command: str, of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = userops(command, ORDERS, "--memory", "500MB")
    assert "of memory will be taken" not in few.err
    monkeypatch.setitem(memory._A_ROW, of, 40 * 20_000)
    many = userops(command, ORDERS, "--memory", "500MB")
    first = many.err.splitlines()[0]
    assert "of memory will be taken, beyond the limit of 0.5 GB" in first
    assert many.out == few.out


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_rows_are_reckoned_without_reading_them(tmp_path: Path, suffix: str) -> None:
    rows = pl.DataFrame(
        {
            "order_id": range(1_000_000, 1_150_000),
            "user_id": [f"U{number % 999:03}" for number in range(150_000)],
            "order_time": ["2025-01-01"] * 150_000,
            "amount": [9.5] * 150_000,
        }
    )
    path = tmp_path / f"orders.{suffix}"
    getattr(rows, f"write_{suffix}")(path)
    export = open_export(str(path), ORDERS_DATASET, ReadOptions(), tmp_path)
    assert export.rows_about == pytest.approx(150_000, rel=0.01)
