"""What recipients bought, beside what the purchase model expected of the same people.

Lists of the silent are picked for being silent: some of them come back by themselves, and a
comparison with the time before takes that for an effect. The model, fitted to everyone up to the day
before, knows how many do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.campaigns.before import Before
from userops.core.errors import InputError
from userops.customers import buyers, forecast
from userops.customers.forecast import NAMES, UNITS, History
from userops.customers.params import LtvParams


@dataclass(frozen=True, slots=True)
class Expected:
    """Purchase days per recipient in the window: what came, and what the model expected."""

    actual: float
    expected: float


def expected_of(users: pl.DataFrame, before: Before, days: int) -> Expected | None:
    """Of those who were assigned on the day on which most were.

    Args:
        users: recipients: `user_id, day`.
        before: the shop as it was.
        days: of the window.

    Returns:
        None where the orders are too few for a model, or none of the recipients had ordered before.
    """
    given = before.rows_of(users)
    if given.is_empty():
        return None
    counts = (
        given.group_by("day").agg(users=pl.len()).sort("users", "day", descending=[True, False])
    )
    day = int(counts["day"][0])
    everyone = buyers.from_timeline(before.customers, before.line)
    then = None
    if not before.facts.settled:  # what was given back since counted then
        then = before.inputs.orders.reduce([buyers.BUYERS], day - 1)[0][0]
    known = buyers.calibration_and_holdout(everyone, before.line, day - 1, then)
    params = before.inputs.settings.params(LtvParams)
    history = History.of(known, day - 1, params.time_unit, before.currency.places)
    model = params.model if params.model in NAMES else next(iter(NAMES))
    try:
        fitted = forecast.fit(history, model, params)
    except InputError:
        return None
    expected = fitted.expected_orders(days / UNITS[params.time_unit])
    listed = users.filter(pl.col("day") == day)["user_id"].implode()
    is_recipient = known.select(pl.col("user_id").is_in(listed))["user_id"].to_numpy()
    if not is_recipient.any():
        return None
    # The same people: who had ordered by then, whatever became of it since.
    bought = pl.DataFrame({
        "user_id": before.customers["user_id"], "came": before.purchase_days(day, day + days - 1),
    })  # fmt: skip
    came = known.filter(is_recipient).join(bought, on="user_id", how="left")["came"].fill_null(0)
    return Expected(float(came.sum()) / len(came), float(np.mean(expected[is_recipient])))
