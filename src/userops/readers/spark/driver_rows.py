"""The few rows that are judged on the driver: brought there, and laid out as exports of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Generic, Protocol, TypeVar

import polars as pl

from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS
from userops.readers.exports import Export, of_frame, opened
from userops.readers.fast.expressions import SAMPLE
from userops.readers.files.open import Format, Source
from userops.readers.files.records import LINE
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.spark.exports import BLOCK, NTH, PATH, TEXT, Shelf
from userops.readers.spark.expressions import DOUBT, HEADER, STATE
from userops.readers.strict import netting
from userops.readers.strict import read as strict
from userops.readers.strict.read import StrictRows


class Odd(Orders):
    """The rows that are judged here: parts of exports, beside what their wholes are like."""

    def __init__(
        self,
        exports: Sequence[Export],
        options: ReadOptions,
        folder: Path,
        whole: Sequence[Export],
        days: Mapping[int, int],
    ) -> None:
        super().__init__(exports, options, folder)
        self._whole, self._days = whole, days

    def _strict(self) -> StrictRows:
        return strict.read(
            self.exports, ORDERS, self._options, None, whole=self._whole, others=self._days
        )

    def netted(self, as_of: int | None, totals: str | None) -> netting.Netted:
        """Their orders. Refunds of users without any stay, for these may have some on Spark."""
        good = self.read.good
        return netting.net(good, as_of, totals, refunds=self._options.refunds_by, strangers=True)


class Judged(Protocol):
    """Rows that are judged here, of whichever dataset."""

    @property
    def read(self) -> StrictRows:
        """All of them by the strict way."""


J = TypeVar("J", bound=Judged)
Judge = Callable[[Sequence[Export], ReadOptions, Path, Sequence[Export], Mapping[int, int]], J]


@dataclass(slots=True)
class Bringing(Generic[J]):
    """How rows in doubt, and those that stand twice, come from some shelves.

    `judge` makes of them what judges them: from parts of exports, the options, the folder, what
    their wholes are like, and the days of rows that stay.
    """

    shelves: Sequence[Shelf]
    dataset: Dataset
    options: ReadOptions
    folder: Path
    judge: Judge[J]
    _like: list[pl.DataFrame] | None = None

    def fetched(
        self, frames: Sequence[Any], more: Sequence[Any] | None = None
    ) -> list[pl.DataFrame]:
        """Of each shelf some rows as they are, in their order; and `more` in the same job."""
        found = []
        for number, shelf in enumerate(self.shelves):
            columns = [*_raw(shelf), PATH, BLOCK, NTH, DOUBT, "day", STATE]
            rows = frames[number].select(columns)
            if more is not None:
                rows = rows.union(more[number].select(columns))
            came = local(rows)
            places = shelf.places(came[PATH].unique())
            files = pl.DataFrame(
                {PATH: places.keys(), "file": places.values()},
                schema={PATH: pl.String, "file": pl.Int64},
            )
            found.append(self.in_order(came.join(files, on=PATH)))
        return found

    def in_order(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as their files have them."""
        return rows.sort("file", BLOCK, NTH)

    def odd(
        self,
        frames: Sequence[Any],
        fetched: Sequence[pl.DataFrame],
        counts: Counter[tuple[int, int]],
    ) -> tuple[J, Counter[tuple[int, int]]]:
        """The rows that came here as exports, and how many by day and state stay.

        They are exports of their files, each behind rows that show what its columns are like.
        """
        left = Counter(counts)
        parts: list[Export] = []
        wholes: list[Export] = []
        self._like = self._like or [*map(_plain_rows, self.shelves, frames)]
        for shelf, like, came in zip(self.shelves, self._like, fetched, strict=True):
            rows = came
            if shelf.header is not None:  # the first of a file is its header
                first = pl.int_range(pl.len()).over("file") == 0
                rows = came.filter(~((pl.col(DOUBT) == HEADER) & first).fill_null(False))
            plain = rows.filter(pl.col(DOUBT).is_null()).select("day", STATE)
            left.subtract(Counter(plain.iter_rows()))
            for (number,), some in rows.partition_by(
                "file", as_dict=True, maintain_order=True
            ).items():
                name = shelf.files[int(str(number))]
                whole, behind = self._export(shelf, name, like, some)
                wholes.append(whole)
                content = replace(
                    whole.content,
                    rows=whole.rows.filter(pl.col(LINE) > behind),
                    faults=whole.faults.filter(pl.col(LINE) > behind),
                    fast=None,
                )
                parts.append(replace(whole, content=content))
        stay = +left
        return self.judge(parts, self.options, self.folder, wholes, by_day(stay)), stay

    def _export(
        self, shelf: Shelf, name: str, known: pl.DataFrame, rows: pl.DataFrame
    ) -> tuple[Export, int]:
        """An export of plain rows and of those that came, and the former's last line."""
        user = replace(shelf.export.taken["user_id"], passed_over=())  # it's settled
        taken = {**shelf.export.taken, "user_id": user}
        nobody = shelf.export.nobody
        if shelf.header is None:
            both = pl.concat([known, rows.select(shelf.sample.columns)], how="vertical_relaxed")
            header = dict(zip(both.columns, shelf.export.header, strict=True))
            source = Source(name, Path(), Format.PARQUET)
            export = of_frame(source, both.rename(header).lazy(), self.dataset, self.options)
            return replace(export, taken=taken, nobody=nobody), len(known)
        lines = [shelf.header, *known[TEXT], *rows[TEXT]]
        path = Path(mkdtemp(dir=self.folder)) / "rows"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        as_utf8 = replace(self.options, encoding="utf-8")
        export = opened(Source(name, path, Format.TEXT), self.dataset, as_utf8, self.folder)
        # Its first row isn't the file's.
        content = replace(export.content, first_line=None)
        return replace(export, taken=taken, nobody=nobody, content=content), 1 + len(known)


def _raw(shelf: Shelf) -> list[str]:
    """The columns that hold a row as it is."""
    return [TEXT] if shelf.header is not None else shelf.sample.columns


def _plain_rows(shelf: Shelf, frame: Any) -> pl.DataFrame:
    """Some of a shelf's plain rows as they are: what its columns are like."""
    from pyspark.sql import functions as f

    return local(frame.filter(f.col(DOUBT).isNull()).select(*_raw(shelf)).limit(SAMPLE))


def by_day(counts: Mapping[tuple[int, int], int]) -> Counter[int]:
    """Rows by day, of those by day and state."""
    days: Counter[int] = Counter()
    for (day, _), rows in counts.items():
        days[day] += rows
    return days


def local(frame: Any) -> pl.DataFrame:
    """A small frame of Spark's."""
    rows = pl.from_arrow(frame.toArrow())
    assert isinstance(rows, pl.DataFrame)
    return rows
