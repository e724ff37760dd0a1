"""What a Monday costs that only adds a week's export to prepared ones.

    python benchmarks/monday.py 10_000_000 --rounds 3

All orders but the last hundredth are prepared; then the rest is put beside them, and the whole report
is made: from the store, which has to take the new ones in, and from the exports as if there were none.
`segment` over the store as it then is stands beside the best query by hand over all orders. Writes
results/monday-10m.md.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from measuring import HERE, Cost, apart, asked, compiled, machine, measure, tell
from run import commands
from tasks import TASKS

NEW = 100  # one order in so many is new
MOST = 0.5  # of what it takes otherwise


def exports(orders: int) -> tuple[Path, Path]:
    """The orders until a day and those since, as two files; made once."""
    import generate
    import polars as pl

    whole = generate.export(orders + orders // NEW, "parquet")
    folder = whole.with_name(f"monday-{orders}")
    before, week = folder / "before.parquet", folder / "week.parquet"
    if not week.exists():
        folder.mkdir(exist_ok=True)
        frame = pl.scan_parquet(whole)
        frame.head(orders).sink_parquet(before)
        frame.slice(orders).sink_parquet(week)
    return before, week


def mondays(files: tuple[Path, Path], rounds: int) -> dict[str, Cost]:
    """What each step took, the middle of some rounds."""
    ours = [sys.executable, "-m", "userops"]
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=HERE / "data") as place:
            folder, named = Path(place), "orders/*.parquet"
            (folder / "orders").mkdir()
            shutil.copy(files[0], folder / "orders")
            report = [*ours, "report", named, "-q", "-o", "report.html"]
            segment = [*ours, "segment", named, "-q", "-o", "out.parquet"]
            steps = {"prepare": [*ours, "prepare", named, "-q"]}
            costs.setdefault("prepare", []).append(measure(steps["prepare"], folder))
            shutil.copy(files[1], folder / "orders")
            for name, command in {
                "report, exports": [*report, "--no-store"],
                "report, a week added": report,
                "report, nothing added": report,
                "segment, store": segment,
            }.items():
                costs.setdefault(name, []).append(measure(command, folder))
            whole = folder / "orders"
            peers = commands(TASKS["segment"], whole, folder)
            del peers["userops"]
            for name, (command, _) in peers.items():
                every = [one.replace(str(whole), str(whole / "*.parquet")) for one in command]
                costs.setdefault(f"{name}, segment", []).append(measure(every, folder))
    return {name: Cost.middle(of) for name, of in costs.items()}


def main() -> None:
    given = asked(__doc__)
    compiled()
    costs = mondays(apart(exports, given.orders), given.rounds)
    report = costs["report, a week added"].cpu / costs["report, exports"].cpu
    best = min(cost.cpu for name, cost in costs.items() if name.endswith(", segment"))
    lines = [
        "# A Monday with prepared orders",
        "",
        f"{date.today()}. {machine()}.",
        "",
        f"{given.orders:,} orders prepared, {given.orders // NEW:,} added; Parquet, whole processes, "
        f"medians of {given.rounds}.",
        "",
        "| | seconds | CPU seconds | peak MB |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.peak:,.0f} |"
            for name, one in costs.items()
        ),
        "",
        f"The report with a week added takes {report:.2f} of the CPU time that it takes from the exports (at most "
        f"{MOST}); `segment` from the store {costs['segment, store'].cpu / best:.2f} of the better query's (at most "
        f"{MOST}).",
    ]
    tell("monday", given.orders, lines)


if __name__ == "__main__":
    main()
