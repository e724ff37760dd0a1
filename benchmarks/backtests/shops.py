"""Made-up shops by seed, of kinds that the purchase models don't describe.

A shop is purchases (user, day, amount in cents) over some days, with what kind of user each is. Times are
continuous inside and days outside; nothing here knows how userops reckons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Shop:
    """Purchases in the order of users and days; `kind` is each user's."""

    user: Array
    day: Array
    amount: Array
    kind: Array

    def until(self, day: int) -> Shop:
        """What was bought up to a day."""
        kept = self.day <= day
        return Shop(self.user[kept], self.day[kept], self.amount[kept], self.kind)


def _purchases(
    random: np.random.Generator,
    start: Array,
    rate: Array,
    leaves: Array,
    speed: Array,
    *,
    regular: float = 1.0,
) -> tuple[Array, Array]:
    """Users and days of purchases: renewals at a rate, in a time that runs at a `speed` by day.

    `regular` is the shape of the waits: 1 for chance alone, more for clocks. After each purchase a
    user leaves with the probability `leaves`.
    """
    length = len(speed)
    clock = np.concatenate(([0.0], np.cumsum(speed)))
    days = np.arange(length + 1)
    alive, now = np.arange(len(start)), np.interp(start, days, clock)
    users, bought = [alive], [start]
    while len(alive):
        stays = random.random(len(alive)) >= leaves[alive]
        alive, now = alive[stays], now[stays]
        now = now + random.gamma(regular, 1 / regular, len(alive)) / rate[alive]
        alive, now = alive[now < clock[-1]], now[now < clock[-1]]
        users.append(alive)
        bought.append(np.interp(now, clock, days))
    return np.concatenate(users), np.floor(np.concatenate(bought)).astype(np.int64)


def _shop(random: np.random.Generator, users: Array, days: Array, kind: Array) -> Shop:
    order = np.lexsort((days, users))
    users, days = users[order], days[order]
    mean = random.gamma(4.0, 10.0, len(kind))
    amount = np.maximum(np.rint(100 * mean[users] * random.gamma(4.0, 0.25, len(users))), 1)
    return Shop(users, days, amount.astype(np.int64), kind)


def plain(seed: int, users: int = 1500, length: int = 1095) -> Shop:
    """What BG/NBD describes: gamma rates, beta chances to leave."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, length, users)
    found = _purchases(
        random, start, random.gamma(0.9, 1 / 40, users) + 1e-4, random.beta(1, 4, users),
        np.ones(length),
    )  # fmt: skip
    return _shop(random, *found, random.integers(0, 3, users))


def seasons(seed: int, users: int = 1500, length: int = 1095) -> Shop:
    """The same with a year's wave and a sale in November."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, length, users)
    wave, phase = random.uniform(0.2, 0.5), random.uniform(0, 365)

    day = np.arange(length)
    sale = (day % 365 >= 310) & (day % 365 < 325)
    speed = 1 + wave * np.sin(2 * np.pi * (day - phase) / 365) + sale
    found = _purchases(
        random, start, random.gamma(0.9, 1 / 40, users) + 1e-4, random.beta(1, 4, users), speed
    )
    return _shop(random, *found, random.integers(0, 3, users))


def growth(seed: int, users: int = 1500, length: int = 1095) -> Shop:
    """More users come every month, and each buys faster or slower as time goes by."""
    random = np.random.default_rng(seed)
    start = length * random.uniform(0, 1, users) ** random.uniform(0.45, 0.9)
    found = _purchases(
        random, start, random.gamma(0.9, 1 / 40, users) + 1e-4, random.beta(1, 4, users),
        np.exp(random.uniform(-0.4, 0.4) * np.arange(length) / 365),
    )  # fmt: skip
    return _shop(random, *found, random.integers(0, 3, users))


def mixture(seed: int, users: int = 1500, length: int = 1095) -> Shop:
    """Three kinds: once and gone, like clockwork, now and then."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, length, users)
    kind = random.choice(3, users, p=random.dirichlet([6, 4, 4]))
    rate = np.choose(kind, [1 / 60, 1 / 30, 1 / 90]) * random.gamma(4, 0.25, users)
    leaves = np.choose(kind, [0.85, 0.06, 0.15])
    found = _purchases(random, start, rate, leaves, np.ones(length), regular=3.0)
    return _shop(random, *found, kind)


def grocery(seed: int, users: int = 1500, length: int = 730) -> Shop:
    """Heavy buyers whose many gaps outweigh everyone else's, and who pause now and then."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, 0.5 * length, users)
    kind = random.choice(3, users, p=[0.15, 0.45, 0.4])
    rate = np.choose(kind, [1 / 2, 1 / 12, 1 / 35]) * random.gamma(6, 1 / 6, users)
    leaves = np.choose(kind, [0.004, 0.02, 0.05])
    users_of, days = _purchases(random, start, rate, leaves, np.ones(length), regular=0.5)
    return _shop(random, users_of, days, kind)


KINDS: dict[str, Callable[..., Shop]] = {
    "plain": plain, "seasons": seasons, "growth": growth, "mixture": mixture,
}  # fmt: skip
