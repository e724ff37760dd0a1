"""What the list of purchases due is worth: that of some days ago, and what was bought since.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from userops.analyses.repurchase.params import RepurchaseParams
from userops.analyses.repurchase.replenishment import left_out
from userops.core.dates import Window, to_date, to_day
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.due import waiting
from userops.customers.purchase_intervals import purchase_intervals
from userops.customers.purchases import UserPurchases
from userops.stats.intervals import wilson_high, wilson_low

BACKTEST: dict[str, Kind] = {
    "part": Kind.WORD,
    "count": Kind.COUNT,
    "expected": Kind.NUMBER,
    "bought": Kind.COUNT,
    "rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
}
_SCHEMA = {"part": pl.String, "count": pl.Int64, "expected": pl.Float64, "bought": pl.Int64}
_Row = tuple[str, int, float | None, int]


def backtest(
    purchases: UserPurchases, users: pl.Series, window: Window, params: RepurchaseParams
) -> Table:
    """The table `backtest`: the list as of `within` days before as_of, and what was bought since."""
    as_of = to_day(window.as_of) if window.as_of else 0
    params = replace(params, within=max(params.within, 1))
    day = as_of - params.within
    then = purchases.until(day)
    rows: list[_Row] = []
    notes: list[Note] = []
    if len(then.rows):
        intervals = purchase_intervals(then, users)
        bought = pl.DataFrame(
            {"row": purchases.rows, "code": purchases.codes, "bought": purchases.since(day)}
        )
        pairs = waiting(intervals, day, params).join(bought, on=["row", "code"], how="left")
        rows = [*_of_pairs(pairs), *_of_users(pairs, bought, then)]
        notes = left_out(intervals, params)
    successes, trials = pl.col("bought"), pl.col("count")
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_columns(
        rate=pl.when(trials > 0).then(successes / trials),
        low=wilson_low(successes, trials),
        high=wilson_high(successes, trials),
    )
    first = Note(
        "the list of {day}, and what was bought in the {days:day|days} after",
        day=to_date(day),
        days=params.within,
    )
    return Table("backtest", frame.select(*BACKTEST), BACKTEST, window, notes=(first, *notes))


def _of_pairs(pairs: pl.DataFrame) -> Iterator[_Row]:
    """Tenths of the list by chance, the list, and what could have been listed."""
    listed, others = pairs.filter("listed"), pairs.filter(~pl.col("listed"))
    above = len(listed) - pl.col("chance").rank("max").cast(pl.Int64)  # of higher chance
    tenths = listed.with_columns(tenth=1 + 10 * above // max(len(listed), 1))
    for number, rows in sorted(tenths.partition_by("tenth", as_dict=True).items()):
        yield _row(str(number[0]), rows)
    yield _row("listed", listed)
    yield _row("not listed", others)


def _row(part: str, rows: pl.DataFrame) -> _Row:
    return (part, len(rows), math.fsum(rows["chance"]), int(rows["bought"].sum()))


def _of_users(pairs: pl.DataFrame, bought: pl.DataFrame, then: UserPurchases) -> Iterator[_Row]:
    """Users on the list, and everyone else who had bought by then: whether they bought anything."""
    known = pl.DataFrame({"row": np.unique(then.rows)})
    again = bought.group_by("row").agg(pl.col("bought").any())
    listed = pairs.filter("listed").select("row").unique()
    users = known.join(again, on="row", how="left")
    for part, how in (("listed users", "semi"), ("other users", "anti")):
        rows = users.join(listed.cast({"row": known["row"].dtype}), on="row", how=how)  # type: ignore[arg-type]
        yield (part, len(rows), None, int(rows["bought"].sum()))
