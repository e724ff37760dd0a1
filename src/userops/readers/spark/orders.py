"""Orders on Spark: most rows stay there, few come here to be judged, and go back as orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from userops.core.dates import to_day
from userops.core.errors import InputError, UsageError
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS, Status
from userops.engines import spark
from userops.engines.reductions import Query, Reduction
from userops.ledger.customers import CUSTOMERS
from userops.ledger.large_users import CUSTOMERS_WITH_GAPS
from userops.readers import assumptions
from userops.readers.exports import reading
from userops.readers.fast.expressions import window
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.spark.driver_rows import Bringing, Odd, local
from userops.readers.spark.exports import ELSEWHERE, Shelf, open_shelves
from userops.readers.spark.expressions import STATE, VALID, canonical
from userops.readers.spark.parting import Light, Parting, Plain
from userops.readers.spark.users import SparkUsers
from userops.readers.strict import netting
from userops.readers.strict.netting_notes import netting_notes
from userops.readers.strict.rows import PASSED_OVER

if TYPE_CHECKING:
    from userops.ledger.large_users import LargeUsers
    from userops.ledger.timeline import Timeline

GIVEN = ("user_id", "day", "order_time", "amount", *ATTRIBUTES, *SUMS)
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


class SparkOrders(Orders):
    """The orders of some exports, read and reduced on Spark."""

    def __init__(
        self, session: Any, shelves: Sequence[Shelf], options: ReadOptions, folder: Path
    ) -> None:
        super().__init__([shelf.export for shelf in shelves], options, folder)
        self._session, self._shelves, self._space = session, shelves, folder
        self._parting: Parting[Odd] | None = None
        self._split: tuple[Plain, Odd | None, Currency] | None = None
        self._users: SparkUsers | None = None

    def status_words(self, meaning: Status) -> dict[str, int]:
        """As `Orders.status_words`, of the first rows: how many rows there are isn't counted."""
        return dict.fromkeys(super().status_words(meaning), 0)

    def close(self) -> None:
        """Free what's kept on Spark's disks."""
        if self._parting is not None:
            self._parting.close()
        if self._users is not None:
            self._users.close()

    @classmethod
    def on(cls, session: Any, names: Sequence[str], options: ReadOptions, folder: Path) -> Self:
        """The orders of some files, globs, folders and addresses.

        Raises:
            InputError: one of them can't be used, or not on Spark.
            UsageError: an option can't be had there.
        """
        if options.lines:
            raise UsageError("--lines isn't for --engine spark", mend=ELSEWHERE)
        shelves = open_shelves(session, names, ORDERS, options, folder)
        files = [file for shelf in shelves for file in shelf.files]
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
        with reading(self._name), spark.reading(self._name):
            orders, items, facts = self._on_spark(as_of)
            frames = [collected(one, orders) for one in reductions]
            frames += [collected(one, items) for one in lines]
            return frames, facts

    def large_users(
        self, as_of: int | None = None, *, gaps: bool = False
    ) -> tuple[LargeUsers, Facts]:
        """As `OrderPasses.large_users`."""
        import narwhals as nw

        assert self.users_to is not None
        with reading(self._name), spark.reading(self._name):
            orders, _, facts = self._on_spark(as_of)
            made = (CUSTOMERS_WITH_GAPS if gaps else CUSTOMERS)(nw.from_native(orders))
            customers = made.to_native()  # type: ignore[attr-defined]
            day = to_day(facts.window.as_of) if facts.window.as_of else 0
            places = facts.currency.places
            self._users = SparkUsers.of(
                self._session, customers, day, self._name, self.users_to, places
            )
            return self._users, facts

    @property
    def users_written(self) -> int:
        """How many users are in the folder that was written."""
        return self._users.written if self._users is not None else 0

    @property
    def _name(self) -> str:
        return ", ".join(shelf.export.name for shelf in self._shelves)

    def _on_spark(self, as_of: int | None) -> tuple[Any, Any, Facts]:
        """Orders and line items as frames of Spark's, and the facts."""
        self._split = plain, odd, currency = self._split or self._parted()
        here = self._standing(plain.frame, as_of)
        if odd is None:
            return here, here, self._told(plain, None, None, as_of, currency)
        netted = self._judged(odd, here, as_of)
        facts = self._told(plain, odd, netted, as_of, currency)
        return self._with(here, netted.orders), self._with(here, netted.lines), facts

    def _parted(self) -> tuple[Plain, Odd | None, Currency]:
        """What stays on Spark, what's judged here, and the currency of both."""
        options = self._options
        currency = _currency(self._shelves, options)
        light = Light(
            ORDERS,
            lambda shelf: canonical(shelf, options, currency.places, currency.code or ""),
            GIVEN,
            "order_id",
            "an order on several rows",
            keyed=all("order_id" in shelf.export.taken for shelf in self._shelves),
        )
        bringing = Bringing(self._shelves, ORDERS, options, self._space, Odd)
        self._parting = Parting(self._session, light, bringing)
        plain, odd = self._parting.parts()
        if odd is not None and odd.read.currency.places != currency.places:
            raise InputError(
                f"amounts in {odd.read.currency.code}, which few rows say",
                mend="[currency] code in the settings",
            )
        told = odd is not None and odd.read.currency.code
        return plain, odd, odd.read.currency if odd is not None and told else currency

    def timeline(
        self,
        customers: Query,
        keys: Query,
        more: Sequence[Query] = (),
        as_of: int | None = None,
        *,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """As `OrderPasses.timeline`: where customers can come from their orders, by one grouping."""
        from userops.ledger import timeline

        from_keys = Reduction.of(customers).from_keys
        with_amounts = keys == timeline.SORT_KEYS_WITH_AMOUNTS
        if not lined or from_keys is None or (from_keys.finish and not with_amounts):
            how = {"lines": lines, "named": named, "lined": lined}
            return super().timeline(customers, keys, more, as_of, **how)  # type: ignore[arg-type]
        (listed, *rest), facts = self.reduce([keys, *more], as_of, lines)
        frame, line = timeline.from_lists(listed, amounts=from_keys.amounts)
        return from_keys.finish(frame, line) if from_keys.finish else frame, line, rest, facts

    def rejects(self, as_of: int | None = None) -> pl.DataFrame:
        """There are none: lines have no numbers on Spark.

        Raises:
            UsageError: always.
        """
        raise no_rejects()

    def _standing(self, frame: Any, as_of: int | None) -> Any:
        """Plain rows that count, up to a day."""
        from pyspark.sql import functions as f

        counts = f.col(STATE) == VALID
        if as_of is not None:
            counts &= f.col("day") <= as_of
        given = [name for name in GIVEN if name in frame.columns]
        rows = frame.filter(counts).select(*given, f.lit(1).alias("orders"))
        # Grouping texts before they're sent takes longer than sending each, and all group by user.
        return rows.repartition("user_id")

    def _with(self, here: Any, judged: pl.DataFrame) -> Any:
        """Spark's orders and those that were judged here."""
        if judged.is_empty():
            return here
        fields = self.fields
        lacking = {*ATTRIBUTES, *SUMS} - fields
        names = [name for name in judged.columns if name not in lacking]
        back = judged.select(names).with_columns(pl.col("order_time").dt.epoch("us"))
        return here.unionByName(spark.given(self._session, back), allowMissingColumns=True)

    # --- what became of them ---

    def _judged(self, odd: Odd, here: Any, as_of: int | None) -> netting.Netted:
        """The orders of the rows that came, less refunds of users who have an order nowhere."""
        netted = odd.netted(as_of, self._options.totals or self._totals())
        if netted.strays.is_empty():
            return netted
        known = spark.only(self._session, here, netted.strays["user_id"].unique())
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
        self,
        plain: Plain,
        odd: Odd | None,
        netted: netting.Netted | None,
        as_of: int | None,
        currency: Currency,
    ) -> Facts:
        """The facts of both kinds of rows together."""
        left_out, said = plain.left_out(as_of)
        read = plain.counts.total()
        used = read - left_out.total()
        days = plain.days
        refused: Mapping[str, int] = {}
        columns: Mapping[str, Sequence[str]] = {}
        notes: Sequence[Any] = ()
        order = list(_LEFT_OUT)
        if odd is None or netted is None:
            notes = tuple(assumptions.odd_dates(days))
        else:
            tally = odd.read.tally(netted.used, netted.left_out, netted.refused)
            read, used, refused = read + tally.read, used + tally.used, tally.refused
            columns = tally.columns
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
            Tally(read, used, refused, gone, columns),
            currency,
            notes,
        )
        facts = replace(facts, last_row=max(days, default=None))
        if netted is None:
            return replace(facts, settled=True)
        return replace(
            facts,
            replaced=netted.replaced,
            loose_refunds=netted.loose_refunds,
            equal_rows=netted.equal_rows,
        )


def _currency(shelves: Sequence[Shelf], options: ReadOptions) -> Currency:
    """The currency that the first rows are in; rows in another one are in doubt."""
    codes: Counter[str] = Counter()
    for shelf in shelves:
        if "currency" in shelf.export.taken:
            column = shelf.sample[f"c{shelf.export.taken['currency'].position}"]
            codes.update(column.cast(pl.String).drop_nulls().to_list())
    units = {shelf.export.unit for shelf in shelves} - {None}
    if len(units | ({options.currency} - {None} if units else set())) > 1:
        raise InputError(
            f"amounts in several currencies: {', '.join(sorted(map(str, units)))}",
            mend="export one currency, or leave out --engine spark and give rates in userops.toml",
        )
    codes.update(sorted(map(str, units)))
    code = options.currency or (codes.most_common(1)[0][0].upper() if codes else None)
    return Currency.named(code) if code else Currency()


def collected(reduction: Query, rows: Any) -> pl.DataFrame:
    """What a reduction gives over a frame of Spark's; by user_id, where it names users."""
    import narwhals as nw

    result = spark.collected(reduction(nw.from_native(rows)))
    names_users = "user_id" in result and Reduction.of(reduction).names_users
    return result.sort("user_id") if names_users else result


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
