"""Exports of any dataset, read by what its declaration says.

Every row is refused with a reason; left out because its day is after as_of, or because another row
is the same; or used. `users` and `costs` are read by it, and whatever dataset has no reader of its
own: by the strict way, or where that gives the same by a fast one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from userops.core.dates import Window
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.fields import Dataset, Field, Type
from userops.engines import query as engine
from userops.readers import assumptions, columns
from userops.readers.exports import Export, open_all, reading
from userops.readers.fast import clean_rows
from userops.readers.fast.clean_rows import Ask
from userops.readers.fast.expressions import window
from userops.readers.fast.integer_ids import IdForm, number_of
from userops.readers.meaning.headers import folded
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions, naming, suited
from userops.readers.strict import read as strict
from userops.readers.strict.netting import AFTER
from userops.readers.strict.same_rows import once, ordered


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a dataset that count, and what became of the others.

    `frame` has a column for each field and for each attribute asked for, null throughout where no
    export has it, and where the dataset has a time `day` (Int32, days since 1970-01-01; null for
    unknown). Its order is that of the exports and their lines, or first by the time that decides
    which of the same rows counts. `every` has the rows left out as the same, too, in that order.
    """

    frame: pl.DataFrame
    facts: Facts
    exports: Sequence[Export]
    rejects: Callable[[], pl.DataFrame]  # every refused row: file, line, column, reason, raw text
    every: pl.DataFrame

    @property
    def fields(self) -> set[str]:
        """Fields and attributes that some export has a column for."""
        return {field for export in self.exports for field in export.taken}

    def lazily(self) -> LazyRows:
        """The same for queries."""
        return LazyRows(lazy(self.frame.lazy(), self.exports), self.facts)


@dataclass(frozen=True, slots=True)
class LazyRows:
    """The rows of a dataset that count, for queries: in no order, with `day`.

    `frame` has a column for each field that some export has. `forms` are those that all ids of a field
    have, whose numbers (`number_of`) rows have, too, as they're `numbered`; `answers` what was asked as they
    were read, and `days` those that have rows, where they're known.
    """

    frame: pl.LazyFrame
    facts: Facts
    forms: Mapping[str, IdForm] = field(default_factory=dict)
    answers: Sequence[pl.DataFrame] = ()
    days: pl.Series | None = None
    numbered: pl.LazyFrame | None = None

    def asked(self, ask: Ask | None) -> LazyRows:
        """The same with the answers to what's asked of them."""
        rows = self.frame if self.numbered is None else self.numbered
        queries = ask(rows, self.forms) if ask else []
        return replace(self, answers=engine.collect_all(queries)) if queries else self


def lazy(frame: pl.LazyFrame, exports: Sequence[Export]) -> pl.LazyFrame:
    """Rows for queries: the fields that some of their exports say anything in."""
    said = {name for export in exports for name in (*export.defaults, *export.taken)} | {"day"}
    said |= {number_of(name) for name in said}
    return frame.select(name for name in frame.collect_schema().names() if name in said)


class Opened:
    """The exports of a dataset. Opening them reads no more than their heads and shapes.

    `dataset` has a field for each of the `attributes` that may be asked of them.
    """

    def __init__(
        self,
        exports: Sequence[Export],
        dataset: Dataset,
        options: ReadOptions,
        attributes: Sequence[str] = (),
    ) -> None:
        self.exports = exports
        self.dataset = dataset
        self.attributes = attributes
        self._options = options

    @classmethod
    def open(
        cls,
        names: Sequence[str | pl.LazyFrame],
        dataset: Dataset,
        options: ReadOptions,
        folder: Path,
        attributes: Sequence[str] = (),
    ) -> Self:
        """Some files, globs and folders, or frames; `folder` is the run's workspace.

        `attributes` are what may be asked of them beside the fields: any columns, as text.

        Raises:
            InputError: one of them can't be used.
        """
        known = {field.name for field in dataset.all_fields}
        more = [name for name in dict.fromkeys(attributes) if name not in known]
        meaning = f"an attribute of the {dataset.noun}"
        asked = [Field(name, Type.TEXT, meaning, (name,)) for name in more]
        whole = replace(dataset, fields=(*dataset.all_fields, *asked), beside=())
        return cls(open_all(names, whole, options, folder), whole, suited(options, whole), more)

    def field(self, name: str) -> str | None:
        """The field that a name means, its own or its column's; None where no export has it."""
        return next(iter(self.serving(name)), None)

    def serving(self, name: str) -> list[str]:
        """The fields that a name means, over all exports, once each."""
        found = [columns.serving(export.taken, name) for export in self.exports]
        return list(dict.fromkeys(one for one in found if one is not None))

    @property
    def header(self) -> list[str]:
        """All columns' names, once each."""
        return list(
            dict.fromkeys(name for export in self.exports for name in export.header if name.strip())
        )

    @property
    def spare(self) -> list[str]:
        """Columns that serve no field, in their order, each name once."""
        names = [taken.column for export in self.exports for taken in _spare(export).values()]
        return list(dict.fromkeys(names))

    def rows(self, as_of: int | None = None, time: str | None = None) -> Rows:
        """The rows that count, up to a day, and what became of the others.

        `time` is a field of time by whose day rows are cut, where the dataset has none of its own.

        Raises:
            InputError: something about the exports can't be told.
        """
        times = self.dataset.times or ((time,) if time else ())
        seen = self._seen(times, as_of, hold=True)
        if seen is not None:
            names = [field.name for field in self.dataset.fields]
            found = seen.frame.select(*names, *(["day"] if self.dataset.time else [])).collect()
            return Rows(found, self._facts_seen(seen, as_of), self.exports, self.rejects, found)
        good, same = self._dated(times), self.dataset.same
        within = good
        if times and as_of is not None:
            # A row without a day is one that needs none.
            within = good.filter(pl.col("day").is_null() | (pl.col("day") <= as_of))
        every = ordered(within, same)
        counts = once(every, self.dataset, self._shared)
        left_out = {AFTER: len(good) - len(within)}
        if same is not None:
            left_out[same.reason] = len(every) - len(counts)
        exports = self._as_declared()
        facts = Facts(
            self._window(good, counts, as_of),
            self.read.tally(len(counts), {why: rows for why, rows in left_out.items() if rows}),
            self.read.currency if self.dataset.holds(Type.MONEY) else Currency(),
            (*strict.export_notes(exports), *self.read.notes),
            last_row=strict.last_of(good["day"]) if self.dataset.time else None,
        )
        names = [field.name for field in self.dataset.fields]
        frame = counts.select(*names, *(["day"] if self.dataset.time else []))
        return Rows(frame, assumptions.that_count(facts), exports, self.rejects, every)

    def lazily(self, as_of: int | None = None, ask: Ask | None = None) -> LazyRows:
        """The rows that count, up to a day, without holding them where all are clean.

        What's asked of them is found in the pass that sees whether they are.

        Raises:
            InputError: something about the exports can't be told.
        """
        seen = self._seen(self.dataset.times, as_of, hold=False, ask=ask)
        if seen is None:
            return self.rows(as_of).lazily().asked(ask)
        frame, numbered = (lazy(one, self.exports) for one in (seen.frame, seen.numbered))
        facts = self._facts_seen(seen, as_of)
        return LazyRows(frame, facts, seen.forms, seen.answers, seen.days, numbered)

    def _seen(
        self, times: Sequence[str], as_of: int | None, *, hold: bool, ask: Ask | None = None
    ) -> clean_rows.Seen | None:
        """The rows by the fast way; None where it won't do, or they've been read."""
        if "read" in self.__dict__:
            return None
        with reading(", ".join(export.name for export in self.exports)):
            options, exports = self._options, self.exports
            return clean_rows.seen(
                exports,
                self.dataset,
                options,
                times,
                as_of,
                hold=hold,
                ask=(lambda rows, forms: ask(lazy(rows, exports), forms)) if ask else None,
            )

    def _facts_seen(self, seen: clean_rows.Seen, as_of: int | None) -> Facts:
        dated, zone = self.dataset.time is not None, self._options.timezone
        later = seen.rows - seen.used
        last = as_of if as_of is not None else seen.last
        return Facts(
            window(seen.days.min(), last, zone) if dated else Window(None, None, zone),
            Tally(seen.rows, seen.used, {}, {AFTER: later} if later else {}),
            seen.currency,
            strict.export_notes(self.exports),
            last_row=seen.last if dated else None,
        )

    def rejects(self) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        return self.read.rejects()

    @cached_property
    def read(self) -> strict.StrictRows:
        """Every row; read once."""
        with naming(self.dataset, self._options):
            return self._read()

    def _read(self) -> strict.StrictRows:
        more = self._others
        if not more:
            return strict.whole(self.exports, self.dataset, self._options)
        fields = [Field(name, Type.TEXT, "a column of every export") for name in more]
        dataset = replace(self.dataset, fields=(*self.dataset.fields, *fields))
        exports = [
            replace(export, taken=export.taken | {name: _spare(export)[name] for name in more})
            for export in self.exports
        ]
        return strict.whole(exports, dataset, self._options)

    def _dated(self, times: Sequence[str]) -> pl.DataFrame:
        """Good rows, with the day of the first time that says something if they have any."""
        if not times:
            return self.read.good
        return self.read.good.with_columns(day=pl.coalesce(times).dt.date().cast(pl.Int32))

    def _window(self, good: pl.DataFrame, counts: pl.DataFrame, as_of: int | None) -> Window:
        if self.dataset.time is None:
            return Window(None, None, self._options.timezone)
        last = as_of if as_of is not None else good["day"].max()
        return window(counts["day"].min(), last, self._options.timezone)

    @cached_property
    def _others(self) -> list[str]:
        """Columns of all exports that serve no field, where these tell their rows apart."""
        same = self.dataset.same
        if same is None or not same.across or len(self.exports) < 2:
            return []
        return sorted(set.intersection(*(set(_spare(export)) for export in self.exports)))

    @property
    def _shared(self) -> list[str]:
        """What rows of several exports must agree in beside the key, where that's declared so."""
        asked = [name for name in self.attributes if all(name in one.taken for one in self.exports)]
        return [*self._others, *asked]

    def _as_declared(self) -> list[Export]:
        """The exports as they were read, with columns for no more than the dataset's fields."""
        others = set(self._others)
        return [
            replace(
                export,
                taken={name: one for name, one in export.taken.items() if name not in others},
            )
            for export in self.read.exports
        ]


def _spare(export: Export) -> dict[str, Taken]:
    """Columns of an export that serve no field, by what they're called as fields."""
    used = {taken.position for taken in export.taken.values()}
    names = [folded(column) for column in export.header]
    return {
        f"other {name}": Taken(f"other {name}", column, position, "name")
        for position, (name, column) in enumerate(zip(names, export.header, strict=True))
        if name and position not in used and names.count(name) == 1
    }
