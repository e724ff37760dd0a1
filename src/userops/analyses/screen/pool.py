"""The core pool: which part of users brings which part of revenue, who came and who went."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.analyses.screen.cuts import Cut, best, share_of, within
from userops.analyses.screen.history import OrderHistory, begin
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.stats.inequality import gini

TOP_USERS, TOP_REVENUE = (0.01, 0.05, 0.1, 0.2, 0.5), (0.5, 0.8, 0.9)
PARETO: dict[str, Kind] = {
    "measure": Kind.WORD,
    "share": Kind.RATE,
    "k": Kind.COUNT,
    "cut": Kind.MONEY,
    "users": Kind.COUNT,
    "users_share": Kind.RATE,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "gini": Kind.NUMBER,
}
POOL: dict[str, Kind] = {
    "user_id": Kind.ID,
    "movement": Kind.WORD,
    "reason": Kind.WORD,
    "revenue": Kind.MONEY,
    "revenue_before": Kind.MONEY,
    "spent": Kind.MONEY,
    "aged": Kind.MONEY,
    "refunded": Kind.MONEY,
    "orders": Kind.COUNT,
    "last_order": Kind.DATE,
}
DAYS: dict[str, Kind] = {
    "day": Kind.DATE,
    "eligible": Kind.COUNT,
    "k": Kind.COUNT,
    "cut": Kind.MONEY,
    "users": Kind.COUNT,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "kept": Kind.COUNT,
    "in": Kind.COUNT,
    "out": Kind.COUNT,
    "jaccard": Kind.RATE,
    "out_cut_rose": Kind.COUNT,
    "out_refunded": Kind.COUNT,
    "out_aged_out": Kind.COUNT,
}
_MOVEMENTS = ("out", "in", "kept")


def pareto(history: OrderHistory, days: int, share: float) -> Table:
    """Which part of users brings which part of revenue, and the reverse."""
    spend = history.buyers(history.day, days)["revenue"].sort(descending=True)
    total, inequality = int(spend.sum()), gini(spend)
    shares = [("top users", part) for part in sorted({*TOP_USERS, share})]
    shares += [("top revenue", part) for part in TOP_REVENUE]
    rows = []
    for measure, part in shares if len(spend) else []:
        k = share_of(len(spend), part) if measure == "top users" else _fewest(spend, total, part)
        if not k:
            continue
        cut = spend[k - 1]
        inside = spend.filter(spend >= cut)
        rows.append((measure, part, k, cut, len(inside), int(inside.sum())))
    schema = {
        "measure": pl.String, "share": pl.Float64, "k": pl.Int64, "cut": pl.Int64,
        "users": pl.Int64, "revenue": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        users_share=pl.col("users") / len(spend),
        revenue_share=pl.col("revenue") / total if total > 0 else pl.lit(None, pl.Float64),
        gini=pl.lit(inequality, pl.Float64),
    )
    notes = _reach(history, days)
    if (below := int((spend < 0).sum())) > 0:
        notes += (
            Note(
                "{count:user has|users have} more refunded than bought in the window: counted with net "
                "spend below 0, which the Gini coefficient isn't made for",
                count=below,
            ),
        )
    return Table("pareto", frame.select(*PARETO), PARETO, history.window, history.currency, notes)


def _fewest(spend: pl.Series, total: int, part: float) -> int:
    """The fewest users who bring a part of a total; spend descends. 0 where there's no total."""
    if total <= 0:
        return 0
    needed = share_of(total, part)
    return int((spend.cum_sum() < needed).sum()) + 1


def _reach(history: OrderHistory, days: int) -> tuple[Note, ...]:
    """What to say where the orders don't reach back as far as the window."""
    reach = history.day - history.first_day + 1
    if not days or history.window.as_of is None or reach >= days:
        return ()
    return (
        Note(
            "the orders reach back {reach:day|days}, not the window's {days:,}",
            reach=reach,
            days=days,
        ),
    )


@dataclass(frozen=True)
class Pool:
    """The pool at the end of a day: users with an order in the window, and who is within the cut."""

    day: int
    buyers: pl.DataFrame
    cut: Cut

    @classmethod
    def at(cls, history: OrderHistory, day: int, days: int, share: float) -> Pool:
        """The pool of a day, as it was known then."""
        buyers = history.buyers(day, days)
        return cls(day, buyers, best(buyers["revenue"], share))

    @property
    def members(self) -> pl.DataFrame:
        """Those of the users who are in it."""
        return self.buyers.filter(within(pl.col("revenue"), self.cut))


def pool_tables(history: OrderHistory, days: int, share: float, since: int) -> tuple[Table, Table]:
    """Who came into the pool, who left it and who stayed since an earlier day; and both days."""
    now, before = (Pool.at(history, day, days, share) for day in (history.day, since))
    moved = _moved(now, before)
    frame = (
        _with_parts(moved, history, days, since)
        .join(now.buyers.select("user_id", "orders"), on="user_id", how="left")
        .join(
            history.customers.select("user_id", "first_day", "last_day"), on="user_id", how="left"
        )
        .with_columns(pl.col("revenue", "revenue_before", "spent", "aged", "orders").fill_null(0))
        .with_columns(refunded=_refunded())
        .with_columns(
            reason=_reason(now, before, since), last_order=pl.col("last_day").cast(pl.Date)
        )
        .sort(
            pl.col("movement").replace_strict(_MOVEMENTS, range(3), return_dtype=pl.Int8),
            pl.max_horizontal("revenue", "revenue_before"),
            "user_id",
            descending=[False, True, False],
        )
    )
    notes = _notes(history, since, days)
    summary = _days_table(history, now, before, frame, notes)
    table = Table("pool", frame.select(*POOL), POOL, history.window, history.currency, notes)
    return table.but(headline=summary), summary


def _notes(history: OrderHistory, since: int, days: int) -> tuple[Note, ...]:
    if history.window.as_of is None:
        return ()
    moved = Note("from {first} to {last}", first=to_date(since), last=history.window.as_of)
    return (moved, *_reach(history, days))


def _moved(now: Pool, before: Pool) -> pl.DataFrame:
    """`user_id, movement` of everyone who is in one of two pools."""
    sides = now.members.select("user_id", now=True).join(
        before.members.select("user_id", before=True), on="user_id", how="full", coalesce=True
    )
    movement = (
        pl.when(pl.col("before").is_null())
        .then(pl.lit("in"))
        .when(pl.col("now").is_null())
        .then(pl.lit("out"))
        .otherwise(pl.lit("kept"))
    )
    return sides.select("user_id", movement=movement)


def _with_parts(moved: pl.DataFrame, history: OrderHistory, days: int, since: int) -> pl.DataFrame:
    """Users with what made their net spend of one day that of another; null for nothing.

    `revenue, revenue_before`; `spent` on orders since; `aged`, what has gone out of the window.
    """
    day, low, low_before = history.day, begin(history.day, days), begin(since, days)
    parts = (
        history.spend(low, day).select("user_id", revenue="revenue"),
        history.spend(low_before, since, since).select("user_id", revenue_before="revenue"),
        history.spend(max(since, low), day).select("user_id", spent="paid"),
        history.spend(low_before, min(low, since), since).select("user_id", aged="revenue"),
    )
    for part in parts:
        moved = moved.join(part, on="user_id", how="left")
    return moved


def _refunded() -> pl.Expr:
    """What is left of the difference: refunds, and whatever else later rows changed."""
    return pl.col("revenue_before") + pl.col("spent") - pl.col("aged") - pl.col("revenue")


def _reason(now: Pool, before: Pool, since: int) -> pl.Expr:
    """Why a user came or went; nothing of who stayed."""
    revenue, refunded = pl.col("revenue"), pl.col("refunded")
    cut, cut_before = (pl.lit(pool.cut.value, pl.Int64) for pool in (now, before))
    still_buys = pl.col("orders") > 0
    no_less = still_buys & ((revenue >= pl.col("revenue_before")) | (revenue >= cut_before))
    by_refunds = (refunded > 0) & ((revenue + refunded >= cut) | (refunded >= pl.col("aged")))
    out = (
        pl.when(no_less)
        .then(pl.lit("cut rose"))
        .when(by_refunds)
        .then(pl.lit("refunded"))
        .otherwise(pl.lit("aged out"))
    )
    into = (
        pl.when(pl.col("first_day") > since)
        .then(pl.lit("first order"))
        .when(pl.col("spent") > 0)
        .then(pl.lit("bought"))
        .otherwise(pl.lit("cut fell"))
    )
    movement = pl.col("movement")
    return pl.when(movement == "out").then(out).when(movement == "in").then(into)


def _days_table(
    history: OrderHistory, now: Pool, before: Pool, moved: pl.DataFrame, notes: tuple[Note, ...]
) -> Table:
    """The pool on both days, and how many stayed, came and went between them, and why."""
    counts = dict(moved.group_by("movement").agg(pl.len()).iter_rows())
    kept, came, went = (counts.get(name, 0) for name in ("kept", "in", "out"))
    reasons = moved.filter(pl.col("movement") == "out")["reason"]
    rows = []
    for pool in (before, now):
        total, revenue = (int(one["revenue"].sum()) for one in (pool.buyers, pool.members))
        rows.append(
            {
                "day": to_date(pool.day) if history.window.as_of else None,
                "eligible": pool.cut.eligible,
                "k": pool.cut.k,
                "cut": pool.cut.value,
                "users": pool.members.height,
                "revenue": revenue,
                "revenue_share": revenue / total if total > 0 else None,
            }
        )
    rows[-1] |= {
        "kept": kept,
        "in": came,
        "out": went,
        "jaccard": kept / len(moved) if len(moved) else None,
        **{
            f"out_{reason.replace(' ', '_')}": int((reasons == reason).sum())
            for reason in ("cut rose", "refunded", "aged out")
        },
    }
    counts_of = [name for name in DAYS if name not in ("day", "revenue_share", "jaccard")]
    schema = {"day": pl.Date} | dict.fromkeys(DAYS, pl.Float64) | dict.fromkeys(counts_of, pl.Int64)
    frame = pl.DataFrame(rows, schema=schema | {"day": pl.Date}).select(*DAYS)
    if history.window.as_of is None:
        frame = frame.clear()
    return Table("pool_days", frame, DAYS, history.window, history.currency, notes)
