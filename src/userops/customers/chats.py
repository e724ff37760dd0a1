"""Chats: what members of groups wrote, and whom they answered.

A response is a message that quotes another member's, replies to it or mentions that member. Only what a
message says itself counts: who writes next isn't answering for that. Staff and robots are whoever an
export says so (WeCom's type 1) and the ids in `[community] staff`; they're never members.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl

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
# WeCom's archive writes a quote into the text, in two languages.
_QUOTE = r"^(?:这是一条引用/回复消息|This is a quote/reply)[：:]\s*[“\"「](.+?)[：:]"
_MENTION = r"@([^\s@\x{2005}]+)"
_BETWEEN = r"[\s,;，；、|\[\]'\"]+"
_EDGES: dict[str, Any] = {
    "group_id": pl.String,
    "member_id": pl.String,
    "responder": pl.String,
    "day": pl.Int32,
    "time": pl.Datetime("us"),
}


@dataclass(frozen=True, slots=True)
class Chat:
    """What was written in groups, without lines of the system and recalled messages.

    `messages` are `group_id, member_id, time, day`, of members alone, by group, time and member;
    `staff` the same of staff and robots. `edges` are `group_id, member_id, responder, day, time`: a
    row a response of one member to another, by group, time, responder and member. `groups` and `days`
    are those that any line is of, also of the system: of others the export tells nothing. No text is kept.
    """

    messages: pl.DataFrame
    staff: pl.DataFrame
    edges: pl.DataFrame
    groups: pl.Series
    days: pl.Series


def read(rows: pl.DataFrame, staff: Collection[str] = (), members: Collection[str] = ()) -> Chat:
    """The chat that rows of a messages export hold.

    Args:
        rows: as `inputs.dataset("messages")` gives them.
        staff: ids of staff and robots.
        members: ids that are known to be members, whether they wrote or not.
    """
    named = rows.with_columns(
        group_id=pl.coalesce("group_id", "group"), member_id=pl.col("user_id")
    )
    known = named.filter(pl.col("member_id").is_not_null())
    taken_back = known.filter(is_recalled()).select(
        "group_id", pl.col("reply_to").alias("message_id")
    )
    said = known.filter(~is_recalled(), ~is_system()).join(
        taken_back.drop_nulls(), on=["group_id", "message_id"], how="anti"
    )
    said = said.with_columns(
        is_staff=is_staff(staff, "member_id")
        | pl.col("member_id").is_in(
            said.filter(is_staff(staff, "member_id"))["member_id"].implode()
        )
    )
    parts = ("group_id", "member_id", "time", "day")
    messages, of_staff = (
        said.filter(pl.col("is_staff") == wanted)
        .select(parts)
        .sort("group_id", "time", "member_id")
        for wanted in (False, True)
    )
    told = (named[name].drop_nulls().unique().sort() for name in ("group_id", "day"))
    return Chat(messages, of_staff, _edges(said, members), *told)


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


def _edges(said: pl.DataFrame, members: Collection[str]) -> pl.DataFrame:
    """Who answered or mentioned whom; of staff neither."""
    ordered = said.sort("group_id", "time", "member_id")
    authors = ordered.select("group_id", "message_id", author="member_id").drop_nulls()
    authors = authors.unique(["group_id", "message_id"], keep="first", maintain_order=True)
    known = pl.concat(
        [said["member_id"], pl.Series("member_id", list(members), dtype=pl.String)]
    ).unique()
    names = _names(said)
    staff = said.filter("is_staff")["member_id"].unique()
    found = [
        _by_message(said, "reply_to", authors),
        _by_message(said, "quote", authors),
        _by_id(said, "quote", known),
        _by_id(said, "mentions", known),
        _by_name(said, "mentions", _BETWEEN, names),
        _by_text(said, _QUOTE, names),
        _by_text(said, _MENTION, names),
    ]
    return (
        pl.concat([pl.DataFrame(schema=_EDGES), *found])
        .filter(
            pl.col("member_id") != pl.col("responder"),
            ~pl.col("member_id").is_in(staff.implode()),
            ~pl.col("responder").is_in(staff.implode()),
        )
        .unique()
        .sort("group_id", "time", "responder", "member_id")
    )


def _names(said: pl.DataFrame) -> pl.DataFrame:
    """`group_id, called, author`: names that are one member's in a group."""
    return (
        said.select("group_id", called=pl.col("name").str.strip_chars(), author="member_id")
        .drop_nulls()
        .group_by("group_id", "called")
        .agg(pl.col("author").unique())
        .filter(pl.col("author").list.len() == 1)
        .with_columns(pl.col("author").list.first())
    )


def _by_message(said: pl.DataFrame, column: str, authors: pl.DataFrame) -> pl.DataFrame:
    """Responses to a message by its id."""
    named = said.filter(pl.col(column).is_not_null())
    return _as_edges(
        named.join(
            authors, left_on=["group_id", column], right_on=["group_id", "message_id"], how="inner"
        )
    )


def _by_id(said: pl.DataFrame, column: str, known: pl.Series) -> pl.DataFrame:
    """Responses to members by their ids."""
    named = _listed(said, column, _BETWEEN).filter(pl.col("called").is_in(known.implode()))
    return _as_edges(named.with_columns(author="called"))


def _by_name(said: pl.DataFrame, column: str, between: str, names: pl.DataFrame) -> pl.DataFrame:
    """Responses to members by what they're called in the group, where that is one member's."""
    return _as_edges(_listed(said, column, between).join(names, on=["group_id", "called"]))


def _listed(said: pl.DataFrame, column: str, between: str) -> pl.DataFrame:
    """A row for each of those that a column lists, as `called`."""
    texts = pl.col(column).cast(pl.String).str.replace_all(between, "\x1f").str.split("\x1f")
    return (
        said.filter(pl.col(column).is_not_null())
        .with_columns(called=texts)
        .explode("called")
        .with_columns(pl.col("called").str.strip_prefix("@"))
        .filter(pl.col("called") != "")
    )


def _by_text(said: pl.DataFrame, pattern: str, names: pl.DataFrame) -> pl.DataFrame:
    """Responses to members whom a text names."""
    found = (
        said.filter(pl.col("text").str.contains(pattern))
        .with_columns(called=pl.col("text").str.extract_all(pattern))
        .explode("called")
        .with_columns(pl.col("called").str.extract(pattern).str.strip_chars())
    )
    return _as_edges(found.join(names, on=["group_id", "called"]))


def _as_edges(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(
        "group_id",
        member_id=pl.col("author"),
        responder=pl.col("member_id"),
        day=pl.col("day"),
        time=pl.col("time"),
    )
