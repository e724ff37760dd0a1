"""Small files that a parameter names: a table kept from one run to the next."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from userops.analyses.analysis import Analysis
from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.core.table import Result, Table
from userops.language import words
from userops.render import emit


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
            note(f"no row counts, so no {title}: {path} is as it was")
