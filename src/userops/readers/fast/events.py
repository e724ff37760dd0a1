"""The fast way over clean events: straight from the file into a reduction.

As `orders`: fast expressions from the first rows, a witness of what they can't
read, and the strict way for any doubt. What stands twice is found without keeping the
rows: see `event_duplicates`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from userops.core.messages import Note
from userops.core.tally import Tally
from userops.engines import query as engine
from userops.engines.reductions import Reduction
from userops.ledger.event_reductions import EVENT_NAMES
from userops.readers import assumptions
from userops.readers.exports import Export
from userops.readers.fast import event_expressions, expressions, integer_ids
from userops.readers.fast.event_duplicates import DuplicateSearch
from userops.readers.fast.integer_ids import IdForm, OtherIdFormError, with_integer_ids
from userops.readers.options import ReadOptions
from userops.readers.strict.netting import AFTER
from userops.readers.values import text as text_values
from userops.readers.values.nobody import Nobody

# What's for the proof alone.
_OURS = ("unread", "other", "moment", "event_key")


@dataclass(frozen=True, slots=True)
class EventPassFacts:
    """What the pass found out beside the reductions."""

    tally: Tally
    days: tuple[int | None, int | None]  # the first and the last
    notes: tuple[Note, ...] = ()  # on the days of all rows


@dataclass(frozen=True, slots=True)
class Reduced:
    """The reductions' results, what the pass found out, and the events: for more reductions.

    Where users' ids are numbers in the latter, `form` tells them. Ids of `sessions` are clean,
    or nobody looked at them.
    """

    frames: list[pl.DataFrame]
    facts: EventPassFacts
    events: pl.LazyFrame
    form: IdForm | None = None
    sessions: bool = True

    def named(self, reduction: Reduction, frame: pl.DataFrame) -> pl.DataFrame:
        """A reduction's result with users' ids as they are, unless it names nobody."""
        return integer_ids.named(reduction, frame, self.form)

    def with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with users' ids as they are."""
        return self.form.named(frame) if self.form else frame


def reduce(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
) -> Reduced | None:
    """Reduces clean events; None for any doubt. Where ids have a form, integers stand for them."""
    attempt = partial(_reduced, exports, options, reductions, as_of)
    return with_integer_ids(exports, reductions, attempt)


def _reduced(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
    form: IdForm | None,
) -> Reduced | None:
    if options.timezone or not _are_plain(exports):
        return None
    try:
        sessions = any(one.reads_sessions for one in reductions)
        whole = together(
            [event_expressions.canonical(export, options, form, sessions) for export in exports]
        )
    except expressions.DoubtError:
        return None
    counted = whole if as_of is None else whole.filter(pl.col("day") <= as_of)
    counted = counted.drop(_OURS, strict=False)
    # What events are called is asked anyway.
    asked = [as_of is None and one.query is EVENT_NAMES.query for one in reductions]
    queries = [one(counted) for one, known in zip(reductions, asked, strict=True) if not known]
    ids_seen = form is not None or any("user_id" in one.collect_schema() for one in queries)
    duplicates = DuplicateSearch(exports, options, whole)
    timed = any("duration_s" in export.taken for export in exports)
    witnesses = _witness(as_of, options.no_user, form, ids_seen=ids_seen, timed=timed)
    queries.append(whole.group_by("day").agg(pl.len()))
    queries.append(whole.select(*witnesses, *duplicates.witness()))
    others = [EVENT_NAMES(whole), *duplicates.wanted]
    # Where several results are of many rows, a pass holds its input for all but one of them.
    passes = [queries, others] if all(one.by_column for one in exports) else [queries + others]
    try:
        frames = [frame for one in passes for frame in engine.collect_all(one)]
        *rest, days, witnessed = frames[: len(queries)]
        names, *keys = frames[len(queries) :]
        results = iter(rest)
        frames = [names if known else next(results) for known in asked]
        witness = witnessed.row(0, named=True)
        if witness["other"] or (form and witness["nameless"]):
            raise OtherIdFormError
        if _are_doubtful(witness, names):
            return None
        if form is None and not all(expressions.plain(frame, options) for frame in frames):
            return None
        if duplicates.are_there(witness, keys):
            return None
    except pl.exceptions.PolarsError:
        return None  # the strict way finds out where and why
    facts = replace(_facts_of(witness), notes=assumptions.of_days(days))
    reduced = Reduced(frames, facts, counted, form, sessions=sessions)
    return replace(
        reduced,
        frames=[reduced.named(one, frame) for one, frame in zip(reductions, frames, strict=True)],
    )


def _are_plain(exports: Sequence[Export]) -> bool:
    """Whether fast expressions may do: nobody is linked, and duplicates are found in one way."""
    if any(export.fast is None or "anonymous_id" in export.taken for export in exports):
        return False
    # Else some events stand twice by their ids, some by their rows.
    return len({"event_id" in export.taken for export in exports}) == 1


def _are_doubtful(witness: Mapping[str, Any], names: pl.DataFrame) -> bool:
    """Whether anything was seen that fast expressions can't read for sure."""
    fit = event_expressions.add_up(witness.get("longest"), witness["rows"])
    return bool(not fit or witness["doubts"] or _unclean(names))


def _facts_of(witness: Mapping[str, Any]) -> EventPassFacts:
    """What a pass found out, from its witness."""
    later = witness["rows"] - witness["used"]
    tally = Tally(witness["rows"], witness["used"], {}, {AFTER: later} if later > 0 else {})
    return EventPassFacts(tally, (witness["first"], witness["last"]))


def together(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Frames one below the other, columns by name."""
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


def _witness(
    as_of: int | None, no_user: Nobody, form: IdForm | None, *, ids_seen: bool, timed: bool
) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally.

    `ids_seen`: users' ids come out of a reduction, and are looked at there, each once.
    """
    doubts = pl.sum_horizontal(pl.col(name).null_count() for name in ("user_id", "event_time"))
    doubts += pl.col("unread").sum()
    if not ids_seen:
        doubts += pl.col("user_id").str.contains(text_values.unclean_users(no_user)).sum()
    if form and (numbers := form.numbers_of(no_user.words)):
        doubts += pl.col("user_id").is_in(numbers).sum()
    within = (pl.col("day") <= as_of).sum() if as_of is not None else pl.len()
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("other").sum(),
        pl.col("user_id").null_count().alias("nameless"),
        _day(pl.col("event_time").min()).alias("first"),
        _day(pl.col("event_time").max()).alias("last"),
        within.alias("used"),
        *([pl.col("ms").max().alias("longest")] if timed else []),
    ]


def _day(time: pl.Expr) -> pl.Expr:
    return time.dt.date().cast(pl.Int32)


def _unclean(names: pl.DataFrame) -> bool:
    """Whether an event has no name, or one that would be cleaned."""
    clean = names.select(event=text_values.clean_text(pl.col("event")))
    return clean.to_series().has_nulls() or not clean.equals(names)
