"""The survey of a text with quotes: block after block, as only what stands before tells what a quote is."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from userops.readers.files.csv_facts import Survey
from userops.readers.files.records import MAX_RECORD

# Small enough to stay in a core's cache through all the looks taken at it.
_CHUNK = 512 << 10
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34


def survey_quoted(path: Path, delimiter: str, columns: int, skip: int) -> Survey:
    """Survey blocks of whole records, from byte `skip` on."""
    surveys: deque[Future[Survey]] = deque()
    total = Survey()
    with ThreadPoolExecutor(2) as pool, path.open("rb", buffering=0) as file:
        for offset, block, end in _blocks(file, skip):
            if end == 0:
                return _joined(total, Survey(regular=False, endless=True))
            surveys.append(pool.submit(_survey_block, block, end, offset, ord(delimiter), columns))
            if len(surveys) > 8:
                total = _joined(total, surveys.popleft().result())
            if total.invalid_at is not None:
                break
        for future in surveys:
            if total.invalid_at is None:
                total = _joined(total, future.result())
    return total


def _blocks(file: FileIO, skip: int) -> Iterator[tuple[int, bytes, int]]:
    """Runs of the file, each with its offset and where its last whole record ends.

    0 for an end: no record ends within MAX_RECORD bytes.
    """
    size = os.fstat(file.fileno()).st_size
    offset, length = skip, _CHUNK
    while offset < size:
        file.seek(offset)
        block = file.read(length)
        end = len(block) if offset + len(block) >= size else _last_record_end(block)
        if end == 0 and length < MAX_RECORD:
            length *= 2
            continue
        yield offset, block, end
        if end == 0:
            return
        offset, length = offset + end, _CHUNK


def _last_record_end(data: bytes) -> int:
    """The offset behind the last line end that stands outside of quotes; 0 without one."""
    end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    while end and odd:
        before = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', before, end) % 2
        end = before
    return end


def _survey_block(block: bytes, end: int, offset: int, delimiter: int, columns: int) -> Survey:
    if not block.isascii():
        try:
            block[:end].decode()
        except UnicodeDecodeError as error:
            return Survey(invalid_at=offset + error.start)
    a = np.frombuffer(block, np.uint8, end)
    newlines = a == _NEWLINE
    separators = (a == delimiter) | newlines
    returns = b"\r" in block
    lone = returns and block.count(b"\r", 0, end) != block.count(b"\r\n", 0, end)
    quoted = b'"' in block
    regular, multiline = True, False
    if quoted:
        quotes = a == _QUOTE
        # Between an odd and an even quote: inside of a field.
        inside = (np.cumsum(quotes, dtype=np.uint8) & 1).astype(bool)
        multiline = bool((newlines & inside).any())
        separators &= ~inside
        # Blocks end outside of quotes, unless one that never closes takes in the file's end.
        regular = not inside[-1] and _quotes_are_regular(a, quotes, inside, separators)
        if lone and regular:  # within quotes a return is one of the text
            followed = np.append(a[1:] == _NEWLINE, [False])
            lone = bool(((a == _RETURN) & ~followed & ~inside).any())
    order = np.compress(separators, a)
    if a[-1] != _NEWLINE:  # the file's last line may lack its end
        order = np.append(order, np.uint8(_NEWLINE))
    regular = regular and _is_rectangular(order, delimiter, columns)
    if columns == 1 and regular:
        regular = not block.startswith((b"\n", b"\r\n")) and not re.search(rb"\n\r?\n", block[:end])
    return Survey(
        quoted=quoted,
        regular=regular,
        multiline=multiline,
        lone_returns=lone,
        nuls=b"\0" in block,
    )


def _is_rectangular(order: np.ndarray[Any, Any], delimiter: int, columns: int) -> bool:
    if len(order) % columns:
        return False
    record = np.array([delimiter] * (columns - 1) + [_NEWLINE], np.uint8)
    return bool((order.reshape(-1, columns) == record).all())


def _quotes_are_regular(
    a: np.ndarray[Any, Any],
    quotes: np.ndarray[Any, Any],
    inside: np.ndarray[Any, Any],
    separators: np.ndarray[Any, Any],
) -> bool:
    """Each quote opens at a field's start, closes at its end, or is one of a pair."""
    edge = separators | quotes
    opening, closing = quotes & inside, quotes & ~inside
    before = np.concatenate(([True], edge[:-1]))
    after = np.concatenate((edge[1:] | (a[1:] == _RETURN), [True]))
    return bool((before[opening]).all() and (after[closing]).all())


def _joined(one: Survey, two: Survey) -> Survey:
    return Survey(
        invalid_at=two.invalid_at,
        quoted=one.quoted or two.quoted,
        regular=one.regular and two.regular,
        multiline=one.multiline or two.multiline,
        lone_returns=one.lone_returns or two.lone_returns,
        nuls=one.nuls or two.nuls,
        endless=one.endless or two.endless,
    )
