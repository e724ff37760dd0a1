"""Delimited text: its encoding, its dialect, its rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.readers.files import dialect, encoding, jsonlines, records, spaces
from userops.readers.files.contents import Content, Recognise
from userops.readers.files.csv_facts import Survey
from userops.readers.files.open import Source

_HEAD = 1 << 18


def open_text(
    source: Source,
    recognise: Recognise,
    encoding_asked: str | None,
    folder: Path,
    *,
    header: bool = True,
) -> Content:
    """Open a text, in the encoding that's told or found, with or without a `header`.

    Raises:
        InputError: it can't be used, and why.
    """
    name, path = source.name, source.path
    head = _head(path)
    codec = encoding.declared(encoding_asked) if encoding_asked else encoding.from_mark(head)
    why = Note("as told") if encoding_asked else Note("by its first bytes")
    if codec and codec.startswith("utf-16-") and not encoding_asked:
        encoding.check_text(name, head)  # zero bytes are all that it was told by
    if codec and (codec not in ("utf-8", "utf-8-sig") or not header):
        path = encoding.transcode(name, path, codec, folder)  # a mark is no part of a value
    if encoding.ends_in_returns(_head(path)):
        path = encoding.with_line_feeds(path, folder)
    if jsonlines.are_here(_head(path)):
        return _json_lines(name, path, codec, why, bool(encoding_asked), folder)
    look = recognise if header else None
    shape, survey = _surveyed(name, path, look)
    if survey.invalid_at is not None:
        if encoding_asked:
            raise encoding.not_all_through(name, path, codec or encoding_asked, survey.invalid_at)
        codec, why = encoding.guess(name, path, survey.invalid_at)
        path = encoding.transcode(name, path, codec, folder)
        shape, survey = _surveyed(name, path, look)
    if survey.lone_returns:
        path = encoding.with_line_feeds(path, folder)
        shape, survey = _surveyed(name, path, look)
    notes = _notes(name, codec, why, shape)
    if len(shape.header) == 1 and (layout := spaces.found(_whole_lines(_head(path)))):
        path = spaces.with_tabs(path, layout, folder)
        shape, survey = _surveyed(name, path, look)
        notes = (*notes, Note("{file}: columns are set apart by spaces", file=name))
    if not header:
        note = Note("{file}: no header: columns are named by their position", file=name)
        notes = (*notes, note)
    if not any(cell.strip() for cell in shape.header):
        raise InputError(f"{name}: is empty", mend="export it again")
    rows, faults = records.read(name, path, shape, survey, folder)
    return Content(
        shape.header,
        rows,
        None if survey.nuls else records.fast(path, shape, survey),
        faults,
        text=path,
        encoding=codec or "utf-8",
        delimiter=shape.delimiter,
        notes=notes,
        first_line=shape.header_lines + 1 if header else None,
        above=shape.above,
    )


def _json_lines(
    name: str, path: Path, codec: str | None, why: Note, asked: bool, folder: Path
) -> Content:
    """A text of JSON lines.

    Raises:
        InputError: it can't be used, and why.
    """
    at = encoding.invalid_at(path)
    if at is not None and asked:
        raise encoding.not_all_through(name, path, codec or "utf-8", at)
    if at is not None:
        codec, why = encoding.guess(name, path, at)
        path = encoding.transcode(name, path, codec, folder)
    content = jsonlines.open_json_lines(name, path, folder)
    if codec in (None, "utf-8", "utf-8-sig"):
        return content
    return replace(content, notes=(*content.notes, encoding.read_as(name, codec or "", why)))


def _notes(name: str, codec: str | None, why: Note, shape: dialect.Dialect) -> tuple[Note, ...]:
    """What opening a text assumed."""
    notes = []
    if codec and codec not in ("utf-8", "utf-8-sig"):
        notes.append(encoding.read_as(name, codec, why))
    if shape.above:
        notes.append(
            Note(
                "{file}: the header is on line {line}; the lines before it were skipped",
                file=name,
                line=shape.header_lines,
            )
        )
    return tuple(notes)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _whole_lines(head: bytes) -> str:
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return text[: text.rfind("\n") + 1] if len(head) == _HEAD else text


def _surveyed(name: str, path: Path, recognise: Recognise | None) -> tuple[dialect.Dialect, Survey]:
    """The dialect and what the bytes are like; without `recognise` there's no header."""
    from userops.readers.files.csv_check import survey

    head = _head(path)
    text = head.decode("utf-8", errors="replace")
    if len(head) == _HEAD:
        if "\n" not in text:
            raise InputError(
                f"{name}: its first line is longer than {_HEAD:,} bytes: no header of an export",
                mend="check the file; was it meant to be read?",
            )
        text = text[: text.rfind("\n") + 1]
    shape = dialect.sniff(text, recognise) if recognise else dialect.headless(text)
    if len(shape.header) > dialect.MAX_COLUMNS:
        raise InputError(
            f"{name}: has {len(shape.header):,} columns", mend="name an export of orders"
        )
    skip = 0
    for _ in range(shape.header_lines):
        skip = head.find(b"\n", skip) + 1 or len(head)
    try:
        head[:skip].decode()
    except UnicodeDecodeError as error:
        return shape, Survey(invalid_at=error.start)
    return shape, survey(path, shape.delimiter, len(shape.header), skip)
