"""`userops channels`, attribution and paths: published results, plain Python on random data, properties."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import polars as pl
import pytest

from analyses.attribution_paths import (
    ORDER_SCHEMA,
    START,
    Order,
    Touch,
    attributed,
    credit,
    paths,
    shop,
)
from userops import api
from userops.inputs import RunInputs

MODELS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


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
