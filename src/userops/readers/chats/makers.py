"""Who makes logs of groups, and what reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from userops.readers.chats import discord, irc, telegram, wecom_groups, whatsapp

Row = dict[str, str | None]
Reader = Callable[[str, str, str], list[Row] | None]


def readers(date_format: str | None) -> Iterator[tuple[str, Reader]]:
    """Each maker's logs, and what reads them."""
    yield "Discord", discord.rows_of
    yield "Telegram", telegram.rows_of
    yield "WeCom", wecom_groups.rows_of
    yield "WhatsApp", partial(whatsapp.rows_of, date_format=date_format or "")
    yield "IRC", irc.rows_of


def may_be(head: str) -> bool:
    """Whether a file that begins like this could be such a log."""
    return any(one.may_be(head) for one in (telegram, wecom_groups, discord, whatsapp, irc))
