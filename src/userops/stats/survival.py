"""How long until something happens, for those to whom it hasn't happened yet as well.

km_rate : proportion
    Kaplan-Meier's estimate of the share to whom it has happened by then, over everyone:
    1 - the product, over the days d up to then, of (1 - events at d / observed until d).
    Whoever isn't observed beyond a day counts up to that day. Empty where nobody has been
    observed that long.

Source: Kaplan and Meier (1958), Nonparametric estimation from incomplete observations.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def kaplan_meier(spells: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """The curve, a row per day on which something happened, ascending; with `by`, one each.

    Args:
        spells: `days` (whole, from the start to the event, or to the end of observation),
            `happened` (whether it did), `users` (how many such).
        by: columns of it that tell curves apart.

    Returns:
        `by`'s columns, `days, at_risk, events, survival`; survival is the share left after the day.
    """

    def along(running: pl.Expr) -> pl.Expr:
        return running.over(by) if by else running

    by_day = (
        spells.group_by(*by, "days")
        .agg(
            all=pl.col("users").cast(pl.Int64).sum(),
            events=pl.col("users").cast(pl.Int64).filter("happened").sum(),
        )
        .sort(*by, "days", nulls_last=True)
    )
    # Who is censored on a day is still observed on it: Kaplan & Meier (1958), section 2.
    at_risk = along(pl.col("all").cum_sum(reverse=True))
    return (
        by_day.with_columns(at_risk=at_risk)
        .filter(pl.col("events") > 0)
        .with_columns(survival=along((1 - pl.col("events") / pl.col("at_risk")).cum_prod()))
        .select(*by, "days", "at_risk", "events", "survival")
    )


def happened_by(curve: pl.DataFrame, days: int) -> float:
    """1 - survival at a number of days."""
    survived = curve.filter(pl.col("days") <= days)["survival"]
    return 1 - survived[-1] if len(survived) else 0.0


def rates_by(spells: pl.DataFrame, by: str, days: int) -> pl.DataFrame:
    """`by, km_rate`: the share to whom it has happened within some days, a row each, sorted.

    Args:
        spells: as for `kaplan_meier`.
        by: the column that tells curves apart.
        days: from the start.
    """
    reached = (
        kaplan_meier(spells, [by])
        .filter(pl.col("days") <= days)
        .group_by(by)
        .agg(km_rate=1 - pl.col("survival").min())
    )
    groups = spells.select(by).unique().sort(by, nulls_last=True)
    return groups.join(
        reached, on=by, how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("km_rate").fill_null(0.0))
