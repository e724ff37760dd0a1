"""Small files that a parameter names: a table kept from one run to the next."""

from __future__ import annotations

import csv
from pathlib import Path

from userops.core.errors import InputError


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
