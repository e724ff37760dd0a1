"""Who may be called on a day: rules in order, the first that stands against it names it."""

from __future__ import annotations

import polars as pl

from userops.analyses.contacts.log import HELD, PLANNED, REACHED, TRIED, Log
from userops.analyses.contacts.params import ContactsParams

DO_NOT_CONTACT, COOLING, RETRY, TRIES = (
    "do not contact",
    "cooling off",
    "tried lately",
    "tried enough",
)
HOLDOUT, AGENT_OFF, AGENT_FULL, FULL = "held back", "agent off", "agent full", "no room"
ADDED_LATER = "list was made before"
RULES = (
    DO_NOT_CONTACT, COOLING, RETRY, TRIES, HOLDOUT, ADDED_LATER, AGENT_OFF, AGENT_FULL, FULL,
)  # fmt: skip


def contacted(log: Log) -> pl.DataFrame:
    """`user_id, reached_day, tried_day, tries, called_day` by the log's rows.

    A list's row whose call isn't known counts as made, and so does one of a user who was held back:
    he's left alone as long as he would have been. `tries` are those since the user was last reached.
    """
    rows = log.rows
    unanswered = log.waiting()
    held = rows.filter(pl.col("group") == HELD).select("user_id", "day")
    reached = rows.filter(pl.col("state") == REACHED).select("user_id", "day")
    counted = (
        pl.concat([reached, unanswered, held])
        .group_by("user_id")
        .agg(reached_day=pl.col("day").max())
    )
    tries = rows.filter(pl.col("state") == TRIED).select("user_id", "day")
    since = tries.join(counted, on="user_id", how="left").filter(
        pl.col("reached_day").is_null() | (pl.col("day") > pl.col("reached_day"))
    )
    tried = since.group_by("user_id").agg(
        tried_day=pl.col("day").max(), tried_days=pl.col("day").sort()
    )
    called = (
        pl.concat([reached, unanswered, tries])
        .group_by("user_id")
        .agg(called_day=pl.col("day").max())
    )
    return (
        counted.join(tried, on="user_id", how="full", coalesce=True)
        .join(called, on="user_id", how="full", coalesce=True)
        .sort("user_id")
    )


def rules_against(
    candidates: pl.DataFrame, log: Log, banned: pl.Series, day: int, params: ContactsParams
) -> pl.DataFrame:
    """The candidates with `rule` (null: may be called), `until` (when that ends) and `last_contact`.

    Args:
        candidates: by `user_id`.
        log: of earlier days.
        banned: ids of users who asked to be left alone.
        day: that the list is for.
        params: for how long.
    """
    joined = candidates.join(contacted(log), on="user_id", how="left", maintain_order="left")
    reached_until = pl.col("reached_day") + params.cooling_days
    tried_until = pl.col("tried_day") + params.retry_days
    recent = pl.col("tried_days").list.eval(
        pl.element().filter(pl.element() > day - params.tries_days)
    )
    tries = recent.list.len().fill_null(0)
    enough_until = recent.list.get(-params.max_tries, null_on_oob=True) + params.tries_days
    is_banned = pl.col("user_id").is_in(banned.implode())
    is_cooling = (reached_until > day).fill_null(value=False)
    is_retry = (tried_until > day).fill_null(value=False)
    is_enough = tries >= params.max_tries
    rule = (
        pl.when(is_banned).then(pl.lit(DO_NOT_CONTACT))
        .when(is_cooling).then(pl.lit(COOLING))
        .when(is_retry & ~is_enough).then(pl.lit(RETRY))
        .when(is_enough).then(pl.lit(TRIES))
    )  # fmt: skip
    until = (
        pl.when(is_banned).then(None)
        .when(is_cooling).then(reached_until)
        .when(is_retry & ~is_enough).then(tried_until)
        .when(is_enough).then(enough_until)
    )  # fmt: skip
    return joined.with_columns(
        rule=rule, until=until.cast(pl.Date), last_contact=pl.col("called_day").cast(pl.Date)
    ).drop("reached_day", "tried_day", "tried_days", "called_day")


def agents_of_users(log: Log) -> pl.DataFrame:
    """`user_id, agent_id`: who called the user last, or had him on the list."""
    rows = log.rows.filter(pl.col("agent_id").is_not_null())
    planned_last = pl.col("state") == PLANNED
    return (
        rows.sort("day", planned_last, "agent_id")
        .group_by("user_id", maintain_order=True)
        .agg(pl.col("agent_id").last())
        .sort("user_id")
    )
