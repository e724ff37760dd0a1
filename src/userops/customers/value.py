"""Worth by group: margin to date and ahead, beside what the group cost.

One row a group, with every column of the tables `summary` and `channels`; `ltv` and
`acquisition` say what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.core.periods import Period
from userops.core.table import Currency
from userops.customers.acquisition import Payback, payback
from userops.customers.buyers import revenue_by_month
from userops.customers.costs import Costs
from userops.customers.forecast import Flags, Forecast, horizon_of
from userops.customers.params import LtvParams
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline
from userops.stats.models.special import Floats

if TYPE_CHECKING:
    from userops.customers.model_error import ModelError

ALL = "all"
_ROW = {
    **dict.fromkeys(("ltv_to_date", "ltv_predicted", "ltv_low", "ltv_high", "cac", "ltv_cac", "roi"), pl.Float64),
    **dict.fromkeys(("users", "revenue", "new_users", "cost", "payback_months"), pl.Int64),
    "group": pl.String,
}  # fmt: skip


# What columns are called where no margin is given, and revenue stands for what is earned.
_OF_REVENUE = {
    "ltv_to_date": "ltv_to_date_of_revenue",
    "ltv_predicted": "ltv_predicted_of_revenue",
    "ltv_low": "ltv_low_of_revenue",
    "ltv_high": "ltv_high_of_revenue",
    "ltv_cac": "revenue_cac",
    "payback_months": "payback_months_of_revenue",
    "roi": "roi_of_revenue",
    "clv": "clv_of_revenue",
    "clv_low": "clv_low_of_revenue",
    "clv_high": "clv_high_of_revenue",
    "value": "ltv_to_date_of_revenue",
}


def called_without_margin(margin: Fraction | float) -> dict[str, str]:
    """Labels of columns that say that it's revenue, where all of it counts as earned."""
    return dict(_OF_REVENUE) if margin == 1 else {}


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each buyer is in: `labels[codes[i]]`. `by` is the attribute, or `cohort`."""

    by: str
    labels: tuple[str | None, ...]
    codes: Ints

    def with_labels(self, channels: Sequence[str]) -> Groups:
        """The same and groups that nobody is in, in order of name."""
        new = sorted(set(channels) - set(self.labels))
        if not new:
            return self
        labels = sorted([label for label in self.labels if label is not None] + new)
        ordered = (*labels, *[None] * (None in self.labels))
        new_codes = np.array([ordered.index(label) for label in self.labels], dtype=np.int64)
        return Groups(self.by, ordered, new_codes[self.codes] if len(self.codes) else self.codes)


@dataclass(frozen=True, slots=True)
class LtvData:
    """What the tables are made from.

    `buyers` as `BUYERS` gives them; `timeline`, with amounts, where cohorts or payback are
    asked for; `costs` and `forecast` where there are any.
    """

    buyers: pl.DataFrame
    window: Window
    currency: Currency
    params: LtvParams
    timeline: Timeline | None = None
    costs: Costs | None = None
    forecast: Forecast | None = None
    error: ModelError | None = None

    def but(self, **changes: object) -> LtvData:
        """The same with some parts replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def as_of(self) -> int:
        """The last day that counts."""
        return to_day(self.window.as_of) if self.window.as_of else 0

    @property
    def margin(self) -> Fraction:
        """The margin as the decimal that was written."""
        return Fraction(str(self.params.margin))


def groups_by(buyers: pl.DataFrame, by: str, attributes: pl.DataFrame | None = None) -> Groups:
    """Groups by month of the first order (`cohort`), or by the column `by` of `attributes`."""
    if by == "cohort" or attributes is None:
        numbers = periods.number(buyers["first_day"].to_numpy(), Period.MONTH)
        values = pl.Series(
            [periods.label(int(month), Period.MONTH) for month in np.unique(numbers)]
        )
        codes = np.unique(numbers, return_inverse=True)[1]
        return Groups(by, tuple(values), codes.astype(np.int64))
    group_values = buyers.select("user_id").join(
        attributes, on="user_id", how="left", maintain_order="left"
    )[by]
    labels = group_values.unique().sort(nulls_last=True)
    positions = pl.Series(range(len(labels)), dtype=pl.Int64)
    return Groups(by, tuple(labels), group_values.replace_strict(labels, positions).to_numpy())


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Whom rows speak of: with costs those whom they won, else everyone.

    `codes` is each buyer's group, `count` for who stands in none; `in_all` says by group, the last
    for these, whether `all` speaks of its users. A cohort outside of the costs' days has no cost:
    its row is of everyone in it, and `all` isn't.
    """

    codes: Ints
    count: int
    in_all: Flags
    is_new: pl.Series | None

    @classmethod
    def of(cls, data: LtvData, groups: Groups | None) -> _Spoken:
        """Of the buyers, in their rows."""
        count = len(groups.labels) if groups else 1
        codes = groups.codes if groups else np.zeros(len(data.buyers), np.int64)
        in_all = np.arange(count + 1) < count
        if data.costs is None or not data.costs.met:
            return cls(codes, count, in_all, None)
        is_new = data.buyers.select(data.costs.new()).to_series()
        if groups and groups.by == "cohort":
            in_all[:count] = [_is_covered(data.costs, label) for label in groups.labels]
        is_counted = is_new.to_numpy() | (~in_all)[codes]
        return cls(np.where(is_counted, codes, count), count, in_all, is_new)


def value_by_group(
    data: LtvData, groups: Groups | None
) -> tuple[pl.DataFrame, list[Payback | None]]:
    """Every column of `summary` and `channels`: the row `all`, then those of the groups."""
    spoken = _Spoken.of(data, groups)
    labels = groups.labels if groups else ()
    totals = _totals_by_group(data, spoken)
    margins = _predicted_margins(data, spoken)
    costs = _cost_by_group(data, groups)
    payback_data = _payback_data(data, groups, spoken)
    rows, paybacks = [], []
    for index, label in enumerate((ALL, *labels)):
        cac = cac_of(costs[index], totals[index].new_users)
        group_payback = (
            payback(*payback_data[index], cac, data.margin, data.as_of)
            if cac is not None and payback_data
            else None
        )
        paybacks.append(group_payback)
        row = group_row(data.margin, totals[index], costs[index], cac)
        ltv_to_date, users = row["ltv_to_date"], totals[index].users
        for bound, name in enumerate(("ltv_predicted", "ltv_low", "ltv_high")):
            of_groups = margins[bound] if margins else None
            row[name] = (
                ltv_to_date + of_groups[index] / users
                if ltv_to_date is not None and of_groups is not None
                else None
            )
        row["payback_months"] = group_payback.months if group_payback else None
        rows.append({"group": label, **row})
    return pl.DataFrame(rows, schema=_ROW), paybacks


def won(data: LtvData) -> tuple[int, int]:
    """Users whom the costs won, and all buyers."""
    if data.costs is None:
        return len(data.buyers), len(data.buyers)
    return int(data.buyers.select(data.costs.new().sum()).item()), len(data.buyers)


class Totals(NamedTuple):
    """Users that a group's row speaks of, their net revenue, and those whom costs won."""

    users: int
    revenue: int
    new_users: int


def _totals_by_group(data: LtvData, spoken: _Spoken) -> list[Totals]:
    """Totals of everyone, then of each group."""
    sums = (
        data.buyers.select("amount", group=pl.Series(spoken.codes, dtype=pl.Int64))
        .group_by("group")
        .agg(users=pl.len(), revenue=pl.col("amount").sum())
    )
    by_code = {int(code): (int(users), int(revenue)) for code, users, revenue in sums.iter_rows()}
    compared = data.costs is None or data.costs.met
    groups = []
    for code in range(spoken.count):
        users, revenue = by_code.get(code, (0, 0))
        groups.append(Totals(users, revenue, users if compared and spoken.in_all[code] else 0))
    of_all = [group for group, counts in zip(groups, spoken.in_all, strict=False) if counts]
    everyone = Totals(*(sum(group[column] for group in of_all) for column in range(3)))
    return [everyone, *groups]


def cac_of(cost: int | None, new_users: int) -> Fraction | None:
    """Minor units a new user; None without new users or where nothing was spent, net."""
    return Fraction(cost, new_users) if cost is not None and cost > 0 and new_users else None


def group_row(
    margin: Fraction, totals: Totals, cost: int | None, cac: Fraction | None
) -> dict[str, Any]:
    """The columns of a group that take neither a forecast nor a timeline."""
    users, earned = totals.users, totals.revenue * margin
    # Refunds of spend may leave nothing spent: then there's nothing to compare with.
    spent = cost if cost is not None and cost > 0 else None
    return {
        "users": users,
        "revenue": totals.revenue,
        "ltv_to_date": float(earned / users) if users else None,
        "new_users": totals.new_users,
        "cost": cost,
        "cac": float(cac) if cac is not None else None,
        "ltv_cac": float(earned / users / cac) if users and cac else None,
        "roi": float((earned - spent) / spent) if spent else None,
    }


def _predicted_margins(data: LtvData, spoken: _Spoken) -> list[Sequence[float] | None]:
    """Margin expected of everyone, then of each group: value, low, high; none without a fit.

    Without a backtest nobody knows how far off it may be: no low and no high.
    """
    if data.forecast is None:
        return []
    params = data.params
    prediction = data.forecast.group_totals(spoken.codes, spoken.in_all, horizon_of(params))
    if prediction is None:
        return []
    scale = params.margin * 10.0**data.currency.places
    bounds: list[Floats | None] = [prediction.value, None, None]
    if data.error is not None:
        bounds[1:] = data.error.interval(prediction, params.level)
    return [
        None
        if bound is None
        else [scale * float(bound[index]) for index in (-1, *range(spoken.count))]
        for bound in bounds
    ]


def _month_of(label: str) -> tuple[int, int]:
    """First and last day of a cohort's month."""
    month = int(np.datetime64(label, "M").astype(np.int64))
    first_day, next_month_day = periods.first_day(
        np.array([month, month + 1]), Period.MONTH
    ).tolist()
    return first_day, next_month_day - 1


def _is_covered(costs: Costs, cohort: str | None) -> bool:
    """Whether costs cover any day of a cohort's month."""
    return cohort is not None and costs.covers(*_month_of(cohort))


def _cost_by_group(data: LtvData, groups: Groups | None) -> list[int | None]:
    """Cost of everyone, then of each group; None where it isn't known."""
    labels = groups.labels if groups else ()
    if data.costs is None or not data.costs.met:
        return [None] * (1 + len(labels))
    by_channel = data.costs.within()
    costs: list[int | None] = [sum(by_channel.values())]
    for label in labels:
        if groups and groups.by == "channel":
            costs.append(by_channel.get(label) if label is not None else None)
        elif groups and groups.by == "cohort" and label is not None:
            is_covered = _is_covered(data.costs, label)
            of_month = data.costs.within(*_month_of(label)) if is_covered else {}
            costs.append(sum(of_month.values()) if is_covered else None)
        else:
            costs.append(None)
    return costs


def _payback_data(
    data: LtvData, groups: Groups | None, spoken: _Spoken
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """New users' first days and earnings: everyone's, then each group's."""
    if data.timeline is None or data.costs is None or spoken.is_new is None:
        return []
    codes = pl.Series(spoken.codes, dtype=pl.Int64)
    users = data.buyers.select("first_day", group=codes).filter(spoken.is_new)
    revenue = revenue_by_month(data.buyers, data.timeline, spoken.codes).filter(data.costs.new())
    parts_by_code = [
        {key[0]: part for key, part in frame.partition_by("group", as_dict=True).items()}
        for frame in (users, revenue)
    ]
    return [(users, revenue)] + [
        (parts_by_code[0].get(code, users.clear()), parts_by_code[1].get(code, revenue.clear()))
        for code in range(len(groups.labels) if groups else 0)
    ]


def unmatched_channels(channels: Groups, costs: Costs) -> Iterator[Note]:
    """What to say of channels that costs and users don't share."""
    user_channels = {
        label for code, label in enumerate(channels.labels) if (channels.codes == code).any()
    }
    costs_by_channel = costs.within()
    without_users = sorted(set(costs_by_channel) - user_channels)
    if without_users:
        yield Note("costs for channels that no user has: {channels}", channels=tuple(without_users))
    without_cost_amount = sorted(channel for channel, cost in costs_by_channel.items() if cost <= 0)
    if without_cost_amount:
        yield Note(
            "costs of zero or less, so no CAC: {channels}", channels=tuple(without_cost_amount)
        )
    without_costs = sorted(
        channel
        for channel in user_channels
        if channel is not None and channel not in costs_by_channel
    )
    if without_costs:
        yield Note("users of channels without cost: {channels}", channels=tuple(without_costs))
    if None in user_channels:
        yield Note(
            "{count:user|users} without a channel",
            count=int((channels.codes == channels.labels.index(None)).sum()),
        )
