"""Time `userops ltv` as whole processes, on the CDNOW sample also beside clvkit.

    python benchmarks/ltv/run.py [--clvkit PYTHON] [--orders FILE] [--rounds 5]

PYTHON is the interpreter of an environment with `pip install clvkit==0.2.1`. Both write, for
each of the 2,357 users of CDNOW, purchases expected in 52 weeks by BG/NBD, expected spend by
Gamma-Gamma and their product; userops adds P(alive) and an interval to each. FILE is a large
orders export (`benchmarks/generate.py` makes one): from orders to the summary, and to every
user's value. Medians over rounds in turn, with the CPU time, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLE = ROOT / "sample_data/cdnow/sample.csv"
OURS = [sys.executable, "-m", "userops", "ltv"]
SAME = ["--model", "bg-nbd", "--time-unit", "week", "--horizon", "364", "--discount-rate", "0"]


def measure(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak MB of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(runs: dict[str, list[str]], rounds: int) -> None:
    costs = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, command in runs.items():
            cost = measure(command)
            if turn:  # the first brings files into the system's cache
                costs[name].append(cost)
    for name, found in costs.items():
        wall, cpu, peak = (median(one[at] for one in found) for at in range(3))
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {peak:,.0f} MB |", flush=True)


def compare(ours: Path, theirs: Path) -> None:
    """Both tables hold the same users, and values that differ by the fits' tolerance."""
    tables = []
    for path, key in ((ours, "user_id"), (theirs, "customer_id")):
        with path.open(encoding="utf-8-sig") as file:
            tables.append({row[key]: row for row in csv.DictReader(file)})
    mine, other = tables
    assert mine.keys() == other.keys()
    for name, there in (
        ("expected_orders", "expected_purchases"),
        ("expected_spend", "expected_spend"),
    ):
        worst = max(
            abs(float(row[name]) / float(other[user][there]) - 1) for user, row in mine.items()
        )
        print(f"{name}: differs by at most {worst:.1e}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clvkit", metavar="PYTHON")
    parser.add_argument("--orders", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.csv", Path(folder) / "theirs.csv"
        print("| CDNOW sample | wall | CPU | peak |\n|---|---|---|---|")
        runs = {
            "userops ltv": [*OURS, str(SAMPLE)],
            "userops ltv --show users": [
                *OURS,
                str(SAMPLE),
                *SAME,
                "--show",
                "users",
                "-o",
                str(ours),
            ],
        }
        if told.clvkit:
            runs["clvkit"] = [told.clvkit, str(HERE / "with_clvkit.py"), str(SAMPLE), str(theirs)]
        show(runs, told.rounds)
        if told.clvkit:
            compare(ours, theirs)
        if told.orders:
            print(f"\n| {Path(told.orders).name} | wall | CPU | peak |\n|---|---|---|---|")
            out = str(Path(folder) / "users.parquet")
            show(
                {
                    "userops segment --show summary": [
                        sys.executable, "-m", "userops", "segment", told.orders, "--show", "summary",
                    ],
                    "userops ltv": [*OURS, told.orders],
                    "userops ltv --show users": [*OURS, told.orders, "--show", "users", "-o", out],
                    "userops ltv --show cohorts": [*OURS, told.orders, "--show", "cohorts"],
                    "userops ltv --show backtest": [*OURS, told.orders, "--show", "backtest"],
                },
                max(told.rounds // 5, 1),
            )  # fmt: skip


if __name__ == "__main__":
    main()
