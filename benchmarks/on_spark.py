"""Time commands on Spark beside the same tables by hand in Spark SQL, as whole processes.

    python benchmarks/on_spark.py 10_000_000 --rounds 3
    python benchmarks/on_spark.py 2_000_000 --of events

In local mode with two cores, from Parquet. CPU time is that of Java, too. Checks that both give the
same table, and writes `results/spark-10m.md`, of events `results/spark-events-2m.md`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from measuring import HERE, SOURCE, Cost, machine, make, tell

TICKS = os.sysconf("SC_CLK_TCK")
SETTINGS = """
[engine.spark]
"spark.master" = "local[2]"
"spark.driver.memory" = "4g"
"""
# Our table, the query by hand, the columns that both have, rows of ours that it makes.
TASKS_OF_ORDERS = {
    "segment": (("segment",), "segment.sql", None, "TRUE"),
    "lifecycle": (
        ("lifecycle", "--show", "users"),
        "lifecycle.sql",
        ("user_id", "stage", "reactivated", "orders", "first_order", "last_order", "recency_days"),
        "TRUE",
    ),
    "cohorts-month": (
        ("cohorts", "--show", "long"),
        "cohorts.sql",
        ("cohort", "size", "age", "numerator"),
        "cohort <> 'all'",
    ),
}
TASKS_OF_EVENTS = {
    "activity": (
        ("activity",),
        "activity.sql",
        (
            *("period", "active_users", "new_users", "returning_users", "resurrected_users"),
            *("dormant_users", "events", "sessions"),
        ),
        "TRUE",
    ),
}
TASKS = {"orders": TASKS_OF_ORDERS, "events": TASKS_OF_EVENTS}


def cpu_below(process: int, seen: dict[int, float]) -> float:
    """CPU seconds of a process and of what it started, as far as it was seen."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            seen_now = (int(fields[11]) + int(fields[12])) / TICKS
            at = int(entry.name)
            while at not in (0, 1, process):
                at = parents.get(at, 0)
            if at == process:
                seen[int(entry.name)] = seen_now
    return sum(seen.values())


def measured(command: list[str]) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    began, seen = time.perf_counter(), {}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while process.poll() is None:
        cpu_below(process.pid, seen)
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {process.stderr.read().decode()[-2000:]}")
    return Cost(time.perf_counter() - began, sum(seen.values()), 0)


def check_equal(ours: Path, by_hand: Path, columns: tuple[str, ...] | None, only: str) -> int:
    import polars as pl

    frames = []
    for frame in (
        pl.read_parquet(ours).filter(pl.sql_expr(only)),
        pl.concat([pl.read_parquet(part) for part in sorted(by_hand.glob("part-*"))]),
    ):
        chosen = frame.select(columns or frame.columns)
        numbers = [name for name, type in chosen.schema.items() if type.is_integer()]
        decimals = [name for name, type in chosen.schema.items() if type.is_decimal()]
        frames.append(
            chosen.cast(dict.fromkeys(numbers, pl.Int64) | dict.fromkeys(decimals, pl.Float64))
        )
    if not frames[0].equals(frames[1]):
        raise SystemExit(f"{ours.name}: not the same table")
    return len(frames[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("--of", choices=list(TASKS), default="orders")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", nargs="+", help="some of them")
    given = parser.parse_args()
    tasks = TASKS[given.of]
    source = make(given.rows, "parquet", given.of)
    lines = [
        "# userops on Spark beside hand-written Spark SQL",
        "",
        f"{given.rows:,} {given.of}, Parquet. {machine()}, PySpark {version('pyspark')}, local[2], 4 GB.",
        f"Whole processes with Java's start, best of {given.rounds} rounds in turn; equal in every row.",
        "At most 4 times is what's aimed at.",
        "",
        "| table | rows | by hand, s | CPU s | userops, s | CPU s | times, CPU |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "userops.toml"
        settings.write_text(SETTINGS, "utf-8")
        for task in given.tasks or tasks:
            told, query, columns, only = tasks[task]
            ours, by_hand = Path(folder) / f"{task}.parquet", Path(folder) / task
            commands = {
                "by hand": [sys.executable, str(HERE / "peers" / "query_with_spark.py"), str(source), str(by_hand), query],
                "userops": [sys.executable, "-m", "userops", *told, str(source), "--engine", "spark", "--config", str(settings), "-q", "-o", str(ours)],
            }  # fmt: skip
            costs = {who: [] for who in commands}
            for _ in range(given.rounds):
                for who, command in commands.items():
                    costs[who].append(measured(command))
            rows = check_equal(ours, by_hand, columns, only)
            hand, own = (min(costs[who], key=lambda cost: cost.cpu) for who in commands)
            lines.append(
                f"| {task} | {rows:,} | {hand.wall:.1f} | {hand.cpu:.1f} "
                f"| {own.wall:.1f} | {own.cpu:.1f} | {own.cpu / hand.cpu:.2f} |"
            )
            print(lines[-1], flush=True)
    name = "spark" if given.of == "orders" else f"spark-{given.of}"
    tell(name, given.rows, lines, keep=not given.tasks)


if __name__ == "__main__":
    main()
