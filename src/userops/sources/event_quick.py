"""The fast way over clean events: straight from the file into a reduction.

As `quick` for orders: light expressions from the first rows, a witness of what they can't
read, and the careful way for any doubt. What stands twice is found without keeping the
rows: only events at the same instant can be the same, and where a file is in the order
of time those are neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
import polars as pl

from userops import engine, path
from userops.sources import light, numbered, values
from userops.sources.exports import Export
from userops.sources.netting import AFTER
from userops.sources.numbered import Numbered, OtherFormError, with_numbers
from userops.sources.reading import Reading
from userops.steps import Step, bare, sees_sessions
from userops.tally import Tally

_NAMING = (path.event_names, path.names_alone)
Marks = np.ndarray[Any, np.dtype[Any]]
TEXTS = ("channel", "page", "item")
# No text of at least so many bytes says nothing.
_LONGEST_BLANK = max(len(word.encode()) for word in values.EMPTY)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pass found out beside the reductions."""

    tally: Tally
    first_day: int | None
    last_day: int | None


@dataclass(frozen=True, slots=True)
class Reduced:
    """The reductions' results, what was seen, and what was reduced: for more of the same.

    Where users' ids are numbers in the latter, `form` tells them. Ids of `sessions` are clean,
    or nobody looked at them.
    """

    frames: list[pl.DataFrame]
    seen: Seen
    events: pl.LazyFrame
    form: Numbered | None = None
    sessions: bool = True

    def named(self, step: Step, frame: pl.DataFrame) -> pl.DataFrame:
        """A step's result with users' ids as they are, unless it names nobody."""
        return numbered.named(step, frame, self.form)

    def with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with users' ids as they are."""
        return self.form.named(frame) if self.form else frame


def reduce(
    exports: Sequence[Export], how: Reading, steps: Sequence[Step], as_of: int | None
) -> Reduced | None:
    """None for any doubt. Steps of any id are given numbers for ids that have a form."""
    attempt = partial(_reduced, exports, how, steps, as_of)
    return with_numbers(exports, steps, attempt)


def _reduced(
    exports: Sequence[Export],
    how: Reading,
    steps: Sequence[Step],
    as_of: int | None,
    form: Numbered | None,
) -> Reduced | None:
    if how.timezone or any(
        export.fast is None or "anonymous_id" in export.taken for export in exports
    ):
        return None
    try:
        sessions = any(map(sees_sessions, steps))
        whole = together([_canonical(export, how, form, sessions) for export in exports])
    except light.DoubtError:
        return None
    counted = whole if as_of is None else whole.filter(pl.col("day") <= as_of)
    counted = counted.drop("unread", "other", "row")
    # What events are called is asked anyway.
    asked = [as_of is None and bare(step) in _NAMING for step in steps]
    queries = [step(counted) for step, known in zip(steps, asked, strict=True) if not known]
    ids_seen = form is not None or any("user_id" in one.collect_schema() for one in queries)
    queries += [whole.select(_witness(as_of, ids_seen=ids_seen)), path.names_alone(whole)]
    by_id = all("event_id" in export.taken for export in exports)
    instants = _Instants()
    queries.append(_ids(exports) if by_id else instants.watch(whole))
    try:
        *results, witnessed, names, ids = engine.collect_all(queries)
        reduced = iter(results)
        found = [names if known else next(reduced) for known in asked]
        witness = witnessed.row(0, named=True)
        if witness["other"] or (form and witness["nameless"]):
            raise OtherFormError
        if witness["doubts"] or _unclean(names) or not (form or all(map(light.plain, found))):
            return None
        if _repeat(ids.to_series()) if by_id else instants.hold_twice(whole):
            return None
    except pl.exceptions.PolarsError:
        return None  # the careful way finds out where and why
    left_out = (
        {AFTER: witness["rows"] - witness["used"]} if witness["used"] < witness["rows"] else {}
    )
    tally = Tally(witness["rows"], witness["used"], {}, left_out)
    seen = Seen(tally, witness["first"], witness["last"])
    made = Reduced(found, seen, counted, form, sessions=sessions)
    frames = [made.named(step, frame) for step, frame in zip(steps, found, strict=True)]
    return replace(made, frames=frames)


def together(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Frames one below the other, columns by name."""
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


def milliseconds(seconds: pl.Expr) -> pl.Expr:
    """A duration in whole milliseconds; none counts as nothing, and so does what can't be one."""
    whole = (seconds * 1000).round().cast(pl.Int64, strict=False)
    return pl.when(whole > 0).then(whole).otherwise(0)


def _canonical(export: Export, how: Reading, form: Numbered | None, sessions: bool) -> pl.LazyFrame:
    """An export as canonical columns by light expressions; null where they can't read."""
    if export.fast is None:
        raise light.DoubtError
    sample = export.sample
    at = {field: column.name for field, column in sample.items()}
    time = light.wall_time(sample["event_time"], how)
    if sample["event"].dtype != pl.String:
        raise light.DoubtError
    user = pl.col(at["user_id"])
    columns = {
        "user_id": form.number(user) if form else light.identity(sample["user_id"]),
        "event_time": time,
        "day": light.day(sample["event_time"], how),
        "event": pl.col(at["event"]),
        "row": pl.struct(export.by_name).hash(seed=0),
        "other": form.strays(user) if form else pl.lit(False),
    }
    unread = pl.lit(False)
    for name in ("session_id", "group_id"):
        if name in at:
            columns[name] = _said(light.identity(sample[name]))
            if sessions:
                unread = unread | numbered.unclean(sample[name])
    for name in TEXTS:
        if name in at:
            columns[name] = values.clean_text(pl.col(at[name]))
    for name in ("duration_s", "value"):
        if name in at:
            columns[name] = _number(sample[name])
            if sample[name].dtype == pl.String:
                unread = unread | (columns[name].is_null() & pl.col(at[name]).is_not_null())
    if "duration_s" in columns:
        columns["ms"] = milliseconds(columns.pop("duration_s"))
    if "event_id" in at:
        light.identity(sample["event_id"])
        unread = unread | numbered.unclean(sample["event_id"])
    return export.fast.select(unread=unread, **columns)


def _number(sample: pl.Series) -> pl.Expr:
    column = pl.col(sample.name)
    if sample.dtype.is_numeric() and not isinstance(sample.dtype, pl.Decimal):
        return column.cast(pl.Float64)
    if sample.dtype != pl.String:
        raise light.DoubtError
    if sample.cast(pl.Float64, strict=False).null_count() > sample.null_count():
        raise light.DoubtError
    return column.cast(pl.Float64, strict=False)


def _witness(as_of: int | None, *, ids_seen: bool) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally.

    `ids_seen`: users' ids come out of a reduction, and are looked at there, each once.
    """
    doubts = pl.sum_horizontal(pl.col(name).null_count() for name in ("user_id", "event_time"))
    doubts += pl.col("unread").sum()
    if not ids_seen:
        doubts += pl.col("user_id").str.contains(values.unclean_ids()).sum()
    within = (pl.col("day") <= as_of).sum() if as_of is not None else pl.len()
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("other").sum(),
        pl.col("user_id").null_count().alias("nameless"),
        _day(pl.col("event_time").min()).alias("first"),
        _day(pl.col("event_time").max()).alias("last"),
        within.alias("used"),
    ]


def _day(time: pl.Expr) -> pl.Expr:
    return time.dt.date().cast(pl.Int32)


def _said(text: pl.Expr) -> pl.Expr:
    """Ids beside the user's; null where they say nothing."""
    return pl.when(~_blank(text)).then(text)


def _blank(text: pl.Expr) -> pl.Expr:
    return (text.str.len_bytes() <= _LONGEST_BLANK) & text.is_in(_blanks())


def _blanks() -> list[str]:
    return sorted(
        {spelled for word in values.EMPTY for spelled in (word, word.upper(), word.title())}
    )


def _ids(exports: Sequence[Export]) -> pl.LazyFrame:
    """A hash of each event's id; null for none."""
    parts = []
    for export in exports:
        if export.fast is None:
            raise light.DoubtError
        event_id = pl.col(f"c{export.taken['event_id'].position}").cast(pl.String)
        parts.append(
            export.fast.select(pl.when(event_id.is_not_null()).then(event_id.hash(seed=0)))
        )
    return together(parts)


def _repeat(marks: pl.Series) -> bool:
    """Whether some are equal, or missing."""
    return marks.has_nulls() or marks.n_unique() < len(marks)


def _unclean(names: pl.DataFrame) -> bool:
    """Whether an event has no name, or one that would be cleaned."""
    clean = names.select(event=values.clean_text(pl.col("event")))
    return clean.to_series().has_nulls() or not clean.equals(names)


class _Instants:
    """Whether some rows are alike in every column, found from the times of a pass.

    They are heard batch by batch and in order, for a result of all rows would make the pass
    hold its input. Where they ascend, only rows of one run of equal times can be alike.
    """

    def __init__(self) -> None:
        self._ascend = True
        self._run: pl.DataFrame | None = None  # of the last time so far
        self._near: list[pl.Series] = []
        self._lock = Lock()  # whichever thread has a batch calls

    def watch(self, whole: pl.LazyFrame) -> pl.LazyFrame:
        """The query that hears the rows; its result holds nothing."""
        told = whole.select("user_id", "event", pl.col("event_time").to_physical().alias("time"))
        query = told.sink_batches(self._hear, lazy=True)
        assert query is not None
        return query

    def _hear(self, batch: pl.DataFrame) -> None:
        with self._lock:
            if self._ascend and len(batch):
                self._look(batch)

    def _look(self, batch: pl.DataFrame) -> None:
        times = batch["time"].fill_null(0).to_numpy()  # the witness counts nulls
        if self._run is not None:
            before = self._run["time"][0]
            self._ascend = times[0] >= before
            if times[0] == before:
                batch = pl.concat([self._run, batch])
                times = batch["time"].fill_null(0).to_numpy()
        same = times[1:] == times[:-1]
        self._ascend &= bool((times[1:] >= times[:-1]).all())
        if same.any():
            shared = batch.filter(pl.Series(np.append(same, False) | np.append(False, same)))
            shared = shared.select("time", mark=_mark())
            self._near.append(shared.filter(shared.is_duplicated())["time"].unique())
        self._run = batch[int(np.searchsorted(times, times[-1])) :]

    def hold_twice(self, whole: pl.LazyFrame) -> bool:
        """Whether rows of the pass are alike; after it."""
        if self._ascend:
            instants = pl.concat([pl.Series(dtype=pl.Int64), *self._near]).unique()
            if instants.is_empty():
                return False
            near = pl.col("event_time").to_physical().is_in(instants.implode())
        else:
            marks = engine.collect(whole.select(_moment().alias("mark"))).to_series()
            if marks.n_unique() == len(marks):
                return False
            near = _moment().is_in(marks.filter(marks.is_duplicated()).unique().implode())
        return _repeat(engine.collect(whole.filter(near).select("row")).to_series())


def _mark() -> pl.Expr:
    """Who did what."""
    return pl.col("user_id").hash(seed=0) ^ pl.col("event").hash(seed=1)


def _moment() -> pl.Expr:
    """Who did what when."""
    return _mark() ^ pl.col("event_time").to_physical().hash(seed=2)
