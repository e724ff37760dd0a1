"""Who answered or mentioned whom, by what messages say themselves: replies, quotes, mentions."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.engines import query as engine

# WeCom's archive writes a quote into the text, in two languages.
_QUOTE = r"^(?:这是一条引用/回复消息|This is a quote/reply)[：:]\s*[“\"「](.+?)[：:]"
_MENTION = r"@([^\s@\x{2005}]+)"
_BETWEEN = r"[\s,;，；、|\[\]'\"]+"
_COLUMNS = ("message_id", "reply_to", "quote", "mentions", "text", "name")
EDGES: dict[str, Any] = {
    "group_id": pl.String,
    "member_id": pl.String,
    "responder": pl.String,
    "day": pl.Int32,
    "time": pl.Datetime("us"),
}


def edges(said: pl.LazyFrame, known: pl.Series, staff: pl.Series) -> pl.DataFrame:
    """Who answered or mentioned whom, as EDGES, by group, time, responder and member; of staff neither.

    Args:
        said: messages, also of staff, as `chats.Chat.said`.
        known: ids of everyone who is or wrote in a group.
        staff: ids of staff and robots.
    """
    there = said.collect_schema().names()
    nothing = [pl.lit(None, pl.String).alias(name) for name in _COLUMNS if name not in there]
    said = said.with_columns(nothing).select("group_id", "member_id", "time", "day", *_COLUMNS)
    answers = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("reply_to", "quote", "mentions")
    )
    named = pl.col("text").str.contains("@", literal=True) | pl.col("text").str.contains(_QUOTE)
    found = engine.collect(said.filter(answers | named.fill_null(False)))
    if found.is_empty():
        return pl.DataFrame(schema=EDGES)
    authors, names = _authors(said, found), _names(said, found)
    parts = [
        _by_message(found, "reply_to", authors),
        _by_message(found, "quote", authors),
        _by_id(found, "quote", known),
        _by_id(found, "mentions", known),
        _by_name(found, "mentions", names),
        _by_text(found, _QUOTE, names),
        _by_text(found, _MENTION, names),
    ]
    theirs = staff.implode()
    return (
        pl.concat([pl.DataFrame(schema=EDGES), *parts])
        .filter(
            pl.col("member_id") != pl.col("responder"),
            ~pl.col("member_id").is_in(theirs),
            ~pl.col("responder").is_in(theirs),
        )
        .unique()
        .sort("group_id", "time", "responder", "member_id")
    )


def _authors(said: pl.LazyFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`group_id, message_id, author` of the messages that others answer; of several the first."""
    asked = [found.select("group_id", message_id=name) for name in ("reply_to", "quote")]
    wanted = pl.concat(asked).drop_nulls().unique()
    if wanted.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(("group_id", "message_id", "author"), pl.String))
    rows = said.select("group_id", "message_id", "time", author="member_id").drop_nulls()
    answered = engine.collect(rows.join(wanted.lazy(), on=["group_id", "message_id"], how="semi"))
    first = answered.sort("group_id", "time", "author").unique(
        ["group_id", "message_id"], keep="first", maintain_order=True
    )
    return first.drop("time")


def _names(said: pl.LazyFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`group_id, called, author`: names that are one member's in a group."""
    kinds = dict.fromkeys(("group_id", "called", "author"), pl.String)
    if not found["mentions"].count() and not found["text"].count():
        return pl.DataFrame(schema=kinds)
    called = said.select("group_id", called=pl.col("name").str.strip_chars(), author="member_id")
    return (
        engine.collect(called.drop_nulls().unique())
        .group_by("group_id", "called")
        .agg(pl.col("author"))
        .filter(pl.col("author").list.len() == 1)
        .with_columns(pl.col("author").list.first())
    )


def _by_message(found: pl.DataFrame, column: str, authors: pl.DataFrame) -> pl.DataFrame:
    """Responses to a message by its id."""
    named = found.filter(pl.col(column).is_not_null())
    at = ["group_id", "message_id"]
    return _as_edges(named.join(authors, left_on=["group_id", column], right_on=at, how="inner"))


def _by_id(found: pl.DataFrame, column: str, known: pl.Series) -> pl.DataFrame:
    """Responses to members by their ids."""
    named = _listed(found, column).filter(pl.col("called").is_in(known.implode()))
    return _as_edges(named.with_columns(author="called"))


def _by_name(found: pl.DataFrame, column: str, names: pl.DataFrame) -> pl.DataFrame:
    """Responses to members by what they're called in the group, where that is one member's."""
    return _as_edges(_listed(found, column).join(names, on=["group_id", "called"]))


def _listed(found: pl.DataFrame, column: str) -> pl.DataFrame:
    """A row for each of those that a column lists, as `called`."""
    texts = pl.col(column).cast(pl.String).str.replace_all(_BETWEEN, "\x1f").str.split("\x1f")
    return (
        found.filter(pl.col(column).is_not_null())
        .with_columns(called=texts)
        .explode("called")
        .with_columns(pl.col("called").str.strip_prefix("@"))
        .filter(pl.col("called") != "")
    )


def _by_text(found: pl.DataFrame, pattern: str, names: pl.DataFrame) -> pl.DataFrame:
    """Responses to members whom a text names."""
    told = (
        found.filter(pl.col("text").str.contains(pattern))
        .with_columns(called=pl.col("text").str.extract_all(pattern))
        .explode("called")
        .with_columns(pl.col("called").str.extract(pattern).str.strip_chars())
    )
    return _as_edges(told.join(names, on=["group_id", "called"]))


def _as_edges(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(
        "group_id",
        member_id=pl.col("author"),
        responder=pl.col("member_id"),
        day=pl.col("day"),
        time=pl.col("time"),
    )
