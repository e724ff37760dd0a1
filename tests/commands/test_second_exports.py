"""Exports beside others: guarded, accounted for, and asked before or after each other."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from helpers.exports import DAYS, costs, events, orders, people, put, rows
from helpers.running import SAMPLES, userops
from userops import api
from userops.core.errors import UsageError

SHOP = SAMPLES / "shop"


def refused(name: str = "r.csv") -> list[tuple[str, str]]:
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["line"]) for row in csv.DictReader(file)]


class TestOutputs:
    @pytest.mark.parametrize(
        "line",
        [
            "lifecycle o.csv --users un.csv -o un.csv",
            "segment --events e.csv -o e.csv",
            "segment --events e.csv --rejects e.csv",
            "segment o.csv --events e.csv --rejects e.csv",
            "segment o.csv --events e.csv -o e.csv",
            "segment o.csv --save-cuts o.csv",
            "segment --events e.csv --users un.csv -o un.csv",
            "ltv o.csv --costs c.csv -o c.csv",
            "ltv o.csv --costs c.csv --rejects ./c.csv",
            "funnel e.csv --orders o.csv -o o.csv",
            "cohorts --events e.csv --users un.csv -o un.csv",
            "activity e.csv --users un.csv -o un.csv",
            "report o.csv --events e.csv --users un.csv --costs c.csv -o c.md",
            "report o.csv --events e.csv -o out.md --rejects e.csv",
        ],
    )
    def test_no_export_is_written_over(self, here: Path, line: str) -> None:
        orders(), events(), people(), costs()
        Path("c.md").symlink_to("c.csv")
        before = {path.name: path.read_bytes() for path in here.iterdir()}
        ran = userops(*line.split())
        assert ran.code == 2
        assert "is one of the exports" in ran.err
        assert {path.name: path.read_bytes() for path in here.iterdir()} == before

    def test_nor_one_of_the_settings(self, here: Path) -> None:
        events(name="en.csv")
        put("userops.toml", "[exports]", 'events = ["en.csv"]')
        assert userops("activity", "-o", "en.csv").code == 2
        assert userops("activity", "-o", "out.csv").code == 0

    def test_nor_one_that_the_run_does_not_read(self, here: Path) -> None:
        orders(), people()
        put("userops.toml", "[exports]", 'orders = ["o.csv"]', 'users = ["u*.csv"]')
        before = Path("un.csv").read_bytes()
        ran = userops("segment", "-o", "un.csv")
        assert ran.code == 2
        assert "un.csv is an export that the settings name" in ran.err
        with pytest.raises(UsageError, match="export that the settings name"):
            api.segment(config="userops.toml", save_cuts="un.csv")
        assert Path("un.csv").read_bytes() == before

    def test_a_file_of_the_settings_is_no_export(self, here: Path) -> None:
        put("o.csv", "order_id,user_id,paid_at,amount", "1,u1,2025-01-05 10:00:00,5")
        before = Path("o.csv").read_bytes()
        put("userops.toml", "[rfm]", 'save_cuts = "o.csv"')
        assert userops("segment", "o.csv").code == 2
        assert Path("o.csv").read_bytes() == before
        assert userops("segment", "o.csv", "--save-cuts", "c.csv").code == 0
        assert userops("segment", "o.csv", "-o", "x.csv", "--save-cuts", "x.csv").code == 2

    def test_paths_of_the_settings_start_from_their_folder(self, here: Path) -> None:
        put("o.csv", "order_id,user_id,paid_at,amount", "1,u1,2025-01-05 10:00:00,5")
        Path("sub").mkdir()
        put("sub/userops.toml", "[rfm]", 'save_cuts = "cuts.csv"')
        assert userops("segment", "o.csv", "--config", "sub/userops.toml").code == 0
        assert Path("sub/cuts.csv").exists()


class TestRefusedRows:
    def test_orders_of_a_funnel_are_judged_and_kept(self, here: Path) -> None:
        put("bad.csv", "order_id,user_id,paid_at,amount", "1,u1,2025-01-05 10:00:00,5",
            "2,,2025-01-06 10:00:00,5", "3,u1,2025-01-07 10:00:00,lots")  # fmt: skip
        asked = ("funnel", events(), "--orders", "bad.csv", "--rejects", "r.csv")
        ran = userops(*asked)
        assert ran.code == 4
        assert ran.out == b""
        assert refused() == [("bad.csv", "3"), ("bad.csv", "4")]
        assert userops(*asked, "--max-rejects", "2").code == 0

    def test_all_exports_share_the_file(self, here: Path) -> None:
        orders("x,,2025-01-05 10:00:00,5,a")
        people(",2025-01-05 08:00:00,x")
        costs("a,2025-03,lots")
        asked = ("ltv", "o.csv", "--users", "un.csv", "--costs", "c.csv", "--by", "region")
        ran = userops(*asked, "--rejects", "r.csv", "--max-rejects", "50%", "-v")
        assert ran.code == 0, ran.err
        assert refused() == [("un.csv", "42"), ("o.csv", "122"), ("c.csv", "5")]
        assert "users: 41 rows read: 40 used, 1 refused (1 no user)" in ran.err
        assert "costs: 4 rows read: 3 used, 1 refused (1 not an amount)" in ran.err
        assert "c.csv: channel from 'channel', period from 'month', cost from 'cost'" in ran.err

    def test_users_of_a_funnel_say_why(self, here: Path) -> None:
        people(",2025-01-05 08:00:00,x")
        ran = userops("funnel", events(), "--users", "un.csv", "--max-rejects", "5%", "-v")
        assert ran.code == 0, ran.err
        assert "users: 41 rows read: 40 used, 1 refused (1 no user)" in ran.err
        assert "un.csv: user_id from 'user_id', registered_time from 'registered_at'" in ran.err

    def test_events_of_cohorts_are_kept(self, here: Path) -> None:
        events("u1,never,browse,c", name="bad.csv")
        ran = userops("cohorts", "--events", "bad.csv", "--rejects", "r.csv")
        assert ran.code == 0, ran.err
        assert refused() == [("bad.csv", "122")]

    def test_too_many_in_the_second_keep_the_firsts(self, here: Path) -> None:
        orders("x,,2025-01-05 10:00:00,5,a")
        events(*["u1,never,browse,c"] * 9)
        ran = userops("segment", "o.csv", "--events", "e.csv", "--rejects", "r.csv", "-o", "s.csv")
        assert ran.code == 4
        assert [file for file, _ in refused()] == ["o.csv", *["e.csv"] * 9]
        assert not Path("s.csv").exists()

    def test_check_keeps_them_too(self, here: Path) -> None:
        orders("x,,2025-01-05 10:00:00,5,a")
        assert userops("check", "o.csv", "--rejects", "r.csv").code == 0
        assert refused() == [("o.csv", "122")]

    def test_a_report_counts_every_dataset(self, here: Path) -> None:
        orders(), events(), people(), costs("a,2025-03,lots")
        asked = ("--events", "e.csv", "--users", "un.csv", "--costs", "c.csv")
        ran = userops("report", "o.csv", *asked, "--max-rejects", "25%", "--rejects", "r.csv",
                      "-f", "md")  # fmt: skip
        assert ran.code == 0, ran.err
        assert refused() == [("c.csv", "5")]
        for dataset in ("orders", "events", "users", "costs"):
            assert f"| {dataset} | read |" in ran.text


class TestTallies:
    def test_each_dataset_has_its_own(self, here: Path) -> None:
        orders(), events(), people("u1,2025-03-01 08:00:00,y")
        told = userops("funnel", "e.csv", "--orders", "o.csv", "--users", "un.csv", "--show", "all",
                       "-f", "json").json  # fmt: skip
        assert told["tally"] == told["tallies"]["events"]
        read = {dataset: tally["read"] for dataset, tally in told["tallies"].items()}
        assert read == {"users": 41, "orders": 120, "events": 120}
        again = {"another row of the same user": 1}
        assert told["tallies"]["users"] == {
            "read": 41,
            "used": 40,
            "refused": {},
            "left_out": again,
        }
        told = userops("segment", "o.csv", "--events", "e.csv", "--show", "all", "-f", "json").json
        assert told["tally"] == told["tallies"]["orders"]
        assert set(told["tallies"]) == {"orders", "events"}

    def test_one_dataset_has_the_shape_of_before(self, here: Path) -> None:
        told = userops("segment", orders(), "--show", "all", "-f", "json").json
        assert told["tally"]["read"] == 120
        assert "tallies" not in told


class TestEventsThatOverlap:
    @pytest.mark.parametrize("spoilt", [(), ("u1,never,browse,c",)])
    def test_with_columns_in_another_order(self, here: Path, spoilt: tuple[str, ...]) -> None:
        first = events(*spoilt)
        header, *made = Path(first).read_text("utf-8").splitlines()
        turned = [",".join(reversed(line.split(","))) for line in (header, *made[60:])]
        more = put("f.csv", *turned, "d,pay,2025-06-01 09:00:00,u1")
        told = ("activity", "--show", "users", "--max-rejects", "5%", "--as-of", "2025-06-01")
        alone = rows(*told, events("u1,2025-06-01 09:00:00,pay,d", name="g.csv"))
        assert rows(*told, first, more) == alone
        assert sum(int(row["events"]) for row in alone) == len(DAYS) + 1


class TestFunnel:
    def test_who_is_left_out_is_said(self, here: Path) -> None:
        people("v1,,x", "v2,,y")
        events("w,2025-02-01 09:00:00,browse,c")
        ran = userops("funnel", "e.csv", "--users", "un.csv")
        assert "2 users have no registration time: left out" in ran.err
        assert "1 user of the events not in the users export: left out" in ran.err

    def test_the_events_channel_serves_where_users_have_none(self, here: Path) -> None:
        events(), people()
        asked = ("funnel", "e.csv", "--steps", "register,cart,pay", "--users", "un.csv")
        shown = rows(*asked, "--show", "groups")
        assert {row["group"] for row in shown} == {"c", "d"}
        shown = rows(*asked, "--show", "groups", "--by", "region")
        assert {row["group"] for row in shown} == {"x", "y"}
        ran = userops(*asked, "--show", "groups", "--by", "nowhere")
        assert ran.code == 2
        assert "user_id, registered_at, region" in ran.err

    def test_users_who_say_nothing_have_the_events_channel(self, here: Path) -> None:
        events()
        put("some.csv", "user_id,registered_at,channel",
            *[f"u{n},{DAYS[n]} 08:00:00,{'z' if n < 3 else ''}" for n in range(40)])  # fmt: skip
        asked = ("funnel", "e.csv", "--steps", "register,cart", "--users", "some.csv")
        groups = {row["group"]: row["new_users"] for row in rows(*asked, "--show", "conversion")}
        assert groups == {"c": "18", "d": "19", "z": "3"}


class TestCohortsOfEvents:
    def test_orders_beside_them_are_refused(self, here: Path) -> None:
        ran = userops("cohorts", orders(), "--events", events())
        assert ran.code == 2
        assert "o.csv" in ran.err
        assert "not both" in ran.err

    def test_time_before_the_events_is_not_zero(self, here: Path) -> None:
        put("u.csv", "user_id,registered_at", "a,2025-01-10", "b,2025-02-10", "c,2025-03-10")
        put("ev.csv", "user_id,event_time,event", "a,2025-02-20 10:00:00,x",
            "b,2025-03-05 10:00:00,x", "c,2025-03-31 10:00:00,x")  # fmt: skip
        shown = rows("cohorts", "--events", "ev.csv", "--users", "u.csv")
        assert [list(row.values()) for row in shown] == [
            ["2025-01", "1", "", "", "0.0"],
            ["2025-02", "1", "", "1.0", ""],
            ["2025-03", "1", "1.0", "", ""],
            ["all", "3", "1.0", "1.0", "0.0"],
        ]
        ran = userops("cohorts", "--events", "ev.csv", "--users", "u.csv")
        assert "there are no events before 2025-02-20" in ran.err
        long = rows("cohorts", "--events", "ev.csv", "--users", "u.csv", "--show", "long")
        assert [(row["cohort"], row["age"], row["size"]) for row in long if row["cohort"] == "all"] == [
            ("all", "0", "1"), ("all", "1", "1"), ("all", "2", "1"),
        ]  # fmt: skip

    def test_all_registered_long_before(self, here: Path) -> None:
        put("u.csv", "user_id,registered_at", "a,2024-01-10")
        put("ev.csv", "user_id,event_time,event", "a,2024-03-01 10:00:00,x",
            "a,2024-04-30 10:00:00,x")  # fmt: skip
        (cohort, _) = rows("cohorts", "--events", "ev.csv", "--users", "u.csv")
        assert list(cohort.values()) == ["2024-01", "1", "", "", "1.0", "1.0"]
        shown = rows("cohorts", "--events", "ev.csv", "--users", "u.csv", "--as-of", "2024-02-10")
        assert [row["size"] for row in shown] == ["1", "1"]
        assert not any(value for row in shown for age, value in row.items() if age.isdigit())

    def test_the_sample_shops_first_day(self) -> None:
        asked = ("cohorts", "--events", SHOP / "events.csv", "--users", SHOP / "users.csv")
        long = rows(*asked, "--period", "day", "--max-age", "1", "--show", "long")
        (first,) = [row for row in long if row["cohort"] == "all" and row["age"] == "1"]
        assert float(first["value"]) > 0.05

    def test_anonymous_ids_are_linked(self, here: Path) -> None:
        put("ev.csv", "user_id,anonymous_id,event_time,event", ",d1,2025-01-01 10:00:00,x",
            "a,,2025-01-02 10:00:00,x", ",d2,2025-01-02 11:00:00,x")  # fmt: skip
        put("u.csv", "user_id,registered_at,anonymous_id", "a,2025-01-01,d1")
        asked = ("cohorts", "--events", "ev.csv", "--period", "day", "--measure", "users")
        assert [row["size"] for row in rows(*asked)] == ["1", "2", "3"]
        shown = rows(*asked, "--users", "u.csv")
        assert [(row["size"], row["0"], row["1"]) for row in shown] == [("1", "1", "1")] * 2

    def test_what_was_read_is_what_activity_says(self, here: Path) -> None:
        put("ev.csv", "user_id,event_time,event", *["a,2025-01-01T10:00:00Z,x"] * 2,
            "b,2025-02-01T10:00:00Z,x")  # fmt: skip
        asked = ("--events", "ev.csv", "--as-of", "2025-01-15")
        ran = userops("cohorts", *asked, "--show", "all", "-f", "json")
        other = userops(
            "activity", "ev.csv", "--as-of", "2025-01-15", "--show", "all", "-f", "json"
        )
        assert ran.json["tally"] == other.json["tally"]
        assert "3 rows read: 1 used, 2 left out (1 after as_of, 1 the same event again)" in ran.err
        assert "3 times have an offset, taken as written" in ran.err

    def test_by_the_first_events_channel(self, here: Path) -> None:
        put("ev.csv", "user_id,event_time,event,渠道", "a,2025-01-01 10:00:00,x,ads",
            "a,2025-01-02 10:00:00,x,mail", "b,2025-01-01 10:00:00,x,mail")  # fmt: skip
        for name in ("channel", "渠道"):
            shown = rows("cohorts", "--events", "ev.csv", "--by", name)
            assert [(row["channel"], row["size"]) for row in shown if row["cohort"] != "all"] == [
                ("ads", "1"), ("mail", "1"),
            ]  # fmt: skip
        assert userops("cohorts", "--events", "ev.csv", "--by", "region").code == 2


class TestCosts:
    def summed(self, *files: str) -> tuple[dict[str, str], str]:
        named = [part for name in files for part in ("--costs", name)]
        ran = userops("ltv", orders(), *named, "--show", "channels", "-f", "csv")
        assert ran.code == 0, ran.err
        found = csv.DictReader(ran.text.splitlines())
        return {row["channel"]: row["cost"] for row in found}, ran.err

    def test_overlapping_exports_are_one(self, here: Path) -> None:
        costs(name="c1.csv")
        put("c2.csv", "cost,month,channel", "80.00,2025年2月,a", "60,2025-02,b")
        found, told = self.summed("c1.csv", "c2.csv")
        assert found == {"a": "180.00", "b": "110.00"}
        assert "costs: 5 rows read: 4 used, 1 left out (1 also in another export)" in told

    def test_twice_in_one_export_are_two(self, here: Path) -> None:
        costs("a,2025-02,80", name="c1.csv"), costs(name="c2.csv")
        assert self.summed("c1.csv")[0]["a"] == "260.00"
        assert self.summed("c1.csv", "c2.csv")[0]["a"] == "260.00"
        assert self.summed("c2.csv", "c1.csv")[0]["a"] == "260.00"

    def test_other_columns_tell_costs_apart(self, here: Path) -> None:
        put("c1.csv", "channel,month,cost,campaign", "a,2025-01,10,spring")
        put("c2.csv", "channel,month,cost,campaign", "a,2025-01,10,summer", "a,2025-01,10,spring")
        assert self.summed("c1.csv", "c2.csv")[0]["a"] == "20.00"

    def test_spend_given_back(self, here: Path) -> None:
        asked = ("ltv", orders(), "--costs", costs("b,2025-02,-50"), "--show", "channels")
        found = {row["channel"]: row for row in rows(*asked)}
        assert found["b"]["cost"] == "0.00"
        assert [found["b"][name] for name in ("cac", "ltv_cac", "payback_months", "roi")] == [
            ""
        ] * 4
        assert found["a"]["cac"]
        told = userops(*asked).err
        assert "1 negative amount was taken as a refund" in told
        assert "costs of zero or less, so no CAC: b" in told


class TestAttributes:
    def test_by_the_columns_own_name(self, here: Path) -> None:
        put("oc.csv", "订单号,用户id,付款时间,实付金额,渠道", "1,a,2025-01-01 10:00:00,5,门店",
            "2,b,2025-01-02 10:00:00,5,直播")  # fmt: skip
        put("uzh.csv", "用户id,注册时间,渠道", "a,2025-01-01,社群", "b,2025-01-01,")
        plain = rows("cohorts", "oc.csv", "--by", "channel")
        assert {row["channel"] for row in plain} == {"门店", "直播"}
        assert rows("cohorts", "oc.csv", "--by", "渠道") == plain
        both = rows("cohorts", "oc.csv", "--users", "uzh.csv", "--by", "渠道")
        assert {row["channel"] for row in both} == {"社群", "直播"}
        shown = rows("ltv", "oc.csv", "--users", "uzh.csv", "--by", "渠道")
        assert [row["group"] for row in shown] == ["all", "直播", "社群"]

    def test_a_recognised_column_in_ltv_and_funnel(self, here: Path) -> None:
        orders(), events()
        put("u.csv", "user_id,registered_at,utm_source",
            *[f"u{n},{DAYS[n]},{'pq'[n % 2]}" for n in range(40)])  # fmt: skip
        shown = rows("ltv", "o.csv", "--users", "u.csv", "--by", "utm_source")
        assert [row["group"] for row in shown] == ["all", "p", "q"]
        asked = ("--steps", "browse,cart", "--by", "utm_source", "--show", "groups")
        shown = rows("funnel", "e.csv", "--users", "u.csv", *asked)
        assert {row["group"] for row in shown} == {"p", "q"}

    def test_a_users_export_without_it_leaves_it_to_the_orders(self, here: Path) -> None:
        orders(), people()
        alone = rows("cohorts", "o.csv", "--by", "channel")
        assert rows("cohorts", "o.csv", "--users", "un.csv", "--by", "channel") == alone
        put("userops.toml", "[exports]", 'orders = ["o.csv"]', 'users = ["un.csv"]')
        assert rows("cohorts", "--by", "channel") == alone
        ran = userops("cohorts", "--by", "nowhere")
        assert ran.code == 2
        assert "user_id, registered_at, region" in ran.err

    def test_users_who_say_nothing_have_the_orders_channel(self, here: Path) -> None:
        orders()
        put("some.csv", "user_id,registered_at,channel", "u0,2025-01-01,z", "u1,2025-01-01,")
        expected = {"z": "1", "a": "19", "b": "20"}
        asked = ("o.csv", "--users", "some.csv")
        shown = rows("ltv", *asked, "--by", "channel")
        assert {row["group"]: row["users"] for row in shown[1:]} == expected
        shown = rows("cohorts", *asked, "--by", "channel", "--show", "long", "--measure", "users")
        sizes = {
            name: sum(
                int(row["size"])
                for row in shown
                if row["channel"] == name and row["age"] == "0" and row["cohort"] != "all"
            )
            for name in expected
        }
        assert sizes == {name: int(count) for name, count in expected.items()}
        costs()
        ran = userops("report", *asked, "--costs", "c.csv", "--sections", "ltv", "-f", "md")
        assert ran.code == 0, ran.err
        assert "| a |" in ran.text
        assert "| b |" in ran.text

    def test_by_user_id_is_refused(self, here: Path) -> None:
        orders(), events(), people("u1,2025-01-01,x")
        for asked in (
            ("cohorts", "o.csv"),
            ("ltv", "o.csv"),
            ("funnel", "e.csv", "--show", "groups"),
        ):
            ran = userops(*asked, "--users", "un.csv", "--by", "user_id")
            assert ran.code == 2
            assert "every user would be a group" in ran.err

    def test_a_users_rows_complete_each_other(self, here: Path) -> None:
        put("o.csv", "order_id,user_id,paid_at,amount", "1,a,2025-01-05 10:00:00,5")
        put("u.csv", "user_id,registered_at,region", "a,2025-01-01,", "a,2025-01-03,south",
            "a,2025-01-04,north")  # fmt: skip
        ran = userops("cohorts", "o.csv", "--users", "u.csv", "--by", "region", "-f", "csv")
        assert ran.text.splitlines()[1].startswith("south,2025-01,1")
        assert "3 rows read: 1 used, 2 left out (2 another row of the same user)" in ran.err

    def test_what_was_assumed_of_users_is_said(self, here: Path) -> None:
        orders()
        put("u.csv", "user_id,registered_at,region", "u1,2025-01-01T10:00:00Z,x")
        ran = userops("lifecycle", "o.csv", "--users", "u.csv")
        assert "u.csv: 'registered_at': 1 time has an offset" in ran.err


class TestLinks:
    EVENTS = ("user_id,anonymous_id,event_time,event", ",d1,2025-01-01 10:00:00,x",
              "a,,2025-01-02 10:00:00,x")  # fmt: skip

    def test_users_link_anonymous_ids(self, here: Path) -> None:
        put("ev.csv", *self.EVENTS)
        put("u.csv", "user_id,registered_at,anonymous_id", "a,2025-01-01,d1")
        for asked in (("activity", "ev.csv", "--show", "users"), ("segment", "--events", "ev.csv")):
            assert [row["user_id"] for row in rows(*asked)] == ["a", "d1"]
            assert [row["user_id"] for row in rows(*asked, "--users", "u.csv")] == ["a"]
        put("userops.toml", "[exports]", 'events = ["ev.csv"]', 'users = ["u.csv"]')
        assert [row["user_id"] for row in rows("activity", "--show", "users")] == ["a"]

    def test_an_export_that_links_none_says_so(self, here: Path) -> None:
        put("ev.csv", *self.EVENTS)
        ran = userops("activity", "ev.csv", "--users", people())
        assert ran.code == 0
        assert "un.csv: no column for anonymous_id" in ran.err


def test_users_without_registrations_leave_them_to_the_events(here: Path) -> None:
    put("e3.csv", "user_id,event_time,event", "u1,2025-01-01 10:00:00,register",
        "u1,2025-01-02 10:00:00,pay", "u2,2025-03-03 10:00:00,view")  # fmt: skip
    put("levels.csv", "user_id,level", "u1,gold")
    put("times.csv", "user_id,registered_time", "u1,2025-01-01 09:00:00", "u2,2025-01-01 09:00:00")
    asked = ("funnel", "e3.csv", "--steps", "register,pay", "--show", "steps")
    for users, entrants in (("levels.csv", ["1", "1"]), ("times.csv", ["2", "1"])):
        assert [row["users"] for row in rows(*asked, "--users", users)] == entrants
