"""Time commands beside hand-written queries for the same tables, as whole processes.

    python benchmarks/run.py 10_000_000 --rounds 5
    python benchmarks/run.py 10_000_000 --tasks cohorts-month --print
    python benchmarks/run.py 20_000_000 --of events
    python benchmarks/run.py 1_000_000 10_000_000 100_000_000 --growth --rounds 1

Checks that all give the same table, then runs them in turn, so that what else the machine
does falls on each alike. Wall time, CPU time and peak memory of each process, medians over
the rounds, go as Markdown tables to `benchmarks/results/`.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeVar

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SOURCE = HERE.parent / "src"
T = TypeVar("T")


@dataclass(frozen=True)
class Task:
    """One table, ours and the peers' way."""

    ours: tuple[str, ...]  # after `userops`
    # Of each peer its script, and what that is given after input and output.
    peers: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...] = ()  # of ours that the peers make; all
    only: str = "TRUE"  # rows of ours that the peers make, SQL
    forms: tuple[str, ...] = ("parquet",)
    of: str = "orders"
    prepared: bool = False  # ours reads what `userops prepare` has kept, the peers the export


def _both(start: str, *given: str) -> dict[str, tuple[str, ...]]:
    names = {"Polars": "with_polars.py", "DuckDB": "with_duckdb.py"}
    return {peer: (f"{start}{script}", *given) for peer, script in names.items()}


def _query(name: str) -> dict[str, tuple[str, ...]]:
    return {"DuckDB": ("query_with_duckdb.py", f"{name}.sql")}


def _of_events(name: str) -> dict[str, tuple[str, ...]]:
    return {"Polars": ("events_with_polars.py", name), **_query(name)}


CELLS = ("cohort", "size", "age", "numerator")
PEOPLE = "cohort <> 'all'"
LONG = ("cohorts", "--show", "long")
TASKS = {
    "segment": Task(("segment",), _both(""), forms=("parquet", "csv")),
    "segment-prepared": Task(("segment",), _both(""), forms=("parquet", "csv"), prepared=True),
    "cohorts-month": Task(LONG, _both("cohorts_", "month"), CELLS, PEOPLE),
    "cohorts-week": Task((*LONG, "--period", "week"), _both("cohorts_", "week"), CELLS, PEOPLE),
    "cohorts-revenue": Task(
        (*LONG, "--measure", "revenue"),
        {"Polars": ("revenue_with_polars.py",), **_query("revenue")},
        CELLS,
        PEOPLE,
    ),
    "lifecycle": Task(
        ("lifecycle", "--show", "users"),
        _query("lifecycle"),
        ("user_id", "stage", "reactivated", "orders", "first_order", "last_order", "recency_days"),
    ),
    "transitions": Task(
        ("lifecycle", "--show", "transitions", "--since", "2025-10-01"),
        _query("transitions"),
        ("from_stage", "to_stage", "users", "share", "revenue"),
    ),
    "repurchase": Task(
        ("repurchase", "--show", "orders"),
        _query("repurchase"),
        ("order_number", "users", "next_users", "median_days"),
        "order_number IS NOT NULL",
    ),
    "use": Task(
        ("segment", "--events"),
        _of_events("use"),
        (
            *("user_id", "first_active", "last_active", "recency_days", "active_days", "minutes"),
            *("r_score", "f_score", "m_score", "rfm_score"),
        ),
        of="events",
    ),
    "activity": Task(
        ("activity", "--show", "summary"),
        _of_events("activity"),
        (
            *("period", "active_users", "new_users", "returning_users", "resurrected_users"),
            *("dormant_users", "events", "sessions", "events_per_user", "minutes_per_user"),
        ),
        of="events",
    ),
    "funnel": Task(
        ("funnel", "--show", "steps"),
        _of_events("funnel"),
        ("step", "users", "median_hours"),
        of="events",
    ),
}
# Reports, and how many times the better peer's query for `segment users` they may take.
REPORTS = {
    ("report", "--sections", "lifecycle,cohorts,repurchase", "--format", "md"): 3,
    ("report", "--format", "html"): 4,
}
# Our time at most, in terms of the better peer's.
LIMITS = {
    "segment": {"parquet": 1.25, "csv": 1.5},
    "segment-prepared": {"parquet": 0.5, "csv": 0.5},
}
LIMIT = 1.3
LARGEST_REPORT = 10_000_000  # of a larger one the timelines alone fill a small machine


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MB

    @classmethod
    def middle(cls, costs: Sequence[Cost]) -> Cost:
        return cls(*(median(getattr(one, of) for one in costs) for of in ("wall", "cpu", "peak")))


def measure(command: Sequence[str], folder: Path | None = None) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def commands(task: Task, orders: Path, folder: Path) -> dict[str, tuple[list[str], Path]]:
    targets = {name: folder / f"{name}.parquet" for name in ("userops", *task.peers)}
    python = sys.executable
    ours = [python, "-m", "userops", *task.ours, str(orders), "--quiet"]
    runs = {"userops": ([*ours, "-o", str(targets["userops"])], targets["userops"])}
    for name, (script, *given) in task.peers.items():
        command = [python, str(HERE / "peers" / script), str(orders), str(targets[name]), *given]
        runs[name] = (command, targets[name])
    return runs


def check_equal(task: Task, tables: Mapping[str, Path]) -> int:
    """All tables hold the same rows in the same order; how many."""
    import polars as pl

    frames = {}
    for name, path in tables.items():
        frame = pl.read_parquet(path)
        if name == "userops" and task.columns:
            frame = frame.filter(pl.sql_expr(task.only)).select(task.columns)
        whole = {column: pl.Int64 for column, type in frame.schema.items() if type.is_integer()}
        parts = {column: pl.Float64 for column, type in frame.schema.items() if type.is_decimal()}
        # As floats decimals are off in their last bit.
        frames[name] = frame.cast({**whole, **parts}).with_columns(pl.col(pl.Float64).round(6))
    first = next(iter(frames.values()))
    for name, frame in frames.items():
        if not frame.equals(first):
            # No SystemExit: a pool would wait for its worker for ever.
            raise ValueError(f"{name} gives another table")
    return len(first)


def make(rows: int, form: str, of: str = "orders") -> Path:
    import generate
    import generate_events

    return generate.export(rows, form) if of == "orders" else generate_events.export(rows)


def apart(function: Callable[..., T], *given: object) -> T:
    """Call in a process of its own.

    Linux counts what a parent holds when it starts a child to the child's peak: so this
    process must stay smaller than any that it measures.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


def compare(name: str, orders: int, form: str, rounds: int) -> list[str]:
    """Lines of Markdown: what each took, and ours in terms of the better peer."""
    task = TASKS[name]
    source = apart(make, orders, form, task.of)
    with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
        runs = commands(task, source, Path(folder))
        costs: dict[str, list[Cost]] = {who: [] for who in runs}
        run = partial(measure, folder=Path(folder))
        prepare = [sys.executable, "-m", "userops", "prepare", str(source), "--quiet"]
        preparing = run(prepare) if task.prepared else None
        for command, _ in runs.values():
            run(command)  # the file comes into the system's cache, modules are compiled
        rows = apart(check_equal, task, {who: target for who, (_, target) in runs.items()})
        for _ in range(rounds):
            for who, (command, _) in runs.items():
                costs[who].append(run(command))
    middle = {who: Cost.middle(of) for who, of in costs.items()}
    best = min((who for who in middle if who != "userops"), key=lambda who: middle[who].wall)
    limit = LIMITS.get(name, {}).get(form, LIMIT)
    lines = [
        f"## `{' '.join(('userops', *task.ours))}`{', prepared' if preparing else ''}, "
        f"{orders:,} {task.of}, {form}: {rows:,} rows",
        "",
        "| | seconds | slowest | CPU seconds | peak MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for who, cost in middle.items():
        slowest = max(one.wall for one in costs[who])
        lines.append(
            f"| {who} | {cost.wall:.2f} | {slowest:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} |"
        )
    time_ratio = middle["userops"].wall / middle[best].wall
    peak_ratio = middle["userops"].peak / middle[best].peak
    lines += [
        "",
        f"Of {best}, the faster peer: {time_ratio:.2f} of its time (at most {limit}), "
        f"{peak_ratio:.2f} of its memory (at most 1.25).",
        "",
    ]
    if preparing:
        lines[-1:] = [
            f"`userops prepare` before it, once: {preparing.wall:.1f} s, {preparing.peak:,.0f} MB.",
            "",
        ]
    return lines


def reports(orders: int, rounds: int) -> list[str]:
    """What whole reports take, in terms of the better peer's query for `segment users`."""
    source = apart(make, orders, "parquet")
    with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
        rows = {" ".join(("userops", *told)): told for told in REPORTS}
        runs = {
            name: [sys.executable, "-m", "userops", *told, str(source), "--quiet"]
            for name, told in rows.items()
        }
        peers = {
            name: command
            for name, (command, _) in commands(TASKS["segment"], source, Path(folder)).items()
            if name != "userops"
        }
        costs: dict[str, list[Cost]] = {who: [] for who in (*runs, *peers)}
        for _ in range(rounds):
            for who, command in {**runs, **peers}.items():
                costs[who].append(measure(command))
    middle = {who: Cost.middle(of) for who, of in costs.items()}
    best = min(middle[peer].wall for peer in peers)
    lines = [
        f"## Reports, {orders:,} orders",
        "",
        "| | seconds | CPU seconds | peak MB | times the query of `segment` | at most |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for who, told in rows.items():
        cost = middle[who]
        lines.append(
            f"| `{who}` | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} "
            f"| {cost.wall / best:.2f} | {REPORTS[told]} |"
        )
    return [*lines, ""]


def growth(sizes: Sequence[int], rounds: int) -> list[str]:
    """What our commands take as orders grow tenfold."""
    names = [name for name, task in TASKS.items() if task.of == "orders" and not task.prepared]
    told = {name: TASKS[name].ours for name in names}
    told |= {" ".join(report): report for report in REPORTS}
    lines = [
        "# As orders grow",
        "",
        f"{date.today()}. {machine()}.",
        "",
        f"Parquet, written to Parquet (reports to their own format), medians of {rounds}: "
        "seconds, and MB at most.",
        "",
        "| | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]
    found: dict[str, list[str]] = {name: [] for name in told}
    for size in sizes:
        source = str(apart(make, size, "parquet"))
        for name, ours in told.items():
            if name in map(" ".join, REPORTS) and size > LARGEST_REPORT:
                found[name].append("not run")
                continue
            with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
                into = [] if ours in REPORTS else ["-o", f"{folder}/out.parquet"]
                command = [sys.executable, "-m", "userops", *ours, source, "--quiet", *into]
                cost = Cost.middle([measure(command) for _ in range(rounds)])
            found[name].append(f"{cost.wall:.1f}, {cost.peak:,.0f}")
    return [*lines, *(f"| `{name}` | {' | '.join(cells)} |" for name, cells in found.items())]


def starting(rounds: int) -> list[str]:
    """What `--help` takes beside the import that it can't do without."""
    help_, typer_ = [], []
    for _ in range(max(rounds, 9)):
        help_.append(measure([sys.executable, "-m", "userops", "--help"]))
        typer_.append(measure([sys.executable, "-c", "import typer"]))
    ours, bare = Cost.middle(help_).wall, Cost.middle(typer_).wall
    return [
        "## Start",
        "",
        f"`userops --help` {ours:.3f} s, `python -c 'import typer'` {bare:.3f} s: "
        f"{ours / bare:.2f} times (at most 2).",
        "",
    ]


def machine() -> str:
    try:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
    except (ValueError, OSError, AttributeError):
        memory = "memory unknown"
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb", "pyarrow"))
    return (
        f"{os.cpu_count()} cores, {memory}; {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, {packages}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="+", help="10_000_000, say")
    parser.add_argument("--of", choices=["orders", "events"], default="orders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), help="all of them")
    parser.add_argument("--print", action="store_true", help="write no file")
    parser.add_argument("--growth", action="store_true", help="ours alone, by size")
    given = parser.parse_args()
    if given.growth:
        compileall.compile_dir(SOURCE, quiet=2)
        text = "\n".join(growth(given.rows, given.rounds))
        print(text)
        (RESULTS / "growth.md").write_text(text + "\n", encoding="utf-8")
        return
    every = [name for name, task in TASKS.items() if task.of == given.of]
    tasks = [name for name in every if name in (given.tasks or every)]
    compileall.compile_dir(SOURCE, quiet=2)
    lines = [
        "# userops beside hand-written queries",
        "",
        f"{date.today()}. {machine()}.",
        "",
        f"Whole processes, export in the system's cache, medians of {given.rounds} rounds in turn.",
        "Each writes the same table (checked: equal in every row) to Parquet.",
        "",
        *starting(given.rounds),
    ]
    for rows in given.rows:
        for task in tasks:
            for form in TASKS[task].forms:
                lines += compare(task, rows, form, given.rounds)
        if given.of == "orders" and tasks == every:
            lines += reports(rows, given.rounds)
    text = "\n".join(lines)
    print(text)
    if not given.print:
        RESULTS.mkdir(exist_ok=True)
        largest = max(given.rows) // 1_000_000
        (RESULTS / f"{given.of}-{largest}m.md").write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
