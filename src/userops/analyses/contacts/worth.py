"""What users are worth, and how much of that is at risk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers.forecast import NAMES, UNITS, Forecast, History, fit, horizon_of
from userops.customers.value import LtvData
from userops.engines.by_user import beside
from userops.ledger.timeline import Timeline

YEAR = 365
VALUES = {
    "user_id": pl.String, "p_alive": pl.Float64, "p_before": pl.Float64, "value": pl.Int64,
    "at_risk": pl.Int64,
}  # fmt: skip

Then = Callable[[int], tuple[pl.DataFrame, Timeline]]


def values(
    data: LtvData, timeline: Timeline, days: int, then: Then
) -> tuple[pl.DataFrame, list[Note]]:
    """`VALUES` of each buyer, by user_id, and what to say of the forecast.

    `value` is what the user is expected to bring in the horizon of `[ltv]` (clv), `at_risk` what of it
    went in the last `days`: max(0, P(alive) then - now) x clv / P(alive) now. Both to the minor unit, as
    the log keeps them. Without a forecast `value` is what the user brought in the last 365 days, and the
    others are null.

    Args:
        data: the buyers, and how to predict.
        timeline: theirs, with amounts.
        days: how far back P(alive) is compared with.
        then: gives customers and their timeline as they were on an earlier day.
    """
    forecast, notes = _fitted(data)
    if forecast is None or forecast.spend is None:
        return _past_values(data, timeline), notes
    spend = forecast.expected_spend()
    assert spend is not None
    now = forecast.p_alive()
    discounted = forecast.expected_orders(horizon_of(data.params))
    clv = discounted * spend * data.params.margin * 10.0**data.currency.places
    frame = data.buyers.select(
        "user_id", p_alive=pl.Series(now), clv=pl.Series(clv, dtype=pl.Float64)
    )
    before = _alive_before(forecast, data, days, then)
    frame = beside(frame, before)
    fell = (pl.col("p_before") - pl.col("p_alive")).clip(0, 1).fill_null(0)
    risk = pl.when(pl.col("p_alive") > 0).then(fell * pl.col("clv") / pl.col("p_alive"))
    return frame.select(
        "user_id",
        "p_alive",
        "p_before",
        value=pl.col("clv").round().cast(pl.Int64),
        at_risk=risk.fill_null(0).round().cast(pl.Int64),
    ), notes


def _fitted(data: LtvData) -> tuple[Forecast | None, list[Note]]:
    """The models of `[ltv]` fitted to the buyers, or None; and notes on them."""
    params = data.params
    # Which model is best, `auto`, is for a backtest to say: its default stands for it.
    name = params.model if params.model in NAMES else next(iter(NAMES))
    try:
        history = History.of(data.buyers, data.as_of, params.time_unit, data.currency.places)
        forecast = fit(history, name, params)
    except InputError as error:
        return None, [Note("no forecast: {why}", why=error.problem)]
    return forecast, list(forecast.notes)


def _alive_before(forecast: Forecast, data: LtvData, days: int, then: Then) -> pl.DataFrame:
    """`user_id, p_before`: P(alive) at the end of an earlier day, by the model as it's fitted now."""
    day = data.as_of - days
    customers, timeline = then(day)
    by_day = timeline.by_day
    counts = by_day.counts_until(day)
    starts = by_day.starts[:-1]
    there = counts > 0
    last = by_day.days[starts + np.maximum(counts, 1) - 1].astype(np.int64)
    first = by_day.first_days.astype(np.int64)
    unit = float(UNITS[data.params.time_unit])
    alive = np.full(len(counts), np.nan)
    if there.any():
        alive[there] = forecast.model.p_alive(
            forecast.purchases.estimates,
            counts[there] - 1,
            (last[there] - first[there]) / unit,
            (day - first[there]) / unit,
        )
    users = customers["user_id"].gather(pl.Series(by_day.users))
    return pl.DataFrame({"user_id": users, "p_before": alive}).with_columns(
        pl.col("p_before").fill_nan(None)
    )


def _past_values(data: LtvData, timeline: Timeline) -> pl.DataFrame:
    orders = orders_of(data.buyers, timeline).filter(pl.col("day") > data.as_of - YEAR)
    spent = orders.group_by("user_id").agg(value=pl.col("amount").sum())
    return data.buyers.select("user_id").join(spent, on="user_id", how="left", maintain_order="left").select(
        "user_id",
        p_alive=pl.lit(None, pl.Float64),
        p_before=pl.lit(None, pl.Float64),
        value=pl.col("value").fill_null(0),
        at_risk=pl.lit(None, pl.Int64),
    )  # fmt: skip


def orders_of(
    buyers: pl.DataFrame, timeline: Timeline, users: pl.Series | None = None
) -> pl.DataFrame:
    """`user_id, day, amount` of every order, by the timeline's order; of some users alone, where these are given."""
    if timeline.amounts is None:
        raise ValueError("a timeline with amounts is needed")
    rows, days, amounts = timeline.spread(timeline.users), timeline.days, timeline.amounts
    if users is not None:
        asked = buyers["user_id"].is_in(users.unique().implode()).to_numpy()
        theirs = timeline.spread(asked[timeline.users])
        rows, days, amounts = rows[theirs], days[theirs], amounts[theirs]
    ids = buyers["user_id"].gather(pl.Series(rows))
    return pl.DataFrame({"user_id": ids, "day": days, "amount": amounts}).cast(
        {"day": pl.Int32, "amount": pl.Int64}
    )
