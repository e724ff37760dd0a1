"""Prove, byte by byte and before anything is read, that a delimited text is regular.

A CSV reader made for speed fills short rows with nulls, takes a lone carriage return
for text and stops at the first stray quote. One pass over the bytes finds out whether
there is any of that: where there is none, the fast reader's result can be trusted,
and where there is, `records` takes the strict way. A text without quotes takes a tenth
of reading (`csv_check_unquoted`), one with quotes up to half of it (`csv_check_quoted`).
"""

from __future__ import annotations

from pathlib import Path

from userops.readers.files.csv_facts import Survey

# Line by line, a text of this many bytes takes less than NumPy takes to be loaded.
_SMALL = 1 << 20


def survey(path: Path, delimiter: str, columns: int, skip: int = 0) -> Survey:
    """Survey a file from byte `skip` (the first record) on."""
    # A lone column has blank lines that no separator gives away.
    if columns > 1:
        small = path.stat().st_size <= _SMALL
        found = _survey_lines(path, delimiter, columns, skip) if small else None
        if found is None and not small:
            from userops.readers.files.csv_check_unquoted import survey_plain

            found = survey_plain(path, ord(delimiter), columns, skip)
        if found is not None:
            return found
    from userops.readers.files.csv_check_quoted import survey_quoted

    return survey_quoted(path, delimiter, columns, skip)


def _survey_lines(path: Path, delimiter: str, columns: int, skip: int) -> Survey | None:
    """Survey a small file of two columns or more, line by line; None where it has a quote."""
    data = path.read_bytes()[skip:]
    if b'"' in data:
        return None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return Survey(invalid_at=skip + error.start)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    separator = delimiter.encode()
    return Survey(
        regular=all(line.count(separator) == columns - 1 for line in lines),
        lone_returns=data.count(b"\r") != data.count(b"\r\n"),
        nuls=b"\0" in data,
    )
