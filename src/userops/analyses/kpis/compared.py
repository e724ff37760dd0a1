"""Compared: whether measures of two periods differ by more than chance.

n, n_before : count
    What a measure is of: orders of revenue, orders and aov, users of active and new, observed_users of
    repurchase_rate; of the period, and of the one compared with.
difference : number
    The measure less that of the period compared with; money in whole currency units.
difference_low, difference_high : number
    Its 95 % interval. Orders, active and new users vary as Poisson counts do, revenue as a sum of so many
    amounts of these orders, each times `dispersion` (quasi-Poisson, Student's t); aov by Welch,
    repurchase_rate by Newcombe.
dispersion : number
    How much more periods vary than chance alone makes them: the median of squared differences of
    successive whole periods, up to 26 before this one, each divided by what chance expects of it, over
    the median of chi-square with one degree of freedom, and 1 or more. So a sale or two don't pass for
    what's usual; periods with a day of the calendar are left out where most others are left, 5 or
    more. 1 where there are fewer than 5.
beyond_noise : yes or no
    Whether 0 lies outside of that. Empty where it can't be told, as of an average of one order.

Tables: `compared` (a row a measure).

Source: Newcombe 1998; Welch 1947; Wedderburn 1974 (quasi-likelihood); von Neumann et al. 1941 (successive
differences); Hampel 1974 (the median of them).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, median

import numpy as np
import polars as pl

from userops.core.dates import Window
from userops.core.table import Currency, Kind, Table, Varied
from userops.customers.measures import PERIODS_KINDS, Comparison, OrderMeasures, Span
from userops.stats.estimate import Estimate
from userops.stats.intervals import difference
from userops.stats.means import Sums, welch
from userops.stats.tails import t_quantile, two_sided_quantile

LEVEL = 0.95
COLUMNS: dict[str, Kind] = {
    "measure": Kind.WORD,
    "n": Kind.COUNT,
    "n_before": Kind.COUNT,
    "difference": Kind.NUMBER,
    "difference_low": Kind.NUMBER,
    "difference_high": Kind.NUMBER,
    "dispersion": Kind.NUMBER,
    "beyond_noise": Kind.FLAG,
}
_DIFFERENCES = ("difference", "difference_low", "difference_high")
_TYPES = {Kind.WORD: pl.String, Kind.COUNT: pl.Int64, Kind.FLAG: pl.Boolean}
_COUNTED = ("orders", "active", "new")
_MOST, _FEWEST = 26, 5  # whole periods that tell how much they vary
_MEDIAN = NormalDist().inv_cdf(0.75) ** 2  # of chi-square with one degree of freedom


@dataclass(frozen=True, slots=True)
class _Noise:
    """How much more a measure varies than by chance, and how well that is known."""

    dispersion: float = 1.0
    df: float | None = None  # None: it isn't estimated


def table(
    measures: OrderMeasures,
    comparison: Comparison,
    window: Window,
    currency: Currency,
    special: Collection[int] = (),
) -> Table:
    """The table `compared`: the measures of a period beside those of the one compared with.

    `special` are days of the calendar, which aren't like others.
    """
    assert comparison.before is not None
    schema = {name: _TYPES.get(kind, pl.Float64) for name, kind in COLUMNS.items()}
    rows = [
        (name, n, n_before, *_ends(name, estimate, noise, currency))
        for name, n, n_before, estimate, noise in _estimates(measures, comparison, special)
    ]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    varied = dict.fromkeys(_DIFFERENCES, Varied("measure", PERIODS_KINDS))
    return Table("compared", frame, COLUMNS, window, currency, varied=varied)


def _ends(
    name: str, found: Estimate | None, noise: _Noise | None, currency: Currency
) -> tuple[float | None, float | None, float | None, float | None, bool | None]:
    if found is None:
        return None, None, None, None, None
    scale = 10**currency.places if PERIODS_KINDS[name] is Kind.MONEY else 1
    ends = found.value / scale, found.low / scale, found.high / scale
    return *ends, noise.dispersion if noise else None, found.excludes_zero


def _estimates(
    measures: OrderMeasures, comparison: Comparison, special: Collection[int]
) -> Iterator[tuple[str, int, int, Estimate | None, _Noise | None]]:
    """Each measure with what it's of in both periods, and their difference."""
    now, before = comparison.now, comparison.before
    assert before is not None
    values, values_before = measures.measure(now), measures.measure(before)
    spent, spent_before = _spent(measures, now), _spent(measures, before)
    noise = _noise(measures, _earlier(comparison, special))
    revenue = _by_chance(
        spent.total - spent_before.total,
        float(spent.squares) + float(spent_before.squares),
        noise["revenue"],
    )
    yield "revenue", spent.n, spent_before.n, revenue, noise["revenue"]
    for name in _COUNTED:
        count, count_before = int(values[name] or 0), int(values_before[name] or 0)
        apart = _by_chance(count - count_before, count + count_before, noise[name])
        yield name, count, count_before, apart, noise[name]
    mean = welch(spent, spent_before, LEVEL)
    yield "aov", spent.n, spent_before.n, mean.difference if mean else None, None
    parts = [int(each["repurchased_users"] or 0) for each in (values, values_before)]
    wholes = [int(each["observed_users"] or 0) for each in (values, values_before)]
    rate = difference(parts[0], wholes[0], parts[1], wholes[1], LEVEL) if all(wholes) else None
    yield "repurchase_rate", wholes[0], wholes[1], rate, None


def _earlier(comparison: Comparison, special: Collection[int]) -> list[Span]:
    """Whole periods before the one that's compared; the very first may have begun before the data.

    Those without a special day, where that's most of them: of months it's few, and far apart.
    """
    whole = [span for span in comparison.spans[1:] if span.complete]
    known = [span for span in whole if span.first < comparison.now.first][-_MOST:]
    plain = [span for span in known if not any(span.first <= day <= span.last for day in special)]
    return plain if len(plain) >= max(_FEWEST, len(known) / 2) else known


def _noise(measures: OrderMeasures, earlier: Sequence[Span]) -> dict[str, _Noise]:
    """How much each measure varied from one of these periods to the next, beside chance."""
    if len(earlier) < _FEWEST:
        return dict.fromkeys(("revenue", *_COUNTED), _Noise())
    counted = measures.measures(earlier)
    found = {}
    for name in _COUNTED:
        counts = [float(values[name] or 0) for values in counted]
        found[name] = _dispersion(counts, counts)
    spent = [_spent(measures, span) for span in earlier]
    sums = [float(each.total) for each in spent]
    found["revenue"] = _dispersion(sums, [float(each.squares) for each in spent])
    return found


def _dispersion(values: Sequence[float], variances: Sequence[float]) -> _Noise:
    """Successive differences, squared, beside what chance expects of them: the median, which few large ones leave.

    With 2 n / 3 degrees of freedom for n of them intervals hold what they should, by simulation.
    """
    ratios = [
        (after - before) ** 2 / (first + second)
        for (before, after), (first, second) in zip(
            pairwise(values), pairwise(variances), strict=True
        )
        if first + second > 0
    ]  # fmt: skip
    if not ratios:
        return _Noise()
    return _Noise(max(median(ratios) / _MEDIAN, 1.0), 2 * len(ratios) / 3)


def _by_chance(value: float, variance: float, noise: _Noise) -> Estimate:
    times = two_sided_quantile(LEVEL) if noise.df is None else t_quantile(LEVEL, noise.df)
    half = times * math.sqrt(variance * noise.dispersion)
    return Estimate(value, value - half, value + half)


def _spent(measures: OrderMeasures, span: Span) -> Sums:
    """Orders of a span, what they came to, and the sum of squares; refunds without their order too."""
    timeline, positions = measures.timeline, measures.positions_in(span)
    assert timeline.amounts is not None
    amounts = timeline.amounts[positions]
    if timeline.loose is not None:
        _, days, refunds = timeline.loose
        amounts = np.concatenate((amounts, refunds[(days >= span.first) & (days <= span.last)]))
    exact = pl.Series(amounts, dtype=pl.Int64).cast(pl.Int128)
    return Sums(len(positions), int(exact.sum()), int((exact * exact).sum()))
