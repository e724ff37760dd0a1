"""Whether a run has the room to begin: libraries that meet a limit while they start end in any way."""

from __future__ import annotations

import os
from collections.abc import Sequence

from userops.core.errors import InputError

# Address space that libraries map and their threads reserve, whatever the exports: measured, and for
# each core. More than is ever used.
_LEAST, _A_CORE = 1400 << 20, 24 << 20
_LIGHT = frozenset({"explain", "-h", "--help", "--version"})


def check(arguments: Sequence[str]) -> None:
    """Stop before anything is loaded where the address space is too small for it.

    Raises:
        InputError: it is.
    """
    if not arguments or arguments[0] == "explain" or not _LIGHT.isdisjoint(arguments):
        return
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    least = _LEAST + _A_CORE * (os.cpu_count() or 1)
    if limit != resource.RLIM_INFINITY and limit < least:
        raise InputError(
            f"the address space is limited to {limit >> 20:,} MB of memory (ulimit -v), and a run takes "
            f"{least >> 20:,} MB of it",
            mend="raise that limit; --memory bounds what is really used",
        )
