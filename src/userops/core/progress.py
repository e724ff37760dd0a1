"""How many rows a long work has gone through, told to whoever shows it: to nobody, unless a person watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_hears: list[Callable[[int], None]] = []


def advance(rows: int) -> None:
    """Tell that so many more rows are done.

    Examples:
        >>> seen = []
        >>> with heard(seen.append):
        ...     advance(3)
        >>> advance(4)  # nobody listens any more
        >>> seen
        [3]
    """
    for hear in _hears[-1:]:
        hear(rows)


@contextmanager
def heard(hear: Callable[[int], None]) -> Iterator[None]:
    """Within, `hear` is called with the rows of each piece of work; what was heard before is heard after."""
    _hears.append(hear)
    try:
        yield
    finally:
        _hears.remove(hear)
