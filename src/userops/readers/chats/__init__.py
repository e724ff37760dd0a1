"""Logs of groups that are no tables: Telegram's, WeCom's and Discord's JSON, WhatsApp's text, and IRC clients' logs.

Each module reads one format into rows of text, for messages or for memberships: `rows_of` gives None
for a file that's no such log. A row that says what it's left out as, as `apart`, is none of a group.
`open_chat` is the one seam: other texts are tables. Of these modules a run that reads no chats loads none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from userops.core.errors import InputError, LogError, QuietLog
from userops.core.messages import Note
from userops.readers.files import encoding
from userops.readers.files.contents import Content
from userops.readers.files.open import Source, logs_beside
from userops.readers.files.records import FAULTS, LINE, columns_of
from userops.readers.options import ReadOptions

if TYPE_CHECKING:
    from userops.readers.chats.makers import Row

_One = TypeVar("_One")
APART = "apart"
DATASETS = ("messages", "memberships")
_HEAD = 1 << 16
# All of a log is held in memory: one of more than this is exported in parts.
_MOST = 128 << 20
_NAMED = 3  # files of many
_CLOCKS = {"WeCom": "Asia/Shanghai"}  # of counts since 1970
_OF_DAYS = "IRC"  # whose clients write a file a day
_WHOLE = "export the whole group"
_NOTHING = {"WhatsApp": "export the whole group, from a phone whose language is English"}
_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$"


def open_chat(source: Source, dataset: str, options: ReadOptions) -> Content | None:
    """The rows of a log of groups; None where the file is none, or isn't read as one.

    A format of dates that's told settles which of their parts is the day, where they don't tell themselves.

    Raises:
        LogError: it's larger than can be held, tells of nobody who came or went, or can't be read.
    """
    if dataset not in DATASETS or not _may_be(source.path, options.encoding):
        return None
    if source.path.stat().st_size > _MOST:
        raise LogError(
            f"{source.name}: a log of more than {_MOST >> 20} MB", mend="export it in parts"
        )
    try:
        return _log(source, dataset, options)
    except LogError:
        raise
    except InputError as error:
        raise LogError(error.problem, mend=error.mend) from None


def but_quiet(
    names: Sequence[str], dataset: str, open_one: Callable[[str], _One]
) -> tuple[list[_One], tuple[Note, ...]]:
    """Each file opened but logs of days that tell of nothing, and a note of these.

    Raises:
        QuietLog: none of all tells of anything.
    """
    opened: list[_One] = []
    quiet: list[str] = []
    for name in names:
        try:
            opened.append(open_one(name))
        except QuietLog:
            if len(quiet) + 1 == len(names):
                raise
            quiet.append(name)
    if not quiet:
        return opened, ()
    count, shown = len(quiet), _first_of(quiet)
    if dataset == "messages":
        note = Note(
            "passed over {count:log|logs} in which nobody wrote: {names}", count=count, names=shown
        )
    else:
        note = Note(
            "passed over {count:log|logs} in which nobody came or went: {names}",
            count=count,
            names=shown,
        )
    return opened, (note,)


def _first_of(files: Sequence[str]) -> str:
    """Names of a few files of many."""
    return ", ".join(Path(one).name for one in files[:_NAMED]) + "…" * (len(files) > _NAMED)


def not_read(names: Sequence[str]) -> tuple[Note, ...]:
    """Which files of the folders among exports may be logs, and aren't read."""
    return tuple(
        Note(
            "{folder}: {count:file|files} that may be chats not read, beside other exports: {names}; "
            "name them to read them",
            folder=folder,
            count=len(logs),
            names=_first_of(logs),
        )
        for folder, logs in logs_beside(names).items()
    )


def _log(source: Source, dataset: str, options: ReadOptions) -> Content | None:
    from userops.readers.chats import makers

    text, said = _text(source, options.encoding)
    for maker, rows_of in makers.readers(options.date_format):
        rows = rows_of(text, dataset, source.name)
        if rows is None:
            continue
        if not rows:
            what = "messages" if dataset == "messages" else "joins or leaves"
            error = QuietLog if maker == _OF_DAYS else InputError
            raise error(
                f"{source.name}: {maker}'s log tells of no {what}", mend=_NOTHING.get(maker, _WHOLE)
            )
        note = Note("{file}: {maker}'s log of a group", file=source.name, maker=maker)
        return replace(_content(rows, (*said, note), dataset), clock=_CLOCKS.get(maker))
    return None


def _may_be(path: Path, encoding_asked: str | None) -> bool:
    """Whether a file's first bytes could be those of such a log."""
    from userops.readers.chats import makers  # with their patterns, which few runs need

    with path.open("rb") as file:
        head = file.read(_HEAD)
    return any(map(makers.may_be, _heads(head, encoding_asked)))


def _heads(head: bytes, encoding_asked: str | None) -> Iterator[str]:
    """What the first bytes of a text may say."""
    codec = encoding.declared(encoding_asked) if encoding_asked else encoding.from_mark(head)
    text = head.decode(codec or "utf-8-sig", errors="ignore")
    yield text
    if codec is None and len(text.encode()) < len(head) - 4:
        yield head.decode("gb18030", errors="ignore")


def _text(source: Source, encoding_asked: str | None) -> tuple[str, tuple[Note, ...]]:
    """A whole text, and which encoding it's in where that's another than UTF-8.

    Raises:
        InputError: it's in none for sure.
    """
    name, path = source.name, source.path
    with path.open("rb") as file:
        codec = encoding.from_mark(file.read(_HEAD))
    why = Note("by its first bytes")
    if encoding_asked:
        codec, why = encoding.declared(encoding_asked), Note("as told")
    elif codec is None and (at := encoding.invalid_at(path)) is not None:
        codec, why = encoding.guess(name, path, at)
    is_plain = codec is None or codec in ("utf-8", "utf-8-sig")
    codec = "utf-8-sig" if is_plain or codec is None else codec
    said = () if is_plain else (encoding.read_as(name, codec, why),)
    try:
        return path.read_text(encoding=codec), said
    except UnicodeDecodeError as error:
        raise encoding.not_all_through(name, path, codec, error.start) from None


def _content(rows: Sequence[Row], notes: tuple[Note, ...], dataset: str) -> Content:
    header = tuple(dict.fromkeys(name for row in rows for name in row if name != APART))
    columns = columns_of(len(header))
    schema = {LINE: pl.Int64, **dict.fromkeys(columns, pl.String)}
    kept, apart = list[tuple[object, ...]](), list[tuple[int, str, str]]()
    for line, row in enumerate(rows, start=1):
        if (reason := row.get(APART)) is not None:
            apart.append((line, reason, ""))
        else:
            kept.append((line, *(row.get(name) for name in header)))
    frame = pl.DataFrame(kept, schema=schema, orient="row")
    frame = _timed(frame, columns[header.index("time")]) if "time" in header else frame
    if dataset == "messages" and "message_id" not in header:
        # Who says the same twice in a minute has said two things; in another export they're the same two.
        copy = pl.int_range(1, pl.len() + 1).over(columns).cast(pl.String)
        frame = frame.with_columns(copy.alias(f"c{len(header)}"))
        header = (*header, "copy")
    faults = pl.LazyFrame(apart, schema=FAULTS, orient="row")
    reasons = tuple(dict.fromkeys(reason for _, reason, _ in apart))
    return Content(header, frame.lazy(), faults=faults, notes=notes, apart=reasons)


def _timed(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """With times that need no settling as times: a format that's told is another file's."""
    texts = frame[column]
    if not texts.str.contains(_ISO).fill_null(value=True).all():
        return frame
    times = texts.str.replace("T", " ").str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False
    )
    return frame.with_columns(times) if times.null_count() == texts.null_count() else frame
