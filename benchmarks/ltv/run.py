"""Time `userops ltv` beside clvkit and lifetimes, as whole processes.

    python -m venv benchmarks/ltv/.venv
    benchmarks/ltv/.venv/bin/pip install -r benchmarks/ltv/requirements.txt
    python benchmarks/ltv/run.py 10_000_000

Of the 2,357 users of the CDNOW sample, userops and clvkit write the purchases expected in 52 weeks
by BG/NBD, the spend expected by Gamma-Gamma and their product, and that these agree is checked. Of a
large export, userops and lifetimes write each user's value in a year, by the same models.
userops adds P(alive) and an interval to each user. Writes results/ltv-10m.md.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from measuring import Cost, apart, asked, compiled, in_turn, machine, make, tell  # noqa: E402

SAMPLE = HERE.parents[1] / "sample_data/cdnow/sample.csv"
PYTHON = HERE / ".venv" / "bin" / "python"
OURS = (sys.executable, "-m", "userops", "ltv", "--quiet")
USERS = ("--show", "users", "--model", "bg-nbd")
SAME = ("--time-unit", "week", "--horizon", "364", "--discount-rate", "0")


def lines_of(runs: Mapping[str, list[str]], rounds: int) -> list[str]:
    middle = {who: Cost.middle(of) for who, of in in_turn(runs, rounds).items()}
    best = next(iter(middle.values()))
    return [
        "| | seconds | CPU seconds | peak MB | the first in terms of it |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {who} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} | {best.wall / cost.wall:.3f} |"
            for who, cost in middle.items()
        ),
        "",
    ]


def agreement(ours: Path, theirs: Path) -> list[str]:
    """That both tables hold the same users, and how far their values are apart."""
    tables = []
    for path, key in ((ours, "user_id"), (theirs, "customer_id")):
        with path.open(encoding="utf-8-sig") as file:
            tables.append({row[key]: row for row in csv.DictReader(file)})
    mine, other = tables
    if mine.keys() != other.keys():
        raise ValueError("other users")
    said = []
    for name, there in (
        ("expected_orders", "expected_purchases"),
        ("expected_spend", "expected_spend"),
    ):
        worst = max(
            abs(float(row[name]) / float(other[user][there]) - 1) for user, row in mine.items()
        )
        said.append(f"`{name}` differs by at most {worst:.1e}")
    return [f"{'; '.join(said)}.", ""]


def totals(ours: Path, theirs: Path) -> list[str]:
    """How far the sums of all users' values are apart."""
    import polars as pl

    mine, other = (pl.read_parquet(path) for path in (ours, theirs))
    if len(mine) != len(other):
        raise ValueError("other users")
    apart_ = mine["clv"].cast(pl.Float64).sum() / other["clv"].sum() - 1
    return [
        f"Of {len(mine):,} users; the sums of their values differ by {apart_:.1%}: lifetimes discounts by "
        "months of 30 days, userops a year of 365 continuously.",
        "",
    ]


def main() -> None:
    given = asked(__doc__, PYTHON)
    compiled()
    source = str(apart(make, given.orders, "parquet"))
    lines = ["# LTV beside other tools", "", f"{date.today()}. {machine()}.", ""]
    with tempfile.TemporaryDirectory(dir=HERE.parent / "data") as name:
        folder = Path(name)
        files = [folder / name for name in ("ours.csv", "theirs.csv")]
        sample = {
            "userops ltv --show users": [*OURS, str(SAMPLE), *USERS, *SAME, "-o", str(files[0])],
            "clvkit": [str(PYTHON), str(HERE / "with_clvkit.py"), str(SAMPLE), str(files[1])],
        }
        lines += ["## The CDNOW sample: 2,357 users", "", *lines_of(sample, given.rounds)]
        lines += apart(agreement, *files)
        files = [folder / name for name in ("ours.parquet", "theirs.parquet")]
        large = {
            "userops ltv --show users": [*OURS, source, *USERS, "-o", str(files[0])],
            "lifetimes": [str(PYTHON), str(HERE / "with_lifetimes.py"), source, str(files[1])],
        }
        lines += [f"## {given.orders:,} orders, Parquet", "", *lines_of(large, 1)]
        lines += apart(totals, *files)
        more = {"userops ltv": [*OURS, source]} | {
            f"userops ltv --show {name}": [*OURS, source, "--show", name]
            for name in ("cohorts", "backtest")
        }
        lines += ["## Other tables of it", "", *lines_of(more, 1)]
    tell("ltv", given.orders, lines)


if __name__ == "__main__":
    main()
