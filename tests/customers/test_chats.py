"""What counts as a message, and who answered whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from userops.customers import chats
from userops.datasets.fields import Type
from userops.datasets.messages import MESSAGES

START = datetime(2025, 3, 1, 9)


def rows(*given: dict[str, str]) -> pl.DataFrame:
    """Rows of messages as the reader gives them, a minute apart."""
    fields = [one.name for one in MESSAGES.fields if one.type is not Type.TIME]
    full = [{name: {"group_id": "g", **row}.get(name) for name in fields} for row in given]
    times = [START + timedelta(minutes=n) for n in range(len(given))]
    return pl.DataFrame(full, schema=dict.fromkeys(fields, pl.String)).with_columns(
        time=pl.Series(times, dtype=pl.Datetime("us")), day=pl.lit(20148, pl.Int32)
    )


def said(user: str, text: str = "", **more: str) -> dict[str, str]:
    return {"user_id": user, "text": text, **more}


def read(given: pl.DataFrame, **more: Any) -> chats.Chat:
    return chats.read(given.lazy(), **more)


def edges(chat: chats.Chat) -> list[tuple[str, str]]:
    return sorted(chat.edges.select("responder", "member_id").rows())


def test_lines_of_the_system_recalled_messages_and_staff_are_no_messages() -> None:
    chat = read(
        rows(
            said("a"),
            said("b", kind="system"),
            said("c", system="true"),
            said("d", recalled="是"),
            said("e", message_id="7"),
            said("e", kind="recall", reply_to="7"),
            said("f", member_type="1"),
            said("f"),
            said("g"),
            {"kind": "10000"},
        ),
        staff=("g",),
    )
    assert chat.messages.collect()["member_id"].to_list() == ["a"]
    assert sorted(chat.of_staff.collect()["member_id"]) == ["f", "f", "g"]
    assert chat.writers["member_id"].to_list() == ["a"]
    assert chat.staff.to_list() == ["f", "g"]


def test_a_message_that_was_recalled_takes_back_none_that_it_answers() -> None:
    chat = read(
        rows(
            said("a", message_id="1"),
            said("b", message_id="2", reply_to="1", recalled="true", kind="text"),
            said("c", message_id="3"),
            {"kind": "revoke", "reply_to": "3"},  # a notice, whoever wrote it
        )
    )
    assert chat.messages.collect()["member_id"].to_list() == ["a"]


def test_replies_quotes_and_mentions_are_responses_and_neighbours_are_not() -> None:
    chat = read(
        rows(
            said("a", message_id="1", name="Ann"),
            said("b", message_id="2", name="贝贝"),
            said("c", reply_to="1"),
            said("d", quote="2"),
            said("e", mentions="a, b,nobody"),
            said("f", "这是一条引用/回复消息：“贝贝：好吃”\n- - - - -\n同意"),
            said("h", "@Ann\u2005看看"),
            said("i", quote="a"),
        )
    )
    assert edges(chat) == [
        ("c", "a"), ("d", "b"), ("e", "a"), ("e", "b"), ("f", "b"), ("h", "a"), ("i", "a"),
    ]  # fmt: skip


def test_a_name_of_two_is_nobody_and_nobody_answers_himself_or_staff() -> None:
    chat = read(
        rows(
            said("a", name="Lily", message_id="1"),
            said("b", name="Lily", message_id="2"),
            said("c", "@Lily hi"),
            said("a", reply_to="1"),
            said("boss", message_id="3"),
            said("a", reply_to="3"),
            said("boss", reply_to="1"),
        ),
        staff=("boss",),
    )
    assert edges(chat) == []


def test_a_reply_is_to_a_message_of_its_own_group() -> None:
    chat = read(
        rows(
            said("a", message_id="1"), {**said("b", message_id="1"), "group_id": "h"},
            {**said("c", reply_to="1"), "group_id": "h"},
        )
    )  # fmt: skip
    assert edges(chat) == [("c", "b")]


def test_members_who_never_wrote_can_be_mentioned() -> None:
    assert edges(read(rows(said("a", mentions="quiet")), members=pl.Series(["quiet"]))) == [("a", "quiet")]  # fmt: skip
    assert edges(read(rows(said("a", mentions="quiet")))) == []


@pytest.mark.parametrize("order", [1, -1])
def test_the_rows_order_never_matters(order: int) -> None:
    given = rows(said("b", message_id="1"), said("a", reply_to="1"), said("c", mentions="a b"))
    chat = read(given[::order])
    assert chat.edges.rows() == read(given).edges.rows()
    assert "text" not in chat.messages.collect_schema()
