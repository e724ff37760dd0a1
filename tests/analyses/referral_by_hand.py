"""Referral by its definitions, in loops over rows, and random shops to hold it against."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from statistics import median
from typing import Any

import polars as pl

FIRST = date(2025, 1, 1)
Row = dict[str, Any]
PHONES = ["13800138000", "+86 138 0013 8000", "138-0013-8001", "13900139000", "139****9000", ""]
EMAILS = ["An.na@Example.com", "anna+shop@example.com", "bo@example.com", "b***@example.com", ""]
DEVICES = ["D-1", "d-1", "D-2", "00000000-0000", ""]
ADDRESSES = [
    "1 Main St., Springfield",
    "1 main st springfield",
    "Springfield",
    "广东省广州市1号",
    "",
]


@dataclass
class Shop:
    """Rows as they would stand in exports; times are datetimes, amounts minor units."""

    users: list[Row]
    orders: list[Row]
    leaders: list[Row] = field(default_factory=list)

    def until(self, day: date) -> Shop:
        """The same, cut after a day."""
        return Shop(
            [row for row in self.users if row["registered_at"].date() <= day],
            [row for row in self.orders if row["paid_at"].date() <= day],
            [row for row in self.leaders if row["since"] <= day],
        )

    def shuffled(self, seed: int) -> Shop:
        """The same in another order of rows."""
        draw = Random(seed)
        return Shop(
            *(draw.sample(rows, len(rows)) for rows in (self.users, self.orders, self.leaders))
        )

    def frames(self) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
        """What the exports hold, as text: orders, and the others by name."""
        orders = [
            {
                **row,
                "amount": f"{row['amount'] / 100:.2f}",
                "refund_amount": f"{row['refund_amount'] / 100:.2f}",
            }
            | ({"commission": f"{row['commission'] / 100:.2f}"} if "commission" in row else {})
            for row in self.orders
        ]
        others = {"users": self.users, "leaders": self.leaders}
        return _text(orders), {name: _text(rows) for name, rows in others.items() if rows}


def _text(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows])


def shop(
    seed: int, *, on_orders: bool = False, commission: bool = False, listed: bool = False
) -> Shop:
    """A random shop with circles, self-inviters, shared contacts, refunds and ties."""
    draw = Random(seed)
    ids = [f"u{n:02d}" for n in range(45)]
    users = [
        {
            "user_id": user,
            "registered_at": _time(draw, 90),
            "inviter_id": draw.choice(ids[:12] + ids) if draw.random() < 0.6 else "",
            "group_id": draw.choice(["g1", "g2", ""]),
            "phone": draw.choice(PHONES),
            "email": draw.choice(EMAILS),
            "device": draw.choice(DEVICES),
            "address": draw.choice(ADDRESSES),
        }
        for user in ids
    ]
    for user in users[20:26]:  # a burst
        user["inviter_id"], user["registered_at"] = "u03", datetime(2025, 2, 20, 9)
    buyers = [*ids[:38], "x1", "x2"]
    orders = []
    for number in range(260):
        row = {
            "order_id": f"o{number}",
            "user_id": draw.choice(buyers),
            "paid_at": _time(draw, 130),
            "amount": draw.choice([0, 1000, 1050, 2500, 9999, draw.randrange(1, 60_000)]),
            "refund_amount": 0,
            "status": draw.choice(["paid"] * 8 + ["refunded", "cancelled"]),
            "category": draw.choice(["milk", "toys"]),
        }
        if row["status"] == "paid" and draw.random() < 0.15:
            row["refund_amount"] = draw.choice([row["amount"], row["amount"] // 3])
        if on_orders:
            row["leader_id"] = draw.choice(["", "", "l1", "l2", "u01", row["user_id"]])
        if commission:
            row["commission"] = draw.randrange(0, 500) if draw.random() < 0.8 else 0
        orders.append(row)
    leaders = [
        {"leader_id": leader, "group_id": group, "since": FIRST + timedelta(draw.randrange(40))}
        for leader, group in (("u01", "g9"), ("l1", "g9"), ("z1", "g9"), ("z2", ""))
    ]
    return Shop(users, orders, leaders if listed else [])


def _time(draw: Random, days: int) -> datetime:
    return datetime(2025, 1, 1, draw.randrange(9, 13)) + timedelta(draw.randrange(days))


class Expected:
    """Everything that the tables say, by the definitions.

    `pay` gives what a list of (leader, user, day, amount, exported) earns, by leader and user.
    """

    def __init__(self, shop: Shop, as_of: date, within: int = 30) -> None:
        shop = shop.until(as_of)
        self.shop, self.as_of, self.within = shop, as_of, within
        self.users = {row["user_id"]: row for row in shop.users}
        paid = [row for row in shop.orders if row["status"] != "cancelled"]
        self.back = [row for row in paid if _is_back(row)]
        self.valid = [row for row in paid if not _is_back(row)]
        self.first = min((row["paid_at"].date() for row in self.valid), default=as_of)
        self.first_days: dict[str, date] = {}
        for row in self.valid:
            day = row["paid_at"].date()
            self.first_days[row["user_id"]] = min(self.first_days.get(row["user_id"], day), day)
        self._edges()
        self.owned = [(self.owner(row), row) for row in self.valid if self.owner(row)]
        self.owned_back = [(self.owner(row), row) for row in self.back if self.owner(row)]
        self.outcomes = {user: self._outcome(user) for user in self.edges}

    def _edges(self) -> None:
        told: dict[str, tuple[datetime, str, str]] = {}
        rows = [
            (row["user_id"], (row["registered_at"], row["inviter_id"], "users"))
            for row in self.shop.users
            if row["inviter_id"]
        ] + [
            (row["user_id"], (row["paid_at"], row["leader_id"], "orders"))
            for row in (*self.valid, *self.back)
            if row.get("leader_id")
        ]
        for user, edge in rows:
            told[user] = min(told.get(user, edge), edge)
        self.selves = {user for user, edge in told.items() if edge[1] == user}
        inviter = {user: edge[1] for user, edge in told.items() if user not in self.selves}
        self.circle: dict[str, frozenset[str]] = {}
        for user, above in inviter.items():
            seen, at = [user], above
            while at in inviter and at not in seen:
                seen.append(at)
                at = inviter[at]
            if at == user:
                self.circle[user] = frozenset(seen)
        self.cut = {
            user
            for user, ring in self.circle.items()
            if told[user][0] == max(told[one][0] for one in ring)
        }
        self.named = {user: edge[1] for user, edge in told.items()}
        self.edges = {
            user: (told[user][1], told[user][0].date(), told[user][2])
            for user in inviter
            if user not in self.cut
        }

    def owner(self, row: Row) -> str | None:
        """Whose an order is."""
        if row.get("leader_id"):
            return str(row["leader_id"])
        edge = self.edges.get(row["user_id"])
        return edge[0] if edge and row["paid_at"].date() >= edge[1] else None

    def _outcome(self, user: str) -> Row:
        inviter, day, source = self.edges[user]
        days = [row["paid_at"].date() for row in self.valid if row["user_id"] == user]
        after = [one for one in days if one >= day]
        first = min(after, default=None)
        registered = user in self.users
        soon = registered and first is not None and (first - day).days <= self.within
        observed = self.first <= day <= self.as_of - timedelta(self.within)
        of_inviter = [
            row for leader, row in self.owned if leader == inviter and row["user_id"] == user
        ]
        return {
            "user_id": user,
            "inviter_id": inviter,
            "source": source,
            "invited": day,
            "registered": self.users[user]["registered_at"].date() if registered else None,
            "is_registered": registered,
            "first_order": first,
            "days_to_first_order": (first - day).days if first else None,
            "observed": observed,
            "effective": soon if observed or soon else None,
            "before": any(one < day for one in days),
            "orders": len(of_inviter),
            "revenue": sum(map(net, of_inviter)),
        }

    def level(self, user: str) -> int:
        """Invitations from the top."""
        return 1 + self.level(self.edges[user][0]) if user in self.edges else 0

    def root(self, user: str) -> str:
        """Who stands at the top."""
        return self.root(self.edges[user][0]) if user in self.edges else user

    @property
    def leaders(self) -> dict[str, Row]:
        """Figures of every leader but money's cost."""
        ids = {edge[0] for edge in self.edges.values()}
        ids |= {row["leader_id"] for row in self.shop.leaders}
        ids |= {leader for leader, _ in (*self.owned, *self.owned_back)}
        return {leader: self._leader(leader) for leader in ids}

    def _leader(self, leader: str) -> Row:
        mine = [one for one in self.outcomes.values() if one["inviter_id"] == leader]
        brought = [row for one, row in self.owned if one == leader and row["user_id"] != leader]
        waits = [one["days_to_first_order"] for one in mine if one["first_order"]]
        return {
            "invited": len(mine),
            "registered": sum(one["is_registered"] for one in mine),
            "effective": sum(one["effective"] is True for one in mine),
            "observed": sum(one["observed"] for one in mine),
            "observed_effective": sum(one["observed"] and one["effective"] for one in mine),
            "orders": len(brought),
            "gmv": sum(map(net, brought)),
            "median_days_to_first_order": median(waits) if waits else None,
            "first_invite": min((one["invited"] for one in mine), default=None),
            "last_invite": max((one["invited"] for one in mine), default=None),
        }

    def paid(self, pay: Pay, *, with_back: bool = False) -> Counter[tuple[str, str]]:
        """What is paid for each leader's users."""
        rows = [(leader, row, net(row)) for leader, row in self.owned]
        if with_back:
            rows += [(leader, row, row["amount"]) for leader, row in self.owned_back]
        return pay.of(rows)


@dataclass
class Pay:
    """Commission: exported, or steps (start, rate, flat) in minor units."""

    steps: list[tuple[int, Fraction, int]] = field(default_factory=list)
    monthly: bool = False
    marginal: bool = False

    def of(self, rows: list[tuple[str, Row, int]]) -> Counter[tuple[str, str]]:
        earned: Counter[tuple[str, str]] = Counter()
        if not self.steps:
            for leader, row, _ in rows:
                earned[leader, row["user_id"]] += row.get("commission", 0)
            return earned
        rows = [one for one in rows if one[0] != one[1]["user_id"]]
        if not self.monthly:
            for leader, row, amount in rows:
                earned[leader, row["user_id"]] += self.earned(amount)
            return earned
        months: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for leader, row, amount in rows:
            months[leader, f"{row['paid_at']:%Y-%m}"][row["user_id"]] += amount
        for (leader, _), users in months.items():
            total, whole, run, given = self.earned(sum(users.values())), sum(users.values()), 0, 0
            for user in sorted(users):
                run += users[user]
                upto = run * total // whole if whole else 0
                earned[leader, user] += upto - given
                given = upto
        return earned

    def earned(self, amount: int) -> int:
        """What an amount earns, half up."""
        reached = [step for step in self.steps if amount >= step[0] and amount > 0]
        if not reached:
            return 0
        if not self.marginal:
            return _half_up(amount * reached[-1][1]) + reached[-1][2]
        ends = [step[0] for step in reached[1:]] + [amount]
        part = sum(
            (end - start) * rate for (start, rate, _), end in zip(reached, ends, strict=True)
        )
        return _half_up(Fraction(part)) + sum(flat for _, _, flat in reached)


def _half_up(part: Fraction) -> int:
    return math.floor(part + Fraction(1, 2))


def net(row: Row) -> int:
    """What an order came to."""
    return int(row["amount"] - row["refund_amount"])


def _is_back(row: Row) -> bool:
    return row["status"] == "refunded" or 0 < row["amount"] <= row["refund_amount"]


def poisson_beyond(count: int, mean: float) -> float:
    """The chance of so many or more."""
    return 1 - math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))


def binomial_beyond(hits: int, trials: int, share: float) -> float:
    """The chance of so many or more."""
    return math.fsum(
        math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
        for k in range(hits, trials + 1)
    )


def adjusted(chances: list[float]) -> list[float]:
    """Benjamini and Hochberg."""
    n, least, result = len(chances), 1.0, [0.0] * len(chances)
    for rank, at in sorted(
        enumerate(sorted(range(n), key=lambda one: chances[one]), 1), reverse=True
    ):
        least = min(least, chances[at] * n / rank)
        result[at] = least
    return result
