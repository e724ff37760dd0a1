"""What the name of a file says of all its rows, where its maker writes that nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from userops.core.errors import InputError

_DAY = re.compile(r"(?<!\d)(20\d\d)[-_.年]?(\d\d?)[-_.月]?(\d\d?)(?!\d)")
# What says which part of a whole a file is: the second, or that of some days; and that it's a copy.
_PART = re.compile(
    r"(?:\s+(?:\[part \d+\]|\((?:after|before) [^)]*\)|\(\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\)"
    r"|\(\d{1,3}\)|(?:- )?(?:Copy|copy|副本)(?: \d+)?))+$"
)


def said(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What a file's name says, by field.

    Args:
        name: the file's, as the user knows it.
        fields: of each whether it's the `day` in the name, or the `whole` name without its ending.

    Raises:
        InputError: no day is in it.
    """
    whole = _PART.sub("", Path(name).stem)
    return {field: _day(name, field) if what == "day" else whole for field, what in fields.items()}


def day_of(name: str) -> str | None:
    """The last day in a name: where it's of a span, the list is of its end; None without one."""
    for found in reversed([*_DAY.finditer(Path(name).stem)]):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return None


def but_day(name: str) -> str:
    """A name without days and what says which part it is: lists of one place have the same."""
    return _DAY.sub("", _PART.sub("", Path(name).stem))


def _day(name: str, field: str) -> str:
    if (day := day_of(name)) is not None:
        return day
    raise InputError(
        f"{name}: nothing says of which day this is",
        mend=f"put the day into the file's name, as groups-2025-03-31.xlsx, or a column: --map {field}=COLUMN",
    )
