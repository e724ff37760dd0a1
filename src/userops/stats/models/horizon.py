"""How far ahead to look, and what a purchase is worth the later it comes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from userops.stats.models.special import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Horizon:
    """The time ahead as periods, the i-th ending at `ends[i]`, its purchases worth `factors[i]`.

    Discounted expected purchases are the sum over periods of factor x increment,
    sum_i factors_i (E[Y(ends_i)] - E[Y(ends_(i-1))]), which is sum_i weights_i E[Y(ends_i)].
    """

    ends: Floats
    factors: Floats

    @classmethod
    def of(
        cls,
        length: float,
        *,
        annual_rate: float = 0.0,
        year: float = 365.0,
        periods_a_year: int = 12,
    ) -> Horizon:
        """A horizon of `length`, discounted at `annual_rate` (0.1 is 10 % a year).

        `length` and `year` (a year's length: 365 in days, 365 / 7 in weeks) are in the fit's unit
        of time. A period's purchases count as made in its middle, so that twelve periods
        a year come within 0.01 % of discounting each moment. Raises ValueError for a length that
        isn't positive or a rate of -100 % or less.
        """
        if not (np.isfinite(length) and length > 0.0):
            raise ValueError("a horizon must be positive and finite")
        if not annual_rate > -1.0:
            raise ValueError("a discount rate must be above -1")
        count = ceil(length / year * periods_a_year - 1e-9) if annual_rate else 1
        ends = length * np.arange(1, count + 1) / count
        middles = ends - 0.5 * length / count
        return cls(ends, np.exp(-np.log1p(annual_rate) * middles / year))

    @property
    def length(self) -> float:
        """The end of the last period."""
        return float(self.ends[-1])

    @property
    def weights(self) -> Floats:
        """What each E[Y(ends_i)] counts in the discounted sum."""
        weights: Floats = self.factors - np.append(self.factors[1:], 0.0)
        return weights
