"""Recipients against others like them, where nobody was held back.

Within RFM cell the day before, time since the first order and channel of the first order, how much
more recipients' purchases changed than others' (difference in differences), from the `days` days before
the day of assignment to the `days` days after it; that day itself is left out. The same estimate for three
earlier dates: where one of these differs from 0, the groups differed before, and nothing is claimed; nor
where the orders don't reach back to all three. Each is at 1 - .05 / 3 (Bonferroni), so that of comparisons
with nothing wrong at most 5 % are withheld, not 14 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from userops.analyses.campaigns.before import Before
from userops.analyses.campaigns.params import CampaignParams, Metric
from userops.engines.parallel import Ints
from userops.stats.difference_in_differences import difference_in_differences
from userops.stats.e_value import e_value
from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.means import Sums

PLACEBOS = 3
PLACEBO_LEVEL = 1 - (1 - LEVEL) / PLACEBOS
# Time since the first order, in days: up to each, then more.
_TENURE = (90, 365)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a campaign without a control looks like beside others.

    `difference` is per user, of the metric; None where too few can be compared. `placebos` are those of
    the earlier dates at which it could be made.
    """

    difference: Estimate | None
    coverage: float
    placebos: tuple[Estimate, ...]
    e_value: float | None

    @property
    def differed(self) -> bool:
        """Whether the groups differed before."""
        return any(placebo.excludes_zero for placebo in self.placebos)

    @property
    def untried(self) -> bool:
        """Whether the orders are too few before to tell."""
        return len(self.placebos) < PLACEBOS

    @property
    def withheld(self) -> bool:
        """Whether nothing may be said."""
        return self.differed or self.untried


def compare(
    users: pl.DataFrame,
    listed: pl.DataFrame,
    before: Before,
    params: CampaignParams,
) -> Comparison:
    """Recipients of a campaign against whoever could have got it.

    Args:
        users: its recipients who count: `user_id, day`.
        listed: all of them, of whom none is somebody to compare with.
        before: the shop as it was on earlier days.
        params: the window and the metric.
    """
    given = before.rows_of(users)
    got_it = np.zeros(before.height, bool)
    got_it[before.rows_of(listed)["row"].to_numpy()] = True
    days = given["day"].unique().sort().to_list()
    earlier = [
        number
        for number in range(1, PLACEBOS + 1)
        if days and _moved(days[0], number, params) - params.days >= before.first_day
    ]
    before.learn(_moved(day, number, params) - 1 for number in (0, *earlier) for day in days)
    parts = _parts(before, (given, got_it), params, 0)
    difference, compared = _difference(parts, before, params)
    placebos = [
        _difference(
            _parts(before, (given, got_it), params, number),
            before,
            params,
            PLACEBO_LEVEL,
        )[0]
        for number in earlier
    ]
    return Comparison(
        difference,
        compared / max(1, users.height),
        tuple(placebo for placebo in placebos if placebo is not None),
        _e_value(before, parts, params),
    )


def _moved(day: int, number: int, params: CampaignParams) -> int:
    """So many windows before a day."""
    return day - number * (params.days + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """Those who can be compared on a day: rows of the customers, their cells, and who's a recipient."""

    day: int
    rows: Ints
    cells: Ints
    treated: Ints


def _parts(
    before: Before,
    recipients: tuple[pl.DataFrame, NDArray[np.bool_]],
    params: CampaignParams,
    number: int,
) -> list[Part]:
    """A part for each day of assignment, or of so many windows before it.

    Cells are always those of the day before: of an earlier date as they were then, for whoever is like
    the others by what came later can't have differed from them in it.

    Args:
        before: the shop as it was.
        recipients: those who count, and whether each customer is on the list at all.
        params: the window.
        number: of windows before.
    """
    given, got_it = recipients
    parts = []
    for (assigned,), users in given.partition_by("day", as_dict=True, maintain_order=True).items():
        day = _moved(int(assigned), number, params)
        cells = _cells(before, day)["cell"].to_numpy()
        is_recipient = np.zeros(before.height, bool)
        is_recipient[users["row"].to_numpy()] = True
        # Whoever got it on another day is nobody to compare with.
        rows = np.flatnonzero((cells >= 0) & (is_recipient | ~got_it))
        parts.append(Part(day, rows, cells[rows], is_recipient[rows]))
    return parts


def _difference(
    parts: Sequence[Part], before: Before, params: CampaignParams, level: float = LEVEL
) -> tuple[Estimate | None, int]:
    """The difference in differences of the metric, and of how many users."""
    strata: list[tuple[Sums, Sums]] = []
    for part in parts:
        after = _values(before, part.day + 1, part.day + params.days, params.metric)
        earlier = _values(before, part.day - params.days, part.day - 1, params.metric)
        strata += _sums((after - earlier)[part.rows], part.cells, part.treated)
    found = difference_in_differences(strata, level)
    if found is None:
        return None, 0
    scale = params.earned if params.metric == "margin" else 1.0
    return found.difference.times(scale), found.users


def _values(before: Before, first: int, last: int, metric: Metric) -> Ints:
    orders, revenue = before.between(first, last)
    if metric == "conversion":
        return (orders > 0).astype(np.int64)
    return orders if metric == "orders" else revenue


def _sums(change: Ints, cells: Ints, treated: Ints) -> list[tuple[Sums, Sums]]:
    """Of each cell the sums of changes, exact: recipients' and others'."""
    frame = pl.DataFrame({"cell": cells, "treated": treated, "change": change})
    value = pl.col("change").cast(pl.Int128)
    sums = frame.group_by("cell", "treated").agg(
        n=pl.len(), total=value.sum(), squares=(value * value).sum()
    )
    both: dict[int, dict[bool, Sums]] = {}
    for cell, is_treated, n, total, squares in sums.sort("cell", "treated").iter_rows():
        both.setdefault(cell, {})[is_treated] = Sums(n, total, squares)
    return [(pair[True], pair[False]) for pair in both.values() if len(pair) == 2]


def _e_value(before: Before, parts: Sequence[Part], params: CampaignParams) -> float | None:
    """Of the ratio of conversions after, standardised to the recipients' cells."""
    observed = expected = 0.0
    for part in parts:
        bought = _values(before, part.day + 1, part.day + params.days, "conversion")[part.rows]
        for first, second in _sums(bought, part.cells, part.treated):
            observed += first.total
            expected += first.n * second.mean
    return e_value(observed / expected) if observed > 0 and expected > 0 else None


def _cells(before: Before, day: int) -> pl.DataFrame:
    """`cell`, a number a row of the customers; -1 for who had no order by the day before."""
    then = before.scored(day - 1).filter(pl.col("row").is_not_null())
    then = then.select("row", "rfm_score", tenure=_tenure(day - 1))
    if before.channels is not None:
        rows = before.customers.select("user_id").with_row_index("row")
        then = then.join(
            rows.join(before.channels, on="user_id", how="left"),
            on="row", how="left", maintain_order="left",
        )  # fmt: skip
    else:
        then = then.with_columns(channel=pl.lit(None, pl.String))
    # Numbers by their names' order, so that no order of rows decides.
    keyed = then.with_columns(
        cell=pl.struct("rfm_score", "tenure", "channel").rank("dense").cast(pl.Int64)
    )
    everyone = pl.DataFrame({"row": np.arange(before.height, dtype=np.uint32)})
    return everyone.join(
        keyed.select("row", "cell"), on="row", how="left", maintain_order="left"
    ).with_columns(pl.col("cell").fill_null(-1))


def _tenure(day: int) -> pl.Expr:
    since = day - pl.col("first_day")
    return sum(((since > edge).cast(pl.Int8) for edge in _TENURE), pl.lit(0, pl.Int8))
