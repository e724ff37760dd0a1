"""`userops check`: what is found, by whichever way it was read."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import SHAPES, shops, write
from helpers.ways import carefully
from userops.analyses.check import ANALYSIS, findings, suspects
from userops.language.vocabulary import nearest
from userops.readers.fast import orders as fast_orders
from userops.readers.strict import partitions

START = datetime(2024, 3, 4, 9)
Order = tuple[str, datetime, str]  # user, time, amount
Tables = dict[str, list[dict[str, object]]]


def quiet_shop(days: int = 60, a_day: int = 30) -> list[Order]:
    """Orders by as many users, none of them odd."""
    return [
        (f"u{day * a_day + n}", START + timedelta(days=day, minutes=7 * n), f"{20 + n}.{day:02}")
        for day in range(days)
        for n in range(a_day)
    ]


def export(path: Path, orders: Iterable[Order], *more: str) -> Path:
    """A CSV of orders that count, and `more` lines."""
    lines = ["order_id,user_id,order_time,amount"]
    lines += [
        f"{10**9 + n},{user},{time},{amount}" for n, (user, time, amount) in enumerate(orders)
    ]
    path.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    return path


def run(*arguments: object, way: Callable = nullcontext) -> Tables:
    with way():
        ran = userops("check", *arguments, "-f", "json", "--show", "all", "-q")
    assert ran.code in (0, 4), ran.err
    return {name: table["rows"] for name, table in ran.json["tables"].items()}


def found(tables: Tables) -> dict[str, dict[str, object]]:
    return {row["finding"]: row for row in tables["findings"]}


@pytest.fixture
def look(tmp_path: Path):
    """The findings on a quiet shop and some orders more, the same by both ways."""

    def of(orders: Iterable[Order], *more: str, quiet: bool = True) -> dict[str, dict[str, object]]:
        every = [*(quiet_shop() if quiet else ()), *orders]
        name = export(tmp_path / "orders.csv", every, *more)
        tables = run(name)
        assert tables == run(name, way=carefully)
        return found(tables)

    return of


class TestFindings:
    def test_a_quiet_shop_has_none_and_is_read_once(self, look, monkeypatch) -> None:
        passes = []
        fast = fast_orders.reduce
        monkeypatch.setattr(fast_orders, "reduce", lambda *given: passes.append(1) or fast(*given))
        assert look([]) == {}
        assert len(passes) == 1

    def test_order_twice(self, look) -> None:
        at = START + timedelta(hours=5)
        orders = [
            ("a", at, "5.00"),
            ("a", at + timedelta(seconds=60), "5.00"),
            ("b", at, "5.00"),
            ("b", at + timedelta(seconds=61), "5.00"),
            ("c", at, "5.00"),
            ("c", at, "5.01"),
            ("d", at, "0.00"),
            ("d", at, "0.00"),
        ]
        assert look(orders) == {
            "order twice": {
                "finding": "order twice",
                "count": 1,
                "unit": "orders",
                "example": "a at 2024-03-04 14:01:00",
                "effect": "counted as separate orders: frequency and revenue too high if they are one",
                "change": "cancel the copy in the shop, or give it a void --status",
            }
        }

    def test_days_alone_say_nothing_about_minutes(self, look) -> None:
        midnight = START.replace(hour=0)
        assert look([("a", midnight, "5.00")] * 2) == {}
        copies = [("a", midnight, "5.00"), ("a", midnight + timedelta(seconds=30), "5.00")]
        assert look(copies)["order twice"]["count"] == 1

    def test_busy_in_a_day(self, look) -> None:
        def of(user: str, count: int) -> list[Order]:
            return [(user, START + timedelta(minutes=3 * n), f"{n}.00") for n in range(count)]

        assert look(of("a", 20)) == {}
        row = look([*of("a", 21), *of("b", 22), ("a", START + timedelta(days=1), "1.00")])[
            "busy user"
        ]
        assert (row["count"], row["example"]) == (2, "a: 22 orders, 21 in a day")

    def test_busy_by_its_share(self, look) -> None:
        till = [
            ("till", START + timedelta(days=n // 2, hours=n % 2), f"{n}.10") for n in range(100)
        ]
        row = look(till)["busy user"]
        assert (row["count"], row["example"]) == (1, "till: 100 orders, 2 in a day")
        assert "busy user" not in look(till[:99])

    def test_silent_days(self, look) -> None:
        orders = [one for one in quiet_shop() if not 20 <= (one[1] - START).days < 23]
        row = look(orders, quiet=False)["silent days"]
        assert (row["count"], row["example"]) == (3, "3 days from 2024-03-24")

    def test_a_spike(self, look) -> None:
        sale = [(f"s{n}", START + timedelta(days=9, minutes=n), "9.99") for n in range(80)]
        row = look(sale)["spike"]
        assert (row["count"], row["example"]) == (
            1,
            "110 orders on 2024-03-13, a usual day has 30",
        )

    def test_an_odd_date_makes_no_spikes(self, look) -> None:
        old = ("old", START.replace(year=1900), "9.99")
        assert set(look([old])) == {"odd date", "silent days"}
        sale = [(f"s{n}", START + timedelta(days=9, minutes=n), "9.99") for n in range(80)]
        row = look([old, *sale])["spike"]
        assert row["example"] == "110 orders on 2024-03-13, a usual day has 30"

    def test_a_thin_last_day(self, look) -> None:
        row = look([("late", START + timedelta(days=60), "9.99")])["thin last day"]
        assert row["example"] == "1 order on 2024-05-03, the four such weekdays before had 30"
        assert row["change"] == "--as-of 2024-05-02"

    def test_test_accounts(self, look) -> None:
        users = ["test", "Demo-2", "x_admin", "u.tester", "contest", "protester", "attestation"]
        row = look([(user, START, "9.99") for user in users])["test account"]
        assert (row["count"], row["example"]) == (4, "Demo-2, test, u.tester")

    def test_odd_amounts(self, look) -> None:
        # The median is 34.5 and some cents.
        assert "odd amount" not in look([("a", START, "34000.00")])
        row = look([("b", START, "90000.00"), ("a", START, "90000.00"), ("c", START, "80000.50")])
        assert row["odd amount"]["count"] == 3
        assert row["odd amount"]["example"] == "a: 90000.00"

    def test_odd_dates(self, look) -> None:
        rows = look(
            [("a", datetime(1969, 12, 31, 23, 59, 59), "9.99"), ("b", datetime(1900, 1, 1), "1.00")]
        )
        assert (rows["odd date"]["count"], rows["odd date"]["example"]) == (2, "1900-01-01")
        old = [("a", datetime(1998, 1, 1) + timedelta(days=n), "9.99") for n in range(9)]
        assert "odd date" not in look(old, quiet=False)

    def test_refunds_without_their_order(self, look) -> None:
        row = look([("a", START, "9.00"), ("a", START + timedelta(days=2), "-4.00")])
        assert row["refunds without their order"]["count"] == 1
        assert row["refunds without their order"]["example"] == "a on 2024-03-06"

    def test_refused_and_repeated_rows(self, look) -> None:
        rows = look(
            [], "1,a,soon,1.00", "2,a,2024-03-05 10:00:00,1.00", "2,a,2024-03-05 10:00:00,1.00"
        )
        assert rows["rows refused"]["count"] == 1
        assert str(rows["rows refused"]["example"]).endswith("orders.csv, line 1802: not a date")
        assert rows["the same row twice"]["count"] == 1

    def test_equal_rows_of_one_order(self, look) -> None:
        at = "2024-03-05 10:00:00"
        items = [f"1{n},a{n},{at},{n}.00" for n in (4, 5)] + [
            f"1{n},a{n},{at},9.00" for n in (4, 5)
        ]
        assert look([], *items) == {}
        copies = [f"{n},b{n},{at},6.00" for n in (9, 8, 10, 11, 11) for _ in range(2)]
        assert look([], *items, *copies[:2]) == {
            "equal rows of one order": {
                "finding": "equal rows of one order",
                "count": 1,
                "unit": "rows",
                "example": "order 9",
                "effect": "each is added up, as more of the same article: revenue too high if they are copies",
                "change": "nothing, if they aren't; else remove them, or give the exports that were joined one by one",
            }
        }
        row = look([], *items, *copies)["equal rows of one order"]
        assert (row["count"], row["example"]) == (6, "order 10, 11, 8")
        assert look([], *copies)["the same row twice"]["count"] == 6  # totals, then

    def test_orders_that_differ_between_exports(self, tmp_path) -> None:
        one = export(tmp_path / "1.csv", quiet_shop())
        two = export(tmp_path / "2.csv", [("u0", START, "1.00"), *quiet_shop()[1:5]])
        rows = found(run(one, two))
        assert rows["orders that differ between exports"]["count"] == 1
        assert rows["also in a later export"]["count"] == 5

    def test_every_finding_has_words(self) -> None:
        phrases = nearest("phrases", "check")
        for finding, (effect, change) in findings.EFFECTS.items():
            assert {finding, effect} <= phrases.keys()
            assert change in phrases or change.startswith("--")


def troubled(random: Random) -> list[Order]:
    """Orders with copies, tills, wholesalers and amounts of all sizes."""
    orders = []
    for n in range(random.randint(1, 400)):
        user = random.choice(["till", "shop", f"u{random.randrange(60)}"])
        second = random.choice([0, 0, 30, 59, 60, 61, random.randrange(86_400)])
        time = START.replace(hour=0) + timedelta(days=random.randrange(6), seconds=second)
        cents = random.choice(
            [0, 1, 500, 500, 999, random.randrange(10**5), random.randrange(10**9)]
        )
        orders.append((user, time, f"{cents // 100}.{cents % 100:02}"))
        if n % 7 == 0:
            orders.append((user, time + timedelta(seconds=random.randrange(90)), orders[-1][2]))
    return orders


def expected(orders: list[Order]) -> dict[str, int]:
    """How many of each, by going through them one by one."""
    by_key: dict[tuple[object, ...], list[datetime]] = {}
    for user, time, amount in orders:
        if float(amount):
            by_key.setdefault((user, time.date(), amount), []).append(time)
    twice = sum(
        (after - before).total_seconds() <= 60 and after.time() != datetime.min.time()
        for times in by_key.values()
        for before, after in pairwise(sorted(times))
    )
    a_day = Counter((user, time.date()) for user, time, _ in orders)
    by_user = Counter(user for user, _, _ in orders)
    many = {user for (user, _), count in a_day.items() if count > 20}
    large = {user for user, count in by_user.items() if count >= 100 and count > len(orders) / 20}
    paid = [int(amount.replace(".", "")) for _, _, amount in orders if float(amount)]
    odd = sum(amount > 1000 * median(paid) for amount in paid)
    counts = {"order twice": twice, "busy user": len(many | large), "odd amount": odd}
    return {name: count for name, count in counts.items() if count}


def numbered(orders: list[Order], *, vary: bool = False) -> list[Order]:
    """The same orders, of users whose ids are a prefix and a number, with or without zeros in front."""
    numbers = {user: 9 * n for n, user in enumerate(dict.fromkeys(user for user, _, _ in orders))}
    form = "m{}" if vary else "m{:05}"
    return [(form.format(numbers[user]), at, amount) for user, at, amount in orders]


class TestMarks:
    @given(seed=st.integers(0, 2**32), form=st.sampled_from(["texts", "numbers", "of all lengths"]))
    @settings(max_examples=40)
    def test_find_what_going_through_one_by_one_finds(self, tmp_path_factory, seed, form) -> None:
        orders = troubled(Random(seed))
        if form != "texts":
            orders = numbered(orders, vary=form == "of all lengths")
        name = export(tmp_path_factory.mktemp("shop") / "orders.csv", orders)
        counts = {name: row["count"] for name, row in found(run(name)).items()}
        wanted = expected(orders)
        assert {name: counts.get(name) for name in wanted} == wanted
        assert not (counts.keys() - wanted.keys()) & {"order twice", "busy user", "odd amount"}

    @pytest.mark.parametrize("numbers", [False, True])
    def test_only_point(self, tmp_path, monkeypatch, numbers) -> None:
        """Where all hashes are equal everything is read again, and found the same."""
        busy = [("busy", START + timedelta(minutes=n), "3.00") for n in range(21)]
        orders = [*quiet_shop(), *busy, *troubled(Random(3))]
        name = export(tmp_path / "orders.csv", numbered(orders) if numbers else orders)
        tables = run(name)
        same = pl.when(pl.col("orders") > 0).then(pl.lit(60, pl.UInt64))
        monkeypatch.setattr(suspects, "_sort_key", lambda _: same)
        assert run(name) == tables
        assert {"order twice", "busy user"} <= found(tables).keys()

    def test_ids_that_are_numbers_give_what_reading_with_care_does(self, tmp_path) -> None:
        orders = numbered([*quiet_shop(), *troubled(Random(3))])
        refund = f"r1,{orders[-1][0]},2024-03-09 10:00:00,-1.00"
        name = export(tmp_path / "orders.csv", orders, refund)
        tables = run(name)
        assert tables == run(name, way=carefully)
        assert {"order twice", "refunds without their order"} <= found(tables).keys()

    @pytest.mark.parametrize("as_numbers", [False, True])
    def test_a_store_that_goes_away_in_between_hides_nothing(
        self, tmp_path, monkeypatch, as_numbers
    ) -> None:
        """A store has other numbers for users than the exports."""
        busy = [("busy", START + timedelta(minutes=n), "3.00") for n in range(21)]
        orders = [*quiet_shop(), *busy, *troubled(Random(3))]
        export(tmp_path / "orders.csv", numbered(orders) if as_numbers else orders)
        monkeypatch.chdir(tmp_path)
        report = ("report", "orders.csv", "--sections", "data", "-f", "md", "-q")
        page = userops(*report).text
        assert "order twice" in page.lower()
        assert userops("prepare", "orders.csv").code == 0
        passes, went = suspects.Pointers.passes, []

        def without_store(*given):
            if Path(".userops").exists():
                shutil.rmtree(".userops")
                went.append(True)
            return passes(*given)

        monkeypatch.setattr(suspects.Pointers, "passes", without_store)
        assert userops(*report).text == page
        assert went

    def test_blocks_hide_nothing(self, tmp_path, monkeypatch) -> None:
        name = export(tmp_path / "orders.csv", troubled(Random(5)))
        tables = run(name)
        monkeypatch.setattr(suspects, "_BLOCK", 7)
        assert run(name) == tables


@given(amounts=st.lists(st.one_of(st.integers(1, 50), st.integers(1, 10**15)), min_size=1))
def test_the_median_is_exact(amounts: list[int]) -> None:
    frame = pl.LazyFrame(
        {"user_id": "a", "amount": amounts, "orders": 1}, schema_overrides={"amount": pl.Int64}
    )
    sizes = suspects.orders_by_size(frame).collect()
    least, most = suspects._median_sizes(sizes)
    near = suspects._amounts(frame, least, most).collect()
    assert suspects.twice_the_median(sizes, near) == 2 * median(map(int, amounts))


class TestBothWays:
    @given(rows=shops(SHAPES), clean=st.booleans())
    @settings(max_examples=12)
    def test_give_the_same_tables(self, tmp_path_factory, rows, clean) -> None:
        if clean:
            rows = [row for row in rows if row.amount >= 0 and row.order_id]
        name = write(tmp_path_factory.mktemp("shop") / "orders.csv", rows)
        assert run(name) == run(name, way=carefully)

    @pytest.mark.parametrize("name", ["cdnow/orders.csv", "shop/orders.csv", "shop/orders_zh.csv"])
    def test_samples(self, name) -> None:
        assert run(SAMPLES / name) == run(SAMPLES / name, way=carefully)

    @pytest.mark.parametrize("on_disk", [False, True])
    def test_one_spoilt_row_changes_nothing_else(self, tmp_path, monkeypatch, on_disk) -> None:
        orders = [*quiet_shop(), *troubled(Random(8))]
        clean = run(export(tmp_path / "orders.csv", orders))
        if on_disk:
            monkeypatch.setattr(partitions, "_IN_MEMORY", 500)
        spoilt = run(export(tmp_path / "orders.csv", orders, "1,a,2024-99-99 10:00:00,1.00"))
        first, *others = spoilt["findings"]
        assert first["finding"] == "rows refused"
        assert others == clean["findings"]
        assert [row["line"] for row in spoilt["rejects"]] == [len(orders) + 2]
        assert spoilt["columns"] == clean["columns"]
        changed = [row for row in spoilt["summary"] if row not in clean["summary"]]
        assert {(row["topic"], row["item"]) for row in changed} == {
            ("files", str(tmp_path / "orders.csv")),
            ("rows", "read"),
            ("refused", "not a date"),
        }

    def test_after_a_doubt_the_fast_way_isnt_tried_again(self, tmp_path, monkeypatch) -> None:
        tried = []
        fast = fast_orders.reduce
        monkeypatch.setattr(fast_orders, "reduce", lambda *given: tried.append(1) or fast(*given))
        run(export(tmp_path / "orders.csv", troubled(Random(8)), "1,a,soon,1.00"))
        assert len(tried) == 1


class TestSummary:
    TEXT = (
        "order_id,user_id,order_time,amount,status,cancelled at,channel\n"
        "1,a,2024-01-01,5.00, Paid ,,app\n"
        "2,a,2024-01-02,5.00,,2024-01-03,-\n"
        "3,b,2024-01-05,5.00,refunded,, \n"
        "4,b,2024-01-09,5.00,paid,,N/A\n"
    )

    def test_statuses_and_blanks(self, tmp_path) -> None:
        (tmp_path / "orders.csv").write_text(self.TEXT, encoding="utf-8")
        for way in (nullcontext, carefully):
            tables = run(tmp_path / "orders.csv", "--as-of", "2024-01-05", way=way)
            told = {(row["topic"], row["item"]): row["value"] for row in tables["summary"]}
            # Rows of every day, by meaning.
            counts = {item: value for (topic, item), value in told.items() if topic == "statuses"}
            assert counts == {"valid": "2", "void": "1", "refunded": "1"}
            assert told["contents", "net revenue"] == "5.00"
            filled = {row["field"]: row["filled"] for row in tables["columns"]}
            assert filled["channel"] == 0.25
            assert filled["status"] == 0.75

    def test_rows_of_each_export(self, tmp_path) -> None:
        orders = quiet_shop()
        one, two = (
            export(tmp_path / f"{n}.csv", part) for n, part in enumerate((orders[:7], orders[:3]))
        )
        files = [row["value"] for row in run(one, two)["summary"] if row["topic"] == "files"]
        assert [value.partition(" ")[0] for value in files] == ["7", "3"]

    def test_no_rows(self, tmp_path) -> None:
        tables = run(export(tmp_path / "orders.csv", []))
        assert tables["findings"] == []
        assert {row["filled"] for row in tables["columns"]} == {None}


class TestCommand:
    @pytest.mark.parametrize("table", ANALYSIS.tables)
    def test_one_table_is_as_among_all(self, tmp_path, table) -> None:
        name = export(tmp_path / "orders.csv", troubled(Random(1)), "1,a,soon,1.00")
        ran = userops("check", name, "-f", "jsonl", "--show", table, "-q")
        assert [json.loads(line) for line in ran.text.splitlines()] == run(name)[table]

    def test_too_many_rejects_are_shown_written_and_exit_4(self, tmp_path) -> None:
        name = export(tmp_path / "orders.csv", [("a", START, "1.00")], "1,a,soon,1.00")
        ran = userops("check", name, "--rejects", tmp_path / "rejects.csv", "-f", "csv")
        assert ran.code == 4
        assert "refused,not a date,1" in ran.text
        assert "soon" in (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("way", [nullcontext, carefully])
def test_refunds_of_users_without_an_order_are_found(way: Callable, tmp_path: Path) -> None:
    """They're netted from nobody, which a shop that exported too few orders should know."""
    more = ("8,stranger,2024-03-05,-9.00", "9,stranger,2024-03-06,-1.00")
    tables = run(export(tmp_path / "o.csv", quiet_shop(), *more), way=way)
    finding = found(tables)["refunds of users without an order"]
    assert (finding["count"], finding["unit"]) == (2, "rows")
