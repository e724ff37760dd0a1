"""What was said in groups, by people told apart as the shop knows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.analyses.community.calendar import Calendar
from userops.customers.chats import Chat
from userops.engines import query as engine


@dataclass(frozen=True)
class Said:
    """A chat, and who its members are: `persons` are `member_id, person`."""

    chat: Chat
    persons: pl.DataFrame

    @property
    def groups(self) -> pl.Series:
        """The groups that any line is of."""
        return self.chat.groups

    @property
    def days(self) -> pl.Series:
        """The days that any line is of."""
        return self.chat.days

    @cached_property
    def edges(self) -> pl.DataFrame:
        """`group_id, person, responder, day, time`: who answered whom, by persons."""
        answers = self.persons.select(responder="member_id", by="person")
        edges = self.chat.edges.join(self.persons, on="member_id").join(answers, on="responder")
        return (
            edges.filter(pl.col("person") != pl.col("by"))
            .select("group_id", "person", "day", "time", responder="by")
            .sort("group_id", "time", "responder", "person")
        )

    def by_place(self, calendar: Calendar) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Messages by group and period, of each person (`group_id, person, place, messages`), and of staff."""
        counts = self._counts(calendar)
        staff = counts.filter(pl.col("member_id").is_in(self.chat.staff.implode()))
        theirs = counts.join(staff, on="member_id", how="anti").join(self.persons, on="member_id")
        key = ("group_id", "person", "place")
        theirs = theirs.select(*key, "messages")
        if self.persons["person"].is_duplicated().any():
            theirs = theirs.group_by(key).agg(pl.col("messages").sum())
        return (
            theirs.sort(key),
            staff.group_by("group_id", "place")
            .agg(pl.col("messages").sum())
            .sort("group_id", "place"),
        )

    def _counts(self, calendar: Calendar) -> pl.DataFrame:
        """`group_id, member_id, place, messages`: those of all days were counted as the chat was read."""
        first, last = int(calendar.edges[0]) + 1, int(calendar.edges[-1])
        told = self.days
        if len(calendar) == 1 and len(told) and first <= told[0] and told[-1] <= last:
            return self.chat.counts.with_columns(place=pl.lit(0, pl.Int64))
        days = pl.DataFrame({"day": range(first, last + 1)})
        places = pl.Series("place", calendar.places(days["day"]), dtype=pl.Int64)
        days = days.select(pl.col("day").cast(pl.Int32), places)
        return engine.collect(
            self.chat.said.join(days.lazy(), on="day")
            .group_by("group_id", "member_id", "place")
            .agg(messages=pl.len().cast(pl.Int64))
        )

    def by_person(self) -> pl.DataFrame:
        """`person, messages, chat_days, last_day`, by person."""
        days = engine.collect(
            self.chat.messages.group_by("member_id", "day").agg(messages=pl.len().cast(pl.Int64))
        )
        return (
            days.join(self.persons, on="member_id")
            .group_by("person")
            .agg(
                pl.col("messages").sum(),
                chat_days=pl.col("day").n_unique(),
                last_day=pl.col("day").max(),
            )
            .sort("person")
        )

    def of_stays(self, stays: pl.DataFrame) -> pl.DataFrame:
        """`stay, messages` of stays that are over: `stay, group_id, person, joined, left`."""
        parts = stays.join(self.persons, on="person")
        written = self.chat.messages.join(parts.lazy(), on=["group_id", "member_id"]).filter(
            pl.col("joined").is_null() | (pl.col("joined") <= pl.col("time")),
            pl.col("time") <= pl.col("left"),
        )
        return engine.collect(written.group_by("stay").agg(messages=pl.len())).sort("stay")
