"""Orders and touches of all users in one order of time, as whole numbers: what paths are found by.

A key holds the user, the instant and the channel, from high bits to low; so sorted keys are each
user's touches in their order, those of one instant by the channel's name, an order after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from userops.engines.duplicates import duplicated
from userops.ledger.event_reductions import DAY

Ints = np.ndarray[Any, np.dtype[np.int64]]
_BITS = 63
_UNITS = (1_000_000, 1_000, 1)  # microseconds: most exports tell no more than seconds
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders by user and instant; those of one user at one instant stand together.

    `keys` ascend. `users` are numbers in the order of the ids, `orders` how many stand together,
    `amounts` their net sums.
    """

    keys: Ints
    users: Ints
    days: Ints
    orders: Ints
    amounts: Ints


@dataclass(frozen=True, slots=True)
class Touches:
    """Touches by user, instant and channel: one a channel and session. `channels` are codes."""

    keys: Ints
    users: Ints
    days: Ints
    channels: Ints

    def only(self, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> Touches:
        """Some of them."""
        return Touches(self.keys[kept], self.users[kept], self.days[kept], self.channels[kept])


def in_sequence(
    orders: pl.DataFrame, touches: pl.DataFrame, channels: Sequence[str], silence: int
) -> tuple[Purchases, Touches]:
    """Orders and touches by user and time.

    Args:
        orders: `user_id, time` (microseconds), `amount`.
        touches: `user_id, time, channel`, and `session_id` where they have one.
        channels: what touches' channels are, in order: their codes are places in it.
        silence: minutes that end a session without an id.
    """
    ids = pl.concat([orders["user_id"].unique(), touches["user_id"].unique()]).unique().sort()
    order_users, touch_users = _numbered(orders["user_id"], ids), _numbered(touches["user_id"], ids)
    order_times, touch_times = _instants(orders["time"], touches["time"], len(ids) * len(channels))
    span = 1 + max(map(_highest, (order_times, touch_times)))
    codes = _numbered(touches["channel"], pl.Series(channels, dtype=pl.String))
    order_keys = ((order_users * span + order_times) + 1) * len(channels) - 1
    touch_keys = (touch_users * span + touch_times) * len(channels) + codes
    placed = pl.DataFrame(
        {"key": touch_keys, "user": touch_users, "channel": codes, "time": touches["time"]}
    )
    if "session_id" in touches:
        placed = placed.with_columns(session=touches["session_id"])
    bought = pl.DataFrame({"key": order_keys, "user": order_users, "time": orders["time"], "amount": orders["amount"]})  # fmt: skip
    return _purchases(bought.sort("key")), _once_a_session(
        placed.sort("key"), silence, len(channels)
    )


def _highest(numbers: pl.Series) -> int:
    """The highest of some whole numbers from 0 on; 0 for none."""
    return int(numbers.to_numpy().max()) if len(numbers) else 0


def _numbered(values: pl.Series, ordered: pl.Series) -> pl.Series:
    """Each value's place among all, in their order."""
    if not len(values):
        return pl.Series(values.name, [], pl.Int64)
    places = pl.DataFrame({"value": ordered, "place": pl.int_range(len(ordered), eager=True)})
    named = pl.DataFrame({"value": values})
    return named.join(places, on="value", how="left", maintain_order="left")["place"]


def _instants(orders: pl.Series, touches: pl.Series, others: int) -> tuple[pl.Series, pl.Series]:
    """Times as whole numbers from 0 in their order, small enough to stand beside `others` in a key."""
    both = pl.concat([orders, touches])
    if not len(both):
        return orders, touches
    offset = both - both.min()
    unit = next(unit for unit in _UNITS if (offset % unit == 0).all())
    instants = offset // unit
    room = (1 << _BITS) // max(others, 1)
    if _highest(instants) >= room - 1:
        instants = instants.rank("dense").cast(pl.Int64) - 1
    return instants[: len(orders)], instants[len(orders) :]


def _purchases(orders: pl.DataFrame) -> Purchases:
    """Orders, those of one user and instant together."""
    keys = orders["key"].to_numpy()
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    amounts = orders["amount"].to_numpy()
    return Purchases(
        keys[starts],
        orders["user"].to_numpy()[starts],
        orders["time"].to_numpy()[starts] // DAY,
        np.diff(starts, append=len(keys)),
        np.add.reduceat(amounts, starts) if len(starts) else amounts,
    )


def _once_a_session(touches: pl.DataFrame, silence: int, channels: int) -> Touches:
    """Touches of one channel in one session are one, at the first's time; `touches` by key."""
    user, time = touches["user"].to_numpy(), touches["time"].to_numpy()
    begins = np.ones(len(user), bool)
    begins[1:] = (user[1:] != user[:-1]) | (time[1:] - time[:-1] > silence * _MINUTE)
    visit = pl.Series("visit", np.cumsum(begins) * channels + touches["channel"].to_numpy())
    if "session" in touches and touches["session"].count():
        once = _once_by_id(touches.with_columns(visit))
    else:
        # Hardly any stand twice, and a sort of whole numbers finds those.
        repeated = visit.is_in(duplicated(visit).implode())
        firsts = visit.filter(repeated).is_first_distinct()
        kept = (~repeated).scatter(repeated.arg_true(), firsts)
        once = touches.filter(kept)
    return Touches(
        once["key"].to_numpy(),
        once["user"].to_numpy(),
        once["time"].to_numpy() // DAY,
        once["channel"].to_numpy(),
    )


def _once_by_id(touches: pl.DataFrame) -> pl.DataFrame:
    """The same where sessions have ids, which silence doesn't end; `visit` tells those without."""
    has_id = pl.col("session").is_not_null()
    same = ["user", "session", "channel", "visit"]
    numbered = touches.with_columns(visit=pl.when(~has_id).then("visit"))
    # Most of a session's touches follow each other, and neighbours are quickly compared.
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in same)
    return numbered.filter(is_new).unique(same, keep="first", maintain_order=True)
