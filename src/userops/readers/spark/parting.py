"""Which rows stay on Spark, and which are judged on the driver: found out in one job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic

import polars as pl

from userops.core.errors import InputError
from userops.datasets.fields import Dataset
from userops.engines import spark
from userops.readers.spark.driver_rows import Bringing, J, by_day, local
from userops.readers.spark.exports import PATH, Shelf
from userops.readers.spark.expressions import (
    DOUBT,
    ENCODING,
    HEADER,
    KEY,
    REFUNDED,
    ROW,
    STATE,
    VALID,
    VOID,
)
from userops.readers.strict import netting
from userops.readers.strict import read as strict

# As many rows are judged here at most.
MOST = 1_000_000
_HEADED = "headed"  # of a row that is a header: its file
_TOP = "top"


@dataclass(frozen=True, slots=True)
class Light:
    """How rows of a dataset are read by light rules, and told apart.

    Attributes:
        dataset: theirs.
        canonical: a shelf's rows with canonical columns, `doubt`, `state` and `key`.
        given: those of the canonical columns that are kept.
        id: the field whose value is one row's alone.
        keyed: whether `key` tells all rows apart that aren't one.
        several: what rows are that share a key.
        longest: a column of which the largest is looked for, by day.
    """

    dataset: Dataset
    canonical: Callable[[Shelf], Any]
    given: Sequence[str]
    id: str
    several: str
    keyed: bool = True
    longest: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """The rows that stay on Spark: canonical ones, and how many by day and state.

    Of what the light rules look for the `longest`, `tops` is the largest of a day.
    """

    frame: Any
    counts: Counter[tuple[int, int]]
    tops: Mapping[int, int]

    @property
    def days(self) -> Counter[int]:
        """Rows by day."""
        return by_day(self.counts)

    def left_out(self, as_of: int | None) -> tuple[Counter[str], bool]:
        """Rows that don't count by reason, and whether any has a status that says refunded."""
        gone: Counter[str] = Counter()
        said = False
        for (day, state), rows in self.counts.items():
            if as_of is not None and day > as_of:
                gone[netting.AFTER] += rows
            elif state != VALID:
                gone[netting.VOID if state == VOID else netting.REFUNDED] += rows
                said |= state == REFUNDED
        return gone, said


@dataclass(slots=True)
class Parting(Generic[J]):
    """Tells rows that stay from those that are judged on the driver.

    `held` is what's kept on the disks of Spark's machines, once it is.
    """

    session: Any
    light: Light
    bringing: Bringing[J]
    held: Any = None

    @property
    def shelves(self) -> Sequence[Shelf]:
        """What's parted."""
        return self.bringing.shelves

    def close(self) -> None:
        """Free what's kept on Spark's disks."""
        if self.held is not None:
            self.held.unpersist()

    def parts(self) -> tuple[Plain, J | None]:
        """What stays on Spark, and what's judged here.

        Raises:
            InputError: that's too much, or the exports can't be used.
        """
        from pyspark.sql import functions as f

        frames = [*map(self.light.canonical, self.shelves)]
        whole = self._kept(frames)
        doubts, counts, twice, tops = self._looked_through(whole)
        many = sum(doubts.values()) + (int(twice["rows"].sum()) if len(twice) else 0)
        if many > MOST:
            raise self._too_many(doubts, twice)
        if not doubts and not len(twice):
            # Without lines of headers, either, nothing has to be asked of a row again.
            stays = whole if self.held is None else whole.filter(f.col(DOUBT).isNull())
            return Plain(stays, counts, tops), None
        odd, left, gone = self._odd(frames, twice, counts, doubts)
        plain = spark.without(self.session, whole.filter(f.col(DOUBT).isNull()), gone)
        return Plain(plain, left, tops), odd

    def _odd(
        self,
        frames: Sequence[Any],
        twice: pl.DataFrame,
        counts: Counter[tuple[int, int]],
        doubts: Mapping[str, int],
    ) -> tuple[J, Counter[tuple[int, int]], pl.Series]:
        """The rows that come here, how many by day and state stay, and the keys of those that came."""
        from pyspark.sql import functions as f

        keys = twice[KEY]
        doubtful = [frame.filter(f.col(DOUBT).isNotNull()) for frame in frames]
        again = [self._of_keys(frame, keys) for frame in frames]
        rows = self.bringing.fetched(doubtful, again if len(keys) else None)
        odd, left = self.bringing.odd(frames, rows, counts)
        if doubts.get(self.light.id) or doubts.get(ROW):
            # Their ids weren't known before: what seemed to be all on one row may have more.
            ids = odd.read.rows.select(self.light.id).drop_nulls().unique()
            more = spark.given(self.session, ids).select(f.xxhash64(self.light.id).alias(KEY))
            news = local(more)[KEY]
            news = news.filter(~news.is_in(keys.implode()))
            if news.is_empty():
                return odd, left, keys
            found = self.bringing.fetched([self._of_keys(frame, news) for frame in frames])
            if any(map(len, found)):
                rows = [
                    self.bringing.in_order(pl.concat(both))
                    for both in zip(rows, found, strict=True)
                ]
                odd, left = self.bringing.odd(frames, rows, counts)
                keys = pl.concat([keys, news])
        return odd, left, keys

    def _of_keys(self, frame: Any, keys: pl.Series) -> Any:
        from pyspark.sql import functions as f

        plain = frame.filter(f.col(DOUBT).isNull() & f.col(KEY).isNotNull())
        return spark.only(self.session, plain, keys)

    def _kept(self, frames: Sequence[Any]) -> Any:
        """All rows, canonical. Text is parsed once, and kept on the disks of Spark's machines."""
        from pyspark import StorageLevel
        from pyspark.sql import functions as f

        headed = f.when(f.col(DOUBT) == HEADER, f.col(PATH)).alias(_HEADED)
        names = (*self.light.given, STATE, DOUBT, KEY)
        chosen = [
            frame.select(*[name for name in names if name in frame.columns], headed)
            for frame in frames
        ]
        whole = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), chosen)
        if any(shelf.header is not None for shelf in self.shelves):
            self.held = whole.persist(StorageLevel.DISK_ONLY)
        return whole

    def _looked_through(
        self, whole: Any
    ) -> tuple[Counter[str], Counter[tuple[int, int]], pl.DataFrame, dict[int, int]]:
        """Rows in doubt by reason, the others by day and state, keys of several rows, and `tops`.

        Each file's header is no row. Keys are hashes, which only point: `key, rows`.
        """
        from pyspark.sql import functions as f

        known = self.light.longest in whole.columns
        longest = f.max(self.light.longest) if known else f.lit(None).cast("bigint")
        counted = whole.groupBy(
            DOUBT,
            _HEADED,
            *[
                f.expr(f"CASE WHEN {DOUBT} IS NULL THEN {name} END AS {name}")
                for name in ("day", STATE)
            ],
        ).agg(f.count("*").alias("rows"), longest.alias(_TOP))
        if self.light.keyed:
            hashes = (
                whole.select(KEY)
                .filter(f.col(KEY).isNotNull())
                .repartition(KEY)  # nearly all differ: counting before they're sent is for nothing
                .groupBy(KEY)
                .agg(f.count("*").alias("rows"))
                .filter(f.col("rows") > 1)
                .limit(MOST)
            )
            counted = counted.unionByName(hashes, allowMissingColumns=True)
        found = local(counted)
        if not self.light.keyed:
            found = found.with_columns(pl.lit(None, pl.Int64).alias(KEY))
        twice = found.filter(pl.col(KEY).is_not_null()).select(KEY, "rows")
        rows = found.filter(pl.col(KEY).is_null())
        tops = rows.filter(pl.col(DOUBT).is_null()).group_by("day").agg(pl.col(_TOP).max())
        return *self._by_reason(rows), twice, dict(tops.drop_nulls().iter_rows())

    def _by_reason(self, found: pl.DataFrame) -> tuple[Counter[str], Counter[tuple[int, int]]]:
        doubts: Counter[str] = Counter()
        counts: Counter[tuple[int, int]] = Counter()
        for doubt, day, state, rows in found.select(DOUBT, "day", STATE, "rows").iter_rows():
            if doubt is None:
                counts[day, state] += rows
            else:
                doubts[doubt] += rows
        if doubts[ENCODING]:
            raise InputError(
                f"{self.shelves[0].export.name}: {doubts[ENCODING]:,} lines aren't in the encoding of the first",
                mend="--encoding NAME says which it is; or leave out --engine spark",
            )
        headed = set(found[_HEADED].drop_nulls())
        self._check_headers(headed)
        doubts[HEADER] -= len(headed)
        return +doubts, counts

    def _check_headers(self, headed: set[str]) -> None:
        """That every text begins with the header of its shelf's first."""
        for shelf in self.shelves:
            other = shelf.without(headed) if shelf.header is not None else []
            if other:
                raise InputError(
                    f"{other[0]}: another header than {shelf.files[0]} has, or none",
                    mend="name files of another header by themselves",
                )

    def _too_many(self, doubts: Mapping[str, int], twice: pl.DataFrame) -> InputError:
        """Why not, where that's more than Spark's way takes; what's wrong with the first rows first."""
        exports = [shelf.export for shelf in self.shelves]
        strict.read(exports, self.light.dataset, self.bringing.options)
        reasons = dict(doubts)
        if len(twice):
            reasons[self.light.several] = int(twice["rows"].sum())
        listed = ", ".join(
            f"{reason} ({rows:,})"
            for reason, rows in sorted(reasons.items(), key=lambda one: -one[1])
        )
        return InputError(
            f"{self.shelves[0].export.name}: more than {MOST:,} rows need a careful look: {listed}",
            mend="on Spark they must be few; leave out --engine spark, or export plain numbers, "
            "ISO dates and each order or event on one row",
        )
