"""Compared: whether measures of two periods differ by more than chance.

n, n_before : count
    What a measure is of: orders of revenue, orders and aov, users of active and new, observed_users of
    repurchase_rate; of the period, and of the one compared with.
difference : number
    The measure less that of the period compared with; money in whole currency units.
difference_low, difference_high : number
    Its 95 % interval. Orders, active and new users come by chance as Poisson counts do, revenue as a
    sum of so many amounts of these orders; aov by Welch, repurchase_rate by Newcombe.
beyond_noise : yes or no
    Whether 0 lies outside of that. Empty where it can't be told, as of an average of one order.

Tables: `compared` (a row a measure).

Source: Newcombe 1998; Welch 1947.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from userops.core.dates import Window
from userops.core.table import Currency, Kind, Table
from userops.customers.measures import PERIODS_KINDS, OrderMeasures, Span
from userops.stats.estimate import Estimate
from userops.stats.intervals import difference
from userops.stats.means import Sums, welch
from userops.stats.tails import two_sided_quantile

LEVEL = 0.95
COLUMNS: dict[str, Kind] = {
    "measure": Kind.WORD,
    "n": Kind.COUNT,
    "n_before": Kind.COUNT,
    "difference": Kind.NUMBER,
    "difference_low": Kind.NUMBER,
    "difference_high": Kind.NUMBER,
    "beyond_noise": Kind.FLAG,
}
_TYPES = {Kind.WORD: pl.String, Kind.COUNT: pl.Int64, Kind.FLAG: pl.Boolean}
_COUNTED = ("orders", "active", "new")


def table(
    measures: OrderMeasures, now: Span, before: Span, window: Window, currency: Currency
) -> Table:
    """The table `compared`: the measures of a span beside those of another."""
    schema = {name: _TYPES.get(kind, pl.Float64) for name, kind in COLUMNS.items()}
    rows = [
        (name, n, n_before, *_ends(name, estimate, currency))
        for name, n, n_before, estimate in _estimates(measures, now, before)
    ]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("compared", frame, COLUMNS, window, currency)


def _ends(
    name: str, found: Estimate | None, currency: Currency
) -> tuple[float | None, float | None, float | None, bool | None]:
    if found is None:
        return None, None, None, None
    scale = 10**currency.places if PERIODS_KINDS[name] is Kind.MONEY else 1
    return found.value / scale, found.low / scale, found.high / scale, found.excludes_zero


def _estimates(
    measures: OrderMeasures, now: Span, before: Span
) -> Iterator[tuple[str, int, int, Estimate | None]]:
    """Each measure with what it's of in both spans, and their difference."""
    values, values_before = measures.measure(now), measures.measure(before)
    spent, spent_before = _spent(measures, now), _spent(measures, before)
    revenue = _by_chance(
        spent.total - spent_before.total, float(spent.squares) + float(spent_before.squares)
    )
    yield "revenue", spent.n, spent_before.n, revenue
    for name in _COUNTED:
        count, count_before = int(values[name] or 0), int(values_before[name] or 0)
        apart = _by_chance(count - count_before, count + count_before)
        yield name, count, count_before, apart
    mean = welch(spent, spent_before, LEVEL)
    yield "aov", spent.n, spent_before.n, mean.difference if mean else None
    parts = [int(each["repurchased_users"] or 0) for each in (values, values_before)]
    wholes = [int(each["observed_users"] or 0) for each in (values, values_before)]
    rate = difference(parts[0], wholes[0], parts[1], wholes[1], LEVEL) if all(wholes) else None
    yield "repurchase_rate", wholes[0], wholes[1], rate


def _by_chance(value: float, variance: float) -> Estimate:
    half = two_sided_quantile(LEVEL) * math.sqrt(variance)
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
