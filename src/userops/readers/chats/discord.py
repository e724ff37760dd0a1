"""A channel of Discord's as DiscordChatExporter writes it to JSON.

Source: its JSON writer, `guild{id name} channel{id type name} messages[id type timestamp content author{id name
nickname isBot} mentions[id] reference{messageId}]`. It tells of nobody who left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from userops.readers.chats import json_text
from userops.readers.chats.json_text import said

Row = dict[str, str | None]
_WRITTEN = ("Default", "Reply", "0", "19", "ChatInputCommand", "ContextMenuCommand")
_OF_TWO = "DirectTextChat"


def may_be(head: str) -> bool:
    """Whether a text that begins so may be such a channel."""
    return head.lstrip().startswith("{") and all(f'"{key}"' in head for key in ("guild", "channel", "messages"))  # fmt: skip


def rows_of(text: str, dataset: str, name: str) -> list[Row] | None:
    """A row a message; no rows of memberships; None where it's no such channel."""
    if not may_be(text[: 1 << 16]):
        return None
    whole = json_text.parsed(text)
    if not isinstance(whole, dict) or not _is_discords(whole):
        return None
    return [*_messages(whole)] if dataset == "messages" else []


def _is_discords(whole: Mapping[str, Any]) -> bool:
    """Whether what stands under these keys is what Discord's have: other programs' may be called so."""
    messages = whole.get("messages")
    return (
        isinstance(messages, list)
        and all(isinstance(whole.get(key), dict) for key in ("guild", "channel"))
        and all(isinstance(one, dict) and isinstance(one.get("author"), dict) for one in messages)
    )


def _messages(whole: Mapping[str, Any]) -> Iterator[Row]:
    channel, guild = whole["channel"], whole["guild"]
    called = " - ".join(str(one["name"]) for one in (guild, channel) if one.get("name"))
    of_two = channel.get("type") == _OF_TWO
    for one in whole["messages"]:
        author = one["author"]
        answered = one.get("reference") if one.get("type") in ("Reply", "19") else None
        yield {
            "apart": "one-to-one messages: only groups count" if of_two else None,
            "group_id": said(channel.get("id")),
            "group": called,
            "message_id": said(one.get("id")),
            "time": said(one.get("timestamp")),
            "user_id": said(author.get("id")),
            "name": said(author.get("nickname") or author.get("name")),
            "member_type": "bot" if author.get("isBot") else None,
            "kind": "text" if str(one.get("type")) in _WRITTEN else "system",
            "text": said(one.get("content")),
            "reply_to": said((answered or {}).get("messageId")),
            "mentions": ",".join(str(who["id"]) for who in one.get("mentions") or [] if who.get("id")),
        }  # fmt: skip
