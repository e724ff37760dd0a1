"""Attribution is what plain Python makes of the definitions, and what must hold for any data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.attribution_paths import Order, Touch, attributed, credit, shop
from userops.stats.bootstrap import times_drawn

MODELS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


def once(touches: Iterable[Touch]) -> list[Touch]:
    """Touches in order, one a channel and session."""
    by_user: dict[str, list[Touch]] = defaultdict(list)
    for touch in sorted(set(touches), key=lambda one: (one.user, one.time, one.channel)):
        by_user[touch.user].append(touch)
    kept = []
    for own in by_user.values():
        visit, seen = 0, set()
        for at, touch in enumerate(own):
            if at and touch.time - own[at - 1].time > timedelta(minutes=30):
                visit += 1
            key = (touch.session or visit, touch.channel)
            if key not in seen:
                seen.add(key)
                kept.append(touch)
    return kept


@dataclass
class Path:
    user: str
    channels: list[str]
    days: list[int]
    cents: list[int]  # of its orders; none where it was lost


def expected_paths(orders: list[Order], touches: list[Touch], lookback: int, which: str) -> tuple[list[Path], list[tuple[str, list[int]]]]:  # fmt: skip
    """All paths, and orders without a touch."""
    begun = min(touch.time.date() for touch in touches)
    found: dict[tuple[str, datetime | None, bool], Path] = {}
    last_touches: dict[tuple[str, datetime | None, bool], date] = {}
    instants: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for order in orders:
        instants[order.user, order.time].append(order.cents)
    first = {user: min(time for one, time in instants if one == user) for user, _ in instants}
    for touch in once(touches):
        later = [time for user, time in instants if user == touch.user and time >= touch.time]
        after = min(later, default=None)
        if which == "first" and touch.user in first and touch.time > first[touch.user]:
            continue
        days = (after.date() - touch.time.date()).days if after else 0
        leads = after is not None and days <= lookback
        cents = instants[touch.user, after] if after is not None and leads else []
        path = found.setdefault((touch.user, after, leads), Path(touch.user, [], [], cents))
        path.channels.append(touch.channel)
        path.days.append(days)
        day = touch.time.date()
        last_touches[touch.user, after, leads] = max(day, last_touches.get((touch.user, after, leads), day))  # fmt: skip
    conversions = {
        (user, time): cents
        for (user, time), cents in instants.items()
        if time.date() >= begun and (which == "all" or first[user] == time)
    }
    for path in found.values():
        if any(channel != "direct" for channel in path.channels):
            kept = [at for at, channel in enumerate(path.channels) if channel != "direct"]
            path.channels = [path.channels[at] for at in kept]
            path.days = [path.days[at] for at in kept]
    touched = {(user, time) for user, time, leads in found if leads and time is not None}
    # A path is lost when its last touch's lookback is over.
    as_of = max(order.time.date() for order in orders)
    found = {
        key: path
        for key, path in found.items()
        if path.cents or last_touches[key] + timedelta(lookback) <= as_of
    }
    alone = [(user, cents) for (user, time), cents in conversions.items() if (user, time) not in touched]  # fmt: skip
    return [*found.values()], alone


def weights(path: Path, model: str) -> dict[str, float]:
    """What a path gives to its channels."""
    length, given = len(path.channels), defaultdict(float)
    for at, (channel, days) in enumerate(zip(path.channels, path.days, strict=True)):
        given[channel] += {
            "first": float(at == 0),
            "last": float(at == length - 1),
            "linear": 1 / length,
            "position": 1 / length if length <= 2 else 0.4 if at in (0, length - 1) else 0.2 / (length - 2),
            "time_decay": 2 ** (-days / 7) / sum(2 ** (-one / 7) for one in path.days),
            "shapley": 1 / len(set(path.channels)) / path.channels.count(channel),
        }[model]  # fmt: skip
    return given


def markov_shares(found: list[tuple[Path, int]], channels: list[str]) -> dict[str, float]:
    """Removal effects by following each state's chances until nothing moves."""
    steps: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for path, times in found:
        merged = [one for at, one in enumerate(path.channels) if not at or path.channels[at - 1] != one]  # fmt: skip
        states = ["start", *merged, "sold" if path.cents else "lost"]
        for one, other in pairwise(states):
            steps[one][other] += times * max(len(path.cents), 1)

    def succeeds(without: str | None) -> float:
        chance = dict.fromkeys(channels, 0.0) | {"sold": 1.0, "lost": 0.0}
        for _ in range(400):
            for state in channels:
                whole = sum(steps[state].values())
                if state != without and whole:
                    chance[state] = sum(chance[to] * n for to, n in steps[state].items()) / whole
        return sum(chance[to] * n for to, n in steps["start"].items()) / max(sum(steps["start"].values()), 1)  # fmt: skip

    whole = succeeds(None)
    effects = {channel: 1 - succeeds(channel) / whole if whole else 0 for channel in channels}
    total = sum(effects.values())
    return {channel: effects[channel] / total if total else 0 for channel in channels}


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["all", "first"]), st.sampled_from([0, 7, 30]))
def test_attribution_is_what_plain_python_says(seed: int, which: str, lookback: int) -> None:
    orders, touches = shop(Random(seed))
    result = attributed(orders, touches, conversion=which, lookback=lookback)
    as_of = max(order.time.date() for order in orders)
    touches = [touch for touch in touches if touch.time.date() <= as_of]
    if not touches:
        return
    found, money, shares = (credit(result, name) for name in ("conversions", "revenue", "share"))
    every, alone = expected_paths(orders, touches, lookback, which)
    sold = [path for path in every if path.cents]
    channels = sorted({touch.channel for touch in touches})
    count = sum(len(path.cents) for path in sold) + sum(len(cents) for _, cents in alone)
    total = sum(sum(path.cents) for path in sold)
    of_markov = markov_shares([(path, 1) for path in every], channels)
    for model in MODELS:
        given_orders, given_cents = dict.fromkeys(channels, 0.0), dict.fromkeys(channels, 0.0)
        for path in sold:
            if model == "markov":
                continue
            for channel, part in weights(path, model).items():
                given_orders[channel] += part * len(path.cents)
                given_cents[channel] += part * sum(path.cents)
        if model == "markov":
            orders_sold = sum(len(path.cents) for path in sold)
            given_orders = {one: of_markov[one] * orders_sold for one in channels}
            given_cents = {one: of_markov[one] * total for one in channels}
        for channel in channels:
            assert found[model][channel] == pytest.approx(given_orders[channel], abs=1e-6)
            assert abs(money[model][channel] - given_cents[channel]) <= 1 + 1e-3
            if count:
                assert shares[model][channel] == pytest.approx(given_orders[channel] / count, abs=1e-6)  # fmt: skip
        assert found[model]["(no touch)"] == sum(len(cents) for _, cents in alone)
        # To the cent, whatever the model.
        everything = total + sum(sum(cents) for _, cents in alone)
        assert sum(money[model].values()) == everything
    texts = defaultdict(int)
    for path in every:
        merged = [one for at, one in enumerate(path.channels) if not at or path.channels[at - 1] != one]  # fmt: skip
        texts[" > ".join(merged)] += len(path.cents)
    table = {row["path"]: row["conversions"] for row in result["paths"].frame.iter_rows(named=True)}
    assert {path: n for path, n in table.items() if path != "(no touch)"} == texts
    assert table.get("(no touch)", 0) == found["last"]["(no touch)"]


def test_intervals_are_percentiles_over_resampled_users() -> None:
    orders, touches = shop(Random(5))
    as_of = max(order.time.date() for order in orders)
    touches = [touch for touch in touches if touch.time.date() <= as_of]
    every, alone = expected_paths(orders, touches, 30, "all")
    users = sorted({path.user for path in every} | {user for user, _ in alone})
    drawn = times_drawn(len(users), 200, "channels")
    channels = sorted({touch.channel for touch in touches})
    shares: dict[str, list[list[float]]] = {"linear": [], "markov": []}
    for times in drawn:
        often = dict(zip(users, times.tolist(), strict=True))
        untouched = sum(often[user] * len(cents) for user, cents in alone)
        touched = sum(often[path.user] * len(path.cents) for path in every)
        if not touched + untouched:
            continue
        linear = dict.fromkeys(channels, 0.0)
        for path in every:
            for channel, part in weights(path, "linear").items():
                linear[channel] += part * len(path.cents) * often[path.user]
        counted = [(path, often[path.user]) for path in every if often[path.user]]
        chain = markov_shares(counted, channels)
        shares["linear"].append([linear[one] / (touched + untouched) for one in channels])
        shares["markov"].append([chain[one] * touched / (touched + untouched) for one in channels])
    result = attributed(orders, touches)
    for model, resampled in shares.items():
        for place, name in ((2.5, "share_low"), (97.5, "share_high")):
            expected = np.percentile(np.array(resampled), place, axis=0)
            found = credit(result, name)[model]
            assert [found[one] for one in channels] == pytest.approx(expected.tolist(), abs=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_rows_order_never_matters(seed: int) -> None:
    random = Random(seed)
    orders, touches = shop(random)
    before = attributed(orders, touches)
    random.shuffle(orders)
    random.shuffle(touches)
    after = attributed(orders, touches)
    for name in ("attribution", "paths"):
        assert before[name].frame.equals(after[name].frame)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_an_earlier_day_is_cutting_the_files(seed: int) -> None:
    orders, touches = shop(Random(seed))
    day = sorted(one.time for one in orders)[len(orders) // 2].date()
    cut_orders = [one for one in orders if one.time.date() <= day]
    cut_touches = [one for one in touches if one.time.date() <= day]
    if not cut_touches:
        return
    then = attributed(orders, touches, as_of=str(day))
    cut = attributed(cut_orders, cut_touches, as_of=str(day))
    for name in ("attribution", "paths"):
        assert then[name].frame.equals(cut[name].frame)
