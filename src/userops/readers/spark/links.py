"""Whose anonymous ids of events on Spark are: what says so comes here, and is told as elsewhere."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.core.messages import Note
from userops.datasets.events import IDENTIFY
from userops.engines import spark
from userops.readers.events import DEVICE, MOST_USERS, link_notes, meant_by
from userops.readers.spark.driver_rows import local


def linked(session: Any, events: Any, given: pl.DataFrame | None) -> tuple[Any, list[Note]]:
    """Events with each anonymous id's user in its place, and what to tell, as `readers.events` has it.

    Here come a row an anonymous id that stands beside a user, and the ids that are meant for others.
    """
    known = "anonymous_id" in events.columns
    said = _said(events) if known else pl.DataFrame(schema=_SAID)
    beside = pl.when(pl.col("users") <= MOST_USERS).then("beside")
    by_event = said.select("anonymous_id", user_id=pl.coalesce("named", beside)).drop_nulls()
    meant = meant_by(by_event, given)
    links = pl.DataFrame({"user_id": meant.keys(), "meant": meant.values()}, schema=_LINKS)
    theirs = _of_those(session, events, links)
    links = links.filter(pl.col("user_id").is_in(theirs.implode()))
    if len(links):
        events = _replaced(session, events, links)
    torn = said.filter(pl.col("users") > 1, pl.col("anonymous_id").is_in(theirs.implode()))
    strangers = _strangers(events) if known else 0
    return events, list(link_notes(len(links), len(torn), strangers))


_SAID = {"anonymous_id": pl.String, "users": pl.Int64, "named": pl.String, "beside": pl.String}
_LINKS = {"user_id": pl.String, "meant": pl.String}


def _said(events: Any) -> pl.DataFrame:
    """Of anonymous ids beside users: how many these are, the first that's named, and the first otherwise."""
    from pyspark.sql import functions as f

    device = f"concat({spark.quoted(DEVICE)}, anonymous_id)"
    both = events.filter(
        f"anonymous_id IS NOT NULL AND user_id <> anonymous_id AND user_id <> {device}"
    )
    named = spark.among("lower(event)", IDENTIFY)

    def first(which: str) -> str:
        return f"min(CASE WHEN {which} THEN struct(event_time, user_id) END).user_id"

    return local(
        both.groupBy("anonymous_id").agg(
            f.expr("count(DISTINCT user_id)").alias("users"),
            f.expr(first(named)).alias("named"),
            f.expr(first(f"NOT {named}")).alias("beside"),
        )
    )


def _of_those(session: Any, events: Any, links: pl.DataFrame) -> pl.Series:
    """The ids among those that are linked which events name as users."""
    if links.is_empty():
        return pl.Series([], dtype=pl.String)
    users = events.select("user_id").distinct()
    return local(users.join(spark.given(session, links), on="user_id", how="left_semi"))["user_id"]


def _replaced(session: Any, events: Any, links: pl.DataFrame) -> Any:
    joined = events.join(spark.given(session, links), on="user_id", how="left")
    others = [name for name in events.columns if name != "user_id"]
    return joined.selectExpr("coalesce(meant, user_id) AS user_id", *others)


def _strangers(events: Any) -> int:
    """How many anonymous ids are users of their own."""
    users = events.select("user_id").distinct()
    anonymous = events.selectExpr("anonymous_id AS user_id").distinct()
    return int(anonymous.join(users, on="user_id", how="left_semi").count())
