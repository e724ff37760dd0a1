"""Purchases of things that run out, what is read of them, and their chances from the definition alone."""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import polars as pl

from helpers.running import userops
from helpers.shops import FIRST_DAY, money

# Lists are made of what little there is.
FEW = {"categories": (), "due": ("--min-gaps", 1)}
HEADER = ("order_id", "user_id", "order_time", "amount", "category", "quantity", "status")


@dataclass(frozen=True)
class Item:
    """A line of an export; money in cents."""

    order_id: str
    user_id: str
    day: date
    amount: int
    category: str | None = "tins"
    quantity: int | None = 1
    status: str = "completed"


def items(random: Random, *, single: bool = False) -> list[Item]:
    """Line items with all that may occur: repeats, returns, blanks, cancelled orders."""
    found: list[Item] = []
    users = [f"u{number}" for number in range(random.choice([1, 6, 15]))]
    told = random.random() < 0.8  # quantities of tins
    categories = random.choice([["tins"], ["tins", "奶粉", "Zoo"], ["tins", "奶粉", None]])
    for number in range(random.randint(1, 120)):
        day = FIRST_DAY + timedelta(random.randrange(random.choice([1, 60, 300])))
        user, status = random.choice(users), random.choice(["completed"] * 9 + ["cancelled"])
        for _ in range(1 if single else random.choice([1, 1, 2, 3])):
            category = random.choice(categories)
            quantity = random.choice([1, 1, 2, 3, 12, None if not single else 1, 0])
            quantity = quantity if told or category != "tins" else None
            amount = random.randint(1, 10**6)
            one = Item(f"A{number}", user, day, amount, category, quantity, status)
            found.append(one)
            if not single and random.random() < 0.1:
                back = random.choice([amount, amount // 2 + 1])
                found.append(replace(one, amount=-back, quantity=1))
    return found


def write(path: Path, rows: list[Item]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow([*astuple(row)[:3], money(row.amount), *astuple(row)[4:]])
    return str(path)


def read(folder: Path, show: str, *options: object, said: str = "") -> pl.DataFrame:
    out = folder / f"{show}.parquet"
    ran = userops(
        "repurchase", "--show", show, "-o", out, "--config", folder / "lines.toml", *options
    )
    assert ran.code == 0, ran.err
    assert said in ran.err
    return pl.read_parquet(out)


def chances(rows: list[Item], as_of: date, within: int) -> dict[tuple[str, str], float]:
    """The chance of each user and category: waits one by one, from the definition alone."""
    days: dict[tuple[str, str], list[date]] = {}
    for row in rows:
        days.setdefault((row.user_id, row.category or ""), []).append(row.day)
    days = {pair: sorted(set(some)) for pair, some in days.items()}
    gaps = {pair: [(b - a).days for a, b in pairwise(some)] for pair, some in days.items()}
    kinds = sorted({category for _, category in days})
    centre, variances = {}, {}
    for kind in kinds:
        logs = [[math.log(gap) for gap in gaps[pair]] for pair in days if pair[1] == kind]
        centre[kind] = math.log(
            median(gap for pair in days if pair[1] == kind for gap in gaps[pair])
        )
        variances[kind] = components([some for some in logs if some])

    def expected(kind: str, earlier: list[int]) -> float:
        n, (s, v) = len(earlier), variances[kind]
        if not n:
            return math.exp(centre[kind])
        mean = sum(map(math.log, earlier)) / n
        weight = n * v / (n * v + s) if n * v + s else 0.0
        return math.exp(centre[kind] + weight * (mean - centre[kind]))

    edges = [0.0, *(round(2 ** (k / 3) * 1000) / 1000 for k in range(-9, 25))]

    def group(n: int) -> int:
        return sum(n >= least for least in (1, 2, 4, 8))

    events: Counter[tuple] = Counter()
    time: Counter[tuple] = Counter()
    for (user, kind), some in days.items():
        own = gaps[user, kind]
        for place, begun in enumerate(some):
            usual = expected(kind, own[:place])
            ended = place < len(own)
            length = (own[place] if ended else (as_of - begun).days) / usual
            for number, low in enumerate(edges):
                high = edges[number + 1] if number + 1 < len(edges) else math.inf
                for key in ((number,), (group(place), number), (kind, group(place), number)):
                    time[key] += max(min(length, high) - low, 0)
                    events[key] += ended and low < length <= high

    def drawn(key: tuple, to: float) -> float:
        return (events[key] + 10) / (time[key] + 10 / to) if to else 0.0

    everywhere: list[float] = []
    for number in range(len(edges)):
        before = everywhere[-1] if everywhere else 0.0
        raw = events[number,] / time[number,] if time[number,] else 0.0
        everywhere.append(drawn((number,), before) if before else raw)

    def passed(kind: str, n: int, length: float) -> float:
        total = 0.0
        for number, low in enumerate(edges):
            high = edges[number + 1] if number + 1 < len(edges) else math.inf
            rate = drawn((kind, group(n), number), drawn((group(n), number), everywhere[number]))
            total += rate * max(min(length, high) - low, 0)
        return total

    found = {}
    for (user, kind), some in days.items():
        usual, n = expected(kind, gaps[user, kind]), len(gaps[user, kind])
        silent = (as_of - some[-1]).days
        ahead = passed(kind, n, (silent + within) / usual) - passed(kind, n, silent / usual)
        found[user, kind] = 1 - math.exp(-ahead)
    return found


def components(groups: list[list[float]]) -> tuple[float, float]:
    """Variances within and between groups, by analysis of variance."""
    count, k = sum(map(len, groups)), len(groups)
    grand = sum(map(sum, groups)) / count
    means = [sum(one) / len(one) for one in groups]
    inside = sum(
        (value - mean) ** 2 for one, mean in zip(groups, means, strict=True) for value in one
    )
    among = sum(len(one) * (mean - grand) ** 2 for one, mean in zip(groups, means, strict=True))
    s = inside / (count - k)
    return s, max(
        0.0, (among - (k - 1) * s) / (count - sum(len(one) ** 2 for one in groups) / count)
    )
