"""Where an export lacks columns, as it holds something else than what it was given as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os.path import dirname
from pathlib import Path

from userops.analyses import ANALYSES
from userops.commands.kinds import kind_of
from userops.core.errors import InputError, NoColumn, UseropsError
from userops.core.shell import quoted
from userops.datasets.orders import ORDERS
from userops.datasets.users import USERS
from userops.readers.options import ReadOptions

# Of so many files named as one dataset some got in by accident.
_SEVERAL = 3


@contextmanager
def pointed_out(exports: Mapping[str, Sequence[str]], folder: Path) -> Iterator[None]:
    """Say what an export looks like that isn't what it was given as, and how it can be given.

    `exports` are those that a command was given, by the datasets that it can read.
    """
    try:
        yield
    except InputError as error:
        lacking = next((one for one in (error, error.__cause__) if isinstance(one, NoColumn)), None)
        kind = _looks_like(lacking, folder) if lacking is not None else ""
        if lacking is None or not kind:
            raise
        way = _way(lacking, kind, exports)
        mend = f"it looks like {kind}: {way}; or {lacking.mend}"
        raise InputError(lacking.problem, mend=mend) from None


def _looks_like(error: NoColumn, folder: Path) -> str:
    """The dataset that a file is likelier to hold; empty where there's none."""
    try:
        kind = kind_of(error.file, ReadOptions(), folder)
    except UseropsError:
        return ""
    # One column is too little to tell, as many have users.
    is_told = len(kind.export.taken) > 1 and not kind.lacks_amount
    return kind.dataset.name if is_told and kind.dataset.name != error.dataset else ""


def _way(error: NoColumn, kind: str, exports: Mapping[str, Sequence[str]]) -> str:
    """How an export of a kind can be given."""
    named = exports[error.dataset]
    if error.file not in named or len(named) >= _SEVERAL:
        command = f"userops init {quoted(dirname(error.file) or '.')}"
        return f"name the {error.dataset} alone, or let {command} find out what each file holds"
    option, file = f"--{kind.replace('_', '-')}", quoted(error.file)
    # Beside events orders help, but tell most of what's asked by themselves.
    if kind in exports and kind != ORDERS.name:
        return f"{option} {file}"
    commands = [one for one in ANALYSES.values() if one.command]
    for one in commands:
        # A list of users is there to be split, and no question about them.
        if one.about == kind and kind != USERS.name:
            return f"userops {one.name} {file}"
    readers = [one for one in commands if kind in one.helped_by and one.about == ORDERS.name]
    # What some read depends on what else they're given.
    reader = min(readers, key=lambda one: one.scoped)
    return f"userops {reader.name} orders.csv {option} {file}"
