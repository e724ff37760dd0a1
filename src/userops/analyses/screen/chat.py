"""Who talks and whom others answer: values of the shop's users in its groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.community.params import CommunityParams
from userops.analyses.screen.history import OrderHistory, begin
from userops.core import periods
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.periods import Period
from userops.customers import chat_lines, chats, stays
from userops.customers.chat_lines import is_staff
from userops.customers.chats import Chat
from userops.customers.identities import Matching, known_by, match
from userops.engines import query
from userops.readers.dataset import LazyRows, Rows
from userops.readers.users import People
from userops.stats.pagerank import pagerank

_ALPHA = 0.85
_USER, _STRANGER = "u:", "c:"  # before what a person goes by, so that the two never meet
VALUES = {
    "messages": pl.Int64,
    "chat_days": pl.Int64,
    "speak_gap_days": pl.Float64,
    "responders": pl.Int64,
    "responses": pl.Int64,
    "weeks": pl.Int64,
    "pagerank": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What the shop's users said in its groups within the window, and who answered.

    `values` are `user_id` and VALUES, by user_id, of users who are members or wrote. `people` and
    `matched` are all persons there and those who are known in the shop.
    """

    values: pl.DataFrame
    people: int
    matched: int
    notes: tuple[Note, ...] = ()

    @property
    def coverage(self) -> float | None:
        """The share of the groups' people who are known in the shop; None where there's nobody."""
        return self.matched / self.people if self.people else None


def talk_of(
    inputs: Inputs,
    history: OrderHistory,
    people: People | None,
    days: int,
    staff: CommunityParams,
) -> Talk | None:
    """What the exports of a run say of its groups; None without messages.

    Args:
        inputs: the run's.
        history: the orders, whose as_of holds for messages, too.
        people: the users export, if there is one.
        days: how long the window is.
        staff: who is in the groups without being a member, and what words of a log mean.

    Raises:
        InputError: an export can't be used, or who is who can't be told.
    """
    memberships = inputs.dataset("memberships", as_of=history.day)
    messages = chat_lines.asked(inputs, memberships, history.day)
    identities = inputs.dataset("identities")
    if messages is None:
        return None
    low = begin(history.day, days)
    chat, members = _members(messages, memberships, history.day, low, staff)
    registered = people.rows.frame if people else None
    shop_ids = [frame["user_id"] for frame in (history.customers, registered) if frame is not None]
    matching = match(
        known_by(members, [messages.frame, *([memberships.frame.lazy()] if memberships else [])]),
        pl.concat(shop_ids),
        identities.frame if identities else None,
        registered,
    )
    persons = _persons(matching)
    return Talk(
        _values(chat, persons, low, inputs.settings.week_start),
        int(persons["person"].n_unique()),
        int(persons.filter("matched")["person"].n_unique()),
        (*matching.notes, *_within(matching, days), *_reach(chat.days, history, low)),
    )


def _within(matching: Matching, days: int) -> tuple[Note, ...]:
    """Of which time people are told of, where it's said how many they are."""
    if not days or not matching.notes:
        return ()
    return (
        Note(
            "people in the groups: who was a member or wrote in the last {days:day|days}", days=days
        ),
    )


def _reach(days: pl.Series, history: OrderHistory, low: int) -> tuple[Note, ...]:
    """What to say where messages begin later than the window, as far as that has orders."""
    first = days.min()
    if not isinstance(first, int) or first <= max(low + 1, history.first_day):
        return ()
    return (
        Note(
            "the messages begin on {first}: earlier messages of the window are missing",
            first=to_date(first),
        ),
    )


def _members(
    messages: LazyRows, memberships: Rows | None, as_of: int, low: int, params: CommunityParams
) -> tuple[Chat, pl.Series]:
    """What members wrote, and everyone who wrote or was a member after a day; nobody of staff."""
    staff, named = {*params.staff}, pl.Series("user_id", [], dtype=pl.String)
    if memberships is not None:
        theirs = memberships.frame.filter(is_staff(params.staff))["user_id"]
        staff |= {*theirs.drop_nulls()}
        named = memberships.frame["user_id"].drop_nulls()
    chat = chats.read(messages.frame, sorted(staff), named, messages.answers, messages.days)
    late = chat.messages.filter(pl.col("day") > low).select(pl.col("member_id").unique())
    members = query.collect(late)["member_id"]
    if memberships is not None:
        found = stays.read(
            memberships.frame,
            as_of,
            staff=sorted(staff),
            actions=params.actions,
            written=chat.writers,
            tells_leaving=not memberships.fields.isdisjoint({"left", "action"}),
        )
        there = pl.col("left_day").is_null() | (pl.col("left_day") > low)
        members = pl.concat([members, found.frame.filter(there)["member_id"]])
    members = members.unique().sort()
    return chat, members.filter(~members.is_in(chat.staff.implode()))


def _persons(matching: Matching) -> pl.DataFrame:
    """`member_id, person, user_id, matched`: several ids of one user are one person."""
    known = pl.col("user_id").is_not_null()
    return matching.pairs.with_columns(
        person=pl.when(known)
        .then(_USER + pl.col("user_id"))
        .otherwise(_STRANGER + pl.col("member_id")),
        matched=known,
    )


def _values(chat: Chat, persons: pl.DataFrame, low: int, week_start: str) -> pl.DataFrame:
    """The values of users of the shop, after a day."""
    of_person = persons.select("member_id", "person")
    days = chat.messages.filter(pl.col("day") > low).group_by("member_id", "day")
    written = query.collect(days.agg(messages=pl.len().cast(pl.Int64)))
    written = written.join(of_person, on="member_id")
    edges = (
        chat.edges.filter(pl.col("day") > low)
        .join(of_person, on="member_id")
        .join(of_person.select(responder="member_id", by="person"), on="responder")
        .filter(pl.col("person") != pl.col("by"))
        .select("person", "by", "day", "time", "group_id")
    )
    week = pl.Series("week", periods.number(edges["day"].to_numpy(), Period.WEEK, week_start))
    answered = (
        edges.with_columns(week)
        .group_by("person")
        .agg(
            responders=pl.col("by").n_unique().cast(pl.Int64),
            responses=pl.len().cast(pl.Int64),
            weeks=pl.col("week").n_unique().cast(pl.Int64),
        )
    )
    everyone = persons.select("person", "user_id").unique().sort("person")
    found = (
        everyone.join(_said(written), on="person", how="left")
        .join(answered, on="person", how="left")
        .join(_ranks(everyone["person"], edges), on="person", how="left")
        .with_columns(
            pl.col("messages", "chat_days", "responders", "responses", "weeks").fill_null(0)
        )
    )
    return found.drop_nulls("user_id").select("user_id", *VALUES).sort("user_id")


def _said(written: pl.DataFrame) -> pl.DataFrame:
    """`person, messages, chat_days, speak_gap_days` of who wrote; `written` by member and day."""
    days = written.select("person", "day").unique().sort("person", "day")
    gaps = days.with_columns(gap=pl.col("day").diff().over("person"))
    return (
        written.group_by("person")
        .agg(pl.col("messages").sum())
        .join(
            gaps.group_by("person").agg(
                chat_days=pl.len().cast(pl.Int64), speak_gap_days=pl.col("gap").median()
            ),
            on="person",
        )
    )


def _ranks(persons: pl.Series, edges: pl.DataFrame) -> pl.DataFrame:
    """`person, pagerank`: over everyone, an edge from each who answered to each who was."""
    places = pl.DataFrame({"person": persons}).with_row_index("place")
    pairs = (
        edges.select("person", "by")
        .unique()
        .join(places, on="person")
        .join(places.select(by="person", source="place"), on="by")
    )
    ranks = pagerank(
        pairs["source"].to_numpy().astype(np.int64),
        pairs["place"].to_numpy().astype(np.int64),
        len(places),
        _ALPHA,
    )
    return places.select("person", pagerank=pl.Series(ranks, dtype=pl.Float64))
