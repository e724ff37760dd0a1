"""`userops channels`, attribution and paths: published results, plain Python on random data, properties."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from userops import api
from userops.core.table import Result
from userops.inputs import RunInputs
from userops.stats.bootstrap import times_drawn

START = datetime(2025, 1, 1)
MODELS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")
ORDER_SCHEMA = {"user_id": pl.String, "order_id": pl.String, "order_time": pl.String, "amount": pl.String}  # fmt: skip
TOUCH_SCHEMA = {"user_id": pl.String, "touch_time": pl.String, "channel": pl.String, "session_id": pl.String}  # fmt: skip


@dataclass(frozen=True)
class Order:
    user: str
    time: datetime
    cents: int


@dataclass(frozen=True)
class Touch:
    user: str
    time: datetime
    channel: str
    session: str | None = None


def attributed(orders: Sequence[Order], touches: Sequence[Touch], **options: object) -> Result:
    order_rows = [
        (one.user, f"n{number}", str(one.time), f"{one.cents // 100}.{one.cents % 100:02}")
        for number, one in enumerate(orders)
    ]
    touch_rows = [(one.user, str(one.time), one.channel, one.session) for one in touches]
    return api.channels(
        pl.DataFrame(order_rows, ORDER_SCHEMA, orient="row"),
        touches=pl.DataFrame(touch_rows, TOUCH_SCHEMA, orient="row"),
        **options,
    )


def credit(result: Result, column: str = "conversions") -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in result["attribution"].frame.iter_rows(named=True):
        found[row["model"]][row["channel"]] = row[column]
    return found


def paths(*told: tuple[str, int, bool]) -> tuple[list[Order], list[Touch]]:
    """Users with a path each, a letter a channel a day; sold or lost."""
    orders, touches, number = [], [], 0
    for channels, users, sold in told:
        for _ in range(users):
            number += 1
            user = f"u{number}"
            touches += [
                Touch(user, START + timedelta(days=at), channel)
                for at, channel in enumerate(channels)
            ]
            if sold:
                orders.append(Order(user, START + timedelta(days=9), 1000))
    return orders, touches


def test_the_sections_first_example() -> None:
    found = credit(attributed(*paths(("a", 2, True), ("bc", 1, True), ("cab", 5, True))))
    expected = {
        "first": (2, 1, 5),
        "last": (2, 5, 1),
        "linear": (11 / 3, 13 / 6, 13 / 6),
        "position": (3, 2.5, 2.5),
        "shapley": (11 / 3, 13 / 6, 13 / 6),
    }
    for model, values in expected.items():
        assert [found[model][channel] for channel in "abc"] == pytest.approx(values)
        assert found[model]["(no touch)"] == 0


def test_markov_with_paths_that_were_lost() -> None:
    later = {"as_of": "2025-03-01"}  # when no path is open
    found = credit(attributed(*paths(("g", 2, True), ("m", 1, True), ("gm", 1, True), ("g", 1, False)), **later))  # fmt: skip
    assert [found["markov"][channel] for channel in "gm"] == pytest.approx([2.4, 1.6])
    found = credit(attributed(*paths(("ABC", 1, True), ("A", 1, False), ("BC", 1, False)), **later))
    assert [found["markov"][channel] for channel in "ABC"] == pytest.approx([0.2, 0.4, 0.4])


def test_time_decay_halves_in_a_half_life() -> None:
    touches = [Touch("u", START + timedelta(days=7 * week), f"c{week}") for week in range(3)]
    orders = [Order("u", START + timedelta(days=14), 700)]
    result = attributed(orders, touches)
    found = credit(result)["time_decay"]
    assert [found[f"c{week}"] for week in range(3)] == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert [credit(result, "revenue")["time_decay"][f"c{week}"] for week in range(3)] == [100, 200, 400]  # fmt: skip


def test_a_touch_belongs_to_the_next_order_alone_and_direct_only_where_alone() -> None:
    day = timedelta(days=1)
    orders = [Order("u", START + 5 * day, 100), Order("u", START + 9 * day, 200), Order("v", START + 9 * day, 400)]  # fmt: skip
    touches = [
        Touch("u", START + day, "ad"),
        Touch("u", START + 2 * day, "direct"),
        Touch("v", START + day, "Direct"),
    ]
    found = credit(attributed(orders, touches, models=["linear"]), "revenue")["linear"]
    assert found == {"Direct": 400, "ad": 100, "direct": 0, "(no touch)": 200}


def test_lookback_counts_whole_days() -> None:
    orders = [Order("u", START + timedelta(days=30, hours=20), 100)]
    near = attributed(orders, [Touch("u", START + timedelta(hours=1), "ad")])
    assert credit(near)["last"]["ad"] == 1
    far = attributed(orders, [Touch("u", START + timedelta(hours=1), "ad")], lookback=29)
    assert credit(far)["last"] == {"ad": 0, "(no touch)": 1}


def test_touches_of_one_channel_in_one_session_are_one() -> None:
    minute = timedelta(minutes=1)
    order = [Order("u", START + timedelta(days=1), 100)]
    told = [Touch("u", START + at * minute, channel, "s") for at, channel in enumerate("abaab")]
    assert credit(attributed(order, told))["linear"] == {"a": 0.5, "b": 0.5, "(no touch)": 0}
    # Without an id, silence ends a session.
    untold = [Touch("u", START + at * minute, "a") for at in (0, 20, 40)]
    untold.append(Touch("u", START + 41 * minute, "b"))
    untold.append(Touch("u", START + 90 * minute, "a"))
    found = credit(attributed(order, untold))["linear"]
    assert found == {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3), "(no touch)": 0}


def test_orders_of_days_come_after_their_days_touches() -> None:
    orders = pl.DataFrame({"user_id": ["u"], "order_id": ["1"], "order_time": ["2025-01-03"], "amount": ["1.00"]})  # fmt: skip
    touches = pl.DataFrame({"user_id": ["u"], "touch_time": ["2025-01-03 15:00:00"], "channel": ["ad"]})  # fmt: skip
    assert credit(api.channels(orders, touches=touches))["last"]["ad"] == 1


def test_orders_from_before_touches_are_known_are_left_out_and_said() -> None:
    orders = [Order("u", START, 100), Order("v", START + timedelta(days=9), 200)]
    result = attributed(orders, [Touch("v", START + timedelta(days=8), "ad")])
    assert credit(result)["last"] == {"ad": 1, "(no touch)": 0}
    notes = result["attribution"].notes
    assert "1 order is from before touches are known (2025-01-09): left out" in notes
    assert any(note.startswith("credit says which channels came before") for note in notes)


# The same in plain Python, from the definitions alone.


def shop(random: Random) -> tuple[list[Order], list[Touch]]:
    """Orders and touches with all that may occur: instants twice, sessions, direct, nobody."""
    users = [f"u{number}" for number in range(random.choice([1, 3, 12]))]
    channels = random.choice([["ad"], ["ad", "direct"], ["ad", "mail", "搜索", "direct", "zoo"]])
    hours = random.choice([24, 24 * 40, 24 * 90])

    def moment() -> datetime:
        minutes = random.choice([60, 20, 1]) * random.randrange(hours)
        return START + timedelta(minutes=minutes, seconds=7)

    orders = [Order(random.choice(users), moment(), random.randrange(10**5)) for _ in range(random.randrange(1, 40))]  # fmt: skip
    touches = [
        Touch(random.choice(users), moment(), random.choice(channels), random.choice([None, "s1", "s2"]))
        for _ in range(random.randrange(1, 120))
    ]  # fmt: skip
    if random.random() < 0.5:
        touches += random.choices(touches, k=5)
        touches.append(Touch(orders[0].user, orders[0].time, channels[0]))
    return orders, touches


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


def test_events_with_a_channel_are_touches() -> None:
    orders, touches = shop(Random(11))
    rows = [(one.user, str(one.time), "visit", one.channel, one.session) for one in touches]
    events = pl.DataFrame(rows, ["user_id", "event_time", "event", "channel", "session_id"], orient="row")  # fmt: skip
    order_rows = [(one.user, f"n{number}", str(one.time), f"{one.cents / 100:.2f}") for number, one in enumerate(orders)]  # fmt: skip
    exported = pl.DataFrame(order_rows, ORDER_SCHEMA, orient="row")
    by_events = api.channels(exported, events=events)
    assert by_events["attribution"].frame.equals(attributed(orders, touches)["attribution"].frame)


def test_where_models_agree_it_is_said() -> None:
    alike = attributed(*paths(("a", 20, True), ("b", 20, True)))
    note = "all models' intervals overlap: which one is chosen makes no difference here"
    assert note in alike["attribution"].notes
    apart = attributed(*paths(("ab", 40, True)))
    assert "models differ by more than chance for: a, b" in apart["attribution"].notes


def test_many_channels_are_one_beyond_the_hundred_most_frequent() -> None:
    touches = [Touch("u", START + timedelta(minutes=at), f"c{at:03}") for at in range(150)]
    touches += [Touch("v", START + timedelta(days=at), "big") for at in range(3)]
    result = attributed([Order("u", START + timedelta(days=5), 100)], touches, models=["linear"])
    found = credit(result)["linear"]
    assert set(found) == {"big", "(other)", "(no touch)"}
    assert math.isclose(found["(other)"], 1)


def test_channels_that_are_one_cost_what_they_cost_together() -> None:
    touches = [Touch("u", START + timedelta(minutes=n), f"c{n}") for n in range(120)]
    touches += [Touch("v", START + timedelta(days=n), "big") for n in range(3)]
    days = [str((START + timedelta(days=n)).date()) for n in range(6)]
    costs = pl.DataFrame(
        [(day, channel, "1.00") for day in days for channel in ("c1", "c2", "big", "radio")],
        {"day": pl.String, "channel": pl.String, "cost": pl.String},
        orient="row",
    )
    orders = [Order("u", START + timedelta(days=5), 100)]
    found = credit(attributed(orders, touches, models=["linear"], costs=costs), "cost")["linear"]
    assert found == {"big": 600, "(other)": 1200, "radio": 600, "(no touch)": None}


def test_a_path_is_lost_when_its_last_lookback_is_over() -> None:
    touches = [Touch("u", START, "ad"), Touch("v", START + timedelta(days=2), "ad")]
    orders = [Order("w", START + timedelta(days=11), 100)]
    for as_of, lost in (("2025-01-12", 1), ("2025-01-13", 2)):
        result = attributed(orders, touches, lookback=10, as_of=as_of)
        rows = {row["path"]: row["lost_paths"] for row in result["paths"].frame.to_dicts()}
        assert rows["ad"] == lost
        is_open = any(note.startswith("1 path whose last touch") for note in result["paths"].notes)
        assert is_open == (lost == 1)


@pytest.mark.parametrize("odd", ["", " wechat ", "'wechat", "null"])
def test_touches_straight_from_the_file_are_those_of_the_rules(
    odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(7)
    orders = [
        Order(f"u{dice.randrange(20):03d}", START + timedelta(hours=dice.randrange(2000)), 100)
        for _ in range(80)
    ]
    touches = [
        Touch(
            f"u{dice.randrange(30):03d}",
            START + timedelta(minutes=dice.randrange(90_000)),
            dice.choice(["wechat", "sms", "search"]),
            dice.choice([None, "s1", "s2"]),
        )
        for _ in range(300)
    ]
    if odd:
        touches.append(Touch("u001", START + timedelta(days=9), odd))
    read, asked = [], RunInputs.columns
    monkeypatch.setattr(RunInputs, "columns", lambda *given: read.append(asked(*given)) or read[-1])
    straight = attributed(orders, touches)
    assert read[0] is not None
    monkeypatch.setattr(RunInputs, "columns", lambda *_: None)
    by_rules = attributed(orders, touches)
    for table in ("attribution", "paths"):
        assert straight[table].frame.equals(by_rules[table].frame)
