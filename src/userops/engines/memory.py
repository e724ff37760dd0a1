"""How much memory a run may take: what is asked for, or most of what the machine has.

Beyond it, Polars keeps what groupings, sorts and joins hold in files of the run's own folder:
slower, but done. What a result itself takes, a row a user, and what NumPy holds (the days of every
user) isn't moved there: a run that will go beyond its limit is told so before it starts.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import polars as pl

from userops.core.errors import UsageError

# Of what the machine has: others live there too.
_SHARE = 0.75
# Python, the libraries and what is read at a time: not among what Polars counts.
_BESIDE = 200 << 20
_LEAST, _MOST = 500 << 20, 1 << 60
_BUDGET, _FOLDER = "POLARS_OOC_MEMORY_BUDGET_MB", "POLARS_OOC_SPILL_DIR"
_bound_to: int | None = None  # what the last run of this process may take
_folders: set[str] = set()  # of the runs in this process
# Bytes held for a row of an export, measured from 10 to 100 million: five orders and forty events a
# user, of whom there's a row at the end; of events their sessions, too; paid are orders whose amounts
# are followed user by user.
_A_ROW = {"orders": 40, "paid": 65, "events": 75}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
# Where a container's limit stands: control groups, version 2 and 1.
_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def bound(asked: str | None, folder: Path) -> None:
    """Keep a run within `asked` (4GB, 800MB, 50%), or within the machine's share.

    Raises:
        UsageError: it's no size, or less than any run takes.
    """
    global _bound_to  # noqa: PLW0603 - a process has one budget, as Polars has
    _bound_to = limit_of(asked)
    budget = max(_bound_to - _BESIDE, _LEAST - _BESIDE)
    if asked is None and (budget_set := os.environ.get(_BUDGET)) and not budget_set.startswith("+"):
        return  # whoever sets Polars' own variable means it
    # The sign marks it as ours, for the next run in this process.
    os.environ[_BUDGET] = f"+{budget >> 20}"
    if os.environ.get(_FOLDER) in (None, *_folders):
        os.environ[_FOLDER] = str(folder)
        _folders.add(str(folder))
    pl.Config.reload_env_vars()


def needed(orders: int = 0, events: int = 0, paid: int = 0) -> int:
    """About how many bytes a run over so many rows takes, whatever it's bound to."""
    rows = {"orders": orders, "events": events, "paid": paid}
    return _BESIDE + sum(count * _A_ROW[of] for of, count in rows.items())


def spelled(size: int) -> str:
    """A size as people write it, such as 3.9 GB."""
    return f"{size / (1 << 30):.1f} GB"


def current() -> int:
    """What a run of this process may take: what it was bound to, else the machine's share."""
    return limit_of(None) if _bound_to is None else _bound_to


def limit_of(asked: str | None) -> int:
    """The limit in bytes."""
    if asked is None:
        return int(machine() * _SHARE)
    text = asked.strip()
    if re.fullmatch(r"\d+(\.\d+)?%", text):
        limit = int(min(machine() * float(text[:-1]) / 100, _MOST))
    elif size := _SIZE.fullmatch(text):
        limit = int(min(float(size[1]) * _UNITS[size[2].upper()], _MOST))
    else:
        raise UsageError(f"memory {asked}: not a size", mend="such as 4GB, 800MB or 50%")
    if limit < _LEAST:
        raise UsageError(
            f"memory {asked}: too little for any run", mend=f"at least {_LEAST >> 20}MB"
        )
    return limit


def machine() -> int:
    """Bytes that the machine has, or the container; 8 GB where that can't be told."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        total = 8 << 30
    for name in _LIMITS:
        try:
            limit = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdigit():
            total = min(total, int(limit))
    return total
