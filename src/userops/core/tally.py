"""What became of every row that was read: read = used + refused + left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from userops.core.dates import Window
from userops.core.messages import Note, Word


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rows. `refused` (can't be read) and `left_out` (don't count) are by reason.

    `columns` are those of the cells that rows are refused for, by reason, where it's known.
    """

    read: int
    used: int
    refused: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.read != self.used + sum(self.refused.values()) + sum(self.left_out.values()):
            raise ValueError(f"the tally doesn't balance: {self}")

    @property
    def counts(self) -> dict[str, object]:
        """The counts by their names, as programs are given them."""
        return {
            "read": self.read,
            "used": self.used,
            "refused": dict(self.refused),
            "left_out": dict(self.left_out),
        }

    def in_words(self, window: Window) -> Note:
        """What became of the rows, in a sentence, with the days that they're of."""
        parts = [Note("{count:,} used", count=self.used)]
        if self.refused:
            parts.append(
                Note(
                    "{count:,} refused ({reasons})",
                    count=sum(self.refused.values()),
                    reasons=by_reason(self.refused),
                )
            )
        if self.left_out:
            parts.append(
                Note(
                    "{count:,} left out ({reasons})",
                    count=sum(self.left_out.values()),
                    reasons=by_reason(self.left_out),
                )
            )
        read = Note("{count:row|rows} read: {parts}", count=self.read, parts=tuple(parts))
        if not window.first_day:
            return read
        return Note(
            "{read}; {first_day} to {as_of}",
            read=read,
            first_day=window.first_day,
            as_of=window.as_of,
        )

    def without(self, rows: int, reason: str) -> Tally:
        """The same where some of the rows that were used don't count, for a reason."""
        left_out = {**self.left_out, reason: self.left_out.get(reason, 0) + rows}
        return Tally(self.read, self.used - rows, self.refused, left_out, self.columns)


def by_reason(counts: Mapping[str, int]) -> tuple[Note, ...]:
    """So many rows for each reason."""
    return tuple(
        Note("{count:,} {reason}", count=count, reason=Word(reason))
        for reason, count in counts.items()
    )
