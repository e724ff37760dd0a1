"""The few rows that are judged on the driver: brought there, and laid out as exports of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl

from userops.datasets.orders import ORDERS
from userops.readers.exports import Export, of_frame, opened
from userops.readers.fast.expressions import SAMPLE
from userops.readers.files.open import Format, Source
from userops.readers.files.records import LINE
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.spark.exports import BLOCK, NTH, PATH, TEXT, Shelf
from userops.readers.spark.expressions import DOUBT, HEADER, KEY, STATE
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


@dataclass(frozen=True, slots=True)
class Bringing:
    """How rows in doubt, and those of orders on several rows, come from some shelves."""

    session: Any
    shelves: Sequence[Shelf]
    options: ReadOptions
    folder: Path

    def _fetched(self, frames: Sequence[Any], twice: pl.DataFrame) -> list[pl.DataFrame]:
        """Of each shelf the rows that are judged here, as they are, in their order."""
        from pyspark.sql import functions as f

        found = []
        for shelf, frame in zip(self.shelves, frames, strict=True):
            raw = [TEXT] if shelf.header is not None else shelf.sample.columns
            rows = frame.filter(f.col(DOUBT).isNotNull())
            columns = [*raw, PATH, BLOCK, NTH, DOUBT, "day", STATE]
            if len(twice):
                keys = f.broadcast(self.session.createDataFrame(twice.select(KEY).to_arrow()))
                again = frame.filter(f.col(DOUBT).isNull() & f.col(KEY).isNotNull())
                again = again.join(keys, on=KEY, how="left_semi")
                rows = rows.select(columns).union(again.select(columns))
            came = local(rows.select(columns))
            number = shelf.places(came[PATH].unique())
            came = came.with_columns(
                pl.col(PATH).replace_strict(number, return_dtype=pl.Int64).alias("file")
            ).sort("file", BLOCK, NTH)
            if shelf.header is not None:  # the first of a file is its header
                first = pl.int_range(pl.len()).over("file") == 0
                came = came.filter(~((pl.col(DOUBT) == HEADER) & first).fill_null(False))
            found.append(came)
        return found

    def odd(
        self, frames: Sequence[Any], twice: pl.DataFrame, counts: Counter[tuple[int, int]]
    ) -> tuple[Odd, Counter[tuple[int, int]]]:
        """The rows that come here, and how many by day and state stay.

        They are exports of their files, each behind rows that show what its columns are like.
        """
        left = Counter(counts)
        parts: list[Export] = []
        wholes: list[Export] = []
        for shelf, frame, rows in zip(
            self.shelves, frames, self._fetched(frames, twice), strict=True
        ):
            plain = rows.filter(pl.col(DOUBT).is_null()).select("day", STATE)
            left.subtract(Counter(plain.iter_rows()))
            like = self._plain_rows(shelf, frame)
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
        return Odd(parts, self.options, self.folder, wholes, by_day(stay)), stay

    def _plain_rows(self, shelf: Shelf, frame: Any) -> pl.DataFrame:
        """Some of a shelf's plain rows as they are: what its columns are like."""
        from pyspark.sql import functions as f

        raw = [TEXT] if shelf.header is not None else shelf.sample.columns
        return local(frame.filter(f.col(DOUBT).isNull()).select(*raw).limit(SAMPLE))

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
            export = of_frame(source, both.rename(header).lazy(), ORDERS, self.options)
            return replace(export, taken=taken, nobody=nobody), len(known)
        lines = [shelf.header, *known[TEXT], *rows[TEXT]]
        path = Path(mkdtemp(dir=self.folder)) / "rows"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        as_utf8 = replace(self.options, encoding="utf-8")
        export = opened(Source(name, path, Format.TEXT), ORDERS, as_utf8, self.folder)
        # Its first row isn't the file's.
        content = replace(export.content, first_line=None)
        return replace(export, taken=taken, nobody=nobody, content=content), 1 + len(known)


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
