"""The report over every export that there is, beside the query for `segment users` over its orders.

    python benchmarks/whole_report.py 10_000_000 --rounds 3

The exports are the sample shop's, as often as it takes to have so many orders, each copy with users,
groups and orders of its own; events as many as half the orders at most, costs as much more. All are
Parquet but the small ones. The peer is DuckDB's query of `run.py`. Writes results/whole-report-10m.md.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from measuring import HERE, Cost, apart, asked, compiled, in_turn, machine, tell
from run import commands
from tasks import TASKS

SHOP = HERE.parent / "sample_data" / "shop"
OURS = "userops report"
# Columns that tell one copy's people, groups and things from another's.
OWN = (
    "user_id", "order_id", "session_id", "external_userid", "leader_id", "group_id", "message_id",
    "reply_to", "coupon_id", "entry_id", "inviter_id",
)  # fmt: skip
COPIED = (
    "orders", "users", "events", "assignments", "coupons", "identities", "memberships", "messages",
    "leaders", "points", "contacts", "do_not_contact",
)  # fmt: skip
TIMES_OF = {"orders": ("paid_at",), "events": ("event_time",)}
COSTS = ("ad_costs", "running_costs")
TIMES, PEAK = 5, 3_000  # what the report may take: of the query's time, and MB


def project(orders: int) -> Path:
    """A folder with a project of so many orders, made once."""
    import polars as pl

    folder = HERE / "data" / f"shop-{orders}"
    if (folder / "userops.toml").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    copies = -(-orders // pl.read_csv(SHOP / "orders.csv", infer_schema=False).height)
    for name in COPIED:
        frame = pl.read_csv(SHOP / f"{name}.csv", infer_schema=False).with_columns(
            pl.col(column).str.to_datetime(strict=False) for column in TIMES_OF.get(name, ())
        )
        if name == "orders":
            frame = frame.rename({"paid_at": "order_time"}).with_columns(
                pl.col("amount", "refund_amount").cast(pl.Float64)
            )
        if name == "events":
            frame = frame.head(orders // 2 // copies)
        several = frame.join(pl.DataFrame({"copy": range(copies)}), how="cross").with_columns(
            pl.col(column) + pl.col("copy").cast(pl.String).str.zfill(5)
            for column in OWN
            if column in frame.columns
        )
        several.drop("copy").write_parquet(folder / f"{name}.parquet")
    for name in COSTS:
        frame = pl.read_csv(SHOP / f"{name}.csv")
        frame.with_columns((pl.col("cost") * copies).round(2)).write_csv(folder / f"{name}.csv")
    shutil.copy(SHOP / "agents.csv", folder)
    settings = (SHOP / "userops.toml").read_text(encoding="utf-8")
    for name in COPIED:
        settings = settings.replace(f'"{name}.csv"', f'"{name}.parquet"')
    (folder / "userops.toml").write_text(settings, encoding="utf-8")
    return folder


def main() -> None:
    given = asked(__doc__)
    compiled()
    folder = apart(project, given.orders)
    with tempfile.TemporaryDirectory(dir=HERE / "data") as outputs:
        told = commands(TASKS["segment"], folder / "orders.parquet", Path(outputs))
        page = Path(outputs) / "report.html"
        runs = {
            OURS: [sys.executable, "-m", "userops", "report", "-q", "-o", str(page)],
            "DuckDB, segment": told["DuckDB"][0],
        }
        costs = in_turn(runs, given.rounds, folder)
        size = page.stat().st_size
    ours, query = (Cost.middle(costs[who]) for who in runs)
    lines = [
        "# The report over every export",
        "",
        f"{date.today()}. {machine()}.",
        "",
        f"About {given.orders:,} orders and half as many events, the sample shop's other exports "
        f"likewise; whole processes, medians of {given.rounds} in turn.",
        "",
        "| | seconds | CPU seconds | peak MB |",
        "|---|---:|---:|---:|",
        *(
            f"| {who} | {one.wall:.2f} | {one.cpu:.2f} | {one.peak:,.0f} |"
            for who, one in zip(runs, (ours, query), strict=True)
        ),
        "",
        f"{ours.wall / query.wall:.1f} times the query's time (at most {TIMES}), {ours.cpu / query.cpu:.1f} "
        f"times its CPU time; {ours.peak:,.0f} MB (at most {PEAK:,}); a page of {size / 1000:,.0f} kB.",
    ]
    tell("whole-report", given.orders, lines)


if __name__ == "__main__":
    main()
