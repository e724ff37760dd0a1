"""Make an events export: seeded, in order of time, as a mini program's log is.

    python benchmarks/generate_events.py 20_000_000

Columns: user_id (9 characters), event_time, event, session_id (10 characters), duration_s (of
views alone), channel, page. Forty events to a user and five to a session, over a hundred days;
some users come far more often than others. Holds all rows in memory: 20 million take 6 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from generate import DATA

DAYS = 100
NAMES = ("browse", "click", "cart", "order", "pay", "share", "message", "register")
SHARES = (0.45, 0.25, 0.1, 0.04, 0.035, 0.03, 0.085, 0.01)
CHANNELS = ("wechat", "mini", "douyin", "xhs", "ref", "web")
PAGES = ("home", "category", "product", "cart", "checkout", "register", "group", "me")
START = 1_735_689_600 * 10**6  # 2025-01-01, microseconds


def _pick(names: tuple[str, ...], places: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(names)).gather(places)


def _numbered(letter: str, digits: int, numbers: pl.Expr) -> pl.Expr:
    return letter + numbers.cast(pl.String).str.zfill(digits)


def draw(events: int, seed: int) -> pl.DataFrame:
    """Events by time."""
    random = np.random.default_rng(seed)
    users, sessions = max(events // 40, 1), max(events // 5, 1)
    user = np.minimum((users * random.random(sessions) ** 1.6).astype(np.int64), users - 1)
    begins = np.clip(random.random(sessions) * DAYS, 0, DAYS - 0.5) * 86_400
    session = np.sort(random.integers(0, sessions, events))
    first = np.r_[True, session[1:] != session[:-1]]
    gap = random.integers(1, 120, events)
    gap[first] = 0
    since = np.cumsum(gap)
    since -= np.maximum.accumulate(np.where(first, since, 0))
    micro = (begins[session] + since).astype(np.int64) * 1_000_000
    micro += random.integers(0, 1_000_000, events)
    order = np.argsort(micro, kind="stable")
    return pl.DataFrame(
        {
            "user": user[session][order],
            "micro": micro[order] + START,
            "event": random.choice(len(NAMES), events, p=SHARES)[order],
            "session": session[order],
            "seconds": random.integers(1, 200, events)[order],
            "channel": random.integers(0, len(CHANNELS), events)[order],
            "page": random.integers(0, len(PAGES), events)[order],
        }
    )


def export(events: int, seed: int = 1) -> Path:
    """The export of so many events as Parquet, made unless it's there."""
    name = f"events-{events // 1_000_000}m" if events % 1_000_000 == 0 else f"events-{events}"
    path = DATA / f"{name}.parquet"
    if path.exists():
        return path
    DATA.mkdir(exist_ok=True)
    frame = draw(events, seed).select(
        user_id=_numbered("u", 8, pl.col("user")),
        event_time=pl.col("micro").cast(pl.Datetime("us")),
        event=_pick(NAMES, pl.col("event")),
        session_id=_numbered("s", 9, pl.col("session")),
        duration_s=pl.when(pl.col("event") < 2).then(pl.col("seconds")).cast(pl.Int32),
        channel=_pick(CHANNELS, pl.col("channel")),
        page=_pick(PAGES, pl.col("page")),
    )
    part = path.with_suffix(".part")
    frame.write_parquet(part, row_group_size=500_000)
    part.rename(path)
    print(f"{path.name}: {events:,} events of {frame['user_id'].n_unique():,} users")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events", type=int, help="20_000_000, say")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(export(given.events, given.seed).name)
