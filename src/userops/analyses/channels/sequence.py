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

from userops.analyses.channels.user_numbers import numbered
from userops.engines import parallel
from userops.ledger.event_reductions import DAY

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
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

    def only(self, kept: Flags) -> Touches:
        """Some of them."""
        return Touches(self.keys[kept], self.users[kept], self.days[kept], self.channels[kept])


@dataclass(frozen=True, slots=True)
class _Keys:
    """How a user, an instant and a channel make one whole number, and come out of it again.

    Instants are times from `start` on in parts of so many microseconds (`unit`), or, where that
    takes too many bits, places among all `times`.
    """

    channels: int
    span: int
    start: int
    unit: int
    times: Ints | None = None

    @classmethod
    def of(cls, orders: Ints, touches: Ints, people: int, channels: int) -> _Keys:
        """Keys for times (microseconds) of so many people and channels."""
        both = np.concatenate([orders, touches])
        if not len(both):
            return cls(channels, 1, 0, 1)
        start, last = int(both.min()), int(both.max())
        unit = next(unit for unit in _UNITS if not ((both - start) % unit).any())
        span = (last - start) // unit + 1
        if span < (1 << _BITS) // max(people * channels, 1):
            return cls(channels, span, start, unit)
        times = np.unique(both)
        return cls(channels, len(times), start, unit, times)

    def base(self, users: Ints, times: Ints) -> Ints:
        """The number of a user and an instant."""
        instants = (
            (times - self.start) // self.unit
            if self.times is None
            else np.searchsorted(self.times, times)
        )
        return users * self.span + instants

    def users_and_times(self, base: Ints) -> tuple[Ints, Ints]:
        """The users and the times (microseconds) of such numbers."""
        users = base // self.span
        instants = base - users * self.span
        if self.times is None:
            return users, instants * self.unit + self.start
        return users, self.times[instants]


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
    order_users, touch_users = numbered(orders["user_id"], touches["user_id"])
    order_times, touch_times = orders["time"].to_numpy(), touches["time"].to_numpy()
    people = 1 + max((int(one.max()) for one in (order_users, touch_users) if len(one)), default=0)
    keys = _Keys.of(order_times, touch_times, people, len(channels))
    order_keys = (keys.base(order_users, order_times) + 1) * len(channels) - 1
    bought = pl.DataFrame({"key": order_keys, "amount": orders["amount"]}).sort("key")
    codes = touches["channel"].cast(pl.Enum(channels)).to_physical().to_numpy()
    touch_keys = keys.base(touch_users, touch_times) * len(channels) + codes
    sessions = touches.get_column("session_id", default=None)
    return _purchases(bought, keys), _once_a_session(touch_keys, sessions, keys, silence)


def _purchases(orders: pl.DataFrame, keys: _Keys) -> Purchases:
    """Orders, `key, amount` by key, those of one user and instant together."""
    every, amounts = orders["key"].to_numpy(), orders["amount"].to_numpy()
    starts = np.flatnonzero(np.diff(every, prepend=-1))
    users, times = keys.users_and_times(every[starts] // keys.channels)
    return Purchases(
        every[starts],
        users,
        times // DAY,
        np.diff(starts, append=len(every)),
        np.add.reduceat(amounts, starts) if len(starts) else amounts,
    )


def _once_a_session(
    touches: Ints, sessions: pl.Series | None, keys: _Keys, silence: int
) -> Touches:
    """Touches of one channel in one session are one, at the first's time."""
    if sessions is not None and sessions.count():
        placed = pl.DataFrame({"key": touches, "session": sessions}).sort("key")
        touches, sessions = placed["key"].to_numpy(), placed["session"]
    else:
        sessions = None
        touches = parallel.in_order(touches)
    base = touches // keys.channels
    channels = touches - base * keys.channels
    users, times = keys.users_and_times(base)
    begins = np.ones(len(users), bool)
    begins[1:] = (users[1:] != users[:-1]) | (times[1:] - times[:-1] > silence * _MINUTE)
    visits = np.cumsum(begins) * keys.channels + channels
    if sessions is not None:
        kept = _firsts_by_id(users, sessions, channels, visits)
    else:
        kept = np.ones(len(users), bool)
        # Only of a visit of several touches can one come again.
        several = ~begins
        several[:-1] |= several[1:]
        kept[several] = pl.Series(visits[several]).is_first_distinct().to_numpy()
    once = Touches(touches, users, times // DAY, channels)
    return once if kept.all() else once.only(kept)


def _firsts_by_id(users: Ints, sessions: pl.Series, channels: Ints, visits: Ints) -> Flags:
    """The same where sessions have ids, which silence doesn't end; `visits` tell those without."""
    same = ["user", "session", "channel", "visit"]
    touches = pl.DataFrame(
        {"user": users, "session": sessions, "channel": channels, "visit": visits}
    ).with_columns(visit=pl.when(pl.col("session").is_null()).then("visit"))
    # Most of a session's touches follow each other, and neighbours are quickly compared.
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in same)
    new = touches.select(is_new.fill_null(value=True)).to_series()
    kept = new.to_numpy(writable=True)
    kept[kept] = touches.filter(new).select(pl.struct(same).is_first_distinct()).to_series()
    return kept
