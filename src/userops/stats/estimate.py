"""What every comparison gives: a value, and the interval around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and both ends of its interval, in the value's own unit.

    An end that the data doesn't bound is infinite (`math.inf`), as the upper one of a ratio to 0.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0

    def times(self, factor: float) -> Estimate:
        """All three multiplied by a number that isn't negative."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)
