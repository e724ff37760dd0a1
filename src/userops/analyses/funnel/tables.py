"""The tables of `userops funnel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from userops.analyses.funnel.params import CONVERTS, FunnelParams
from userops.analyses.funnel.path import FollowedPath
from userops.analyses.funnel.reached import covered_entrants, day_of, reached_times_of
from userops.core.dates import Window, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.table import Kind, Table
from userops.ledger.event_reductions import DAY
from userops.stats.intervals import difference_from_whole, wilson_high, wilson_low

_HOUR = 3_600_000_000  # microseconds

STEPS_KINDS: dict[str, Kind] = {
    "step": Kind.WORD,
    "users": Kind.COUNT,
    "from_previous": Kind.RATE,
    "previous_low": Kind.RATE,
    "previous_high": Kind.RATE,
    "from_first": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "median_hours": Kind.HOURS,
}
USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "furthest_step": Kind.WORD,
    "reached_at": Kind.DATE,
    "stuck_days": Kind.DAYS,
}
GROUPS: dict[str, Kind] = {
    "group": Kind.TEXT,
    "step": Kind.WORD,
    "users": Kind.COUNT,
    "from_first": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "platform": Kind.RATE,
    "points": Kind.NUMBER,
    "points_low": Kind.NUMBER,
    "points_high": Kind.NUMBER,
    "entrants": Kind.COUNT,
    "platform_users": Kind.COUNT,
    "platform_entrants": Kind.COUNT,
}
CONVERSION: dict[str, Kind] = {
    "group": Kind.TEXT,
    "new_users": Kind.COUNT,
    "converted_users": Kind.COUNT,
    "conversion": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "platform": Kind.RATE,
    "points": Kind.NUMBER,
    "points_low": Kind.NUMBER,
    "points_high": Kind.NUMBER,
}


def funnel(
    path: FollowedPath, window: Window, params: FunnelParams, tables: Sequence[str]
) -> tuple[Table, ...]:
    """Those of the tables of `userops funnel` that are named."""
    as_of = to_day(window.as_of) if window.as_of else 0
    entrants, too_early = covered_entrants(path)
    about_entrants = _entrant_notes(path, too_early)
    notes = list(about_entrants)
    tables_made: list[Table] = []
    if set(tables) & {"steps", "users", "groups"}:
        reached = reached_times_of(path, path.steps, entrants, params.window)
        complete = reached.filter(day_of("at0") + params.window <= as_of)
        incomplete = len(reached) - len(complete)
        if incomplete:
            notes.append(
                Note(
                    "{count:entrant|entrants} of the last {days:day|days}: left out until their window is complete",
                    count=incomplete,
                    days=params.window,
                )
            )
        if "steps" in tables:
            tables_made.append(_steps(complete, path, window, notes))
        if "users" in tables:
            tables_made.append(_users(reached, path.steps, window, about_entrants))
        if "groups" in tables:
            tables_made.append(_groups(complete, path.steps, window, notes))
    if "conversion" in tables:
        tables_made.append(_conversion(path, entrants, window, params, about_entrants))
    return tuple(tables_made)


def _entrant_notes(path: FollowedPath, too_early: int) -> list[Note]:
    """Which exports have dates without times, and who of the entrants is left out."""
    left_out = [
        Note("{count:user has|users have} no registration time: left out", count=path.undated),
        Note(
            "{count:user|users} of the events not in the users export: left out",
            count=path.strangers,
        ),
        Note(
            "{count:entrant|entrants} registered before the other exports begin: left out",
            count=too_early,
        ),
    ]
    return [
        *(_WHOLE_DAY_NOTES[kind] for kind in sorted(path.whole_days)),
        *(note for note in left_out if note.facts["count"]),
    ]


_WHOLE_DAY_NOTES = {
    "events": Note(
        "the events have dates without a time: each counts at the start of its day, a second one "
        "of the day not as a later one; no hours to or from them",
    ),
    "orders": Note(
        "the orders have dates without a time: each counts at the end of its day, a second one "
        "of the day not as a later one; no hours to or from them",
    ),
    "users": Note(
        "registrations have dates without a time: each counts at the start of its day; no hours "
        "from them",
    ),
}


def converting(path: FollowedPath, params: FunnelParams) -> str:
    """The step that converts: the one told, else pay, or the last where the path has none.

    Raises:
        UsageError: the one told isn't a later step of the path.
    """
    convert = params.convert or CONVERTS
    if convert in path.steps[1:]:
        return convert
    if params.convert is not None:
        raise UsageError(
            Note("--convert {step}: not a later step of the path", step=params.convert),
            mend=Note("there are: {steps}", steps=path.steps[1:]),
        )
    return path.steps[-1]


def _steps(
    complete: pl.DataFrame, path: FollowedPath, window: Window, notes: Sequence[Note]
) -> Table:
    steps = path.steps
    counts = [complete[f"at{number}"].count() for number in range(len(steps))]
    hours = [None] + [
        (complete[f"at{number}"] - complete[f"at{number - 1}"]).median()
        if path.timed(number - 1) and path.timed(number)
        else None
        for number in range(1, len(steps))
    ]
    users, previous = pl.col("users"), pl.col("users").shift()
    frame = pl.DataFrame(
        {"step": steps, "users": counts, "first": [counts[0]] * len(steps), "us": hours},
        schema={"step": pl.String, "users": pl.Int64, "first": pl.Int64, "us": pl.Float64},
    ).with_columns(
        from_previous=pl.when(previous > 0).then(users / previous),
        previous_low=wilson_low(users, previous),
        previous_high=wilson_high(users, previous),
        from_first=pl.when(pl.col("first") > 0).then(users / pl.col("first")),
        low=wilson_low(users, pl.col("first")),
        high=wilson_high(users, pl.col("first")),
        median_hours=pl.col("us") / _HOUR,
    )
    return Table(
        "steps",
        frame.select(list(STEPS_KINDS)),
        STEPS_KINDS,
        window,
        notes=tuple(notes),
        bars=("from_first",),
        keeps=(
            "users",
            "from_previous",
            "from_first",
            "median_hours",
        ),
    )


def _users(
    reached: pl.DataFrame, steps: Sequence[str], window: Window, notes: Sequence[Note]
) -> Table:
    as_of = to_day(window.as_of) if window.as_of else 0
    times = [pl.col(f"at{number}") for number in range(len(steps))]
    furthest = pl.sum_horizontal(time.is_not_null().cast(pl.UInt32) for time in times) - 1
    day = pl.coalesce(times[::-1]).floordiv(DAY).cast(pl.Int32)
    frame = reached.sort("user_id").select(
        "user_id",
        pl.lit(pl.Series(list(steps))).gather(furthest).alias("furthest_step"),
        day.cast(pl.Date).alias("reached_at"),
        pl.when(furthest < len(steps) - 1).then(as_of - day).alias("stuck_days"),
    )
    return Table("users", frame, USERS, window, notes=tuple(notes))


_NO_GROUPS = Note(
    "nothing to tell groups by: --by COLUMN with --users FILE, or a channel in the events"
)
_KEPT = ("step", "users", "from_first", "platform", "points", "points_low", "points_high")


def _groups(
    complete: pl.DataFrame, steps: Sequence[str], window: Window, notes: Sequence[Note]
) -> Table:
    frame, said = _empty(GROUPS), (*notes, _NO_GROUPS)
    if "group" in complete.columns:
        frame, said = _rates_by_group(complete, steps), tuple(notes)
    return Table("groups", frame, GROUPS, window, notes=said, keeps=_KEPT)


def _rates_by_group(complete: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    counts = complete.group_by("group").agg(
        pl.col(f"at{number}").count().cast(pl.Int64).alias(str(number))
        for number in range(len(steps))
    )
    frame = (
        counts.unpivot(
            [str(number) for number in range(1, len(steps))],
            index=["group", "0"],
            variable_name="number",
            value_name="users",
        )
        .with_columns(
            pl.col("number").cast(pl.Int32),
            of=pl.col("0"),
            all_users=pl.col("users").sum().over("number"),
            all_of=pl.col("0").sum().over("number"),
        )
        .sort("group", "number", nulls_last=True)
        .with_columns(step=pl.lit(pl.Series(list(steps))).gather(pl.col("number").cast(pl.UInt32)))
    )
    beside_platform = _beside_platform(frame, "users", "of").rename(
        {
            "rate": "from_first",
            "of": "entrants",
            "all_users": "platform_users",
            "all_of": "platform_entrants",
        }
    )
    return beside_platform.select(list(GROUPS))


def _empty(kinds: Mapping[str, Kind]) -> pl.DataFrame:
    types = {Kind.COUNT: pl.Int64, Kind.TEXT: pl.String, Kind.WORD: pl.String}
    return pl.DataFrame(schema={name: types.get(kind, pl.Float64) for name, kind in kinds.items()})


def _beside_platform(frame: pl.DataFrame, successes: str, trials: str) -> pl.DataFrame:
    """Rates of groups beside those of all; `all_users, all_of` are the platform's."""
    x, n = pl.col(successes), pl.col(trials)
    points, low, high = difference_from_whole(x, n, pl.col("all_users"), pl.col("all_of"))
    rate = pl.when(n > 0).then(x / n)
    platform = pl.when(pl.col("all_of") > 0).then(pl.col("all_users") / pl.col("all_of"))
    return frame.with_columns(
        rate=rate,
        low=wilson_low(x, n),
        high=wilson_high(x, n),
        platform=platform,
        points=points * 100,
        points_low=low * 100,
        points_high=high * 100,
    )


def _conversion(
    path: FollowedPath,
    entrants: pl.DataFrame,
    window: Window,
    params: FunnelParams,
    notes: Sequence[Note],
) -> Table:
    convert = converting(path, params)
    if convert != (params.convert or CONVERTS):
        notes = [*notes, Note("converted by {step}, the last step", step=Word(convert))]
    if "group" not in entrants.columns:
        entrants, notes = entrants.with_columns(group=pl.lit(None, pl.String)), [*notes, _NO_GROUPS]
    as_of = to_day(window.as_of) if window.as_of else 0
    complete = entrants.filter(day_of("entered") + params.within <= as_of)
    # By whatever way; but an earlier step of the same events comes before.
    source = path.sources[path.steps.index(convert)]
    earlier = path.steps[1 : path.steps.index(convert)]
    same_source = [step for step in earlier if path.sources[path.steps.index(step)] == source]
    reached_times = reached_times_of(
        path, (path.steps[0], *same_source, convert), complete, params.within
    )
    counts = (
        reached_times.group_by("group")
        .agg(
            new_users=pl.len().cast(pl.Int64),
            converted_users=pl.col(f"at{1 + len(same_source)}").count().cast(pl.Int64),
        )
        .with_columns(all_users=pl.col("converted_users").sum(), all_of=pl.col("new_users").sum())
        .sort("new_users", "group", descending=[True, False], nulls_last=True)
    )
    beside_platform = _beside_platform(counts, "converted_users", "new_users").rename(
        {"rate": "conversion"}
    )
    return Table(
        "conversion",
        beside_platform.select(list(CONVERSION)),
        CONVERSION,
        window,
        notes=tuple(notes),
        keeps=(
            "new_users",
            "conversion",
            "platform",
            "points",
            "points_low",
            "points_high",
        ),
    )
