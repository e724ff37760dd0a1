from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from helpers.clicks import FIRST, SHAPES, Shape, rows, sql, until, write
from helpers.running import SAMPLES, userops
from helpers.ways import carefully

SEEDS = (1,)
SESSIONS = """
  marked as (
    select *, case when session_id is not null then null
      when lag(t) over (partition by user_id, session_id is null order by t) is null
        or t - lag(t) over (partition by user_id, session_id is null order by t) > interval 30 minute
      then 1 else 0 end as begins from events where d <= {as_of}
  ), numbered as (
    select *, coalesce(session_id, 'silence ' || sum(begins) over (
      partition by user_id, session_id is null order by t)) as visit from marked
  ), visits as (
    select user_id, visit, min(d) as d, {spent} as s, count(*) filter (page is not null) as pages
    from numbered group by all
  )"""
SUMMARY = (
    "with recursive"
    + SESSIONS
    + """,
  cut as (select *, date_trunc('{period}', d)::date as p from events where d <= {as_of}),
  spans as (
    select unnest(generate_series((select min(p) from cut), {as_of}, interval 1 {period}))::date as p
  ),
  whole as (select p, row_number() over (order by p) as n from spans),
  pairs as (select distinct user_id, n from cut join whole using (p)),
  lagged as (select *, lag(n) over (partition by user_id order by n) as before from pairs),
  users as (
    select n, count(*) as active, count(*) filter (before is null) as new,
      count(*) filter (n - before = 1) as back from lagged group by n
  ),
  dormant as (
    select n + 1 as n, count(*) as gone from pairs a
    where not exists (from pairs b where b.user_id = a.user_id and b.n = a.n + 1) group by n
  ),
  happened as (select p, count(*) as events, sum(duration_s) as s from cut group by p),
  begun as (select date_trunc('{period}', d)::date as p, count(*) as sessions, sum(s) as s from visits group by 1)
  select p, coalesce(active, 0), coalesce(new, 0), coalesce(back, 0), coalesce(active - new - back, 0),
    coalesce(gone, 0), coalesce(events, 0), coalesce(sessions, 0), events / active,
    coalesce({minutes}, 0) / 60.0 / active,
    p + interval 1 {period} - interval 1 day <= {as_of}
  from whole left join users using (n) left join dormant using (n)
    left join happened using (p) left join begun using (p) order by p"""
)
USERS = (
    "with"
    + SESSIONS
    + """,
  used as (select user_id, min(d) as a, max(d) as z, count(distinct d) as days, count(*) as events,
    coalesce(sum(duration_s), 0) as s from events where d <= {as_of} group by 1),
  visited as (select user_id, count(*) as sessions, sum(s) as s from visits group by 1)
  select user_id, a, z, days, sessions, events, {minutes} / 60.0,
    case when days = 1 then if({as_of} - z <= 30, 'new', 'lapsed')
      when {as_of} - z > 3 * (z - a) / (days - 1) and {as_of} - z > 7 then 'lapsed'
      when (z - a) / (days - 1) <= 3 then 'daily'
      when (z - a) / (days - 1) <= 14 then 'weekly'
      when (z - a) / (days - 1) <= 90 then 'monthly' else 'yearly' end
  from used join visited using (user_id) order by user_id"""
)
DEPTH = (
    "with"
    + SESSIONS
    + """, bands(n, band) as (values (0, 'under_40s'), (1, 'minutes'), (2, 'hours')),
  placed as (select *, case when s < 40 then 0 when s < 3600 then 1 else 2 end as n from visits)
  select band, count(user_id), count(user_id) / (select count(*) from visits), count(distinct user_id),
    coalesce(sum(s), 0) / 60.0, sum(pages) / nullif(count(user_id), 0), avg(s) / 60.0
  from bands left join placed using (n) group by n, band order by n"""
)


def asked(path: Path, *options: object) -> list[dict[str, str]]:
    ran = userops("activity", path, *options, "-f", "csv", "-q")
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.text)))


def equal(found: list[dict[str, str]], expected: list[tuple[object, ...]]) -> None:
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        for (name, value), other in zip(mine.items(), theirs, strict=True):
            if other is None:
                assert value == "", name
            elif isinstance(other, bool):
                assert value == str(other).lower(), name
            elif isinstance(other, (str, date)):
                assert value == str(other), (name, mine)
            else:
                assert float(value) == pytest.approx(float(other), rel=1e-12), (name, mine)


def told(query: str, shape: Shape, as_of: str, period: str = "week") -> str:
    spent = "coalesce(sum(duration_s), 0)" if shape.durations else "epoch(max(t) - min(t))"
    minutes = "happened.s" if shape.durations else "begun.s"
    if "used" in query:
        minutes = "used.s" if shape.durations else "visited.s"
    return query.format(as_of=f"date '{as_of}'", spent=spent, period=period, minutes=minutes)


def last_day(events: list[dict[str, object]]) -> str:
    return max(f"{row['event_time']:%Y-%m-%d}" for row in events)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_table_is_what_sql_says(shape: Shape, seed: int, tmp_path: Path) -> None:
    events = rows(shape, seed)
    path, as_of = write(tmp_path / "events.csv", events), last_day(events)
    for period in ("day", "week", "month"):
        equal(asked(path, "--period", period), sql(path, told(SUMMARY, shape, as_of, period)))
    equal(asked(path, "--show", "users"), sql(path, told(USERS, shape, as_of)))
    equal(asked(path, "--show", "depth"), sql(path, told(DEPTH, shape, as_of)))


def test_nobody_active_is_zero_and_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user_id,event,time\na,x,2024-01-01 10:00\nb,x,2024-01-02 10:00\n")
    week, month, *_ = asked(path, "--show", "stickiness", "--as-of", "2024-06-01")
    assert (week["out_of"], month["out_of"]) == ("0", "0")
    assert week["share"] == ""


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_stickiness_is_what_sql_says(shape: Shape, tmp_path: Path) -> None:
    events = rows(shape)
    path, as_of = write(tmp_path / "events.csv", events), f"date '{last_day(events)}'"
    found = asked(path, "--show", "stickiness")
    reach = sql(path, f"select {as_of} - min(d) + 1 from events")[0][0]
    for row, back in ((found[0], 7), (found[1], 28)):
        query = f"""select count(*), count(distinct user_id) * {back} from
            (select distinct user_id, d from events where d > {as_of} - {back})"""
        pairs, out_of = sql(path, query)[0]
        assert int(row["count"]) == pairs
        assert row["out_of"] == (str(out_of) if reach >= back else "")
        assert row["share"] == "" or float(row["share"]) == pytest.approx(pairs / out_of)
    query = f"""select days, count(*) from (select user_id, count(distinct d) as days from events
        where d > {as_of} - 28 group by 1) group by 1"""
    assert {
        int(row["days"]): int(row["count"]) for row in found[2:] if row["count"] != "0"
    } == dict(sql(path, query))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("table", ["summary", "stickiness", "users", "depth"])
def test_an_earlier_as_of_is_what_the_cut_export_says(
    shape: Shape, table: str, tmp_path: Path
) -> None:
    events = rows(shape)
    day = f"{FIRST:%Y-%m}-24"
    cut = until(events, day)
    if not cut:
        return
    whole = write(tmp_path / "events.csv", events)
    part = write(tmp_path / "cut.csv", cut)
    asking = ("--show", table, "--as-of", day)
    assert asked(whole, *asking) == asked(part, *asking)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_parts_sum_to_the_whole(shape: Shape, tmp_path: Path) -> None:
    path = write(tmp_path / "events.csv", events := rows(shape))
    summary, users = asked(path, "--period", "day"), asked(path, "--show", "users")
    depth = asked(path, "--show", "depth")

    def total(table: list[dict[str, str]], name: str) -> float:
        return sum(float(row[name]) for row in table)

    assert total(summary, "events") == total(users, "events") == len(events)
    assert total(summary, "sessions") == total(users, "sessions") == total(depth, "sessions")
    assert total(users, "minutes") == pytest.approx(total(depth, "minutes"))
    assert total(summary, "new_users") == len(users)
    before = 0.0
    for row in summary:
        parts = [
            float(row[f"{kind}_users"]) for kind in ("new", "returning", "resurrected", "dormant")
        ]
        assert float(row["active_users"]) == sum(parts[:3])
        assert before == parts[1] + parts[3]
        before = float(row["active_users"])


@pytest.mark.parametrize("table", ["summary", "stickiness", "users", "depth"])
def test_rows_may_stand_in_any_order_and_be_read_either_way(table: str, tmp_path: Path) -> None:
    events = rows(SHAPES[3])
    path = write(tmp_path / "events.csv", events)
    ordered = write(tmp_path / "ordered.csv", sorted(events, key=lambda row: row["event_time"]))
    shown = asked(path, "--show", table)
    assert asked(ordered, "--show", table) == shown
    with carefully():
        assert asked(path, "--show", table) == shown


def test_an_unfinished_period_is_marked() -> None:
    shown = asked(SAMPLES / "shop" / "events.csv", "--period", "month", "--as-of", "2025-12-30")
    assert [row["complete"] for row in shown] == ["true", "false"]
    assert asked(SAMPLES / "shop" / "events.csv", "--period", "month")[-1]["complete"] == "true"


def test_events_that_make_nobody_active(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "user_id,event,time\na,browse,2024-01-01 10:00\nb,Error_Page,2024-01-01 11:00\n"
        "a,identify,2024-01-02 10:00\na,browse,2024-01-03 10:00\n"
    )
    (every,) = asked(path, "--show", "summary", "--period", "week")
    config = tmp_path / "userops.toml"
    config.write_text('[activity]\nignore = ["error_page", "identify"]\n')
    (some,) = asked(path, "--show", "summary", "--period", "week", "--config", config)
    assert (every["active_users"], some["active_users"]) == ("2", "1")
    users = asked(path, "--show", "users", "--ignore", "error_page,identify")
    assert [(row["user_id"], row["active_days"], row["events"]) for row in users] == [
        ("a", "2", "2")
    ]
    shown = asked(path, "--show", "depth", "--ignore", "error_page,identify")
    assert sum(int(row["sessions"]) for row in shown) == 2
