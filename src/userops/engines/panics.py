"""What a panic of Polars prints on standard error, before it becomes an exception that we answer for.

It's written past Python, so it can only be kept back by turning the descriptor elsewhere. That's done
in a process of our own alone, the command line's: whoever imports `userops` keeps their standard error
as it is, and may see such a line for a damaged file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace

# What holds for the process, in every thread.
_process = SimpleNamespace(own=False)


@contextmanager
def own_process() -> Iterator[None]:
    """This process is ours: what Python says on standard error has a descriptor of its own."""
    said, before = sys.stderr, _process.own
    with suppress(OSError, ValueError, AttributeError):  # there is none, or it's somebody's else
        if said.fileno() == 2:
            sys.stderr = open(  # noqa: SIM115
                os.dup(2), "w", buffering=1, encoding=said.encoding, errors=said.errors
            )
    _process.own = True
    try:
        yield
    finally:
        _process.own = before
        ours, sys.stderr = sys.stderr, said
        if ours is not said:
            with suppress(OSError, ValueError):  # no one listens
                ours.close()


@contextmanager
def unprinted() -> Iterator[None]:
    """Without what panics print, where the process is ours.

    Where the address space is bounded it's printed: who can't have memory says so there, and aborts.
    """
    from userops.engines import temporary

    if not _process.own or temporary.space_is_bounded():
        yield
        return
    try:
        spare = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(spare, 2)
        os.close(spare)
