"""Telegram's export as JSON (`result.json`): one chat, or all of them.

Source: Telegram Desktop's export, `name type id messages[id type date from from_id text
reply_to_message_id]`; service messages have `actor actor_id action members`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from userops.readers.chats import json_text

Row = dict[str, str | None]
# What is no group: what a message there is left out as.
_APART = {
    **dict.fromkeys(
        ("personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"),
        "one-to-one messages: only groups count",
    ),
    **dict.fromkeys(("private_channel", "public_channel"), "posts of channels: only groups count"),
}
# What an export of all chats says first: its messages may stand far below.
_OF_ALL = '"personal_information"'
_JOINED = ("join_group_by_link", "join_group_by_request")


def may_be(head: str) -> bool:
    """Whether a text that begins so may be an export of Telegram's."""
    if not head.lstrip().startswith("{"):
        return False
    return _OF_ALL in head or ('"messages"' in head and '"date' in head)


def rows_of(text: str, dataset: str, name: str) -> list[Row] | None:
    """Rows of messages or of memberships; None where it's no export of Telegram's."""
    if not may_be(text[: 1 << 16]):
        return None
    whole = json_text.parsed(text)
    if not isinstance(whole, dict):
        return None
    chats = [*_chats(whole)]
    if not chats or not all(map(_is_telegrams, chats)):
        return None
    if dataset == "messages":
        return [row for chat in chats for row in _messages(chat)]
    return [row for chat in chats if chat.get("type") not in _APART for row in _memberships(chat)]


def _chats(whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The one chat, or all of them, those that were left too."""
    lists = [whole.get(key) for key in ("chats", "left_chats")]
    listed = [one.get("list") or [] for one in lists if isinstance(one, dict)]
    for chat in [chat for chats in listed for chat in chats] or [whole]:
        if isinstance(chat, dict) and isinstance(chat.get("messages"), list):
            yield chat


def _is_telegrams(chat: Mapping[str, Any]) -> bool:
    """Whether a chat is as Telegram has it: other programs call lists of theirs messages, too."""
    return {"id", "type"} <= chat.keys() and all(isinstance(one, dict) for one in chat["messages"])


def _messages(chat: Mapping[str, Any]) -> Iterator[Row]:
    for one in chat["messages"]:
        is_service = one.get("type") == "service"
        parts = _parts(one.get("text"))
        writer = _user(one.get("actor_id") if is_service else one.get("from_id"))
        mentioned = [f"user{part['user_id']}" for part in parts if part.get("type") == "mention_name" and part.get("user_id")]  # fmt: skip
        yield {
            "apart": _APART.get(str(chat.get("type"))),
            "group_id": _id(chat.get("id")),
            "group": chat.get("name"),
            "message_id": _id(one.get("id")),
            "time": one.get("date"),
            "user_id": writer,
            "name": one.get("actor") if is_service else one.get("from"),
            # Who writes as a channel, or as the group, is one of those who run it.
            "member_type": "staff" if (writer or "").startswith("channel") else None,
            "kind": "system" if is_service else "text",
            "text": "".join(str(part.get("text", "")) for part in parts),
            "reply_to": _id(one.get("reply_to_message_id")),
            "mentions": ",".join(mentioned),
        }


def _parts(text: object) -> list[dict[str, Any]]:
    """A text's parts: it may be a list of texts and of links, mentions and the like."""
    listed = text if isinstance(text, list) else [text]
    return [
        part if isinstance(part, dict) else {"text": part} for part in listed if part is not None
    ]


def _memberships(chat: Mapping[str, Any]) -> Iterator[Row]:
    """Who came and went; members are named there, and known by id where they wrote themselves."""
    ids = _ids(chat["messages"])
    for one in chat["messages"]:
        if one.get("type") != "service":
            continue
        for user, action in _steps(one, ids):
            yield {
                "group_id": _id(chat.get("id")),
                "group": chat.get("name"),
                "user_id": user,
                "time": one.get("date"),
                "action": action,
            }


def _steps(one: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A user and an action for each whom a service message tells of."""
    action, actor = one.get("action"), _user(one.get("actor_id"))
    members = [ids.get(str(name), str(name)) for name in one.get("members") or [] if name]
    if action in _JOINED and actor:
        yield str(actor), "join"
    elif action == "create_group":
        yield from ((user, "create") for user in dict.fromkeys([*([str(actor)] if actor else []), *members]))  # fmt: skip
    elif action == "invite_members":
        yield from ((user, "join") for user in members)
    elif action == "remove_members":
        yield from ((user, "leave" if user == actor else "remove") for user in members)


def _ids(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Whom a name means, where it's one user's."""
    known: dict[str, set[str]] = {}
    for one in messages:
        for name, user in ((one.get("from"), one.get("from_id")), (one.get("actor"), one.get("actor_id"))):  # fmt: skip
            if name and user:
                known.setdefault(str(name), set()).add(str(_user(user)))
    return {name: next(iter(users)) for name, users in known.items() if len(users) == 1}


def _user(value: object) -> str | None:
    """A user's id; older exports give it as a number."""
    return f"user{value}" if isinstance(value, int) else _id(value)


def _id(value: object) -> str | None:
    return None if value is None else str(value)
