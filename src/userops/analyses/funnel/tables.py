"""The tables of `userops funnel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from userops.analyses.funnel.params import CONVERTS, FunnelParams
from userops.analyses.funnel.path import Path
from userops.core.dates import Window, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.table import Kind, Table
from userops.ledger.event_reductions import DAY
from userops.stats.intervals import newcombe, wilson_high, wilson_low

TABLES = ("steps", "users", "groups", "conversion")
_HOUR = 3_600_000_000  # microseconds


STEPS_KINDS: dict[str, Kind] = {
    "step": Kind.WORD,
    "users": Kind.COUNT,
    "from_previous": Kind.RATE,
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
    path: Path, window: Window, params: FunnelParams, tables: Sequence[str] = TABLES
) -> tuple[Table, ...]:
    """Those of the tables of `userops funnel` that are named."""
    as_of = to_day(window.as_of) if window.as_of else 0
    entrants, early = _covered(path)
    about = [
        Note("{count:user has|users have} no time of registration: left out", count=path.undated),
        Note(
            "{count:user|users} of the events not in the users export: left out",
            count=path.strangers,
        ),
        Note(
            "{count:entrant|entrants} came before the exports of other steps begin: left out",
            count=early,
        ),
    ]
    about = [
        *(_WHOLE_DAYS[kind] for kind in sorted(path.whole_days)),
        *(note for note in about if note.facts["count"]),
    ]
    notes = list(about)
    made: list[Table] = []
    if set(tables) & {"steps", "users", "groups"}:
        reached = _reached(path, path.steps, entrants, params.window)
        whole = reached.filter(_day_of("at0") + params.window <= as_of)
        waiting = len(reached) - len(whole)
        if waiting:
            notes.append(
                Note(
                    "{count:entrant|entrants} of the last {days:day|days} without a whole window yet: set apart",
                    count=waiting,
                    days=params.window,
                )
            )
        if "steps" in tables:
            made.append(_steps(whole, path, window, notes))
        if "users" in tables:
            made.append(_users(reached, path.steps, window, about))
        if "groups" in tables:
            made.append(_groups(whole, path.steps, window, notes))
    if "conversion" in tables:
        made.append(_conversion(path, entrants, window, params, about))
    return tuple(made)


_WHOLE_DAYS = {
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


def converting(path: Path, params: FunnelParams) -> str:
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


def _covered(path: Path) -> tuple[pl.DataFrame, int]:
    """Entrants since everything is covered, and how many came before."""
    if path.begun is None:
        return path.entrants, 0
    since = path.entrants.filter(_day_of("entered") >= path.begun)
    return since, len(path.entrants) - len(since)


def _day_of(time: str) -> pl.Expr:
    return pl.col(time).floordiv(DAY)


def _reached(path: Path, steps: Sequence[str], entrants: pl.DataFrame, days: int) -> pl.DataFrame:
    """Entrants with the time of each step, `at0, at1, ...`; null from the first not reached."""
    sources = dict(zip(path.steps, path.sources, strict=True))
    reached = entrants.rename({"entered": "at0"})
    for number, step in enumerate(steps[1:], start=1):
        last, own = f"at{number - 1}", f"at{number}"
        same = [at for at in range(number) if sources[steps[at]] == sources[step]]
        later = pl.col("time") >= pl.col(last)
        if same:
            later &= pl.col("time") > pl.col(f"at{same[-1]}")
        have = reached.filter(pl.col(last).is_not_null())
        compared = {"row", "at0", last, *(f"at{at}" for at in same)}
        took = (
            path.times[step]
            .lazy()
            .join(have.lazy().select(sorted(compared)), on="row")
            .filter(later & (_day_of("time") - _day_of("at0") <= days))
            .group_by("row")
            .agg(pl.col("time").min().alias(own))
        )
        reached = reached.lazy().join(took, on="row", how="left").collect()
    return reached


def _steps(whole: pl.DataFrame, path: Path, window: Window, notes: Sequence[Note]) -> Table:
    steps = path.steps
    counts = [whole[f"at{number}"].count() for number in range(len(steps))]
    hours = [None] + [
        (whole[f"at{number}"] - whole[f"at{number - 1}"]).median()
        if path.timed(number - 1) and path.timed(number)
        else None
        for number in range(1, len(steps))
    ]
    users, before = pl.col("users"), pl.col("users").shift()
    frame = pl.DataFrame(
        {"step": steps, "users": counts, "first": [counts[0]] * len(steps), "us": hours},
        schema={"step": pl.String, "users": pl.Int64, "first": pl.Int64, "us": pl.Float64},
    ).with_columns(
        from_previous=pl.when(before > 0).then(users / before),
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


def _groups(
    whole: pl.DataFrame, steps: Sequence[str], window: Window, notes: Sequence[Note]
) -> Table:
    if "group" not in whole.columns:
        return Table("groups", _empty(GROUPS), GROUPS, window, notes=(*notes, _UNSPLIT))
    counts = whole.group_by("group").agg(
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
    compared = _compared(frame, "users", "of").rename(
        {
            "rate": "from_first",
            "of": "entrants",
            "all_users": "platform_users",
            "all_of": "platform_entrants",
        }
    )
    return Table("groups", compared.select(list(GROUPS)), GROUPS, window, notes=tuple(notes))


_UNSPLIT = Note(
    "nothing to tell groups by: --by COLUMN with --users FILE, or a channel in the events"
)


def _empty(kinds: Mapping[str, Kind]) -> pl.DataFrame:
    types = {Kind.COUNT: pl.Int64, Kind.TEXT: pl.String, Kind.WORD: pl.String}
    return pl.DataFrame(schema={name: types.get(kind, pl.Float64) for name, kind in kinds.items()})


def _compared(frame: pl.DataFrame, successes: str, trials: str) -> pl.DataFrame:
    """Rates of groups beside those of all; `all_users, all_of` are the platform's."""
    x, n = pl.col(successes), pl.col(trials)
    other_x, other_n = pl.col("all_users") - x, pl.col("all_of") - n
    low, high = newcombe(x, n, other_x, other_n)
    rest = 100 * other_n / pl.col("all_of")
    rate = pl.when(n > 0).then(x / n)
    platform = pl.when(pl.col("all_of") > 0).then(pl.col("all_users") / pl.col("all_of"))
    others = pl.when((n > 0) & (other_n > 0))
    return frame.with_columns(
        rate=rate,
        low=wilson_low(x, n),
        high=wilson_high(x, n),
        platform=platform,
        points=others.then((rate - platform) * 100),
        points_low=others.then(low * rest),
        points_high=others.then(high * rest),
    )


def _conversion(
    path: Path, entrants: pl.DataFrame, window: Window, params: FunnelParams, notes: Sequence[Note]
) -> Table:
    convert = converting(path, params)
    if convert != (params.convert or CONVERTS):
        notes = [*notes, Note("converted by {step}, the last step", step=Word(convert))]
    if "group" not in entrants.columns:
        entrants, notes = entrants.with_columns(group=pl.lit(None, pl.String)), [*notes, _UNSPLIT]
    as_of = to_day(window.as_of) if window.as_of else 0
    ready = entrants.filter(_day_of("entered") + params.within <= as_of)
    # By whatever way; but an earlier step of the same events comes before.
    source = path.sources[path.steps.index(convert)]
    before = path.steps[1 : path.steps.index(convert)]
    same = [step for step in before if path.sources[path.steps.index(step)] == source]
    reached = _reached(path, (path.steps[0], *same, convert), ready, params.within)
    counts = (
        reached.group_by("group")
        .agg(
            new_users=pl.len().cast(pl.Int64),
            converted_users=pl.col(f"at{1 + len(same)}").count().cast(pl.Int64),
        )
        .with_columns(all_users=pl.col("converted_users").sum(), all_of=pl.col("new_users").sum())
        .sort("new_users", "group", descending=[True, False], nulls_last=True)
    )
    compared = _compared(counts, "converted_users", "new_users").rename({"rate": "conversion"})
    return Table(
        "conversion", compared.select(list(CONVERSION)), CONVERSION, window, notes=tuple(notes)
    )
