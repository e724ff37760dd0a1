"""All tables of segment, lifecycle, cohorts and repurchase in one process, beside DuckDB's queries.

    python benchmarks/together.py 10_000_000

Ours are the 16 tables of four analyses, cohorts by month and by week (`all_tables.py`). The peers'
are six of them, each by the query that is compared in `run.py`. Writes results/together-10m.md.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from measuring import HERE, Cost, apart, asked, compiled, in_turn, machine, make, tell
from run import commands
from tasks import TASKS

QUERIES = ("segment", "lifecycle", "transitions", "cohorts-month", "cohorts-week", "repurchase")
OURS = "userops, 16 tables"


def main() -> None:
    given = asked(__doc__)
    compiled()
    source = apart(make, given.orders, "parquet")
    with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
        runs = {OURS: [sys.executable, str(HERE / "all_tables.py"), str(source), folder]}
        for name in QUERIES:
            told = commands(TASKS[name], source, Path(folder))
            runs[f"DuckDB, {name}"] = told["DuckDB"][0]
        costs = in_turn(runs, given.rounds)
    middle = {who: Cost.middle(of) for who, of in costs.items()}
    ours = middle[OURS]
    queries = [cost for who, cost in middle.items() if who != OURS]
    total, cpu = sum(cost.wall for cost in queries), sum(cost.cpu for cost in queries)
    lines = [
        "# All tables in one process",
        "",
        f"{date.today()}. {machine()}.",
        "",
        f"{given.orders:,} orders in Parquet, whole processes, medians of {given.rounds} in turn.",
        "",
        "| | seconds | CPU seconds | peak MB |",
        "|---|---:|---:|---:|",
        *(
            f"| {who} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} |"
            for who, cost in middle.items()
        ),
        f"| the queries together | {total:.2f} | {cpu:.2f} | |",
        "",
        f"{ours.wall / total:.2f} of the queries' time (at most 0.5), {ours.cpu / cpu:.2f} of their CPU time.",
    ]
    tell("together", given.orders, lines)


if __name__ == "__main__":
    main()
