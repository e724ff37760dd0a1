"""Telegram's export as JSON (`result.json`): one chat, or all of them.

Source: Telegram Desktop's export, `name type id messages[id type date from from_id text
reply_to_message_id]`; service messages have `actor actor_id action members`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, str | None]
_JOINED = ("join_group_by_link", "join_group_by_request")


def may_be(head: str) -> bool:
    """Whether a text that begins so may be an export of Telegram's."""
    return head.lstrip().startswith("{") and '"messages"' in head and '"date' in head


def rows_of(text: str, dataset: str, name: str) -> list[Row] | None:
    """Rows of messages or of memberships; None where it's no export of Telegram's."""
    if not may_be(text[: 1 << 16]):
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(whole, dict):
        return None
    found = whole.get("chats", {}).get("list") if "chats" in whole else [whole]
    chats = [one for one in found or [] if isinstance(one, dict) and isinstance(one.get("messages"), list)]  # fmt: skip
    if not chats:
        return None
    told = _messages if dataset == "messages" else _memberships
    return [row for chat in chats for row in told(chat)]


def _messages(chat: Mapping[str, Any]) -> Iterator[Row]:
    for one in chat["messages"]:
        is_service = one.get("type") == "service"
        parts = _parts(one.get("text"))
        answered = one.get("reply_to_message_id")
        mentioned = [f"user{part['user_id']}" for part in parts if part.get("type") == "mention_name" and part.get("user_id")]  # fmt: skip
        yield {
            "group_id": _id(chat.get("id")),
            "group": chat.get("name"),
            "message_id": _id(one.get("id")),
            "time": one.get("date"),
            "user_id": one.get("actor_id") if is_service else one.get("from_id"),
            "name": one.get("actor") if is_service else one.get("from"),
            "kind": "system" if is_service else "text",
            "text": "".join(str(part.get("text", "")) for part in parts),
            "reply_to": _id(answered),
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
    action, actor = one.get("action"), one.get("actor_id")
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
                known.setdefault(str(name), set()).add(str(user))
    return {name: next(iter(users)) for name, users in known.items() if len(users) == 1}


def _id(value: object) -> str | None:
    return None if value is None else str(value)
