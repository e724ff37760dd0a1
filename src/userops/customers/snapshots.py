"""Lists of a group's members, day after day, as steps: who is new on a list came, who is missing went."""

from __future__ import annotations

import polars as pl

_KEY = ("group_id", "member_id")


def steps(listed: pl.DataFrame) -> pl.DataFrame:
    """The steps between lists of members: `group_id, member_id, time, step, founding, reason`.

    Who is on a group's first list was in before, unless it says since when. Later somebody came at the
    time that the list says, where that's after the list before, else on the list's own day; and went
    on the day of the first list without him. A new time of joining on a later list is another stay.

    Args:
        listed: `group_id, member_id, snapshot`, and `joined` or null.
    """
    here = listed.group_by(*_KEY, "snapshot").agg(pl.col("joined").max()).sort(*_KEY, "snapshot")
    days = here.select("group_id", "snapshot").unique().sort("group_id", "snapshot")
    order = pl.int_range(pl.len()).over("group_id")
    days = days.with_columns(
        at=order,
        before=pl.col("snapshot").shift().over("group_id"),
        after=pl.col("snapshot").shift(-1).over("group_id"),
    )
    found = here.join(days, on=["group_id", "snapshot"]).sort(*_KEY, "at")
    there_before = pl.col("at").eq(pl.col("at").shift().over(_KEY) + 1).fill_null(False)
    there_after = pl.col("at").eq(pl.col("at").shift(-1).over(_KEY) - 1).fill_null(False)
    known = pl.col("joined") <= pl.col("snapshot")
    since = known & (pl.col("before").is_null() | (pl.col("joined") > pl.col("before")))
    found = found.with_columns(
        is_new=~there_before, goes=~there_after & pl.col("after").is_not_null(), since=since.fill_null(False)
    )  # fmt: skip
    came = found.filter(pl.col("is_new") | pl.col("since")).select(
        *_KEY,
        time=pl.when("since").then("joined").otherwise("snapshot"),
        step=pl.when(pl.col("since") | (pl.col("at") > 0)).then(pl.lit("in")).otherwise(pl.lit("before")),
    )  # fmt: skip
    again = found.filter(pl.col("since") & ~pl.col("is_new")).select(
        *_KEY, time="joined", step=pl.lit("out")
    )
    went = found.filter("goes").select(*_KEY, time="after", step=pl.lit("out"))
    return pl.concat([came, again, went]).with_columns(
        founding=pl.lit(False), reason=pl.lit(None, pl.String)
    )
