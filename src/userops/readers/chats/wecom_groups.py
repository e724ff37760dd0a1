"""WeCom's detail of groups as JSON: who is in them, and since when.

Source: the answer of `externalcontact/groupchat/get`, `chat_id name owner create_time member_list{userid
type unionid join_time join_scene}`. It tells of nobody who left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from userops.readers.chats import json_text
from userops.readers.chats.json_text import said

Row = dict[str, str | None]
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


def may_be(head: str) -> bool:
    """Whether a text that begins so may hold details of groups."""
    return head.lstrip()[:1] in ("{", "[") and '"member_list"' in head and '"chat_id"' in head


def rows_of(text: str, dataset: str, name: str) -> list[Row] | None:
    """A row a member and group; None where it holds no details of groups, or messages are asked for."""
    if dataset != "memberships" or not may_be(text[: 1 << 16]):
        return None
    values = [json_text.parsed(text)]
    if values == [None]:  # an answer a line
        values = [json_text.parsed(line) for line in text.splitlines() if line.strip()]
        if None in values:
            return None
    groups = [group for value in values for group in _groups(value)]
    return [row for group in groups for row in _members(group, Path(name).stem)] if groups else None


def _groups(value: object) -> Iterator[Mapping[str, Any]]:
    """The groups in an answer, or in a list of answers."""
    if isinstance(value, list):
        for one in value:
            yield from _groups(one)
    elif isinstance(value, dict) and isinstance(members := value.get("member_list"), list):
        if all(isinstance(one, dict) for one in members):
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            if isinstance(one, (dict, list)):
                yield from _groups(one)


def _members(group: Mapping[str, Any], stem: str) -> Iterator[Row]:
    """Members with when they joined; the day of the list, where the file's name says it."""
    day = _DAY.search(stem)
    for one in group["member_list"]:
        yield {
            "group_id": said(group.get("chat_id")),
            "group": said(group.get("name")),
            "owner": said(group.get("owner")),
            "group_created": said(group.get("create_time")),
            "user_id": said(one.get("userid")),
            "member_type": said(one.get("type")),
            "unionid": said(one.get("unionid")),
            "joined": said(one.get("join_time")),
            "join_scene": said(one.get("join_scene")),
            **({"snapshot": "-".join(day.groups())} if day else {}),
        }
