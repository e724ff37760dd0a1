from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from helpers.clicks import FIRST, SHAPES, Shape, rows, write
from helpers.running import userops
from helpers.ways import carefully
from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.engines.reductions import Reduction
from userops.ledger import sessions
from userops.readers.events import Events
from userops.readers.fast import events as fast_events
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions


def everything(events: pl.LazyFrame) -> pl.LazyFrame:
    return events.sort(pl.all())


def read(
    path: Path, as_of: int | None = None, links: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, Facts]:
    with workspace() as folder:
        events = Events.open([str(path)], ReadOptions(), folder, links)
        (frame, _), facts = events.reduce([everything, sessions.active_days], as_of)
    return frame, facts


def quick(path: Path) -> bool:
    with workspace() as folder:
        events = Events.open([str(path)], ReadOptions(), folder)
        return (
            fast_events.reduce(
                events.exports, ReadOptions(), [Reduction.of(sessions.active_days)], None
            )
            is not None
        )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_ways_agree(shape: Shape, kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "events.csv", rows(shape))
    if kind == "parquet":
        frame = pl.read_csv(path, try_parse_dates=True, schema_overrides={"session_id": pl.String})
        path = tmp_path / "events.parquet"
        frame.write_parquet(path)
    assert quick(path)
    for as_of in (None, to_day(FIRST.date()) + 20):
        fast = read(path, as_of)
        with carefully():
            slow = read(path, as_of)
        assert (
            fast[0].select(sorted(fast[0].columns)).equals(slow[0].select(sorted(slow[0].columns)))
        )
        assert fast[1].tally == slow[1].tally
        assert (fast[1].window.as_of, fast[1].window.first_day) == (
            slow[1].window.as_of, slow[1].window.first_day,
        )  # fmt: skip


@pytest.mark.parametrize("ordered", [True, False])
def test_rows_alike_in_every_column_count_once(ordered: bool, tmp_path: Path) -> None:
    events = rows(SHAPES[5])
    twice = [*events, *events[:7]]
    if ordered:
        twice.sort(key=lambda row: row["event_time"])
    path = write(tmp_path / "events.csv", twice)
    frame, facts = read(path)
    assert not quick(path)
    assert len(frame) == facts.tally.used == len(events)
    assert facts.tally.left_out == {"the same event again": 7}
    assert frame.equals(read(write(tmp_path / "once.csv", events))[0])


def test_one_event_id_counts_once_and_the_earliest_stands(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "user_id,timestamp,event,$insert_id\na,2025-01-02 10:00:00,view,1\na,2025-01-01 10:00:00,view,1\n"
        "a,2025-01-01 10:00:00,view,2\nb,2025-01-01 10:00:00,view,\nb,2025-01-01 10:00:00,view,\n"
    )
    frame, facts = read(path)
    assert frame["event_time"].to_list() == [datetime(2025, 1, 1, 10)] * 3
    assert facts.tally.left_out == {"the same event again": 2}


def test_anonymous_ids_are_linked_by_identify_and_by_users(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "userId,anonymousId,timestamp,event\n,anon1,2025-01-01 10:00:00,page\n"
        "u1,anon1,2025-01-01 11:00:00,$identify\n,anon1,2025-01-01 12:00:00,page\n"
        "u2,anon1,2025-01-05 11:00:00,identify\n,anon2,2025-01-02 10:00:00,page\n"
        ",anon3,2025-01-03 10:00:00,page\nu3,anon3,2025-01-04 10:00:00,page\n"
    )
    named = ReadOptions(named={"user_id": "userId", "anonymous_id": "anonymousId"})
    with workspace() as folder:
        events = Events.open([str(path)], named, folder)
        (frame,), facts = events.reduce([everything])
        assert frame["user_id"].to_list() == ["anon2", "u1", "u1", "u1", "u2", "u3", "u3"]
        assert any("1 anonymous id is linked to nobody" in note for note in facts.notes)
        early = Events.open([str(path)], named, folder)
        (frame,), _ = early.reduce([everything], to_day(datetime(2025, 1, 1).date()))
        assert set(frame["user_id"]) == {"u1"}
        links = pl.DataFrame({"anonymous_id": ["anon2", "anon1"], "user_id": ["u9", "u8"]})
        given = Events.open([str(path)], named, folder, links)
        (frame,), _ = given.reduce([everything])
        assert frame["user_id"].to_list() == ["u1", "u2", "u3", "u3", "u8", "u8", "u9"]


@pytest.mark.parametrize(
    "header",
    [
        "user_id,event,timestamp",
        "visitorid,event,timestamp",
        "USER ID,Action,Event Time",
        "uid,behavior_type,datetime",
        "customer_id,event_type,created_at",
        "distinct_id,event,time",
        "userId,activity,ts",
        "用户ID,行为,时间",
    ],
)
def test_headers_are_known_by_many_names(header: str, tmp_path: Path) -> None:
    path = tmp_path / "clicks.csv"
    names = header.split(",")
    at = next(n for n, name in enumerate(names) if "t" in name.lower()[:1] or "time" in name.lower()
              or name in ("created_at", "时间"))  # fmt: skip
    lines = []
    for number in range(5):
        cells = [f"u{number % 2}", "view", "view"]
        cells[at] = f"{FIRST + timedelta(hours=number):%Y-%m-%d %H:%M:%S}"
        lines.append(",".join(cells))
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    ran = userops("activity", path, "-f", "csv", "-q")
    assert ran.code == 0, ran.err
    (row,) = csv.DictReader(io.StringIO(ran.text))
    assert (row["active_users"], row["events"]) == ("2", "5")


def test_refused_rows_are_counted_and_written(tmp_path: Path) -> None:
    events = rows(SHAPES[0])
    path = write(tmp_path / "events.csv", [*events, {**events[0], "event_time": "tomorrow"}])
    out = tmp_path / "rejects.csv"
    ran = userops("activity", path, "--rejects", out, "-f", "csv")
    assert ran.code == 0, ran.err
    assert "1 refused (1 not a date)" in ran.err
    assert "tomorrow" in out.read_text(encoding="utf-8-sig")


GA4 = (
    '{"event_name":"view_item","event_timestamp":"1609464800123456","user_pseudo_id":"p1","user_id":null}\n'
    '{"event_name":"purchase","event_timestamp":"1609465000123456","user_pseudo_id":"p1","user_id":"u9"}\n'
    '{"event_name":"view_item","event_timestamp":"1609465800123456","user_pseudo_id":"p1","user_id":null}\n'
    '{"event_name":"view_item","event_timestamp":"1614648800123456","user_pseudo_id":"p3","user_id":null}\n'
)
SEGMENT = (
    "messageId,anonymousId,userId,timestamp,event\nm1,p1,,2021-01-01 10:00:00,view_item\n"
    "m2,p1,u9,2021-01-01 10:05:00,purchase\nm3,p1,,2021-01-01 11:00:00,view_item\n"
    "m4,p3,,2021-03-02 10:00:00,view_item\n"
)
MIXPANEL = "".join(
    f'{{"event":"{event}","properties":{{"time":{time},"distinct_id":"{user}","$device_id":"{device}"}}}}\n'
    for event, time, user, device in (
        ("view_item", 1609464800, "$device:p1", "p1"),
        ("purchase", 1609465000, "u9", "p1"),
        ("view_item", 1609465800, "$device:p1", "p1"),
        ("view_item", 1614648800, "$device:p3", "p3"),
    )
)


@pytest.mark.parametrize(
    ("name", "text"), [("e.jsonl", GA4), ("e.csv", SEGMENT), ("e.jsonl", MIXPANEL)]
)
def test_who_logs_in_was_there_before(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    ran = userops("funnel", path, "--steps", "view_item,purchase", "-f", "json")
    steps = {row["step"]: row["users"] for row in ran.json}
    assert steps == {"view_item": 1, "purchase": 1}, ran.err
    frame, facts = read(path)
    assert sorted(frame["user_id"]) in (["p3", "u9", "u9", "u9"], ["$device:p3", "u9", "u9", "u9"])
    assert "1 anonymous id was linked to a user" in facts.notes


def test_an_anonymous_id_of_several_users(tmp_path: Path) -> None:
    rows = ["user_id,anonymous_id,event_time,event", ",d1,2025-01-01 09:00:00,view"]
    rows += [f"u{n},d1,2025-01-0{n} 10:00:00,view" for n in (2, 1)]
    rows += [",till,2025-01-01 09:00:00,view"]
    rows += [f"v{n},till,2025-01-0{n} 10:00:00,view" for n in range(1, 6)]
    path = tmp_path / "e.csv"
    path.write_text("\n".join(rows) + "\n")
    frame, facts = read(path)
    assert sorted(frame["user_id"]) == ["till", "u1", "u1", "u2", "v1", "v2", "v3", "v4", "v5"]
    assert any("stands beside several users: its own events are the earliest's" in note for note in facts.notes)  # fmt: skip
