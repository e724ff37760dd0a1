"""`userops channels`, summary and cohorts: the definition's example, plain Python on random data."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from userops import api
from userops.core.errors import UsageError
from userops.core.table import Result
from userops.stats.intervals import wilson

SHOP = SAMPLES / "shop"
DEMO = {name: str(SHOP / f"{name}.csv") for name in ("users", "events", "costs")}
START = datetime(2025, 1, 1, 0, 0, 7)
DAY = timedelta(days=1)


@dataclass
class Shop:
    """What a random shop's exports hold; money in cents."""

    users: dict[str, tuple[datetime | None, str | None]] = field(default_factory=dict)
    orders: list[tuple[str, datetime, int, str | None]] = field(default_factory=list)
    events: list[tuple[str, datetime]] = field(default_factory=list)
    costs: list[tuple[str, str, int]] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int) -> Shop:
        random, shop = Random(seed), cls()
        channels = ["ad", "mail", "搜索", None]
        days = random.choice([20, 100])

        def moment() -> datetime:
            return START + timedelta(hours=random.randrange(24 * days))

        for number in range(random.choice([3, 25])):
            channel = random.choice(channels)
            shop.users[f"u{number}"] = random.choice([moment(), moment(), None]), channel
        names = [*shop.users, "guest1", "guest2"]
        for _ in range(random.randrange(1, 60)):
            shop.orders.append((random.choice(names), moment(), random.randrange(10**5), random.choice(channels)))  # fmt: skip
        shop.events = [(random.choice(names), moment()) for _ in range(random.randrange(1, 150))]
        for month in range(random.randrange(1, 5)):
            for channel in random.sample(["ad", "mail", "other"], 2):
                shop.costs.append((channel, f"2025-0{month + 1}", random.randrange(10**6)))
        return shop

    def until(self, day: date) -> Shop:
        """The same exports, cut at a day."""
        return Shop(
            {user: known for user, known in self.users.items() if known[0] is None or known[0].date() <= day},
            [one for one in self.orders if one[1].date() <= day],
            [one for one in self.events if one[1].date() <= day],
            self.costs,
        )  # fmt: skip

    @property
    def last(self) -> date:
        return max(time.date() for _, time, _, _ in self.orders)

    def shown(self, *datasets: str, **options: object) -> Result:
        orders = [(user, f"n{n}", str(time), f"{cents / 100:.2f}", channel) for n, (user, time, cents, channel) in enumerate(self.orders)]  # fmt: skip
        others: dict[str, tuple[list[tuple[object, ...]], list[str]]] = {
            "users": ([(user, str(at) if at else None, channel) for user, (at, channel) in self.users.items()], ["user_id", "registered_at", "channel"]),
            "events": ([(user, str(time), "browse") for user, time in self.events], ["user_id", "event_time", "event"]),
            "costs": ([(channel, month, f"{cents / 100:.2f}") for channel, month, cents in self.costs], ["channel", "month", "cost"]),
        }  # fmt: skip
        frames = {
            name: pl.DataFrame(rows, dict.fromkeys(header, pl.String), orient="row")
            for name, (rows, header) in others.items()
            if name in datasets
        }
        header = ["user_id", "order_id", "order_time", "amount", "channel"]
        exported = pl.DataFrame(orders, dict.fromkeys(header, pl.String), orient="row")
        return api.channels(exported, **frames, **options)


def rows_of(result: Result, table: str = "summary") -> list[dict[str, object]]:
    return list(result[table].frame.iter_rows(named=True))


def test_points_above_the_platform_hold_the_channel_in_it() -> None:
    # 40 of 200 in 390 of 3,000: +7.0 [2.22, 12.78].
    users = [(f"u{n}", "2025-01-01", "ad" if n < 200 else "rest") for n in range(3000)]
    buying = [*range(40), *range(200, 550)]
    orders = [(f"u{n}", f"o{n}", "2025-01-05", "1.00") for n in buying]
    orders.append(("late", "last", "2025-03-31", "1.00"))
    orders.append(("early", "first", "2025-01-01", "1.00"))
    result = api.channels(
        pl.DataFrame(orders, ["user_id", "order_id", "order_time", "amount"], orient="row"),
        users=pl.DataFrame(users, ["user_id", "registered_at", "channel"], orient="row"),
    )
    ad = next(row for row in rows_of(result) if row["channel"] == "ad")
    assert ad["conversion"] == pytest.approx(0.2)
    found = [ad["vs_platform"], ad["vs_platform_low"], ad["vs_platform_high"]]
    assert found == pytest.approx([7.0, 2.22, 12.78], abs=0.005)


def test_ltv_and_funnel_say_the_same_of_the_sample_shop() -> None:
    orders = str(SHOP / "orders.csv")
    ours = {row["channel"]: row for row in rows_of(api.channels(orders, **DEMO))}
    worth = api.ltv(orders, users=DEMO["users"], costs=DEMO["costs"])
    for row in rows_of(worth, "channels"):
        for name in ("cost", "cac", "ltv_to_date", "ltv_cac", "payback_months", "roi"):
            assert ours[row["channel"]][name] == row[name]
        assert ours[row["channel"]]["new_buyers"] == row["new_users"]
    steps = {"steps": ["register", "pay"], "within": 30}
    path = api.funnel(DEMO["events"], orders=orders, users=DEMO["users"], **steps)
    for row in rows_of(path, "conversion"):
        mine = ours[row["group"]]
        assert mine["conversion"] == row["conversion"]
        assert (mine["vs_platform"], mine["vs_platform_low"]) == (row["points"], row["points_low"])
    windows = rows_of(api.repurchase(orders), "windows")
    assert ours["all"]["repurchase_30"] == next(row["rate"] for row in windows if row["days"] == 30)


# The same in plain Python, from the definitions alone.


def expected(shop: Shop, *, with_costs: bool, events: bool, within: int = 30) -> dict[str | None, dict[str, object]]:  # fmt: skip
    as_of, first_order = shop.last, min(time.date() for _, time, _, _ in shop.orders)
    orders: dict[str, list[tuple[datetime, int, str | None]]] = defaultdict(list)
    for user, time, cents, channel in shop.orders:
        orders[user].append((time, cents, channel))
    users = {user: (time if time and time.date() <= as_of else None, channel) for user, (time, channel) in shop.users.items()}  # fmt: skip
    known = {user for user, (time, _) in shop.users.items() if time is None or time.date() <= as_of}
    everyone = sorted(known | set(orders))
    spent: dict[str, int] = {}
    first, last = date.min, as_of
    months = sorted({month for _, month, _ in shop.costs})
    begins = date.fromisoformat(f"{months[0]}-01")
    ends = date.fromisoformat(f"{months[-1][:5]}{int(months[-1][5:]) + 1:02}-01") - DAY
    first_of_orders = first_order.replace(day=1)
    met = with_costs and max(begins, first_of_orders) <= min(ends, as_of)
    if met:
        first, last = max(begins, first_of_orders), min(ends, as_of)
        for channel, month, cents in shop.costs:
            start = date.fromisoformat(f"{month}-01")
            length = (start.replace(month=start.month + 1) - start).days
            until = [min(max((day - start).days, 0), length) for day in (first, last + DAY)]
            if start <= last:
                part = [(2 * cents * passed + length) // (2 * length) for passed in until]
                spent[channel] = spent.get(channel, 0) + part[1] - part[0]
    seen = [time.date() for _, time in shop.events if time.date() <= as_of]
    active = {(user, time.date()) for user, time in shop.events}
    if not events:
        seen = [first_order, as_of]
        active = {(user, time.date()) for user, time, _, _ in shop.orders}
    counts: dict[str | None, dict[str, float]] = defaultdict(lambda: defaultdict(int))
    for user in everyone:
        registered, channel = users.get(user, (None, None))
        own = sorted(orders.get(user, []), key=lambda one: (one[0], one[2] is None, one[2] or ""))
        channel = channel or (own[0][2] if own else None)
        bought = own[0][0].date() if own else None
        came = registered.date() if registered else bought
        for name in ("all", channel):
            one = counts[name]
            one["new_users"] += came is not None and first <= came <= last
            if registered and first_order <= registered.date() <= as_of - within * DAY:
                one["registered"] += 1
                one["converted"] += any(registered <= time and (time.date() - registered.date()).days <= within for time, _, _ in own)  # fmt: skip
            if came and seen and min(seen) <= came + DAY <= min(max(seen), as_of):
                one["watched"] += 1
                one["active"] += (user, came + DAY) in active
            if bought and bought <= as_of - 30 * DAY:
                days = sorted({time.date() for time, _, _ in own})
                one["bought"] += 1
                one["again"] += len(days) > 1 and (days[1] - days[0]).days <= 30
            if bought and first <= bought <= last:
                one["buyers"] += 1
                one["earned"] += sum(cents for _, cents, _ in own)
            one["revenue"] += sum(cents for time, cents, _ in own if first <= time.date() <= last)
    found: dict[str | None, dict[str, object]] = {}
    for name in {*counts, *spent, "all"}:
        one, cost = counts[name], spent.get(name or "")
        if name == "all":
            cost = sum(spent.values()) if met else None
        paid = cost if cost else None
        buyers = one["buyers"]
        cac = paid / buyers if paid and buyers else None
        found[name] = {
            "new_users": one["new_users"],
            "conversion": one["converted"] / one["registered"] if one["registered"] else None,
            "day1_retention": one["active"] / one["watched"] if one["watched"] else None,
            "repurchase_30": one["again"] / one["bought"] if one["bought"] else None,
            "ltv_to_date": one["earned"] / buyers if buyers else None,
            "cost": cost if met else None,
            "cac": cac,
            "ltv_cac": one["earned"] / buyers / cac if cac else None,
            "roas": one["revenue"] / paid if paid else None,
            "roi": (one["earned"] - paid) / paid if paid else None,
            "new_buyers": buyers,
            "low": wilson(int(one["converted"]), int(one["registered"]))[0] if one["registered"] else None,
        }  # fmt: skip
    return found


def agree(row: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    for name, value in wanted.items():
        found = row["conversion_low" if name == "low" else name]
        if value is None:
            assert found is None, (name, row)
        else:
            assert found == pytest.approx(value, abs=1e-9), (name, row, wanted)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_summary_is_what_plain_python_says(seed: int, costs: bool, events: bool) -> None:
    shop = Shop.of(seed)
    datasets = ["users", *["costs"] * costs, *["events"] * events]
    found = rows_of(shop.shown(*datasets))
    wanted = expected(shop, with_costs=costs, events=events)
    assert found[0]["channel"] == "all"
    names = [row["channel"] for row in found[1:]]
    assert names == [*sorted(name for name in names if name), *[None] * (None in names)]
    assert {"all", *names} == set(wanted)
    for row in found:
        agree(row, wanted[row["channel"]])


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_an_earlier_day_is_cutting_the_files(seed: int) -> None:
    shop = Shop.of(seed)
    day = sorted(time for _, time, _, _ in shop.orders)[len(shop.orders) // 2].date()
    datasets = [name for name in ("users", "costs", "events") if name != "events" or shop.until(day).events]  # fmt: skip
    then = shop.shown(*datasets, as_of=str(day))
    cut = shop.until(day).shown(*datasets, as_of=str(day))
    for name in ("summary", "cohorts"):
        assert then[name].frame.equals(cut[name].frame)
        assert then[name].notes == cut[name].notes


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_rows_order_never_matters(seed: int) -> None:
    shop, random = Shop.of(seed), Random(seed)
    before = shop.shown("users", "costs", "events")
    for rows in (shop.orders, shop.events, shop.costs):
        random.shuffle(rows)
    after = shop.shown("users", "costs", "events")
    for name in ("summary", "cohorts"):
        assert before[name].frame.equals(after[name].frame)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["week", "month"]))
def test_cohorts_are_the_summary_of_their_period(seed: int, period: str) -> None:
    shop = Shop.of(seed)
    result = shop.shown("users", "events", period=period)
    found = rows_of(result, "cohorts")
    whole = {row["channel"]: row for row in rows_of(result)}
    sums: dict[object, list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in found:
        sums[row["channel"]][0] += row["new_users"]
        sums[row["channel"]][1] += row["new_buyers"]
        sums[row["channel"]][2] += (row["ltv_to_date"] or 0) * row["new_buyers"]
    for channel, (users, buyers, earned) in sums.items():
        row = whole[channel]
        assert (users, buyers) == (row["new_users"], row["new_buyers"])
        assert earned == pytest.approx((row["ltv_to_date"] or 0) * buyers)
    # One cohort by itself: everyone in it, and nobody else.
    cohort = next(row for row in found if row["channel"] == "all")
    begins = date.fromisoformat(f"{cohort['cohort']}-01"[:10])
    ends = begins + 7 * DAY if period == "week" else (begins + 31 * DAY).replace(day=1)
    assert cohort["complete"] == (ends - DAY <= shop.last)
    first_order = min(time.date() for _, time, _, _ in shop.orders)
    registered = [
        user
        for user, (time, _) in shop.users.items()
        if time and max(begins, first_order) <= time.date() < ends and time.date() <= shop.last - 30 * DAY
    ]  # fmt: skip
    converted = [
        user
        for user in registered
        if any(
            one == user and time >= shop.users[user][0] and (time.date() - shop.users[user][0].date()).days <= 30
            for one, time, _, _ in shop.orders
        )
    ]  # fmt: skip
    expected_rate = len(converted) / len(registered) if registered else None
    assert cohort["conversion"] == pytest.approx(expected_rate) if registered else cohort["conversion"] is None  # fmt: skip


def test_cohorts_cost_what_their_period_cost() -> None:
    orders = str(SHOP / "orders.csv")
    with (SHOP / "costs.csv").open(encoding="utf-8") as file:
        costs = {(row["channel"], row["month"]): row["cost"] for row in csv.DictReader(file)}
    for row in rows_of(api.channels(orders, **DEMO), "cohorts"):
        if row["channel"] == "all":
            continue
        cost = round(100 * float(costs[row["channel"], row["cohort"]]))
        assert row["cost"] == cost
        if row["new_buyers"]:
            assert row["cac"] == pytest.approx(cost / row["new_buyers"])


def test_since_is_the_periods_first_day() -> None:
    orders = str(SHOP / "orders.csv")
    whole = api.channels(orders, **DEMO)
    late = api.channels(orders, **DEMO, since="2025-07-01")
    by_month = [
        row for row in rows_of(whole, "cohorts")
        if row["channel"] == "all" and row["cohort"] >= "2025-07"
    ]  # fmt: skip
    everyone = rows_of(late)[0]
    assert everyone["new_users"] == sum(row["new_users"] for row in by_month)
    assert everyone["cost"] == sum(row["cost"] for row in by_month)
    assert rows_of(late, "cohorts")[: len(by_month)] == by_month


def test_users_without_cost_are_organic_and_cost_without_users_stands() -> None:
    shop = Shop({"a": (START, "ad"), "m": (START, "mail")}, [("m", START + 30 * DAY, 500, None)])
    shop.costs = [("ad", "2025-01", 100), ("nobody", "2025-01", 700)]
    result = shop.shown("users", "costs")
    found = {row["channel"]: row for row in rows_of(result)}
    assert found["nobody"]["cost"] == 700
    assert (found["nobody"]["cac"], found["nobody"]["new_users"]) == (None, 0)
    by_month = {(row["channel"], row["cohort"]): row for row in rows_of(result, "cohorts")}
    row = by_month["nobody", "2025-01"]
    assert (row["cost"], row["new_users"], row["new_buyers"]) == (700, 0, 0)
    assert (found["mail"]["cost"], found["mail"]["cac"]) == (None, None)
    assert any(note.startswith("organic, users without cost: mail") for note in result["summary"].notes)  # fmt: skip


def test_without_registrations_there_is_no_conversion_and_it_is_said() -> None:
    result = Shop.of(3).shown()
    assert {row["conversion"] for row in rows_of(result)} == {None}
    assert any(note.startswith("new_users: first order") for note in result["summary"].notes)
    assert result.names == ["summary", "cohorts"]


@pytest.mark.parametrize("options", [{"since": "2026-01-01"}, {"as_of": "2024-01-01"}])
def test_where_nobody_counts_the_tables_are_empty_and_whole(options: dict[str, str]) -> None:
    result = Shop.of(4).shown("users", "costs", "events", **options)
    everyone = rows_of(result)[0]
    assert everyone["channel"] == "all"
    assert everyone["new_users"] == 0
    assert result["cohorts"].frame.is_empty()


def test_the_report_names_who_is_beyond_doubt(tmp_path: Path) -> None:
    exports = [part for name in DEMO for part in (f"--{name}", DEMO[name])]
    page = tmp_path / "report.md"
    asked = ("report", SHOP / "orders.csv", *exports, "--sections", "channels", "-o", page, "-q")
    assert userops(*asked).code == 0
    text = page.read_text(encoding="utf-8").replace("\\", "")
    assert "offline_store +8.6, referral +7.7, wechat_group +5.3." in text
    assert "Worse than the platform's 74.4 %: douyin -11.5." in text
    assert "| Channel | First | Last | Linear |" in text
    assert "credit says which channels came before orders, not what caused them" in text


def test_what_nothing_tells_is_asked_for() -> None:
    orders = pl.DataFrame({"user_id": ["a"], "order_id": ["1"], "order_time": ["2025-01-01"], "amount": ["1"]})  # fmt: skip
    assert api.channels(orders).names == []
    with pytest.raises(UsageError):
        api.channels(orders, models=["none"])


def test_the_command_writes_csv_and_speaks_chinese(tmp_path: Path) -> None:
    exports = [part for name in DEMO for part in (f"--{name}", DEMO[name])]
    asked = ("channels", SHOP / "orders.csv", *exports, "-q")
    for table, header in {
        "summary": "channel,new_users,conversion,conversion_low,conversion_high,vs_platform,vs_platform_low,vs_platform_high,day1_retention,repurchase_30,ltv_to_date,cost,cac,ltv_cac,payback_months,roas,roi,new_buyers",
        "attribution": "channel,model,conversions,revenue,share,share_low,share_high,cost,roas",
    }.items():
        ran = userops(*asked, "--show", table, "-f", "csv")
        assert ran.code == 0, ran.err
        assert ran.text.splitlines()[0] == header
    ran = userops(*asked, "--show", "attribution", "-f", "md", "--lang", "zh")
    assert "（无触点）" in ran.text
    assert "马尔可夫" in ran.text
    only = userops(*asked, "--show", "attribution", "--models", "last", "-f", "csv")
    assert {row["model"] for row in csv.DictReader(io.StringIO(only.text))} == {"last"}
    lacking = userops("channels", SHOP / "orders.csv", "--show", "paths")
    assert lacking.code == 2
    assert "--touches FILE" in lacking.err
