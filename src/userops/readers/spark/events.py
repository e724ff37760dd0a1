"""Events on Spark: most rows stay there, few come here to be judged, and go back as events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from userops.core.facts import Facts
from userops.core.messages import Note
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.events import EVENTS, SAME
from userops.engines import spark
from userops.engines.reductions import Query
from userops.readers import assumptions
from userops.readers.events import Events, too_long
from userops.readers.exports import Export, reading
from userops.readers.fast import event_expressions as fast
from userops.readers.fast.expressions import window
from userops.readers.options import ReadOptions, naming, suited
from userops.readers.spark import links
from userops.readers.spark.driver_rows import Bringing
from userops.readers.spark.event_expressions import IDS, WHO, canonical
from userops.readers.spark.exports import Shelf, open_shelves
from userops.readers.spark.orders import collected, no_rejects
from userops.readers.spark.parting import Light, Parting, Plain
from userops.readers.strict import read as strict
from userops.readers.strict.netting import AFTER
from userops.readers.strict.read import StrictRows

GIVEN = ("user_id", "day", "event_time", "event", "ms", *IDS, *fast.TEXTS, "value", WHO)


@dataclass(frozen=True, slots=True)
class Judged:
    """Events that were judged here: those that count, what became of the rows, and all their days."""

    events: pl.DataFrame
    tally: Tally
    days: pl.Series
    notes: Sequence[Note]


class OddEvents(Events):
    """The rows that are judged here: parts of exports, beside what their wholes are like."""

    def __init__(
        self,
        exports: Sequence[Export],
        options: ReadOptions,
        folder: Path,
        whole: Sequence[Export],
        days: Mapping[int, int],
    ) -> None:
        super().__init__(exports, options)
        self._whole, self._days = whole, days

    def _every_row(self) -> StrictRows:
        return strict.read(
            self.exports, EVENTS, self._options, None, whole=self._whole, others=self._days
        )

    def judged(self, as_of: int | None) -> Judged:
        """Those that count up to a day."""
        counts, left_out = self._counted(as_of)
        good = self._within(None)["day"]
        tally = self.read.tally(len(counts), left_out)
        events = self._canonical(counts)
        if WHO in self.fields:
            events = events.with_columns(counts[WHO])
        return Judged(events, tally, good, self.read.notes)


class SparkEvents(Events):
    """The events of some exports, read and reduced on Spark."""

    on_spark = True

    def __init__(
        self,
        session: Any,
        shelves: Sequence[Shelf],
        options: ReadOptions,
        folder: Path,
        links_given: pl.DataFrame | None,
    ) -> None:
        super().__init__([shelf.export for shelf in shelves], options, links_given)
        self._session = session
        light = Light(
            EVENTS,
            lambda shelf: canonical(shelf, options),
            GIVEN,
            "event_id",
            "an event that stands twice",
            longest="ms",
        )
        self._parting = Parting(
            session, light, Bringing(shelves, EVENTS, options, folder, OddEvents)
        )
        self._split: tuple[Plain, OddEvents | None] | None = None
        self._frame: Any = None  # what the last reductions were given

    @classmethod
    def on(
        cls,
        session: Any,
        names: Sequence[str],
        options: ReadOptions,
        folder: Path,
        links_given: pl.DataFrame | None = None,
    ) -> Self:
        """The events of some files, globs, folders and addresses; links are from anonymous ids to users.

        Raises:
            InputError: one of them can't be used, or not on Spark.
            UsageError: an option can't be had there.
        """
        options = suited(options, EVENTS)
        with naming(EVENTS, options):
            shelves = open_shelves(session, names, EVENTS, options, folder)
        return cls(session, shelves, options, folder, links_given)

    def close(self) -> None:
        """Free what's kept on Spark's disks."""
        self._parting.close()

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None
    ) -> tuple[list[pl.DataFrame], Facts]:
        """As `Events.reduce`: reductions take Spark's events by way of narwhals, and give small frames.

        `event_time` is in microseconds since 1970.
        """
        with reading(self._name), spark.reading(self._name):
            self._split = plain, odd = self._split or self._parting.parts()
            judged = odd.judged(as_of) if odd is not None else None
            self._frame, notes = self._linked(self._events(plain, judged, as_of))
            facts = self._told(plain, judged, as_of, notes)
        return self.again(reductions), facts

    def again(self, reductions: Sequence[Query]) -> list[pl.DataFrame]:
        """Run more reductions over the events that the last ones were given."""
        if self._frame is None:
            raise ValueError("no reduction was run before")
        with spark.reading(self._name):
            return [collected(one, self._frame) for one in reductions]

    def with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A result as it is: ids are never numbers here."""
        return frame

    def rejects(self) -> pl.DataFrame:
        """There are none: lines have no numbers on Spark.

        Raises:
            UsageError: always.
        """
        raise no_rejects()

    @property
    def _name(self) -> str:
        return ", ".join(export.name for export in self.exports)

    def _events(self, plain: Plain, judged: Judged | None, as_of: int | None) -> Any:
        """The events that count, as a frame of Spark's."""
        from pyspark.sql import functions as f

        rows = plain.frame if as_of is None else plain.frame.filter(f.col("day") <= as_of)
        events = rows.select(*[name for name in GIVEN if name in rows.columns])
        if judged is None or judged.events.is_empty():
            return events
        back = judged.events.with_columns(pl.col("event_time").dt.epoch("us"))
        return events.unionByName(spark.given(self._session, back), allowMissingColumns=True)

    def _linked(self, events: Any) -> tuple[Any, Sequence[Note]]:
        """The events with each anonymous id's user in its place, and what to tell."""
        if WHO in self.fields:
            events, notes = links.linked(self._session, events, self._given)
            return events.drop(WHO), notes
        if self._given is None or self._given.is_empty():
            return events, ()
        return links.linked(self._session, events, self._given)

    def _told(
        self, plain: Plain, judged: Judged | None, as_of: int | None, of_links: Sequence[Note]
    ) -> Facts:
        """The facts of both kinds of rows together."""
        days = [*plain.days, *(judged.days.to_list() if judged else ())]
        within = [day for day in days if as_of is None or day <= as_of]
        last = max(days, default=None)
        late = sum(rows for day, rows in plain.days.items() if as_of is not None and day > as_of)
        read, used = plain.counts.total(), plain.counts.total() - late
        left_out: dict[str, int] = {AFTER: late}
        refused: Mapping[str, int] = {}
        columns: Mapping[str, Sequence[str]] = {}
        notes: Sequence[Note] = tuple(assumptions.odd_dates(plain.days))
        if judged is not None:
            tally, notes = judged.tally, judged.notes
            read, used, refused = read + tally.read, used + tally.used, tally.refused
            columns = tally.columns
            left_out = {**tally.left_out, AFTER: late + tally.left_out.get(AFTER, 0)}
        gone = {why: left_out[why] for why in (AFTER, SAME.reason, *left_out) if left_out.get(why)}
        self._check_sums(plain, judged, as_of, used)
        facts = Facts(
            window(min(within, default=None), last if as_of is None else as_of, None),
            Tally(read, used, refused, gone, columns),
            Currency(),
            (*strict.export_notes(self.exports), *notes, *of_links),
            last_row=last,
        )
        return assumptions.that_count(facts)

    @staticmethod
    def _check_sums(plain: Plain, judged: Judged | None, as_of: int | None, events: int) -> None:
        """That durations can be added up.

        Raises:
            InputError: they're too long.
        """
        tops = [top for day, top in plain.tops.items() if as_of is None or day <= as_of]
        if judged is not None and "ms" in judged.events and len(judged.events):
            tops.append(int(str(judged.events["ms"].max())))
        if not fast.add_up(max(tops, default=None), events):
            raise too_long()
