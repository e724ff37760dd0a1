"""What a person who waits is shown: what goes on, how many rows are done, and how many a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from userops.core import progress
from userops.core.messages import Note
from userops.language.sentences import said

_OFTEN = 0.25  # seconds from one line to the next


@dataclass(slots=True)
class _Pace:
    what: str
    show: Callable[[str], None]
    begun: float = field(default_factory=monotonic)
    shown: float = 0.0
    rows: int = 0

    def advance(self, rows: int) -> None:
        self.rows += rows
        now = monotonic()
        if now - self.shown < _OFTEN:
            return
        self.shown = now
        rate = round(self.rows / max(now - self.begun, 1e-3))
        self.show(
            said(
                Note(
                    "{what} ... {rows:row|rows}, {rate:,} a second",
                    what=self.what,
                    rows=self.rows,
                    rate=rate,
                )
            )
        )


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Show on standard error, a terminal, that something goes on, while it does; and how far it is, where it tells."""
    from rich.console import Console

    text = said(what)
    with (
        Console(stderr=True).status(f"{text} ...") as status,
        progress.heard(_Pace(text, status.update).advance),
    ):
        yield
