"""Chats: what members of groups wrote, and whom they answered.

A response is a message that quotes another member's, replies to it or mentions that member. Only what a
message says itself counts: who writes next isn't answering for that. Staff and robots are whoever an
export says so (WeCom's type 1) and the ids in `[community] staff`; they're never members.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.customers import chat_lines, responses
from userops.customers.chat_lines import Lines
from userops.engines import query as engine

_NOBODY = pl.Series("member_id", [], dtype=pl.String)


@dataclass(frozen=True)
class Chat:
    """What was written in groups, without lines of the system and recalled messages.

    `said` are messages for queries, `group_id, member_id, time, day, is_staff` and what they say of whom
    they answer, in no order. `writers` are `group_id, member_id, time`: who wrote, nobody of staff, and
    when first; `counts` how much everyone wrote, staff too: `group_id, member_id,
    messages`. `staff` are ids of staff and robots, `named` those of members who may not
    have written. `groups` and `days` are those that any line is of, also of the system: of others the
    export tells nothing.
    """

    said: pl.LazyFrame
    writers: pl.DataFrame
    counts: pl.DataFrame
    staff: pl.Series
    named: pl.Series
    groups: pl.Series
    days: pl.Series

    @property
    def messages(self) -> pl.LazyFrame:
        """`group_id, member_id, time, day` of members' messages, in no order."""
        return self.said.filter(~pl.col("is_staff")).select("group_id", "member_id", "time", "day")

    @property
    def of_staff(self) -> pl.LazyFrame:
        """The same of staff and robots."""
        return self.said.filter("is_staff").select("group_id", "member_id", "time", "day")

    @cached_property
    def edges(self) -> pl.DataFrame:
        """`group_id, member_id, responder, day, time`: a row a response of one member to another.

        By group, time, responder and member.
        """
        known = pl.concat([self.writers["member_id"], self.staff, self.named]).unique()
        return responses.edges(self.said, known, self.staff)


def read(
    rows: pl.LazyFrame,
    staff: Collection[str] = (),
    members: pl.Series = _NOBODY,
    answers: Sequence[pl.DataFrame] | None = None,
    days: pl.Series | None = None,
) -> Chat:
    """The chat that rows of a messages export hold.

    Args:
        rows: as `inputs.lazily("messages")` gives them.
        staff: ids of staff and robots.
        members: ids that are known to be members, whether they wrote or not; also twice.
        answers: what `chat_lines.queries` gave of these rows, where that's known.
        days: those that have rows, where they're known.
    """
    lines, said = Lines.of(rows, answers, days), chat_lines.whole(rows)
    written = lines.written
    if (taken_back := _taken_back(rows, said) if lines.takes_back else None) is not None:
        said = said.join(taken_back.lazy(), on=["group_id", "message_id"], how="anti")
        written = lines.again(said)
    if lines.some:
        said = said.filter(lines.is_message)
    writers = written.filter(pl.col("member_id").is_not_null(), pl.col("messages") > 0)
    is_theirs = pl.col("of_staff") | pl.col("member_id").is_in([str(one) for one in staff])
    theirs = writers.filter(is_theirs)["member_id"].unique().sort()
    by_them = pl.col("member_id").is_in(theirs.implode()) if len(theirs) else pl.lit(False)
    return Chat(
        said.with_columns(is_staff=by_them),
        writers.filter(~by_them).select("group_id", "member_id", "time"),
        writers.select("group_id", "member_id", "messages"),
        theirs,
        members.rename("member_id"),
        lines.written["group_id"].drop_nulls().unique().sort(),
        lines.days,
    )


def _taken_back(rows: pl.LazyFrame, lines: pl.LazyFrame) -> pl.DataFrame | None:
    """`group_id, message_id` of messages that others say were taken back; None without any."""
    if not {"message_id", "reply_to"} <= {*rows.collect_schema().names()}:
        return None
    found = engine.collect(
        lines.filter(chat_lines.takes_back())
        .select("group_id", message_id="reply_to")
        .drop_nulls()
        .unique()
    )
    return None if found.is_empty() else found
