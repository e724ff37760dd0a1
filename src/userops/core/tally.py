"""What became of every row that was read: read = used + refused + left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rows. `refused` (can't be read) and `left_out` (don't count) are by reason."""

    read: int
    used: int
    refused: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.read != self.used + sum(self.refused.values()) + sum(self.left_out.values()):
            raise ValueError(f"the tally doesn't balance: {self}")

    def without(self, rows: int, reason: str) -> Tally:
        """The same where some of the rows that were used don't count, for a reason."""
        left_out = {**self.left_out, reason: self.left_out.get(reason, 0) + rows}
        return Tally(self.read, self.used - rows, self.refused, left_out)
