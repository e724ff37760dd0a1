"""Orders on Spark: most rows stay there, few come here to be judged, and go back as orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import polars as pl

from userops.core.errors import InputError, UsageError
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS, Status
from userops.engines import spark
from userops.engines.reductions import Query
from userops.readers import assumptions
from userops.readers.exports import reading
from userops.readers.fast.expressions import window
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.spark.driver_rows import Bringing, Odd, by_day, local
from userops.readers.spark.exports import ELSEWHERE, PATH, Shelf, open_shelf
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
from userops.readers.strict.netting_notes import netting_notes
from userops.readers.strict.rows import PASSED_OVER

# As many rows are judged here at most.
MOST = 1_000_000
_GIVEN = ("user_id", "day", "order_time", "amount", *ATTRIBUTES, *SUMS)
_CANONICAL = (*_GIVEN, STATE, DOUBT, KEY)
_HEADED = "headed"  # of a row that is a header: its file
# In turn, as rows leave.
_LEFT_OUT = (
    netting.AFTER,
    netting.IN_LATER,
    netting.TWICE,
    netting.VOID,
    netting.REFUNDED,
    netting.OUT_WITH_ORDER,
    netting.STRANGERS,
    *PASSED_OVER,
)


@dataclass(frozen=True, slots=True)
class _Plain:
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


class SparkOrders(Orders):
    """The orders of some exports, read and reduced on Spark."""

    def __init__(
        self, session: Any, shelves: Sequence[Shelf], options: ReadOptions, folder: Path
    ) -> None:
        super().__init__([shelf.export for shelf in shelves], options, folder)
        self._session, self._shelves = session, shelves
        self._bringing = Bringing(session, shelves, options, folder)
        self._split: tuple[_Plain, Odd | None] | None = None
        self._held: Any = None

    def status_words(self, meaning: Status) -> dict[str, int]:
        """As `Orders.status_words`, of the first rows: how many rows there are isn't counted."""
        return dict.fromkeys(super().status_words(meaning), 0)

    def close(self) -> None:
        """Free what's kept on Spark's disks."""
        if self._held is not None:
            self._held.unpersist()

    @classmethod
    def on(cls, session: Any, names: Sequence[str], options: ReadOptions, folder: Path) -> Self:
        """The orders of some files, globs, folders and addresses.

        Raises:
            InputError: one of them can't be used, or not on Spark.
            UsageError: an option can't be had there.
        """
        if options.timezone:
            raise UsageError("--tz isn't for --engine spark", mend=ELSEWHERE)
        if options.lines:
            raise UsageError("--lines isn't for --engine spark", mend=ELSEWHERE)
        with spark.reading(", ".join(names)):
            shelves = [open_shelf(session, name, options, folder) for name in dict.fromkeys(names)]
        files = [file for shelf in shelves for file in shelf.files]
        again = [file for file, times in Counter(files).items() if times > 1]
        if again:
            raise UsageError(f"{again[0]} is named more than once", mend="name it once")
        if len(files) > 1 and not all("order_id" in shelf.export.taken for shelf in shelves):
            raise InputError(
                f"{len(files):,} files, not all with order ids: on Spark only ids tell what "
                "stands in several of them",
                mend="name the column with --map order_id=COLUMN, or leave out --engine spark",
            )
        return cls(session, shelves, options, folder)

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """As `Orders.reduce`: reductions take Spark's orders by way of narwhals, and give small frames.

        `order_time` is in microseconds since 1970. Lines have an `order` where several are one.

        Raises:
            InputError: the exports can't be used.
        """
        name = ", ".join(shelf.export.name for shelf in self._shelves)
        with reading(name), spark.reading(name):
            plain, odd = self._parted()
            here = self._standing(plain.frame, as_of)
            orders = items = here
            netted = None
            if odd is not None:
                netted = self._judged(odd, here, as_of)
                orders = self._with(here, netted.orders)
                items = self._with(here, netted.lines)
            frames = [self._collected(one, orders) for one in reductions]
            frames += [self._collected(one, items) for one in lines]
            return frames, self._told(plain, odd, netted, as_of)

    def rejects(self, as_of: int | None = None) -> pl.DataFrame:
        """There are none: lines have no numbers on Spark.

        Raises:
            UsageError: always.
        """
        raise no_rejects()

    def _collected(self, reduction: Query, orders: Any) -> pl.DataFrame:
        import narwhals as nw

        return spark.collected(reduction(nw.from_native(orders)))

    def _standing(self, frame: Any, as_of: int | None) -> Any:
        """Plain rows that count, up to a day."""
        from pyspark.sql import functions as f

        counts = f.col(STATE) == VALID
        if as_of is not None:
            counts &= f.col("day") <= as_of
        given = [name for name in _GIVEN if name in frame.columns]
        return frame.filter(counts).select(*given, f.lit(1).alias("orders"))

    def _with(self, here: Any, judged: pl.DataFrame) -> Any:
        """Spark's orders and those that were judged here."""
        if judged.is_empty():
            return here
        fields = self.fields
        lacking = {*ATTRIBUTES, *SUMS} - fields
        names = [name for name in judged.columns if name not in lacking]
        back = judged.select(names).with_columns(pl.col("order_time").dt.epoch("us"))
        back = self._session.createDataFrame(back.to_arrow(compat_level=pl.CompatLevel.oldest()))
        return here.unionByName(back, allowMissingColumns=True)

    # --- which rows stay ---

    def _parted(self) -> tuple[_Plain, Odd | None]:
        """What stays on Spark, and what's judged here; found out once."""
        if self._split is None:
            currency = self._currency()
            frames = [
                canonical(shelf, self._options, currency.places, currency.code or "")
                for shelf in self._shelves
            ]
            self._split = self._parts(frames, currency)
        return self._split

    def _currency(self) -> Currency:
        """The currency that the first rows are in; rows in another one are in doubt."""
        codes: Counter[str] = Counter()
        for shelf in self._shelves:
            if "currency" in shelf.export.taken:
                column = shelf.sample[f"c{shelf.export.taken['currency'].position}"]
                codes.update(column.cast(pl.String).drop_nulls().to_list())
        units = {shelf.export.unit for shelf in self._shelves} - {None}
        if len(units | ({self._options.currency} - {None} if units else set())) > 1:
            raise InputError(
                f"amounts in several currencies: {', '.join(sorted(map(str, units)))}",
                mend="export one currency, or leave out --engine spark and give rates in userops.toml",
            )
        codes.update(sorted(map(str, units)))
        code = self._options.currency or (codes.most_common(1)[0][0].upper() if codes else None)
        return Currency.named(code) if code else Currency()

    def _parts(self, frames: Sequence[Any], currency: Currency) -> tuple[_Plain, Odd | None]:
        from pyspark.sql import functions as f

        whole = self._kept(frames)
        doubts, counts = self._counted(whole)
        twice = self._twice(whole)
        many = sum(doubts.values()) + (int(twice["rows"].sum()) if len(twice) else 0)
        if many > MOST:
            raise self._too_many(doubts, twice)
        plain = whole.filter(f.col(DOUBT).isNull())
        if not doubts and not len(twice):
            return _Plain(plain, counts, currency), None
        odd, left = self._bringing.odd(frames, twice, counts)
        if doubts["order_id"] or doubts[ROW]:
            # Their ids weren't known before: orders that seemed to be all on one row may have more.
            more = self._also(odd, whole, twice)
            if len(more):
                twice = pl.concat([twice, more])
                odd, left = self._bringing.odd(frames, twice, counts)
        if odd.read.currency.places != currency.places:
            raise InputError(
                f"amounts in {odd.read.currency.code}, which few rows say",
                mend="[currency] code in the settings",
            )
        if len(twice):
            gone = self._session.createDataFrame(twice.select(KEY).to_arrow())
            plain = plain.join(f.broadcast(gone), on=KEY, how="left_anti")
        return _Plain(plain, left, odd.read.currency if odd.read.currency.code else currency), odd

    def _kept(self, frames: Sequence[Any]) -> Any:
        """All rows, canonical. Text is parsed once, and kept on the disks of Spark's machines."""
        from functools import reduce

        from pyspark import StorageLevel
        from pyspark.sql import functions as f

        headed = f.when(f.col(DOUBT) == HEADER, f.col(PATH)).alias(_HEADED)
        chosen = [
            frame.select(*[name for name in _CANONICAL if name in frame.columns], headed)
            for frame in frames
        ]
        whole = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), chosen)
        if any(shelf.header is not None for shelf in self._shelves):
            self._held = whole.persist(StorageLevel.DISK_ONLY)
        return whole

    def _counted(self, whole: Any) -> tuple[Counter[str], Counter[tuple[int, int]]]:
        """Rows in doubt by reason, and the others by day and state. Each file's header is none."""
        from pyspark.sql import functions as f

        plain = f.col(DOUBT).isNull()
        by = [f.when(plain, f.col(name)).alias(name) for name in ("day", STATE)]
        doubts: Counter[str] = Counter()
        counts: Counter[tuple[int, int]] = Counter()
        headed = set()
        for doubt, path, day, state, rows in whole.groupBy(DOUBT, _HEADED, *by).count().collect():
            if doubt is None:
                counts[day, state] += rows
            else:
                doubts[doubt] += rows
            headed.add(path)
        if doubts[ENCODING]:
            raise InputError(
                f"{self._shelves[0].export.name}: {doubts[ENCODING]:,} lines aren't in the encoding of the first",
                mend="--encoding NAME says which it is; or leave out --engine spark",
            )
        self._check_headers(headed - {None})
        doubts[HEADER] -= len(headed - {None})
        return +doubts, counts

    def _check_headers(self, headed: set[str]) -> None:
        """That every text begins with the header of its shelf's first."""
        for shelf in self._shelves:
            other = shelf.without(headed) if shelf.header is not None else []
            if other:
                raise InputError(
                    f"{other[0]}: another header than {shelf.files[0]} has, or none",
                    mend="name files of another header by themselves",
                )

    def _twice(self, whole: Any) -> pl.DataFrame:
        """Hashes of order ids that stand on several rows: `key, rows`. They only point."""
        from pyspark.sql import functions as f

        if not all("order_id" in shelf.export.taken for shelf in self._shelves):
            return pl.DataFrame(schema={KEY: pl.Int64, "rows": pl.Int64})
        hashes = (
            whole.select(KEY)
            .filter(f.col(KEY).isNotNull())
            .repartition(KEY)  # nearly all differ: counting before they're sent is for nothing
            .groupBy(KEY)
            .agg(f.count("*").alias("rows"))
            .filter(f.col("rows") > 1)
            .limit(MOST)
        )
        return local(hashes)

    def _too_many(self, doubts: Mapping[str, int], twice: pl.DataFrame) -> InputError:
        """Why not, where that's more than Spark's way takes; what's wrong with the first rows first."""
        strict.read(self.exports, ORDERS, self._options)
        reasons = dict(doubts)
        if len(twice):
            reasons["an order on several rows"] = int(twice["rows"].sum())
        listed = ", ".join(
            f"{reason} ({rows:,})"
            for reason, rows in sorted(reasons.items(), key=lambda one: -one[1])
        )
        return InputError(
            f"{self.exports[0].name}: more than {MOST:,} rows need a careful look: {listed}",
            mend="on Spark they must be few; leave out --engine spark, or export plain numbers, "
            "ISO dates and one row an order",
        )

    def _also(self, odd: Odd, whole: Any, twice: pl.DataFrame) -> pl.DataFrame:
        """Hashes of ids that only strict reading told, where rows on Spark have them: `key, rows`."""
        from pyspark.sql import functions as f

        ids = odd.read.rows.select("order_id").drop_nulls().unique()
        order_ids = self._session.createDataFrame(
            ids.to_arrow(compat_level=pl.CompatLevel.oldest())
        )
        keys = order_ids.select(f.xxhash64("order_id").alias(KEY))
        plain = whole.filter(f.col(DOUBT).isNull())
        hashes = local(
            plain.join(f.broadcast(keys), on=KEY, how="left_semi")
            .groupBy(KEY)
            .agg(f.count("*").alias("rows"))
        )
        return hashes.join(twice, on=KEY, how="anti")

    # --- what became of them ---

    def _judged(self, odd: Odd, here: Any, as_of: int | None) -> netting.Netted:
        """The orders of the rows that came, less refunds of users who have an order nowhere."""
        from pyspark.sql import functions as f

        netted = odd.netted(as_of, self._options.totals or self._totals())
        if netted.strays.is_empty():
            return netted
        strays = netted.strays.select("user_id")
        asked = self._session.createDataFrame(strays.to_arrow(compat_level=pl.CompatLevel.oldest()))
        known = here.join(f.broadcast(asked), on="user_id", how="left_semi")
        strangers = netted.strays.join(
            local(known.select("user_id").distinct()), on="user_id", how="anti"
        )
        stay = ~pl.col("user_id").is_in(strangers["user_id"].implode())
        return replace(
            netted.without(strangers),
            orders=netted.orders.filter(stay),
            lines=netted.lines.filter(stay),
        )

    def _told(
        self, plain: _Plain, odd: Odd | None, netted: netting.Netted | None, as_of: int | None
    ) -> Facts:
        """The facts of both kinds of rows together."""
        left_out, said = plain.left_out(as_of)
        read = plain.counts.total()
        used = read - left_out.total()
        days = plain.days
        refused: Mapping[str, int] = {}
        notes: Sequence[Any] = ()
        order = list(_LEFT_OUT)
        if odd is None or netted is None:
            first_and_last = (min(days, default=None), max(days, default=None))
            if assumptions.is_odd(*first_and_last):
                notes = tuple(assumptions.odd_dates(days))
        else:
            tally = odd.read.tally(netted.used, netted.left_out, netted.refused)
            read, used, refused = read + tally.read, used + tally.used, tally.refused
            if not said and _late(list(netted.left_out)):
                order.remove(netting.REFUNDED)
                order.insert(order.index(netting.STRANGERS), netting.REFUNDED)
            left_out += Counter(tally.left_out)
            days += Counter(dict.fromkeys(odd.read.days, 1))
            notes = (*odd.read.notes, *netting_notes(netted))
        gone = {reason: left_out[reason] for reason in order if left_out[reason]}
        last = as_of if as_of is not None else max(days, default=None)
        first = min((day for day in days if last is not None and day <= last), default=None)
        facts = self._facts(
            window(first, last, self._options.timezone),
            Tally(read, used, refused, gone),
            plain.currency,
            notes,
        )
        facts = replace(facts, last_row=max(days, default=None))
        if netted is None:
            return replace(facts, settled=True)
        return replace(facts, replaced=netted.replaced, loose_refunds=netted.loose_refunds)


def no_rejects() -> UsageError:
    """Refused rows are counted with reasons, but not written."""
    return UsageError(
        "--rejects isn't for --engine spark: lines have no numbers there",
        mend="leave out one of the two",
    )


def _late(reasons: Sequence[str]) -> bool:
    """Whether rows judged here left as refunded after refunds of orders that don't count, or not."""
    late = [reason for reason in reasons if reason in (netting.OUT_WITH_ORDER, netting.REFUNDED)]
    return late[:1] == [netting.OUT_WITH_ORDER]
