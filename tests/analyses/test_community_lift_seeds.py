"""Over many shops by seed: how often the lift's interval holds the truth, and what the placebo withholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from userops.analyses.community import stock
from userops.analyses.community.lift import lift
from userops.analyses.community.sources import Community
from userops.core.dates import Window, to_date
from userops.core.table import Currency

DAYS, LAST, JOINED = 30, 200, (100, 160)  # days compared, of the shop, and on which people join
USERS, JOINERS = 500, 160
EACH = 2_000  # fen an order
EXTRA = 0.03  # orders a day that joining brings: the truth is EXTRA * DAYS * EACH fen a joiner


def shop(seed: int, *, extra: float = EXTRA, rising: float = 0.0) -> dict[str, Any]:
    """Who buys often joins more: a large selection beside a small effect. The lift's only row.

    `rising` is how many more orders a day joiners come to give over the days before they join.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(1.5, 0.04, USERS) + 0.005
    draw = random.random(USERS) ** (1 / rate)
    joiners = np.argsort(-draw)[:JOINERS]  # chosen in proportion to how often they buy
    joined = np.full(USERS, LAST * 9)
    joined[joiners] = random.integers(*JOINED, JOINERS)
    day = np.arange(LAST)
    since = day - joined[:, None]
    before = np.clip((since + 80) / 80, 0, 1) * (joined < LAST)[:, None]
    counts = random.poisson(rate[:, None] + extra * (since >= 0) + rising * before)
    user, when = np.nonzero(counts)
    orders = pl.DataFrame({"user": user, "day": when, "orders": counts[user, when]})
    return row(orders, joined)


def row(orders: pl.DataFrame, joined: np.ndarray[Any, Any]) -> dict[str, Any]:
    named = "u" + pl.col("user").cast(pl.String).str.zfill(5)
    first = pl.DataFrame({"user": range(USERS), "day": 0, "orders": 1})  # all are customers by then
    bought = pl.concat([orders, first.cast(orders.schema)]).select(  # type: ignore[arg-type]
        pl.col("day").cast(pl.Int32), "orders", user_id=named, amount=pl.col("orders") * EACH
    )
    who = np.flatnonzero(joined < LAST)
    people = pl.DataFrame({"user": who, "start": joined[who]}).with_columns(user_id=named)
    stays = people.select(
        "start",
        group_id=pl.lit("g"),
        person=pl.col("user_id"),
        end=pl.lit(stock.AFTER, pl.Int64),
    )
    groups = pl.DataFrame({"group_id": ["g"], "midway": [False]})
    found = Community(
        Window(to_date(0), to_date(LAST)), 0, LAST - 1, Currency(), stays, groups,
        people.select("user_id", person="user_id", matched=pl.lit(True)), None, bought, None, None,
        order_days=(0, LAST - 1),
    )  # fmt: skip
    return lift(found, DAYS).frame.row(0, named=True)


def test_the_interval_holds_the_truth_in_95_of_100_shops() -> None:
    truth = EXTRA * DAYS * EACH
    rows = [shop(seed) for seed in range(200)]
    told = [one for one in rows if one["difference"] is not None]
    held = [one["difference_low"] <= truth <= one["difference_high"] for one in told]
    assert 0.92 <= np.mean(held) <= 0.98
    # The placebo holds nothing, so that it withholds what it shouldn't in 5 % of shops.
    assert 0.02 <= 1 - len(told) / len(rows) <= 0.08
    assert np.mean([one["difference"] for one in told]) == pytest.approx(truth, rel=0.05)
    # What stands beside it is many times the truth.
    assert min(one["naive"] for one in rows) > 1.5 * truth


def test_without_an_effect_none_is_claimed_but_by_chance() -> None:
    rows = [shop(seed, extra=0.0) for seed in range(300, 360)]
    claimed = [one["verdict"] in ("more", "less") for one in rows]
    assert np.mean(claimed) <= 0.08


def test_where_joiners_were_on_the_rise_before_it_is_withheld() -> None:
    rows = [shop(seed, rising=0.15) for seed in range(20)]
    withheld = [one["verdict"] == "differed before" for one in rows]
    assert np.mean(withheld) >= 0.9
    assert all(one["difference"] is None for one in rows if one["verdict"] == "differed before")
