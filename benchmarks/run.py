"""Time commands beside hand-written queries for the same tables, as whole processes.

    python benchmarks/run.py 10_000_000 --rounds 5
    python benchmarks/run.py 10_000_000 --tasks cohorts-month --print
    python benchmarks/run.py 20_000_000 --of events
    python benchmarks/run.py 20_000_000 --of points
    python benchmarks/run.py 20_000_000 --of chats

Checks that all give the same table, then runs them in turn, so that what else the machine
does falls on each alike. Wall time, CPU time and peak memory of each process, medians over
the rounds, go as Markdown tables to `benchmarks/results/`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from measuring import HERE, Cost, apart, companion, compiled, in_turn, machine, make, measure, tell
from tasks import LIMIT, LIMITS, MEMORY_LIMIT, ONCE, REPORTS, TASKS, Task

# Exports that stand beside a few orders, and how they're named.
_OPTIONS = {"points": "--points", "chats": "--messages"}


def commands(
    task: Task, orders: Path, folder: Path, beside: Path | None = None
) -> dict[str, tuple[list[str], Path]]:
    targets = {name: folder / f"{name}.parquet" for name in ("userops", *task.peers)}
    python = sys.executable
    exports = [str(orders)]
    if task.of in _OPTIONS:
        exports = [str(companion(orders, "orders")), _OPTIONS[task.of], str(orders)]
        for more in task.made_beside:
            exports += [f"--{more}", str(companion(orders, more))]
    ours = [python, "-m", "userops", *task.ours, *exports, "--quiet"]
    if beside:
        ours += [f"--{task.beside}", str(beside)]
    runs = {"userops": ([*ours, "-o", str(targets["userops"])], targets["userops"])}
    for name, (script, *given) in task.peers.items():
        command = [python, str(HERE / "peers" / script), str(orders), str(targets[name]), *given]
        command += [str(beside)] if beside else []
        runs[name] = (command, targets[name])
    return runs


def check_equal(task: Task, tables: Mapping[str, Path]) -> int:
    """All tables hold the same rows in the same order; how many."""
    import polars as pl

    frames = {}
    for name, path in tables.items():
        frame = pl.read_parquet(path)
        if name == "userops" and task.columns:
            frame = frame.filter(pl.sql_expr(task.only))
        frame = frame.select(task.columns or pl.all())
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


def compare(name: str, orders: int, form: str, rounds: int) -> list[str]:
    """Lines of Markdown: what each took, and ours in terms of the better peer."""
    task = TASKS[name]
    source = apart(make, orders, form, task.of)
    beside = apart(make, orders, form, task.beside) if task.beside else None
    with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
        runs = commands(task, source, Path(folder), beside)
        prepare = [sys.executable, "-m", "userops", "prepare", str(source), "--quiet"]
        preparing = measure(prepare, Path(folder)) if task.prepared else None
        costs = in_turn({who: command for who, (command, _) in runs.items()}, rounds, Path(folder))
        rows = apart(check_equal, task, {who: target for who, (_, target) in runs.items()})
    middle = {who: Cost.middle(of) for who, of in costs.items()}
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
    careless = [who for who in task.peers if not who.endswith(ONCE)]
    for peers in (careless, [who for who in task.peers if who not in careless]):
        if peers:
            lines += ["", _beside(middle, peers, limit)]
    lines.append("")
    if preparing:
        lines[-1:] = [
            f"`userops prepare` before it, once: {preparing.wall:.1f} s, {preparing.peak:,.0f} MB.",
            "",
        ]
    return lines


def _beside(middle: Mapping[str, Cost], peers: Sequence[str], limit: float) -> str:
    """Our cost in terms of the fastest of some peers."""
    best = min(peers, key=lambda who: middle[who].wall)
    time_ratio = middle["userops"].wall / middle[best].wall
    cpu_ratio = middle["userops"].cpu / middle[best].cpu
    peak_ratio = middle["userops"].peak / middle[best].peak
    return (
        f"Of {best}, the faster peer: {time_ratio:.2f} of its time (at most {limit}), "
        f"{cpu_ratio:.2f} of its CPU time, {peak_ratio:.2f} of its memory (at most {MEMORY_LIMIT})."
    )


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
        costs = in_turn(runs | peers, rounds)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="+", help="10_000_000, say")
    parser.add_argument("--of", choices=["orders", "events", *_OPTIONS], default="orders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), help="all of them")
    parser.add_argument("--print", action="store_true", help="write no file")
    given = parser.parse_args()
    every = [name for name, task in TASKS.items() if task.of == given.of]
    tasks = [name for name in every if name in (given.tasks or every)]
    compiled()
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
    tell(given.of, max(given.rows), lines, keep=not given.print)


if __name__ == "__main__":
    main()
