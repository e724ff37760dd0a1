"""Worth by group: margin to date and ahead, beside what the group cost.

One row a group, with every column of the tables `summary` and `channels`; `ltv` and
`acquisition` say what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.core.periods import Period
from userops.core.table import Currency
from userops.customers.acquisition import Costs, Payback, payback
from userops.customers.buyers import earnings
from userops.customers.forecast import Forecast, horizon_of
from userops.customers.params import LtvParams
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

ALL = "all"
_ROW = {
    **dict.fromkeys(("ltv_to_date", "ltv_predicted", "ltv_low", "ltv_high", "cac", "ltv_cac", "roi"), pl.Float64),
    **dict.fromkeys(("users", "revenue", "new_users", "cost", "payback_months"), pl.Int64),
    "group": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each buyer is in: `labels[codes[i]]`. `by` is the attribute, or `cohort`."""

    by: str
    labels: tuple[str | None, ...]
    codes: Ints

    def with_labels(self, more: Sequence[str]) -> Groups:
        """The same and groups that nobody is in, in order of name."""
        new = sorted(set(more) - set(self.labels))
        if not new:
            return self
        labels = sorted([one for one in self.labels if one is not None] + new)
        ordered = (*labels, *[None] * (None in self.labels))
        moved = np.array([ordered.index(one) for one in self.labels], dtype=np.int64)
        return Groups(self.by, ordered, moved[self.codes] if len(self.codes) else self.codes)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the tables are made from.

    `buyers` as `BUYERS` gives them; `line`, with amounts, where cohorts or payback are
    asked for; `costs` and `forecast` where there are any.
    """

    buyers: pl.DataFrame
    window: Window
    currency: Currency
    params: LtvParams
    line: Timeline | None = None
    costs: Costs | None = None
    forecast: Forecast | None = None

    def but(self, **changes: object) -> Shop:
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


def groups(buyers: pl.DataFrame, by: str, split: pl.DataFrame | None = None) -> Groups:
    """Groups by month of the first order (`cohort`), or by the column `by` of `split`."""
    if by == "cohort" or split is None:
        numbers = periods.number(buyers["first_day"].to_numpy(), Period.MONTH)
        values = pl.Series([periods.label(int(one), Period.MONTH) for one in np.unique(numbers)])
        codes = np.unique(numbers, return_inverse=True)[1]
        return Groups(by, tuple(values), codes.astype(np.int64))
    found = buyers.select("user_id").join(split, on="user_id", how="left", maintain_order="left")[
        by
    ]
    labels = found.unique().sort(nulls_last=True)
    places = pl.Series(range(len(labels)), dtype=pl.Int64)
    return Groups(by, tuple(labels), found.replace_strict(labels, places).to_numpy())


def by_group(shop: Shop, of: Groups | None) -> tuple[pl.DataFrame, list[Payback | None]]:
    """Every column of `summary` and `channels`: the row `all`, then those of the groups."""
    known = shop.buyers
    labels = of.labels if of else ()
    codes = of.codes if of else np.zeros(len(known), np.int64)
    new = known.select(shop.costs.new()).to_series() if shop.costs else None
    sums = known.select(
        "amount",
        group=pl.Series(codes, dtype=pl.Int64),
        new=new if new is not None else pl.lit(True),
    ).group_by("group").agg(
        users=pl.len(),
        revenue=pl.col("amount").sum(),
        new_users=pl.col("new").sum(),
        new_revenue=pl.col("amount").filter("new").sum(),
    )  # fmt: skip
    counted = {int(row[0]): [int(part) for part in row[1:]] for row in sums.iter_rows()}
    whole = [sum(row[part] for row in counted.values()) for part in range(4)]
    wanted = [(ALL, whole)] + [
        (label, counted.get(code, [0, 0, 0, 0])) for code, label in enumerate(labels)
    ]
    ahead = _ahead(shop, codes, len(labels))
    spent = _spent(shop, of)
    rows, paid = [], []
    curves = _curves(shop, codes, len(labels), new)
    for place, ((label, (users, revenue, new_users, new_revenue)), cost) in enumerate(
        zip(wanted, spent, strict=True)
    ):
        to_date = float(revenue * shop.margin / users) if users else None
        # Refunds of spend may leave nothing spent: then there's nothing to compare with.
        paid_out = cost if cost is not None and cost > 0 else None
        cac = Fraction(paid_out, new_users) if paid_out and new_users else None
        done = payback(*curves[place], cac, shop.margin, shop.as_of) if cac is not None and curves else None  # fmt: skip
        paid.append(done)
        predicted = [
            to_date + ahead[end][place] / users if to_date is not None and ahead else None
            for end in range(3)
        ]
        rows.append(
            {
                "group": label,
                "users": users,
                "revenue": revenue,
                "ltv_to_date": to_date,
                **dict(zip(("ltv_predicted", "ltv_low", "ltv_high"), predicted, strict=True)),
                "new_users": new_users,
                "cost": cost,
                "cac": float(cac) if cac is not None else None,
                "ltv_cac": float(revenue * shop.margin / users / cac) if users and cac else None,
                "payback_months": done.months if done else None,
                "roi": float((new_revenue * shop.margin - paid_out) / paid_out)
                if paid_out
                else None,
            }
        )
    return pl.DataFrame(rows, schema=_ROW), paid


def _ahead(shop: Shop, codes: Ints, count: int) -> list[Sequence[float]]:
    """Margin expected of everyone, then of each group: value, low, high; none without a fit."""
    if shop.forecast is None:
        return []
    params = shop.params
    found = shop.forecast.group_totals(codes, max(count, 1), horizon_of(params))
    if found is None:
        return []
    scale = params.margin * 10.0**shop.currency.places
    ends = (found.value, *found.interval(params.level))
    return [[scale * float(end[place]) for place in (-1, *range(count))] for end in ends]


def _spent(shop: Shop, of: Groups | None) -> list[int | None]:
    """Cost of everyone, then of each group; None where it isn't known."""
    labels = of.labels if of else ()
    if shop.costs is None or not shop.costs.met:
        return [None] * (1 + len(labels))
    by_channel = shop.costs.within()
    spent: list[int | None] = [sum(by_channel.values())]
    for label in labels:
        if of and of.by == "channel":
            spent.append(by_channel.get(label) if label is not None else None)
        elif of and of.by == "cohort" and label is not None:
            month = int(np.datetime64(label, "M").astype(np.int64))
            low, after = periods.first_day(np.array([month, month + 1]), Period.MONTH).tolist()
            covered = low <= shop.costs.last and after > shop.costs.first
            spent.append(sum(shop.costs.within(low, after - 1).values()) if covered else None)
        else:
            spent.append(None)
    return spent


def _curves(
    shop: Shop, codes: Ints, count: int, new: pl.Series | None
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """New users' first days and earnings: everyone's, then each group's."""
    if shop.line is None or shop.costs is None or new is None:
        return []
    users = shop.buyers.select("first_day", group=pl.Series(codes, dtype=pl.Int64)).filter(new)
    earned = earnings(shop.buyers, shop.line, codes).filter(shop.costs.new())
    parts = [
        {key[0]: part for key, part in frame.partition_by("group", as_dict=True).items()}
        for frame in (users, earned)
    ]
    return [(users, earned)] + [
        (parts[0].get(code, users.clear()), parts[1].get(code, earned.clear()))
        for code in range(count)
    ]


def unmatched(channels: Groups, costs: Costs) -> Iterator[Note]:
    """What to say of channels that costs and users don't share."""
    here = {label for code, label in enumerate(channels.labels) if (channels.codes == code).any()}
    paid = costs.within()
    idle = sorted(set(paid) - here)
    if idle:
        yield Note("costs for channels that no user has: {channels}", channels=tuple(idle))
    back = sorted(channel for channel, cost in paid.items() if cost <= 0)
    if back:
        yield Note("costs of zero or less, so no CAC: {channels}", channels=tuple(back))
    free = sorted(one for one in here if one is not None and one not in paid)
    if free:
        yield Note("users of channels without cost: {channels}", channels=tuple(free))
    if None in here:
        yield Note(
            "{count:user|users} without a channel",
            count=int((channels.codes == channels.labels.index(None)).sum()),
        )
