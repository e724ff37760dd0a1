"""What our commands take as orders grow tenfold.

    python benchmarks/growth.py 1_000_000 10_000_000 100_000_000 --rounds 1 --memory 18

Time and peak memory of whole processes go to `benchmarks/results/growth.md`. With `--memory` a command that
needs more says so and ends, where the system would end it otherwise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Sequence
from datetime import date

from measuring import HERE, RESULTS, Cost, apart, compiled, machine, make, measure
from tasks import REPORTS, TASKS

LARGEST_REPORT = 10_000_000  # of a larger one the timelines alone fill a small machine
# Commands that nothing is compared with, of orders alone.
ALONE = {
    " ".join(command): command
    for command in (
        ("ltv",),
        ("check",),
        ("portrait",),
        ("screen", "--show", "criteria"),
        ("screen", "--show", "thousand"),
        ("contacts",),
    )
}


# How a run ends that hasn't enough memory: by itself, or aborted in Polars' own code.
_STOPPED = ("exit code 3", "exit code -6")


def growth(sizes: Sequence[int], rounds: int, memory: int | None) -> list[str]:
    """What our commands take as orders grow tenfold, of at most so many GB."""
    alone = {name: task for name, task in TASKS.items() if task.of == "orders" and not task.beside}
    names = [name for name, task in alone.items() if not task.prepared]
    told = {name: TASKS[name].ours for name in names}
    told |= ALONE | {" ".join(report): report for report in REPORTS}
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
                found[name].append(_taken(command, rounds, memory))
            print(size, name, found[name][-1], file=sys.stderr, flush=True)
    return [*lines, *(f"| `{name}` | {' | '.join(cells)} |" for name, cells in found.items())]


def _taken(command: Sequence[str], rounds: int, memory: int | None) -> str:
    try:
        cost = Cost.middle([measure(command) for _ in range(rounds)])
    except SystemExit as ended:
        if memory is None or not str(ended).endswith(_STOPPED):
            raise
        return f"more than {memory} GB"
    return f"{cost.wall:.1f}, {cost.peak:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="+", help="10_000_000, say")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--memory", type=int, help="GB that a command may take")
    given = parser.parse_args()
    compiled()
    if given.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (given.memory * 2**30,) * 2)
    text = "\n".join(growth(given.rows, given.rounds, given.memory))
    print(text)
    (RESULTS / "growth.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
