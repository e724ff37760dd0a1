"""Events, however they come: the fast way where a file is clean, else the strict one.

As `orders`. The strict way counts an event that stands twice once, and gives
an anonymous id's events to the user whom an identify event or the users export names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.core.messages import Note
from userops.core.table import Currency
from userops.datasets.events import EVENTS, IDENTIFY, SAME
from userops.engines import query as engine
from userops.engines.reductions import Query, Reduction
from userops.readers import assumptions
from userops.readers.dataset import Rows
from userops.readers.exports import Export, open_all, reading
from userops.readers.fast import event_expressions, expressions
from userops.readers.fast import events as fast_events
from userops.readers.fast.events import EventPassFacts, Reduced
from userops.readers.options import ReadOptions, suited
from userops.readers.strict import read as strict
from userops.readers.strict import rows
from userops.readers.strict.netting import AFTER
from userops.readers.strict.read import StrictRows
from userops.readers.strict.rows import DIGEST
from userops.readers.strict.same_rows import once, ordered


class Events:
    """The events of some exports. Opening them reads no more than their heads and shapes.

    `links` are `anonymous_id, user_id` from a users export, each anonymous id once. Those `on_spark`
    stay where they are: only what reductions give comes here.
    """

    on_spark = False

    def __init__(
        self, exports: Sequence[Export], options: ReadOptions, links: pl.DataFrame | None = None
    ) -> None:
        self._options = options
        self._given = links
        self._last: Reduced | None = None  # what the reductions were given
        self.exports = exports

    @classmethod
    def open(
        cls,
        names: Sequence[str | pl.LazyFrame],
        options: ReadOptions,
        folder: Path,
        links: pl.DataFrame | None = None,
    ) -> Self:
        """The events of some files, globs and folders, or frames; `folder` is the run's workspace.

        Columns that are named for fields of orders are taken where the events have them, too.

        Raises:
            InputError: one of them can't be used.
        """
        return cls(open_all(names, EVENTS, options, folder), suited(options, EVENTS), links)

    @property
    def fields(self) -> set[str]:
        """Fields that some export has a column for."""
        return {field for export in self.exports for field in export.taken}

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the events in one pass, and say what was read.

        Each is given a lazy frame: `user_id`, `event_time` (Datetime), `day` (Int32, days
        since 1970-01-01), `event`, and, where the exports have them, `session_id`, `ms`
        (Int64, how long it lasted, 0 where that isn't known), `channel`, `page`, `item`,
        `group_id`, `value`. Its result keeps `user_id` if it has one.

        Raises:
            InputError: the exports can't be used.
        """
        asked = [Reduction.of(one) for one in reductions]
        with reading(", ".join(export.name for export in self.exports)):
            if self._given is None or self._given.is_empty():
                reduced = fast_events.reduce(self.exports, self._options, asked, as_of)
                if reduced is not None:
                    self._last = reduced
                    first, last = reduced.facts.days
                    window = expressions.window(
                        first, as_of if as_of is not None else last, self._options.timezone
                    )
                    notes = (*strict.export_notes(self.exports), *reduced.facts.notes)
                    tally = reduced.facts.tally
                    facts = Facts(window, tally, Currency(), notes, last_row=last)
                    return reduced.frames, assumptions.that_count(facts)
            events, facts = self._strict(as_of)
            self._last = Reduced([], EventPassFacts(facts.tally, (None, None)), events.lazy())
            return self.again(asked), facts

    def again(self, reductions: Sequence[Query]) -> list[pl.DataFrame]:
        """Run more reductions over the events that the last ones were given."""
        last, asked = self._before(), [Reduction.of(one) for one in reductions]
        if not last.sessions and any(one.reads_sessions for one in asked):
            raise ValueError("ids of sessions weren't looked at before")
        frames = engine.collect_all([one(last.events) for one in asked])
        return [last.named(one, frame) for one, frame in zip(asked, frames, strict=True)]

    def with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A result of a reduction that names nobody, with users' ids."""
        return self._before().with_ids(frame)

    def _before(self) -> Reduced:
        if self._last is None:
            raise ValueError("no reduction was run before")
        return self._last

    @cached_property
    def read(self) -> StrictRows:
        """Every row by the strict way; read once."""
        rows_read = self._every_row()
        self.exports = rows_read.exports
        known = pl.coalesce("user_id", "anonymous_id").alias("user_id")
        return rows_read.but(rows.need(rows_read.rows.with_columns(known), EVENTS))

    def _every_row(self) -> StrictRows:
        return strict.read(self.exports, EVENTS, self._options)

    def rows(self, as_of: int | None = None) -> Rows:
        """The events themselves, up to a day, in the columns that a reduction is given.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            frame, facts = self._strict(as_of)
            return Rows(frame, facts, self.exports, self.rejects, self._within(as_of))

    def _within(self, as_of: int | None) -> pl.DataFrame:
        """Good rows up to a day, with it."""
        good = self.read.good.with_columns(day=pl.col("event_time").dt.date().cast(pl.Int32))
        return good if as_of is None else good.filter(pl.col("day") <= as_of)

    def _strict(self, as_of: int | None) -> tuple[pl.DataFrame, Facts]:
        good, within = self._within(None), self._within(as_of)
        counts, left_out = self._counted(as_of)
        linked, notes = _linked(counts, self._given)
        tally = self.read.tally(len(counts), left_out)
        last = as_of if as_of is not None else good["day"].max()
        window = expressions.window(within["day"].min(), last, self._options.timezone)
        facts = Facts(
            window,
            tally,
            Currency(),
            (*strict.export_notes(self.exports), *self.read.notes, *notes),
            last_row=strict.last_of(good["day"]),
        )
        canonical = self._canonical(linked)
        if "ms" in canonical and not event_expressions.add_up(
            canonical["ms"].max(), len(canonical)
        ):
            raise too_long()
        return canonical, assumptions.that_count(facts)

    def _counted(self, as_of: int | None) -> tuple[pl.DataFrame, dict[str, int]]:
        """Rows up to a day, each event once, and how many others there are by reason."""
        good, within = self._within(None), self._within(as_of)
        counts = _once(within)
        left_out = {AFTER: len(good) - len(within), SAME.reason: len(within) - len(counts)}
        return counts, {why: rows for why, rows in left_out.items() if rows}

    def _canonical(self, events: pl.DataFrame) -> pl.DataFrame:
        have = self.fields
        names = ["user_id", "event_time", "day", "event"]
        names += [
            name
            for name in ("session_id", "group_id", *event_expressions.TEXTS, "value")
            if name in have
        ]
        lasted = (
            {"ms": event_expressions.milliseconds(pl.col("duration_s"))}
            if "duration_s" in have
            else {}
        )
        return events.select(*names, **lasted)

    def rejects(self) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        return self.read.rejects()


def too_long() -> InputError:
    """Durations whose sum has no room."""
    return InputError(
        "events: durations are too long to be added up",
        mend="are they seconds? name another column with --map duration_s=COLUMN",
    )


def _once(events: pl.DataFrame) -> pl.DataFrame:
    """Events without those that stand again; of one id the earliest."""
    if events["event_id"].null_count() == len(events):
        return events.unique(DIGEST, keep="first", maintain_order=True)
    return once(ordered(events, SAME), EVENTS)


# An anonymous id beside more users than this is a place, not a person: a till, a shared screen.
MOST_USERS = 3
# What Mixpanel writes before an anonymous id that stands for a user.
DEVICE = "$device:"


def _linked(events: pl.DataFrame, given: pl.DataFrame | None) -> tuple[pl.DataFrame, list[Note]]:
    """Events with each anonymous id's user in its place, and what to tell."""
    device = pl.concat_str(pl.lit(DEVICE), "anonymous_id")
    both = events.filter(
        pl.col("anonymous_id").is_not_null(),
        pl.col("user_id") != pl.col("anonymous_id"),
        pl.col("user_id") != device,
    ).sort("event_time", "user_id")
    users = both.group_by("anonymous_id").agg(users=pl.col("user_id").n_unique())
    by_event = _said(both, users.filter(pl.col("users") > MOST_USERS)["anonymous_id"])
    meant = meant_by(by_event, given)
    theirs = set(events["user_id"].unique())
    meant = {one: user for one, user in meant.items() if one in theirs}
    if meant:
        events = events.with_columns(pl.col("user_id").replace(list(meant), list(meant.values())))
    anonymous = set(events["anonymous_id"].drop_nulls().unique())
    several = set(users.filter(pl.col("users") > 1)["anonymous_id"])
    return events, list(
        link_notes(
            len(meant), len(several & set(meant)), len(anonymous & set(events["user_id"].unique()))
        )
    )


def _said(both: pl.DataFrame, crowded: pl.Series) -> pl.DataFrame:
    """`anonymous_id, user_id` of events that have both: first of all those that are meant as a link."""
    named = pl.col("event").str.to_lowercase().is_in(IDENTIFY)
    beside = both.filter(~named & ~pl.col("anonymous_id").is_in(crowded.implode()))
    return pl.concat([both.filter(named), beside]).select("anonymous_id", "user_id")


def meant_by(by_event: pl.DataFrame, given: pl.DataFrame | None) -> dict[str, str]:
    """Of anonymous ids, however they're written, the users whom what's given links them to, else events do."""
    links = pl.concat([given, by_event]) if given is not None else by_event
    links = links.unique("anonymous_id", keep="first", maintain_order=True)
    meant = _followed(dict(links.iter_rows()))
    return meant | {DEVICE + one: user for one, user in meant.items()}


def link_notes(linked: int, torn: int, strangers: int) -> Iterator[Note]:
    """What to tell of so many anonymous ids."""
    if linked:
        yield Note(
            "{count:anonymous id was linked to a user|anonymous ids were linked to users}",
            count=linked,
        )
    if torn:
        yield Note(
            "{count:anonymous id stands beside several users: its own events are|anonymous ids stand beside several users: their own events are} the earliest's",
            count=torn,
        )
    if strangers:
        yield Note(
            "{count:anonymous id is linked to nobody: it counts|anonymous ids are linked to nobody: each counts} as a user of its own",
            count=strangers,
        )


def _followed(links: dict[str, str]) -> dict[str, str]:
    """Each id with where its links end; a circle ends where it began."""
    ends = {}
    for start, end in links.items():
        passed, at = {start}, end
        while at in links and at not in passed:
            passed.add(at)
            at = links[at]
        ends[start] = at if at not in passed else min(passed)
    return ends
