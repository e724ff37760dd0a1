"""Small files that a parameter names: a table kept from one run to the next."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from userops.analyses.analysis import Analysis
from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.core.messages import counted
from userops.core.table import Result, Table
from userops.language import words
from userops.render import Style, emit, files, render


def rows_of(path: str) -> list[dict[str, str]]:
    """The rows of a CSV file, as text by column.

    Raises:
        InputError: it can't be read.
        ValueError: it isn't CSV.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(
            f"{path}: can't be read: {error.strerror}", mend="check the path"
        ) from None
    except csv.Error as error:
        raise ValueError(f"{path}: not CSV") from error


def save(command: str, table: Table, path: str, note: Callable[[str], None]) -> None:
    """Write a table as CSV, whole or not at all."""
    emit.emit(Result(command, (table.but(notes=()),)), fmt="csv", output=path, note=note)


@contextmanager
def held_all(paths: Sequence[str | None]) -> Iterator[None]:
    """Hold files that rows will be added to.

    Raises:
        Busy: another run holds one.
    """
    with ExitStack() as stack:
        for path in paths:
            stack.enter_context(emit.holding(path))
        yield


def save_appended(appended: Mapping[str, Table], note: Callable[[str], None]) -> None:
    """Add rows to CSV files: each is what it was with the rows at its end, or as it was.

    Raises:
        InputError: one isn't UTF-8, or can't be written.
    """
    for path, table in appended.items():
        if table.frame.height:
            content = _with_rows(path, table)
            files.deliver(lambda sink, content=content: (sink.write(content), ())[1], path)  # type: ignore[misc]
            note(f"{path}: {counted(table.frame.height, 'row')} added")


def _with_rows(path: str, table: Table) -> bytes:
    """A file's bytes with a table's rows at the end, under its own header; columns it lacks are added."""
    new = io.BytesIO()
    result = Result("append", (table.but(notes=()),))
    render(result, result.tables, "csv", new, style=Style())
    header, *rows = list(csv.reader(io.StringIO(new.getvalue().decode(), newline="")))
    old = _old_text(path)
    if not old.strip():
        return _BOM + new.getvalue()
    end = "\r\n" if "\r\n" in old else "\n"
    there = next(csv.reader(io.StringIO(old, newline="")))
    lacking = [name for name in header if name not in there]
    if lacking:
        first, *others = list(csv.reader(io.StringIO(old, newline="")))
        blank = [""] * len(lacking)
        kept = [[*row, *[""] * (len(first) - len(row)), *blank] for row in others if row]
        there = [*first, *lacking]
        old = _csv([there, *kept], end)
    elif not old.endswith(("\n", "\r")):
        old += end
    placed = [[dict(zip(header, row, strict=True)).get(name, "") for name in there] for row in rows]
    return _BOM + (old + _csv(placed, end)).encode()


_BOM = b"\xef\xbb\xbf"  # Excel knows UTF-8 by it


def _old_text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: rows can only be added to UTF-8", mend="save it as CSV UTF-8"
        ) from None
    except OSError as error:
        raise InputError(
            f"{path}: can't be read: {error.strerror}", mend="check the path"
        ) from None


def _csv(rows: Sequence[Sequence[str]], end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()


def save_named(
    analysis: Analysis,
    params: Any,
    tables: Sequence[Table],
    facts: Facts | None,
    note: Callable[[str], None],
) -> None:
    """Write the tables that parameters name a file for; none where no row counts, as `facts` say.

    Last of a run, so that one that failed hasn't changed what the next is made with.
    """
    for name, table_name in analysis.writes.items():
        path = getattr(params, name)
        if path and facts is not None and facts.tally.used:
            save(analysis.name, next(one for one in tables if one.name == table_name), path, note)
        elif path:
            title = words.title(table_name, "en", analysis=analysis.name).lower()
            note(f"no rows were used, so there is no {title}: {path} is unchanged")
