"""The table `weeks`: this week's lists with their sizes and what's at stake, earlier ones with what they brought."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from userops.analyses.contacts.effect import ALL, place
from userops.analyses.contacts.log import HELD, LISTED, Log
from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.periods import Period, first_day, number
from userops.core.table import Currency, Kind, Table

WEEKS: dict[str, Kind] = {
    "week": Kind.DATE,
    "reason": Kind.WORD,
    "listed": Kind.COUNT,
    "held_back": Kind.COUNT,
    "priority": Kind.MONEY,
    "reached": Kind.COUNT,
    "observed": Kind.COUNT,
    "converted": Kind.COUNT,
    "revenue": Kind.MONEY,
}
_ROWS = {
    "day": pl.Int32, "reason": pl.String, "group": pl.String, "priority": pl.Int64,
    "reached": pl.Boolean, "observed": pl.Boolean, "converted": pl.Boolean, "revenue": pl.Int64,
}  # fmt: skip


def earlier(found: pl.DataFrame, log: Log, places: int) -> pl.DataFrame:
    """Rows of earlier lists: what came of them (`effect.episodes`), and what the log says was at stake."""
    stakes = (
        log.rows.filter(pl.col("priority").is_not_null())
        .select("user_id", "day", "group", stake=minor(pl.col("priority"), places))
        .group_by("user_id", "day", "group")
        .agg(priority=pl.col("stake").max())
    )
    joined = found.join(stakes, on=["user_id", "day", "group"], how="left", maintain_order="left")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in _ROWS.items())


def minor(text: pl.Expr, places: int) -> pl.Expr:
    """Money as the log writes it in minor units; null for anything else."""
    return (text.cast(pl.Float64, strict=False) * float(10**places)).round().cast(pl.Int64)


def planned(listed: pl.DataFrame, held: pl.DataFrame, day: int) -> pl.DataFrame:
    """Rows of a list of today, of which nothing has come yet."""
    both = pl.concat(
        [
            frame.select("reason", pl.col("priority").cast(pl.Int64), group=pl.lit(group))
            for frame, group in ((listed, LISTED), (held, HELD))
        ]
    )
    none = [
        pl.lit(None, dtype).alias(name) for name, dtype in _ROWS.items() if name not in both.columns
    ]
    made = both.with_columns(*none).with_columns(day=pl.lit(day, pl.Int32))
    return made.select(pl.col(name).cast(dtype) for name, dtype in _ROWS.items())


def weeks(
    rows: pl.DataFrame, order: Sequence[str], week_start: str, window: Window, currency: Currency
) -> Table:
    """The table `weeks`: the latest first, by reason, and all of each; `rows` of all lists."""
    days = rows["day"].to_numpy().astype(np.int64)
    numbers = number(days, Period.WEEK, week_start)
    begun = pl.Series("week", first_day(numbers, Period.WEEK, week_start), dtype=pl.Int32)
    is_listed = pl.col("group") == LISTED
    of_listed = {
        name: pl.when(pl.col(name).filter(is_listed).count() > 0).then(
            pl.col(name).filter(is_listed).sum().cast(pl.Int64)
        )
        for name in ("priority", "revenue")
    }
    counts = {
        name: (pl.col(name) & is_listed).sum().cast(pl.Int64)
        for name in ("reached", "observed", "converted")
    }
    sums = {
        "listed": is_listed.sum().cast(pl.Int64),
        "held_back": (~is_listed).sum().cast(pl.Int64),
        **of_listed,
        **counts,
    }
    placed = rows.with_columns(begun.cast(pl.Date))
    frame = pl.concat(
        [
            one.group_by("week", "reason").agg(**sums)
            for one in (placed, placed.with_columns(reason=pl.lit(ALL)))
        ]
    ).sort("week", place(order), "reason", descending=[True, False, False])
    notes = (Note("priority: what's at stake of users who are listed, added up"),)
    return Table("weeks", frame.select(list(WEEKS)), WEEKS, window, currency, notes)
