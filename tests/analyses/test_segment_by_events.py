from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.test_activity import SESSIONS, last_day
from helpers.clicks import FIRST, SHAPES, Shape, rows, sql, until, write
from helpers.running import SAMPLES, userops
from userops import api
from userops.analyses.segment import by_events
from userops.core.dates import Window
from userops.core.periods import Period
from userops.core.rule_tables import TABLES
from userops.core.table import Table
from userops.customers import frozen_cuts
from userops.customers.params import RfmParams
from userops.inputs import small_files
from userops.inputs.small_files import rows_of

SHOP = SAMPLES / "shop"


def asked(*options: object) -> list[dict[str, str]]:
    ran = userops("segment", *options, "-f", "csv", "-q")
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.text)))


def scored(path: Path, shape: Shape, as_of: str) -> list[tuple[object, ...]]:
    """Recency, active days, minutes and their scores, from the definitions alone."""
    spent = "coalesce(sum(duration_s), 0)" if shape.durations else "epoch(max(t) - min(t))"
    day = f"date '{as_of}'"
    return sql(
        path,
        f"""with {SESSIONS.format(as_of=day, spent=spent)},
        used as (select user_id, {day} - max(d) as r, count(distinct d) as f, min(d) as a
          from events where d <= {day} group by 1),
        spent as (select user_id, sum(s) as m from visits group by 1),
        both_ as (select * from used join spent using (user_id)),
        cuts as (select {
            ", ".join(
                f"quantile_cont({name}, {k / 5}) as {name}{k}"
                for name in "rfm"
                for k in range(1, 5)
            )
        } from both_),
        points as (select *, 5 - {"-".join(f"(r > r{k})::int" for k in range(1, 5))} as rs,
          1 + {"+".join(f"(f > f{k})::int" for k in range(1, 5))} as fs,
          1 + {"+".join(f"(m > m{k})::int" for k in range(1, 5))} as ms from both_, cuts)
        select user_id, r, f, m / 60.0, rs, fs, ms, case when {day} - a <= 30 and f = 1 then 'new'
          when fs >= 4 and ms >= 4 then 'high' when fs >= 4 or ms >= 4 then 'middle' else 'low' end
        from points order by 1""",
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scores_by_use_are_what_sql_says(shape: Shape, tmp_path: Path) -> None:
    events = rows(shape, 4)
    path = write(tmp_path / "events.csv", events)
    shown, expected = asked("--events", path), scored(path, shape, last_day(events))
    assert len(shown) == len(expected)
    for mine, theirs in zip(shown, expected, strict=True):
        names = (
            "user_id",
            "recency_days",
            "active_days",
            "minutes",
            "r_score",
            "f_score",
            "m_score",
        )
        for name, other in zip(names, theirs, strict=False):
            told = mine[name]
            assert told == str(other) if name != "minutes" else float(told) == pytest.approx(other)
        assert mine["tier"] == theirs[-1]


def test_an_earlier_as_of_is_what_the_cut_export_says(tmp_path: Path) -> None:
    events, day = rows(SHAPES[3]), f"{FIRST:%Y-%m}-24"
    whole, part = write(tmp_path / "a.csv", events), write(tmp_path / "b.csv", until(events, day))
    for table in ("users", "summary", "tiers", "cuts"):
        asking = ("--show", table, "--as-of", day)
        assert asked("--events", whole, *asking) == asked("--events", part, *asking)


def test_both_ways_are_each_ones_own(tmp_path: Path) -> None:
    both = asked(SHOP / "orders.csv", "--events", SHOP / "events.csv")
    bought = {row["user_id"]: row for row in asked(SHOP / "orders.csv")}
    used = {row["user_id"]: row for row in asked("--events", SHOP / "events.csv")}
    assert {row["user_id"] for row in both} == bought.keys() | used.keys()
    assert [row["user_id"] for row in both] == sorted(bought.keys() | used.keys())
    for row in both:
        one, other = bought.get(row["user_id"]), used.get(row["user_id"])
        for name in ("recency_days", "frequency", "monetary", "rfm_score", "segment", "tier"):
            assert row[name] == (one[name] if one else "")
        for name in ("recency_days", "rfm_score", "segment", "tier"):
            assert row[f"use_{name}"] == (other[name] if other else "")
        assert row["minutes"] == (other["minutes"] if other else "")
        tiers = (one["tier"] if one else "none", other["tier"] if other else "none")
        assert row["two_way_tier"] == " x ".join(tiers)
    crossed = asked(SHOP / "orders.csv", "--events", SHOP / "events.csv", "--show", "two_way")
    assert sum(int(row["users"]) for row in crossed) == len(both)
    for row in crossed:
        pair = f"{row['tier']} x {row['use_tier']}"
        assert int(row["users"]) == sum(one["two_way_tier"] == pair for one in both)


def test_frozen_cuts_of_use_score_alike(tmp_path: Path) -> None:
    frozen = tmp_path / "cuts.csv"
    first = asked("--events", SHOP / "events.csv", "--save-cuts", frozen)
    again = asked("--events", SHOP / "events.csv", "--cuts", frozen)
    assert [row["r_score"] + row["f_score"] for row in first] == [
        row["r_score"] + row["f_score"] for row in again
    ]


def scores(users: pl.DataFrame, **given: object) -> tuple[list[str], Table]:
    """Everyone's scores by use, and the cut points."""
    params = RfmParams(method="fixed" if "cuts" in given else "quantile", bins=given.pop("bins"))
    window = Window(date(2024, 1, 1), date(2024, 1, 3))
    found = by_events.segment(users, window, params, rules=TABLES["grid"], **given)
    return found[0].frame["rfm_score"].to_list(), found[3]


@given(
    st.lists(st.one_of(st.sampled_from([47_000, 1, 60_000]), st.integers(0, 10**10)), min_size=1),
    st.integers(2, 20),
)
def test_saved_cuts_give_exactly_the_scores_they_were_saved_from(
    durations: list[int], bins: int
) -> None:
    days = pl.Series([19_723 + n % 3 for n in range(len(durations))], dtype=pl.Int32)
    users = pl.DataFrame(
        {
            "user_id": [f"u{number}" for number in range(len(durations))],
            "first_day": days,
            "last_day": days,
            "active_days": pl.Series([1 + n % 5 for n in range(len(durations))], dtype=pl.Int64),
            "ms": pl.Series(durations, dtype=pl.Int64),
        }
    )
    first, table = scores(users, bins=bins)
    with TemporaryDirectory() as folder:
        small_files.save("segment", table, f"{folder}/cuts.csv", print)
        again, _ = scores(
            users, bins=bins, cuts=frozen_cuts.read(f"{folder}/cuts.csv", rows_of).in_units(0)
        )
    assert again == first


def test_47_seconds_are_not_above_themselves(tmp_path: Path) -> None:
    made = [
        {"user_id": f"u{n}", "event_time": FIRST, "event": "view", "duration_s": 47}
        for n in range(9)
    ]
    path, frozen = write(tmp_path / "e.csv", made), tmp_path / "cuts.csv"
    first = asked("--events", path, "--save-cuts", frozen)
    assert asked("--events", path, "--cuts", frozen) == first


def test_functions_over_frames_give_what_the_program_gives(tmp_path: Path) -> None:
    events = pl.read_csv(SHOP / "events.csv", infer_schema=False)
    used = api.segment(events=events)
    assert used["users"].frame["user_id"].to_list() == [
        row["user_id"] for row in asked("--events", SHOP / "events.csv")
    ]
    seen = api.activity(events.lazy(), period=Period.MONTH)
    assert seen.names == ["summary", "stickiness", "users", "depth"]
    assert seen["summary"].frame["active_users"].sum() > 0
    frame = seen["users"].frame
    assert api.activity(SHOP / "events.csv")["users"].frame.equals(frame)
    shown = api.funnel(events, orders=SHOP / "orders.csv")
    assert shown.names == ["steps", "users", "groups", "conversion"]
    users = pl.read_csv(SHOP / "users.csv", infer_schema=False).select(
        "user_id", "gender", registered_time=pl.col("registered_at").str.to_datetime()
    )
    shown = api.funnel(events, users=users, by="gender", steps=["register", "browse", "pay"])
    ran = userops(
        "funnel", SHOP / "events.csv", "--users", SHOP / "users.csv", "--by", "gender",
        "--steps", "register,browse,pay", "--show", "groups", "-f", "csv", "-q",
    )  # fmt: skip
    expected = pl.read_csv(ran.out)["users"].to_list()
    assert shown["groups"].frame["users"].to_list() == expected


def test_days_since_use_are_not_called_days_since_an_order() -> None:
    events = SAMPLES / "shop" / "events.csv"
    for table in ("users", "summary"):
        asked = ("segment", "--events", events, "--show", table, "--lang", "zh", "-f", "md")
        assert "距上次活跃" in userops(*asked).text
        assert "下单" not in userops(*asked).text.splitlines()[0]


def test_lines_speak_of_coming_back_not_of_orders(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    rows = [
        f"u{n},x,2024-01-{1 + (n * k) % 28:02} 10:00" for n in range(40) for k in range(1 + n % 9)
    ]
    path.write_text("\n".join(["user_id,event,time", *rows]) + "\n")
    for segments in ("grid", "intervals", "rfm8"):
        for show in ("summary", "tiers", "users"):
            text = userops(
                "segment", "--events", path, "--segments", segments, "--show", show, "-f", "md"
            ).text
            for word in ("order", "coupon", "discount", "basket", "buy", "perks before"):
                lines = [line for line in text.splitlines() if line.startswith("|")][2:]
                assert not any(word in line.lower().split("|")[-2] for line in lines), (
                    word,
                    segments,
                )
    config = tmp_path / "userops.toml"
    config.write_text('[playbook]\nhigh = "Second order within 30 days"\n')
    text = userops(
        "segment", "--events", path, "--show", "tiers", "--config", config, "-f", "md"
    ).text
    assert "Second order within 30 days" in text


def test_orders_of_the_settings_that_are_not_read_are_said(here: Path) -> None:
    Path("userops.toml").write_text(f'[exports]\norders = ["{SHOP / "orders.csv"}"]\n')
    said = "the settings' orders aren't read: name orders, too, for both"
    assert said in userops("segment", "--events", SHOP / "events.csv").err
    both = userops("segment", SHOP / "orders.csv", "--events", SHOP / "events.csv")
    assert said not in both.err
