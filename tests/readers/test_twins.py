"""Whether events stand twice, however they lie."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import userops
from userops.engines.reductions import Reduction
from userops.ledger.sessions import active_days
from userops.readers.events import Events
from userops.readers.fast import events as fast_events
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

START = datetime(2025, 1, 1)
STEPS = {
    "microseconds": timedelta(microseconds=1),
    "seconds": timedelta(seconds=1),
    "days": timedelta(days=1),
}


def log(random: Random, step: str, crowd: int) -> pl.DataFrame:
    """Events in order of time, about so many at one time, none twice."""
    rows = {
        (
            1 + random.randrange(5),
            START + random.randrange(300 // crowd + 1) * STEPS[step],
            random.choice(["view", "cart"]),
            random.randrange(3),
        )
        for _ in range(300)
    }
    columns = ["user_id", "event_time", "event", "duration_s"]
    return pl.DataFrame(sorted(rows), schema=columns, orient="row").sort(
        "event_time", maintain_order=True
    )


def trusted(paths: list[Path]) -> bool:
    """Whether the fast way found nothing in doubt."""
    with workspace() as folder:
        events = Events.open([*map(str, paths)], ReadOptions(), folder)
        return (
            fast_events.reduce(events.exports, ReadOptions(), [Reduction.of(active_days)], None)
            is not None
        )


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([*STEPS]),
    st.sampled_from([1, 3, 40]),
    st.sampled_from(["near", "apart", "elsewhere", "none"]),
    st.sampled_from(["in order", "reversed", "shuffled"]),
    st.sampled_from(["csv", "parquet"]),
)
def test_a_row_that_stands_twice_is_seen(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    step: str,
    crowd: int,
    where: str,
    order: str,
    kind: str,
) -> None:
    random, folder = Random(seed), tmp_path_factory.mktemp("twins")
    events = log(random, step, crowd)
    again = events.sample(1, seed=seed)
    if where == "near":
        events = pl.concat([events, again]).sort("event_time", maintain_order=True)
    match order:
        case "reversed":
            events = events.reverse()
        case "shuffled":
            events = events.sample(fraction=1, shuffle=True, seed=seed)
    if where == "apart":
        events = pl.concat([again, events])
    parts = [events, again.select(reversed(again.columns))] if where == "elsewhere" else [events]
    paths = [folder / f"{number}.{kind}" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        part.write_csv(path) if kind == "csv" else part.write_parquet(path)
    assert trusted(paths) == (where == "none")
    found = userops("activity", *paths, "--show", "users", "-f", "json")
    assert found.code == 0
    assert sum(row["events"] for row in found.json) == len(log(Random(seed), step, crowd))


def test_the_first_step_that_only_comes_far_down(tmp_path: Path) -> None:
    """The first rows don't name it, or name another event that would be it."""
    for late, early in (("signup", "view"), ("register", "signup")):
        rows = [
            (
                f"u{n % 900:03}",
                START + timedelta(minutes=n),
                early if n < 2_100 else late if n % 3 else "pay",
            )
            for n in range(4_000)
        ]
        columns = ["user_id", "event_time", "event"]
        events = pl.DataFrame(rows, schema=columns, orient="row")
        events.write_parquet(tmp_path / "events.parquet")
        asked = (
            "funnel",
            tmp_path / "events.parquet",
            "--steps",
            "register,pay",
            "--show",
            "users",
        )
        first = (
            events.filter(pl.col("event") == late)
            .group_by("user_id")
            .agg(pl.col("event_time").min())
        )
        found = userops(*asked, "-f", "csv")
        assert found.code == 0, found.err
        assert len(found.text.splitlines()) == len(first) + 1
