"""Chats: what members of groups wrote, and whom they answered.

A response is a message that quotes another member's, replies to it or mentions that member. Only what a
message says itself counts: who writes next isn't answering for that. Staff and robots are whoever an
export says so (WeCom's type 1) and the ids in `[community] staff`; they're never members.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.customers import responses
from userops.engines import query as engine

_STAFF = (
    *("1", "true", "yes", "y", "staff", "employee", "internal", "agent", "bot", "robot", "service"),
    *("员工", "企业成员", "内部", "内部成员", "客服", "机器人", "群机器人", "是"),
)
_SYSTEM = (
    *("system", "sys", "service", "notice", "event", "join", "leave", "switch", "10000", "10002"),
    *("系统", "系统消息", "系统通知", "通知", "入群", "退群"),
)
_RECALLED = ("recall", "recalled", "revoke", "revoked", "deleted", "撤回", "已撤回", "撤回消息")
_YES = ("1", "true", "yes", "y", "t", "是", "已撤回", "recalled", "revoked", "system")
_FLAGS = ("member_type", "kind", "system", "recalled")
_NEEDED = ("group_id", "group", "user_id", "time", "day")


@dataclass(frozen=True)
class Chat:
    """What was written in groups, without lines of the system and recalled messages.

    `said` are messages for queries, `group_id, member_id, time, day, is_staff` and what they say of whom
    they answer, in no order. `writers` are `group_id, member_id, time`: who wrote, nobody of staff, and
    when first, by group and member. `staff` are ids of staff and robots, `named` those of members who may not
    have written. `groups` and `days` are those that any line is of, also of the system: of others the
    export tells nothing.
    """

    said: pl.LazyFrame
    writers: pl.DataFrame
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


def read(rows: pl.LazyFrame, staff: Collection[str] = (), members: Collection[str] = ()) -> Chat:
    """The chat that rows of a messages export hold.

    Args:
        rows: as `inputs.lazily("messages")` gives them.
        staff: ids of staff and robots.
        members: ids that are known to be members, whether they wrote or not.
    """
    known = rows.collect_schema().names()
    flags = [name for name in _FLAGS if name in known]
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in (*_NEEDED[:3], *_FLAGS) if name not in known
    ).with_columns(group_id=pl.coalesce("group_id", "group"), member_id=pl.col("user_id"))
    who, days = engine.collect_all(
        [
            rows.group_by("group_id", "member_id", *flags).agg(pl.col("time").min()),
            rows.select(pl.col("day").drop_nulls().unique()),
        ]
    )
    who = who.with_columns(
        pl.lit(None, pl.String).alias(name) for name in _FLAGS if name not in flags
    )
    written = pl.col("member_id").is_not_null() & ~is_recalled() & ~is_system()
    said, writers = rows, who.filter(written)
    if len(writers) < len(who):
        said = rows.filter(_of_rows(who, flags, written))
    if (taken_back := _taken_back(rows, who, known)) is not None:
        said = said.join(taken_back.lazy(), on=["group_id", "message_id"], how="anti")
        writers = engine.collect(
            said.group_by("group_id", "member_id", *flags).agg(pl.col("time").min())
        ).with_columns(pl.lit(None, pl.String).alias(name) for name in _FLAGS if name not in flags)
    theirs = writers.filter(is_staff(staff, "member_id"))["member_id"].unique().sort()
    is_theirs = pl.col("member_id").is_in(theirs.implode()) if len(theirs) else pl.lit(False)
    first = writers.filter(~is_theirs).group_by("group_id", "member_id").agg(pl.col("time").min())
    return Chat(
        said.with_columns(is_staff=is_theirs),
        first.sort("group_id", "member_id"),
        theirs,
        pl.Series("member_id", sorted(members), dtype=pl.String),
        who["group_id"].drop_nulls().unique().sort(),
        days["day"].sort(),
    )


def _of_rows(who: pl.DataFrame, flags: list[str], written: pl.Expr) -> pl.Expr:
    """What tells messages of members from other lines: of one flag its words, which takes least."""
    if flags != ["kind"]:
        return written
    of_others = who.filter(is_recalled() | is_system())["kind"].drop_nulls().unique().sort()
    is_other = pl.col("kind").is_in(of_others.implode()).fill_null(False)
    return pl.col("member_id").is_not_null() & ~is_other


def _taken_back(
    rows: pl.LazyFrame, who: pl.DataFrame, known: Collection[str]
) -> pl.DataFrame | None:
    """`group_id, message_id` of messages that others say were taken back; None without any."""
    if not {"message_id", "reply_to"} <= {*known} or who.filter(is_recalled()).is_empty():
        return None
    found = engine.collect(
        rows.filter(pl.col("member_id").is_not_null(), is_recalled())
        .select("group_id", message_id="reply_to")
        .drop_nulls()
        .unique()
    )
    return None if found.is_empty() else found


def is_staff(staff: Collection[str], member: str = "user_id") -> pl.Expr:
    """Whether a row of members or messages is of staff or a robot."""
    said = _word("member_type").is_in(_STAFF)
    return (said | pl.col(member).is_in([str(one) for one in staff])).fill_null(False)


def is_system() -> pl.Expr:
    """Whether a row of messages is a line of the system."""
    return (_word("system").is_in(_YES) | _word("kind").is_in(_SYSTEM)).fill_null(False)


def is_recalled() -> pl.Expr:
    """Whether a row of messages was taken back, or says that another was."""
    return (_word("recalled").is_in(_YES) | _word("kind").is_in(_RECALLED)).fill_null(False)


def _word(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")
