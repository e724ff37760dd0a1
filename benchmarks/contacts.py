"""What a day's list takes beside the tables that it needs, as whole processes.

    python benchmarks/contacts.py 10_000_000

`contacts --show list` asks each user's stage, forecast and what is due: `lifecycle --show users`, `ltv
--show users` and `repurchase --show due`, each by itself here. At most 1.5 times their time together.
26 million orders are of 5 million users.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date

from measuring import HERE, Cost, apart, asked, compiled, in_turn, machine, make, tell

TABLES = (
    ("contacts", "--show", "list", "--capacity", "100"),
    ("lifecycle", "--show", "users"),
    ("ltv", "--show", "users"),
    ("repurchase", "--show", "due"),
)
LIMIT = 1.5


def main() -> None:
    given = asked(str(__doc__))
    compiled()
    source = str(apart(make, given.orders, "parquet"))
    with tempfile.TemporaryDirectory(dir=HERE / "data") as folder:
        runs = {
            " ".join(table): [
                *(sys.executable, "-m", "userops", *table, source, "--quiet"),
                *("-o", f"{folder}/{table[0]}.parquet"),
            ]
            for table in TABLES
        }
        costs = in_turn(runs, given.rounds)
    middle = {name: Cost.middle(of) for name, of in costs.items()}
    ours, *others = middle.values()
    lines = [
        f"# A day's list, {given.orders:,} orders",
        "",
        f"{date.today()}. {machine()}. Medians of {given.rounds} rounds in turn.",
        "",
        "| | seconds | CPU seconds | peak MB |",
        "|---|---:|---:|---:|",
        *(
            f"| `userops {name}` | {one.wall:.1f} | {one.cpu:.1f} | {one.peak:,.0f} |"
            for name, one in middle.items()
        ),
        "",
        f"The list takes {ours.wall / sum(one.wall for one in others):.2f} of the tables' time, "
        f"{ours.cpu / sum(one.cpu for one in others):.2f} of their CPU time (at most {LIMIT}).",
    ]
    tell("contacts", given.orders, lines)


if __name__ == "__main__":
    main()
