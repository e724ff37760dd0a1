"""Logs of groups that are no tables: Telegram's and WeCom's JSON, WhatsApp's text, and IRC clients' logs.

Each module reads one format into rows of text, for messages or for memberships: `rows_of` gives None
for a file that's no such log. `open_chat` is the one seam: other texts are tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.readers.chats import irc, telegram, wecom_groups, whatsapp
from userops.readers.files.contents import Content
from userops.readers.files.open import Source
from userops.readers.files.records import LINE, columns_of

Row = dict[str, str | None]
_READERS: Sequence[tuple[str, Callable[[str, str, str], list[Row] | None]]] = (
    ("Telegram", telegram.rows_of),
    ("WeCom", wecom_groups.rows_of),
    ("WhatsApp", whatsapp.rows_of),
    ("IRC", irc.rows_of),
)
DATASETS = ("messages", "memberships")
_HEAD = 1 << 16
# All of a log is held in memory: one of more than this is exported in parts.
_MOST = 128 << 20


def open_chat(source: Source, dataset: str) -> Content | None:
    """The rows of a log of groups; None where the file is none, or isn't read as one.

    Raises:
        InputError: it's larger than can be held, or tells of nobody who came or went.
    """
    if dataset not in DATASETS or not _may_be(source.path):
        return None
    if source.path.stat().st_size > _MOST:
        raise InputError(
            f"{source.name}: a log of more than {_MOST >> 20} MB", mend="export it in parts"
        )
    try:
        text = source.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None
    for maker, rows_of in _READERS:
        rows = rows_of(text, dataset, _stem(source.name))
        if rows is None:
            continue
        if not rows:
            what = "messages" if dataset == "messages" else "joins or leaves"
            raise InputError(
                f"{source.name}: {maker}'s log tells of no {what}", mend="export the whole group"
            )
        return _content(rows, Note("{file}: {maker}'s log of a group", file=source.name, maker=maker))  # fmt: skip
    return None


def _may_be(path: Path) -> bool:
    """Whether a file's first bytes could be those of such a log."""
    with path.open("rb") as file:
        head = file.read(_HEAD).decode("utf-8-sig", errors="ignore")
    return any(one.may_be(head) for one in (telegram, wecom_groups, whatsapp, irc))


def _stem(name: str) -> str:
    """What a file's name says of its group."""
    stem = Path(name).stem
    return stem.removeprefix("WhatsApp Chat with ").removeprefix("WhatsApp Chat - ")


def _content(rows: Sequence[Row], note: Note) -> Content:
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    columns = columns_of(len(header))
    cells = {
        column: [row.get(name) for row in rows]
        for column, name in zip(columns, header, strict=True)
    }
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
    lines = pl.Series(LINE, range(1, len(rows) + 1), dtype=pl.Int64)
    return Content(header, frame.insert_column(0, lines).lazy(), notes=(note,))
