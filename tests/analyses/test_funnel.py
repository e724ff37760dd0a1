from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from analyses.test_activity import last_day
from helpers.clicks import FIRST, NAMES, SHAPES, Shape, rows, sql, until, write
from helpers.running import SAMPLES, userops
from helpers.ways import carefully
from userops.stats.intervals import wilson

STEPS = ("browse", "click", "cart", "pay")
WIDE = [Shape(users=40, rows=1200, days=100), Shape(users=8, rows=600, days=50), *SHAPES[5:9]]


def asked(path: Path, *options: object) -> list[dict[str, str]]:
    ran = userops("funnel", path, *options, "-f", "csv", "-q")
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.text)))


def chain(steps: tuple[str, ...], as_of: str, window: int) -> str:
    """Each entrant's time of each step, from the definition alone."""
    parts = [f"s0 as (select user_id, min(t) as t0 from cut where event = '{steps[0]}' group by 1)"]
    for at, step in enumerate(steps[1:], start=1):
        # A step of the same event as an earlier one needs a later one.
        same = [before for before in range(at) if steps[before] == step]
        later = f"and c.t > s.t{same[-1]}" if same else ""
        parts.append(
            f"""s{at} as (select s.*, (select min(c.t) from cut c where c.user_id = s.user_id
            and c.event = '{step}' and c.t >= s.t{at - 1} {later}
            and c.d - s.t0::date <= {window}) as t{at} from s{at - 1} s)"""
        )
    return f"with cut as (select * from events where d <= date '{as_of}'), " + ", ".join(parts)


def reached(
    path: Path, steps: tuple[str, ...], as_of: str, window: int
) -> list[tuple[object, ...]]:
    return sql(
        path, f"{chain(steps, as_of, window)} select * from s{len(steps) - 1} order by user_id"
    )


@pytest.mark.parametrize("shape", WIDE, ids=str)
@pytest.mark.parametrize("window", [0, 7, 30])
def test_steps_and_users_are_what_sql_says(shape: Shape, window: int, tmp_path: Path) -> None:
    events = rows(shape)
    if not any(row["event"] == "browse" for row in events):
        return
    present = {row["event"] for row in events}
    steps = tuple(step for step in STEPS if step in present)
    if len(steps) < 2:
        return
    path, as_of = write(tmp_path / "events.csv", events), last_day(events)
    asking = ("--steps", ",".join(steps), "--window", window)
    everyone = reached(path, steps, as_of, window)
    limit = datetime.fromisoformat(as_of).date() - timedelta(days=window)
    whole = [row for row in everyone if row[1].date() <= limit]
    counts = [sum(row[1 + at] is not None for row in whole) for at in range(len(steps))]
    for at, row in enumerate(asked(path, *asking)):
        assert row["step"] == steps[at]
        assert int(row["users"]) == counts[at]
        if at and counts[at - 1]:
            assert float(row["from_previous"]) == counts[at] / counts[at - 1]
            low, high = wilson(counts[at], counts[at - 1])
            assert (float(row["previous_low"]), float(row["previous_high"])) == (low, high)
        else:
            assert row["from_previous"] == ""
        if counts[0]:
            assert float(row["from_first"]) == counts[at] / counts[0]
            assert float(row["low"]) <= counts[at] / counts[0] <= float(row["high"])
        hours = sorted(
            (row[1 + at] - row[at]).total_seconds() / 3600 for row in whole if at and row[1 + at]
        )
        if hours:
            middle = (hours[(len(hours) - 1) // 2] + hours[len(hours) // 2]) / 2
            assert float(row["median_hours"]) == pytest.approx(middle)
    shown = asked(path, *asking, "--show", "users")
    assert [row["user_id"] for row in shown] == [row[0] for row in everyone]
    for mine, (_, *times) in zip(shown, everyone, strict=True):
        last = max(at for at, time in enumerate(times) if time is not None)
        assert mine["furthest_step"] == steps[last]
        assert mine["reached_at"] == f"{times[last]:%Y-%m-%d}"
        stuck = (datetime.fromisoformat(as_of).date() - times[last].date()).days
        assert mine["stuck_days"] == ("" if last == len(steps) - 1 else str(stuck))


@pytest.mark.parametrize("shape", WIDE[:2], ids=str)
def test_reorder_is_a_later_payment(shape: Shape, tmp_path: Path) -> None:
    events = rows(shape, 3)
    path, as_of = write(tmp_path / "events.csv", events), last_day(events)
    shown = asked(path, "--steps", "browse,pay,reorder", "--window", 30)
    everyone = reached(path, ("browse", "pay", "pay"), as_of, 30)
    limit = datetime.fromisoformat(as_of).date() - timedelta(days=30)
    whole = [row for row in everyone if row[1].date() <= limit]
    assert [int(row["users"]) for row in shown] == [
        sum(row[1 + at] is not None for row in whole) for at in range(3)
    ]


@pytest.mark.parametrize("table", ["steps", "users", "groups", "conversion"])
@pytest.mark.parametrize("shape", WIDE[:2], ids=str)
def test_an_earlier_as_of_is_what_the_cut_export_says(
    shape: Shape, table: str, tmp_path: Path
) -> None:
    events, day = rows(shape), f"{FIRST + timedelta(days=40):%Y-%m-%d}"
    cut = until(events, day)
    whole, part = write(tmp_path / "a.csv", events), write(tmp_path / "b.csv", cut)
    asking = ("--steps", "register,browse,cart,pay", "--show", table, "--as-of", day)
    assert asked(whole, *asking) == asked(part, *asking)
    with carefully():
        assert asked(whole, *asking) == asked(part, *asking)


@pytest.mark.parametrize("shape", WIDE[:2], ids=str)
def test_groups_sum_to_the_platform_and_differ_from_it_by_points(
    shape: Shape, tmp_path: Path
) -> None:
    path = write(tmp_path / "events.csv", rows(shape))
    asking = ("--steps", "browse,cart,pay", "--window", 14)
    steps, groups = asked(path, *asking), asked(path, *asking, "--show", "groups")
    for step in steps[1:]:
        mine = [row for row in groups if row["step"] == step["step"]]
        assert sum(int(row["users"]) for row in mine) == int(step["users"])
        for row in mine:
            assert float(row["platform"]) == pytest.approx(float(step["from_first"]))
            points = 100 * (float(row["from_first"]) - float(step["from_first"]))
            assert float(row["points"]) == pytest.approx(points, abs=1e-9)
            assert float(row["points_low"]) <= points + 1e-9
            assert float(row["points_high"]) >= points - 1e-9
    shown = asked(path, *asking, "--within", 7, "--show", "conversion")
    as_of = sql(path, "select max(d)::varchar from events")[0][0]
    query = f"""with e as (select user_id, min(t) as t, arg_min(coalesce(channel, ''), (t, coalesce(channel, '~'))) as g
          from events where event = 'browse' group by 1),
        ready as (select * from e where t::date + 7 <= date '{as_of}')
        select g, count(*), count(*) filter (exists (from events c where c.user_id = r.user_id
          and c.event = 'pay' and c.t >= r.t and c.d - r.t::date <= 7)) from ready r group by 1"""
    expected = {(name or ""): (users, converted) for name, users, converted in sql(path, query)}
    assert {
        row["group"]: (int(row["new_users"]), int(row["converted_users"])) for row in shown
    } == expected


def test_orders_and_users_exports_serve_as_steps(tmp_path: Path) -> None:
    random = Random(5)
    users, orders, events = [], [], []
    for number in range(60):
        start = FIRST + timedelta(days=random.randrange(40), hours=9)
        user = f"u{number:02d}"
        users.append({"user_id": user, "registered_at": start, "channel": "ab"[number % 2]})
        if number % 3:
            events.append(
                {"user_id": user, "event_time": start + timedelta(hours=1), "event": "browse"}
            )
        for order in range(number % 4):
            paid = start + timedelta(days=1 + 5 * order)
            orders.append(
                {"order_id": f"{number}-{order}", "user_id": user, "paid_at": paid, "amount": 10}
            )
    events.append({"user_id": "u00", "event_time": FIRST, "event": "share"})
    orders.append(
        {"order_id": "last", "user_id": "x", "paid_at": FIRST + timedelta(days=120), "amount": 1}
    )
    orders.append({"order_id": "first", "user_id": "y", "paid_at": FIRST, "amount": 1})
    files = [write(tmp_path / f"{name}.csv", made) for name, made in
             (("events", events), ("orders", orders), ("users", users))]  # fmt: skip
    beside = ("--orders", files[1], "--users", files[2])
    shown = asked(files[0], *beside, "--steps", "register,browse,order,pay,reorder")
    browsed = [number for number in range(60) if number % 3]
    assert [int(row["users"]) for row in shown] == [
        60,
        len(browsed),
        sum(number % 4 >= 1 for number in browsed),
        sum(number % 4 >= 1 for number in browsed),
        sum(number % 4 >= 2 for number in browsed),
    ]
    groups = asked(
        files[0], *beside, "--steps", "register,order", "--show", "conversion", "--convert", "order"
    )
    assert {row["group"]: int(row["new_users"]) for row in groups} == {"a": 30, "b": 30}


def test_a_step_that_nothing_is_called_is_an_error_that_lists_what_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "events.csv", rows(SHAPES[0]))
    ran = userops("funnel", path, "--steps", "browse,teleport")
    assert ran.code == 2
    assert "teleport" in ran.err
    assert all(name in ran.err for name in NAMES)


def events(path: Path, *made: tuple[str, str, str]) -> Path:
    """An export of `user, time, event`."""
    names = ("user_id", "event_time", "event")
    return write(path, [dict(zip(names, row, strict=True)) for row in made])


def ordered(path: Path, *made: tuple[str, str]) -> Path:
    """An export of orders of `user, time`."""
    return write(
        path,
        [
            {"order_id": number, "user_id": user, "order_time": time, "amount": 10}
            for number, (user, time) in enumerate(made)
        ],
    )


class TestConversion:
    ASKING = ("--steps", "browse,pay,reorder", "--show", "conversion", "--convert")

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return events(
            tmp_path / "e.csv",
            ("u1", "2025-01-01 10:00:00", "view"),
            ("u1", "2025-01-02 10:00:00", "purchase"),
            ("u2", "2025-01-01 10:00:00", "view"),
            ("u2", "2025-01-02 10:00:00", "purchase"),
            ("u2", "2025-01-03 10:00:00", "purchase"),
            ("u3", "2025-02-20 10:00:00", "view"),
        )

    def test_a_first_payment_is_no_reorder(self, path: Path) -> None:
        (row,) = asked(path, *self.ASKING, "reorder")
        assert (row["new_users"], row["converted_users"]) == ("2", "1")
        (row,) = asked(path, *self.ASKING, "pay")
        assert (row["new_users"], row["converted_users"]) == ("2", "2")

    @pytest.mark.parametrize("step", ["nope", "browse", "cart"])
    @pytest.mark.parametrize("show", ["conversion", "steps"])
    def test_a_step_that_the_path_hasnt_is_refused(self, path: Path, step: str, show: str) -> None:
        ran = userops("funnel", path, *self.ASKING, step, "--show", show)
        assert ran.code == 2
        assert f"--convert {step}" in ran.err
        assert "pay, reorder" in ran.err

    def test_the_last_step_stands_in_for_a_missing_pay(self, path: Path) -> None:
        asking = ("--steps", "view,purchase", "--show", "conversion")
        assert asked(path, *asking)[0]["converted_users"] == "2"
        assert "converted by purchase, the last step" in userops("funnel", path, *asking).err


@pytest.mark.parametrize("table", ["steps", "users", "groups", "conversion"])
@pytest.mark.parametrize("asking", [(), ("--steps", "browse,pay,reorder")], ids=str)
def test_nothing_before_as_of_gives_empty_tables(
    table: str, asking: tuple[str, ...], tmp_path: Path
) -> None:
    path = write(tmp_path / "events.csv", rows(SHAPES[0]))
    shown = asked(path, *asking, "--show", table, "--as-of", "2020-01-01")
    assert [row["users"] for row in shown] == ["0"] * len(shown)
    assert bool(shown) == (table == "steps")


class TestWholeDays:
    EVENTS = (
        ("u1", "2025-01-01 10:00:00", "view"),
        ("u1", "2025-01-01 16:00:00", "cart"),
        ("u9", "2025-03-01 10:00:00", "view"),
    )

    def test_orders_with_dates_alone_have_no_hours(self, tmp_path: Path) -> None:
        seen = events(tmp_path / "e.csv", *self.EVENTS)
        days = ("2025-01-01", "2025-01-01", "2025-01-02", "2025-03-01")
        bought = ordered(tmp_path / "o.csv", *(("u1", day) for day in days))
        ran = userops(
            "funnel", seen, "--orders", bought, "--steps", "browse,cart,order,reorder", "-f", "csv"
        )
        shown = list(csv.DictReader(io.StringIO(ran.text)))
        assert [row["users"] for row in shown] == ["1", "1", "1", "1"]
        assert [row["median_hours"] for row in shown] == ["", "6.0", "", ""]
        assert "the orders have dates without a time" in ran.err

    def test_orders_with_times_do(self, tmp_path: Path) -> None:
        seen = events(tmp_path / "e.csv", *self.EVENTS)
        times = ("2025-01-01 18:00:00", "2025-03-01 09:30:00")
        bought = ordered(tmp_path / "o.csv", *(("u1", time) for time in times))
        ran = userops("funnel", seen, "--orders", bought, "--steps", "browse,order", "-f", "csv")
        assert [row["median_hours"] for row in csv.DictReader(io.StringIO(ran.text))] == ["", "8.0"]
        assert "without a time" not in ran.err

    def test_nor_have_events_and_registrations(self, tmp_path: Path) -> None:
        seen = events(
            tmp_path / "e.csv", *((user, day[:10], event) for user, day, event in self.EVENTS)
        )
        users = write(tmp_path / "u.csv", [{"user_id": "u1", "registered_at": "2025-01-01"}])
        ran = userops(
            "funnel", seen, "--users", users, "--steps", "register,browse,cart", "-f", "csv"
        )
        shown = list(csv.DictReader(io.StringIO(ran.text)))
        assert [row["users"] for row in shown] == ["1", "1", "1"]
        assert {row["median_hours"] for row in shown} == {""}
        assert "the events have dates without a time" in ran.err
        assert "registrations have dates without a time" in ran.err


def test_rates_of_groups_have_their_denominators(tmp_path: Path) -> None:
    path = write(tmp_path / "events.csv", rows(WIDE[0]))
    asking = ("--steps", "browse,cart,pay", "--window", 14)
    entrants = int(asked(path, *asking)[0]["users"])
    shown = asked(path, *asking, "--show", "groups")
    for step in ("cart", "pay"):
        mine = [row for row in shown if row["step"] == step]
        assert sum(int(row["entrants"]) for row in mine) == entrants
        for row in mine:
            assert float(row["from_first"]) == int(row["users"]) / int(row["entrants"])
            assert int(row["platform_entrants"]) == entrants
            assert float(row["platform"]) == int(row["platform_users"]) / entrants


def test_the_samples_golden_path() -> None:
    shown = asked(SAMPLES / "shop" / "events.csv")
    assert [row["step"] for row in shown] == [
        "register", "browse", "click", "cart", "order", "pay", "reorder",
    ]  # fmt: skip
    users = [int(row["users"]) for row in shown]
    assert users == sorted(users, reverse=True)
