"""Which rows of orders stay on Spark, and which are judged on the driver: found out in one job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import polars as pl

from userops.core.errors import InputError
from userops.core.table import Currency
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS
from userops.engines import spark
from userops.readers.options import ReadOptions
from userops.readers.spark.driver_rows import Bringing, Odd, by_day, local
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
    canonical,
)
from userops.readers.strict import netting
from userops.readers.strict import read as strict

# As many rows are judged here at most.
MOST = 1_000_000
GIVEN = ("user_id", "day", "order_time", "amount", *ATTRIBUTES, *SUMS)
_CANONICAL = (*GIVEN, STATE, DOUBT, KEY)
_HEADED = "headed"  # of a row that is a header: its file


@dataclass(frozen=True, slots=True)
class Plain:
    """The rows that stay on Spark: canonical ones, and how many by day and state."""

    frame: Any
    counts: Counter[tuple[int, int]]
    currency: Currency

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
class Parting:
    """Tells rows that stay from those that are judged on the driver.

    `held` is what's kept on the disks of Spark's machines, once it is.
    """

    session: Any
    shelves: Sequence[Shelf]
    options: ReadOptions
    bringing: Bringing
    held: Any = None

    def parts(self) -> tuple[Plain, Odd | None]:
        """What stays on Spark, and what's judged here.

        Raises:
            InputError: that's too much, or the exports can't be used.
        """
        from pyspark.sql import functions as f

        currency = self._currency()
        frames = [
            canonical(shelf, self.options, currency.places, currency.code or "")
            for shelf in self.shelves
        ]
        whole = self._kept(frames)
        doubts, counts, twice = self._looked_through(whole)
        many = sum(doubts.values()) + (int(twice["rows"].sum()) if len(twice) else 0)
        if many > MOST:
            raise self._too_many(doubts, twice)
        if not doubts and not len(twice):
            # Without lines of headers, either, nothing has to be asked of a row again.
            none = self.held is None
            return Plain(
                whole if none else whole.filter(f.col(DOUBT).isNull()), counts, currency
            ), None
        odd, left, gone = self._odd(frames, twice, counts, doubts)
        if odd.read.currency.places != currency.places:
            raise InputError(
                f"amounts in {odd.read.currency.code}, which few rows say",
                mend="[currency] code in the settings",
            )
        plain = spark.without(self.session, whole.filter(f.col(DOUBT).isNull()), gone)
        return Plain(plain, left, odd.read.currency if odd.read.currency.code else currency), odd

    def _odd(
        self,
        frames: Sequence[Any],
        twice: pl.DataFrame,
        counts: Counter[tuple[int, int]],
        doubts: Mapping[str, int],
    ) -> tuple[Odd, Counter[tuple[int, int]], pl.Series]:
        """The rows that come here, how many by day and state stay, and the keys of orders that came."""
        from pyspark.sql import functions as f

        keys = twice[KEY]
        doubtful = [frame.filter(f.col(DOUBT).isNotNull()) for frame in frames]
        again = [self._of_keys(frame, keys) for frame in frames]
        rows = self.bringing.fetched(doubtful, again if len(keys) else None)
        odd, left = self.bringing.odd(frames, rows, counts)
        if doubts.get("order_id") or doubts.get(ROW):
            # Their ids weren't known before: orders that seemed to be all on one row may have more.
            ids = odd.read.rows.select("order_id").drop_nulls().unique()
            more = spark.given(self.session, ids).select(f.xxhash64("order_id").alias(KEY))
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

    def _currency(self) -> Currency:
        """The currency that the first rows are in; rows in another one are in doubt."""
        codes: Counter[str] = Counter()
        for shelf in self.shelves:
            if "currency" in shelf.export.taken:
                column = shelf.sample[f"c{shelf.export.taken['currency'].position}"]
                codes.update(column.cast(pl.String).drop_nulls().to_list())
        units = {shelf.export.unit for shelf in self.shelves} - {None}
        if len(units | ({self.options.currency} - {None} if units else set())) > 1:
            raise InputError(
                f"amounts in several currencies: {', '.join(sorted(map(str, units)))}",
                mend="export one currency, or leave out --engine spark and give rates in userops.toml",
            )
        codes.update(sorted(map(str, units)))
        code = self.options.currency or (codes.most_common(1)[0][0].upper() if codes else None)
        return Currency.named(code) if code else Currency()

    def _kept(self, frames: Sequence[Any]) -> Any:
        """All rows, canonical. Text is parsed once, and kept on the disks of Spark's machines."""
        from pyspark import StorageLevel
        from pyspark.sql import functions as f

        headed = f.when(f.col(DOUBT) == HEADER, f.col(PATH)).alias(_HEADED)
        chosen = [
            frame.select(*[name for name in _CANONICAL if name in frame.columns], headed)
            for frame in frames
        ]
        whole = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), chosen)
        if any(shelf.header is not None for shelf in self.shelves):
            self.held = whole.persist(StorageLevel.DISK_ONLY)
        return whole

    def _looked_through(
        self, whole: Any
    ) -> tuple[Counter[str], Counter[tuple[int, int]], pl.DataFrame]:
        """Rows in doubt by reason, the others by day and state, and orders on several rows.

        Each file's header is none. The last are hashes of ids, which only point: `key, rows`.
        """
        from pyspark.sql import functions as f

        counted = whole.groupBy(
            DOUBT,
            _HEADED,
            *[
                f.expr(f"CASE WHEN {DOUBT} IS NULL THEN {name} END AS {name}")
                for name in ("day", STATE)
            ],
        ).agg(f.count("*").alias("rows"))
        if self._have_ids:
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
        if not self._have_ids:
            found = found.with_columns(pl.lit(None, pl.Int64).alias(KEY))
        twice = found.filter(pl.col(KEY).is_not_null()).select(KEY, "rows")
        return *self._by_reason(found.filter(pl.col(KEY).is_null())), twice

    @property
    def _have_ids(self) -> bool:
        return all("order_id" in shelf.export.taken for shelf in self.shelves)

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
        strict.read([shelf.export for shelf in self.shelves], ORDERS, self.options)
        reasons = dict(doubts)
        if len(twice):
            reasons["an order on several rows"] = int(twice["rows"].sum())
        listed = ", ".join(
            f"{reason} ({rows:,})"
            for reason, rows in sorted(reasons.items(), key=lambda one: -one[1])
        )
        return InputError(
            f"{self.shelves[0].export.name}: more than {MOST:,} rows need a careful look: {listed}",
            mend="on Spark they must be few; leave out --engine spark, or export plain numbers, "
            "ISO dates and one row an order",
        )
