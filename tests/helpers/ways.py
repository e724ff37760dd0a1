"""The careful way alone, for tests that hold both ways of reading equal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest.mock import patch

from userops.readers.fast import clean_rows, events, orders, payments, rows, saved

_FAST = {
    orders: ("reduce", "reduce_given_back", "reduce_numbered"),
    payments: ("reduce_payments",),
    events: ("reduce",),
    clean_rows: ("seen",),
    rows: ("columns",),
    saved: ("save",),
}


@contextlib.contextmanager
def carefully() -> Iterator[None]:
    """No fast way, within: each of them declines."""
    with contextlib.ExitStack() as off:
        for module, names in _FAST.items():
            for name in names:
                off.enter_context(patch.object(module, name, lambda *_, **__: None))
        yield
