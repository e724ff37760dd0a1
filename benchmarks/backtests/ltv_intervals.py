"""How often a prediction interval of LTV holds what users then bring, in made-up shops.

    PYTHONPATH=src python benchmarks/backtests/ltv_intervals.py [SHOPS [LEVEL]]

Each shop is watched for 730 days, and then for the 365 that were predicted; groups are kinds of users
(`shops.py`). Prints a table as Markdown: for everyone and for groups, how many intervals held, those of
the parameters' error alone beside them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date, timedelta
from itertools import chain

import numpy as np
import polars as pl
import shops

from userops.core.dates import Window, to_day
from userops.core.table import Currency
from userops.customers import value
from userops.customers.buyers import BUYERS
from userops.customers.forecast import History, fit, horizon_of
from userops.customers.model_error import model_error
from userops.customers.params import LtvParams
from userops.customers.value import Groups, LtvData
from userops.ledger import timeline

FIRST, WATCHED, AHEAD = date(2023, 1, 1), 730, 365


def told(shop: shops.Shop, params: LtvParams) -> tuple[LtvData, Groups, np.ndarray]:
    """What is known of a shop when it's been watched, with its prediction; and what came after."""
    begin, known = to_day(FIRST), shop.until(WATCHED - 1)
    rows = pl.DataFrame(
        {
            "user_id": pl.Series(known.user).cast(pl.String).str.zfill(5),
            "day": (known.day + begin).astype(np.int32),
            "amount": known.amount,
            "orders": np.ones(len(known.user), np.int32),
        }
    )
    buyers = BUYERS(rows.lazy()).collect()
    line = timeline.from_rows(buyers, rows)
    window = Window(FIRST, FIRST + timedelta(WATCHED - 1))
    data = LtvData(buyers, window, Currency(), params, line)
    users = buyers["user_id"].cast(pl.Int64).to_numpy()
    groups = Groups("kind", ("0", "1", "2"), shop.kind[users])
    history = History.of(buyers, data.as_of, params.time_unit, 2)
    data = data.but(forecast=fit(history, params.model, params))
    later = (shop.day >= WATCHED) & (shop.day < WATCHED + AHEAD)
    came = np.bincount(shop.user[later], shop.amount[later], len(shop.kind))[users]
    return data.but(error=model_error(data, groups, params.model)), groups, came


def held(kind: str, seed: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether intervals held, of everyone and the groups; and those of the parameters' error alone."""
    params = LtvParams(discount_rate=0.0, horizon=AHEAD, level=level)
    data, groups, came = told(shops.KINDS[kind](seed), params)
    frame, _ = value.value_by_group(data, groups)
    actual = np.append(came.sum(), np.bincount(groups.codes, came, 3)) / frame["users"].to_numpy()
    actual += frame["ltv_to_date"].to_numpy()
    inside = (frame["ltv_low"].to_numpy() <= actual) & (actual <= frame["ltv_high"].to_numpy())
    assert data.forecast is not None
    prediction = data.forecast.group_totals(groups.codes, np.ones(3, bool), horizon_of(params))
    assert prediction is not None
    low, high = (np.roll(end, 1) * 100 / frame["users"].to_numpy() for end in prediction.interval(level))  # fmt: skip
    ahead = actual - frame["ltv_to_date"].to_numpy()
    return inside, (low <= ahead) & (ahead <= high)


def main(count: int = 100, level: float = 0.9) -> None:
    """A row a kind of shop."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
    for kind in shops.KINDS:
        for seed in range(count):
            found[kind].append(held(kind, seed, level))
    print(f"Intervals at {level:.0%}, {count} shops of each kind, 3 groups each\n")
    print("| shops | everyone | groups | everyone, parameters alone | groups, parameters alone |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind, tests in [*found.items(), ("all", [*chain(*found.values())])]:
        ours, alone = (np.array([test[side] for test in tests]) for side in (0, 1))
        cells = (ours[:, 0], ours[:, 1:], alone[:, 0], alone[:, 1:])
        print(f"| {kind} | " + " | ".join(f"{cell.mean():.1%}" for cell in cells) + " |")


if __name__ == "__main__":
    main(*(int(sys.argv[1]),) if len(sys.argv) > 1 else ())
