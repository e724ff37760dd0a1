"""High-value users: what's published of CDNOW, DuckDB's answers on shops made up, time travel."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY, Row, Shape, shops, write
from oracles import screen as oracle
from userops.analyses.screen import ANALYSIS
from userops.analyses.screen.cuts import best, share_of

CDNOW = SAMPLES / "cdnow" / "orders.csv"
SHOP = SAMPLES / "shop" / "orders.csv"
TABLES = tuple(name for name in ANALYSIS.tables if name != "koc")  # which needs messages
LONG = Shape(users=25, rows=250, days=500)
MADE_UP = (Shape(), Shape(returns=False, refunds=False), LONG, Shape(amounts=(100,), users=30))
DAYS = st.integers(0, 520).map(lambda days: FIRST_DAY + timedelta(days))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screen")


def asked(folder: Path, orders: object, show: str, *options: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops("screen", orders, "--show", show, "-o", out, "--max-rejects", "100%", *options)
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def of_shop(folder: Path, rows: list[Row], show: str, *options: object) -> pl.DataFrame:
    return asked(folder, write(folder / "orders.csv", rows), show, *options)


class TestPublishedOfCdnow:
    def test_a_fifth_of_users_and_who_ties_with_the_last(self, folder: Path) -> None:
        rows = asked(folder, CDNOW, "pareto", "--window", "0").to_dicts()
        fifth = next(r for r in rows if r["measure"] == "top users" and r["share"] == 0.2)
        assert (fifth["k"], fifth["users"], float(fifth["cut"])) == (4714, 4715, 133.95)
        assert float(fifth["revenue"]) == 1694782.45
        assert fifth["revenue_share"] == pytest.approx(0.677827, abs=5e-7)
        assert fifth["gini"] == pytest.approx(0.634571, abs=5e-7)
        most = next(r for r in rows if r["measure"] == "top revenue" and r["share"] == 0.8)
        assert most["users"] == 7695

    def test_the_pool_of_a_year_and_how_it_moved_in_a_week(self, folder: Path) -> None:
        before, now = asked(folder, CDNOW, "pool_days", "--since", "1998-06-23").to_dicts()
        assert (before["users"], now["users"]) == (1699, 1667)
        assert (float(before["cut"]), float(now["cut"])) == (168.20, 168.44)
        assert (now["kept"], now["in"], now["out"]) == (1643, 24, 56)
        assert now["jaccard"] == pytest.approx(0.953569, abs=5e-7)
        assert (before["kept"], before["in"], before["jaccard"]) == (None, None, None)

    def test_every_user_who_left_the_pool_has_the_reason(self, folder: Path) -> None:
        pool = asked(folder, CDNOW, "pool")  # 7 days before as_of, by default
        counts = dict(pool.group_by("movement").agg(pl.len()).iter_rows())
        assert counts == {"kept": 1643, "in": 24, "out": 56}
        moved = pool.filter(pl.col("movement") != "kept")
        assert moved["reason"].null_count() == 0
        assert pool.filter(pl.col("movement") == "kept")["reason"].is_null().all()
        out = pool.filter(pl.col("movement") == "out")
        assert set(out["reason"]) == {"aged out", "cut rose"}
        rose = out.filter(pl.col("reason") == "cut rose")
        assert rose["revenue"].cast(pl.Float64).is_between(168.20, 168.43).all()
        assert (out.filter(pl.col("reason") == "aged out")["aged"] > 0).all()

    def test_users_above_a_thousand_a_year(self, folder: Path) -> None:
        rows = {row["day"]: row for row in asked(folder, CDNOW, "thousand").to_dicts()}
        may, june = rows[date(1998, 5, 31)], rows[date(1998, 6, 30)]
        assert (may["users"], june["users"]) == (82, 86)
        assert june["stayed"] + june["left"] == 82
        assert june["stayed"] + june["entered"] == 86
        assert june["growth"] is None  # a year before, 365 days weren't on record yet
        assert june["complete"]
        assert not rows[date(1997, 11, 30)]["complete"]
        alone = asked(folder, CDNOW, "thousand", "--as-of", "1998-05-31").to_dicts()[-1]
        assert alone == may


class TestCuts:
    def test_a_tie_at_the_cut_takes_everyone(self) -> None:
        assert best(pl.Series([5, 3, 3, 3, 0]), 0.4).value == 3
        assert best(pl.Series([1.5, 2.0, None]), 0.5, lowest=True).value == 1.5
        assert best(pl.Series([], dtype=pl.Int64), 0.2).value is None

    @pytest.mark.parametrize("count", [5, 15, 30, 35, 1_000_000])
    def test_shares_are_the_fractions_that_people_write(self, count: int) -> None:
        assert share_of(count, 0.2) == count // 5
        assert share_of(count * 10, 0.1) == count
        assert share_of(count * 10 + 1, 0.1) == count + 1


class TestAgainstDuckdb:
    """Every table of every shop, by SQL from the definitions."""

    @settings(max_examples=7)
    @given(
        rows=shops(MADE_UP), as_of=st.none() | DAYS, window=st.sampled_from([0, 7, 60, 365]),
        share=st.sampled_from([0.05, 0.2, 0.5, 1]),
    )  # fmt: skip
    def test_who_is_screened_and_who_is_near(self, folder, rows, as_of, window, share) -> None:
        told = ["--window", window, "--share", share, *(["--as-of", as_of] if as_of else [])]
        found = of_shop(folder, rows, "users", *told)
        values = oracle.users(rows, as_of, window, share)
        columns = ["user_id", "purchase_days", "interval_days", "orders", "revenue", "passed"]
        assert (
            oracle.in_cents(found.select(columns), "user_id") == values.select(columns).to_dicts()
        )
        assert found["screened"].to_list() == (found["passed"] == 3).to_list()
        assert found["passed"].is_sorted(descending=True)
        criteria = of_shop(folder, rows, "criteria", *told).to_dicts()
        for row in criteria[:3] if len(values) else []:
            unit = 100 if row["criterion"] == "revenue" else 1
            cut = values[f"cut_{row['criterion']}"][0]
            assert row["cut"] == (None if cut is None else pytest.approx(cut / unit))
            assert row["passed"] == values[f"passes_{row['criterion']}"].sum()
        assert criteria[3]["passed"] == (found["passed"] == 3).sum()
        near = of_shop(folder, rows, "near", *told)
        expected = oracle.near(values).to_dicts()
        assert len(near) == len(expected)
        for mine, theirs in zip(near.sort("user_id").to_dicts(), expected, strict=True):
            assert (mine["user_id"], mine["criterion"]) == (theirs["user_id"], theirs["criterion"])
            for name in ("value", "cut", "short_by"):
                assert mine[name] == (None if theirs[name] is None else pytest.approx(theirs[name]))

    @settings(max_examples=7)
    @given(
        rows=shops(MADE_UP), as_of=DAYS, days=st.integers(1, 90),
        window=st.sampled_from([0, 7, 60, 365]), share=st.sampled_from([0.1, 0.2, 0.5]),
    )  # fmt: skip
    def test_who_came_into_the_pool_and_who_left(
        self, folder, rows, as_of, days, window, share
    ) -> None:
        since = as_of - timedelta(days)
        told = ["--window", window, "--share", share, "--as-of", as_of, "--since", since]
        found = of_shop(folder, rows, "pool", *told)
        now, before = (oracle.pool(rows, day, window, share) for day in (as_of, since))
        movement = {user: "kept" if user in before else "in" for user in now}
        movement |= {user: "out" for user in before if user not in now}
        assert dict(found.select("user_id", "movement").iter_rows()) == movement
        for row in oracle.in_cents(found, "user_id"):
            if row["user_id"] in now:
                assert row["revenue"] == now[row["user_id"]]
            if row["user_id"] in before:
                assert row["revenue_before"] == before[row["user_id"]]
            parts = row["revenue_before"] + row["spent"] - row["aged"] - row["refunded"]
            assert row["revenue"] == parts
            assert (row["reason"] is None) == (row["movement"] == "kept")
        first, last = of_shop(folder, rows, "pool_days", *told).to_dicts()
        assert (first["users"], last["users"]) == (len(before), len(now))
        kept = len(now.keys() & before.keys())
        assert (last["kept"], last["in"], last["out"]) == (
            kept, len(now) - kept, len(before) - kept,
        )  # fmt: skip

    @settings(max_examples=7)
    @given(rows=shops(MADE_UP), as_of=st.none() | DAYS, window=st.sampled_from([0, 30, 365]))
    def test_which_part_brings_which_part(self, folder, rows, as_of, window) -> None:
        told = ["--window", window, *(["--as-of", as_of] if as_of else [])]
        found = of_shop(folder, rows, "pareto", *told)
        expected = oracle.pareto(rows, as_of, window)
        cents = oracle.in_cents(found)
        assert len(cents) == len(expected)
        for mine, theirs in zip(cents, expected, strict=True):
            for name, value in theirs.items():
                is_float = isinstance(value, float)
                assert mine[name] == (pytest.approx(value) if is_float else value), name

    @settings(max_examples=5)
    @given(rows=shops((LONG, Shape(users=40, rows=300, days=500))), as_of=st.none() | DAYS)
    def test_who_is_above_the_threshold_at_the_ends_of_months(self, folder, rows, as_of) -> None:
        told = ["--threshold", 1500, "--near", "50%", *(["--as-of", as_of] if as_of else [])]
        found = of_shop(folder, rows, "thousand", *told).to_dicts()
        expected = oracle.thousand(rows, as_of, 150_000, 75_000)
        for mine, theirs in zip(found, expected, strict=True):
            assert {name: mine[name] for name in theirs} == theirs
            year_before, growth = mine["users_year_before"], mine["growth"]
            if year_before:
                assert growth == pytest.approx(mine["users"] / year_before - 1)
                assert mine["reached"] == (mine["users"] * 100 >= year_before * 105)
            else:
                assert growth is None
        listed = of_shop(folder, rows, "thousand_users", *told)
        movements = oracle.above_and_near(rows, as_of, 150_000, 75_000)
        assert dict(listed.select("user_id", "movement").iter_rows()) == movements


class TestSample:
    def test_the_best_and_others_by_segment_and_channel(self, folder: Path) -> None:
        sample = asked(folder, SHOP, "sample")
        users = asked(folder, SHOP, "users")
        core = sample.filter(pl.col("part") == "core")
        best_users = users.sort("revenue", descending=True).head(20)
        assert sorted(core["user_id"]) == sorted(best_users["user_id"])
        others = sample.filter(pl.col("part") == "other")
        assert len(others) == 80
        drawn = others.group_by("segment", "channel").agg(
            pl.len(), pl.col("stratum_drawn").first(), pl.col("stratum_users").first()
        )
        assert (drawn["len"] == drawn["stratum_drawn"]).all()
        whole = pl.read_csv(SHOP, schema_overrides={"user_id": pl.String})["user_id"].n_unique()
        assert (drawn["stratum_drawn"] - drawn["stratum_users"] * 80 / whole).abs().max() < 1.1

    def test_the_draw_is_that_of_the_hash(self, folder: Path) -> None:
        header = "order_id,user_id,paid_at,amount\n"
        text = "".join(f"{n},u{n},2025-01-01,10.00\n" for n in (1, 2, 3))
        orders = folder / "three.csv"
        orders.write_text(header + text)
        told = ["--core", "0", "--others", "1", "--salt", "winback-2026-11"]
        # u1 .519433, u2 .202167, u3 .210150
        assert asked(folder, orders, "sample", *told)["user_id"].to_list() == ["u2"]

    def test_the_rows_order_draws_nobody_else(self, folder: Path) -> None:
        lines = SHOP.read_text(encoding="utf-8").splitlines()
        turned = folder / "turned.csv"
        turned.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n", encoding="utf-8")
        assert asked(folder, turned, "sample").equals(asked(folder, SHOP, "sample"))

    def test_a_tie_with_the_last_of_the_best_takes_both(self, folder: Path) -> None:
        orders = folder / "ties.csv"
        orders.write_text(
            "order_id,user_id,paid_at,amount\n1,a,2025-01-01,9\n2,b,2025-01-01,5\n3,c,2025-01-01,5\n"
        )
        sample = asked(folder, orders, "sample", "--core", "2", "--others", "0")
        assert sample["user_id"].to_list() == ["a", "b", "c"]


class TestTimeTravel:
    @settings(max_examples=10)
    @given(rows=shops(MADE_UP), as_of=DAYS, show=st.sampled_from(TABLES))
    def test_as_of_is_cutting_the_file(self, folder, rows, as_of, show) -> None:
        cut = [row for row in rows if row.day <= as_of]
        told = ("--as-of", as_of)
        assert of_shop(folder, rows, show, *told).equals(of_shop(folder, cut, show, *told))

    @settings(max_examples=4)
    @given(rows=shops((LONG,)), as_of=DAYS, days=st.integers(1, 60))
    def test_the_earlier_day_of_the_pool_is_what_it_was_then(
        self, folder, rows, as_of, days
    ) -> None:
        """Refunds since then weren't known."""
        since = as_of - timedelta(days)
        pool = of_shop(folder, rows, "pool", "--as-of", as_of, "--since", since)
        then = of_shop(folder, rows, "pool", "--as-of", since)
        left = pool.filter(pl.col("movement") != "in").select("user_id", "revenue_before")
        was = then.filter(pl.col("movement") != "out").select("user_id", "revenue")
        assert sorted(left.iter_rows()) == sorted(was.iter_rows())


class TestOnTheCommandLine:
    def test_a_refund_since_is_the_reason(self, folder: Path) -> None:
        orders = folder / "refund.csv"
        orders.write_text(
            "order_id,user_id,paid_at,amount\n1,a,2025-01-01,90\n2,b,2025-01-02,50\n"
            "3,c,2025-01-02,10\n1,a,2025-02-01,-80\n"
        )
        told = ("--since", "2025-01-15", "--share", "30%")
        rows = {row["user_id"]: row for row in asked(folder, orders, "pool", *told).to_dicts()}
        assert (rows["a"]["movement"], rows["a"]["reason"]) == ("out", "refunded")
        assert float(rows["a"]["refunded"]) == 80
        assert (rows["b"]["movement"], rows["b"]["reason"]) == ("in", "cut fell")

    def test_chinese_readers_see_chinese(self) -> None:
        for show in TABLES:
            ran = userops("screen", SHOP, "--show", show, "-f", "md", "--lang", "zh")
            assert ran.code == 0
            header = next(line for line in ran.text.splitlines() if line.startswith("|"))
            cells = [cell.strip() for cell in header.strip("|").split("|")]
            assert all(any("\u4e00" <= sign <= "\u9fff" for sign in cell) for cell in cells), cells

    def test_a_criterion_that_there_is_none_of(self) -> None:
        ran = userops("screen", SHOP, "--criteria", "orders,reveneu")
        assert ran.code == 2
        assert "did you mean revenue" in ran.err

    def test_some_criteria_alone(self, folder: Path) -> None:
        users = asked(folder, SHOP, "users", "--criteria", "orders,revenue")
        assert users["passed"].max() == 2
        assert (users["screened"] == (users["passed"] == 2)).all()

    def test_since_must_be_earlier(self) -> None:
        ran = userops("screen", SHOP, "--show", "pool", "--since", "2025-12-31")
        assert ran.code == 2
        assert "isn't before" in ran.err

    def test_who_was_above_is_not_said_where_the_year_before_is_not_whole(
        self, folder: Path
    ) -> None:
        orders = folder / "young.csv"
        orders.write_text(
            "order_id,user_id,paid_at,amount\n1,a,2025-01-05,2000\n2,b,2025-02-05,900\n"
        )
        listed = asked(folder, orders, "thousand_users", "--as-of", "2025-02-10")
        assert dict(listed.select("user_id", "movement").iter_rows()) == {"a": None, "b": "near"}

    def test_nothing_of_nobody(self, folder: Path) -> None:
        orders = folder / "none.csv"
        orders.write_text("order_id,user_id,paid_at,amount\n1,a,2025-01-05,9\n")
        for show in TABLES:
            assert asked(folder, orders, show, "--as-of", "2025-01-01") is not None
