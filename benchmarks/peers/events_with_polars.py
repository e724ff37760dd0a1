"""Tables of events by hand in Polars: python events_with_polars.py events.parquet out.parquet use|activity|funnel [once].

The best forms known of `segment --events`, `activity` by week and `funnel`. With `once` a row that
stands twice counts once.
"""

import sys

import polars as pl

DAY = 86_400_000_000  # microseconds
STEPS = ("register", "browse", "click", "cart", "order", "pay")
WINDOW = 30  # days


def use(events: pl.LazyFrame) -> pl.DataFrame:
    day = pl.col("event_time").dt.date()
    by_user = (
        events.group_by("user_id", day=day)
        .agg(seconds=pl.col("duration_s").sum())
        .group_by("user_id")
        .agg(
            first_active=pl.col("day").min(),
            last_active=pl.col("day").max(),
            active_days=pl.len().cast(pl.Int64),
            seconds=pl.col("seconds").sum().cast(pl.Int64),
        )
        .sort("user_id")
    )
    users, last = pl.collect_all([by_user, events.select(day.max())], engine="streaming")
    users = users.with_columns(
        recency_days=(last.item() - pl.col("last_active")).dt.total_days().cast(pl.Int64)
    )

    def above(column: str) -> pl.Expr:
        cuts = [users[column].quantile(k / 5, "linear") for k in (1, 2, 3, 4)]
        return pl.sum_horizontal((pl.col(column) > cut).cast(pl.Int64) for cut in cuts)

    scored = users.with_columns(
        r_score=5 - above("recency_days"),
        f_score=1 + above("active_days"),
        m_score=1 + above("seconds"),
    )
    return scored.select(
        "user_id",
        "first_active",
        "last_active",
        "recency_days",
        "active_days",
        minutes=pl.col("seconds") / 60,
        r_score="r_score",
        f_score="f_score",
        m_score="m_score",
        rfm_score=pl.concat_str("r_score", "f_score", "m_score"),
    )


def activity(events: pl.LazyFrame) -> pl.DataFrame:
    week = (pl.col("event_time").dt.date().cast(pl.Int32) + 3) // 7
    by_user, sessions = pl.collect_all(
        [
            events.group_by("user_id", week=week).agg(
                events=pl.len(), seconds=pl.col("duration_s").sum()
            ),
            events.group_by("session_id").agg(week=week.min()),
        ],
        engine="streaming",
    )
    before = pl.col("week").shift(1).over("user_id")
    active = pl.col("active_users").cast(pl.Int64)
    return (
        by_user.sort("user_id", "week")
        .with_columns(before=before)
        .group_by("week")
        .agg(
            active_users=pl.len(),
            new_users=pl.col("before").is_null().sum(),
            returning_users=(pl.col("week") - pl.col("before") == 1).sum(),
            events=pl.col("events").sum(),
            seconds=pl.col("seconds").sum(),
        )
        .join(sessions.group_by("week").agg(sessions=pl.len()), on="week", how="left")
        .sort("week")
        .select(
            period=((pl.col("week") * 7 - 3).cast(pl.Date)),
            active_users=active,
            new_users=pl.col("new_users").cast(pl.Int64),
            returning_users=pl.col("returning_users").cast(pl.Int64),
            resurrected_users=active
            - pl.col("new_users").cast(pl.Int64)
            - pl.col("returning_users").cast(pl.Int64),
            dormant_users=active.shift(1).fill_null(0) - pl.col("returning_users").cast(pl.Int64),
            events=pl.col("events").cast(pl.Int64),
            sessions=pl.col("sessions").cast(pl.Int64),
            events_per_user=pl.col("events") / active,
            minutes_per_user=pl.col("seconds") / 60 / active,
        )
    )


def funnel(events: pl.LazyFrame) -> pl.DataFrame:
    told = events.select("user_id", "event", time=pl.col("event_time").to_physical())
    last = told.select(pl.col("time").max() // DAY).collect(engine="streaming").item()
    time, entered = pl.col("time"), pl.col("entered")
    entrants = (
        told.filter(pl.col("event") == STEPS[0])
        .group_by("user_id")
        .agg(entered=time.min())
        .filter(entered // DAY + WINDOW <= last)
        .collect(engine="streaming")
    )
    later = (
        told.filter(pl.col("event").is_in(STEPS[1:]))
        .join(entrants.lazy(), on="user_id")
        .filter((time >= entered) & (time // DAY - entered // DAY <= WINDOW))
        .select("user_id", "event", "time")
        .collect(engine="streaming")
    )
    rows: list[tuple[str, int, float | None]] = [(STEPS[0], len(entrants), None)]
    before = entrants.select("user_id", last="entered")
    for step in (*STEPS[1:], "reorder"):
        event = "pay" if step == "reorder" else step
        after = time > pl.col("last") if step == "reorder" else time >= pl.col("last")
        reached = (
            later.filter(pl.col("event") == event)
            .join(before, on="user_id")
            .filter(after)
            .group_by("user_id")
            .agg(time.min(), pl.col("last").first())
        )
        median = (reached["time"] - reached["last"]).median()
        rows.append((step, len(reached), median / 3.6e9))
        before = reached.select("user_id", last="time")
    return pl.DataFrame(rows, schema=["step", "users", "median_hours"], orient="row")


if __name__ == "__main__":
    source, target, name, *once = sys.argv[1:]
    events = pl.scan_parquet(source)
    table = {"use": use, "activity": activity, "funnel": funnel}[name]
    table(events.unique() if once else events).write_parquet(target)
