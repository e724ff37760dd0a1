"""Small files that a parameter names: a table kept from one run to the next."""

from __future__ import annotations

from collections.abc import Callable

from userops.core.table import Result, Table
from userops.render import emit


def save(command: str, table: Table, path: str, note: Callable[[str], None]) -> None:
    """Write a table as CSV, whole or not at all."""
    emit.emit(Result(command, (table.but(notes=()),)), fmt="csv", output=path, note=note)
