"""Orders, however they come: the fast way where a file is clean, else the strict one.

The fast way runs an analysis' reduction straight over the file, with fast expressions
chosen from its first rows, and in the same pass counts whatever those expressions
can't read. Where that count is zero, order ids are all different and ids are plain,
its result is the strict way's. Where it isn't, the result is thrown away and the
careful way reads everything by the rules, with a line and a reason for each row that
isn't used. Either way the caller gets the same frames and the same facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from userops.core.dates import Window
from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.core.messages import Note, counted
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.orders import ORDERS, Status
from userops.engines import query as engine
from userops.engines.reductions import Query, Reduction
from userops.ledger.passes import OrderPasses
from userops.readers import assumptions, overview
from userops.readers.exports import Export, reading
from userops.readers.fast import expressions
from userops.readers.fast import orders as fast_orders
from userops.readers.fast import payments as fast_payments
from userops.readers.meaning.missing import missing
from userops.readers.meaning.profile import Profiles
from userops.readers.meaning.questions import ask
from userops.readers.options import ReadOptions
from userops.readers.strict import netting, rows
from userops.readers.strict import read as strict
from userops.readers.strict.as_of import revised
from userops.readers.strict.clashes import question_of
from userops.readers.strict.netting_notes import netting_notes
from userops.readers.strict.payments import line_payments, net_of, payments
from userops.readers.strict.read import StrictRows
from userops.readers.strict.repeats import Repeats
from userops.readers.strict.rows import FAULT, FILE

# A way of the fast pass: over the orders that count, those given back, or with their ids.
_Pass = Callable[
    [Sequence[Export], ReadOptions, Sequence[Reduction], int | None],
    tuple[list[pl.DataFrame], fast_orders.PassFacts] | None,
]


@dataclass(frozen=True, slots=True)
class _NettedOrders:
    """Orders and line items by the strict way, as of a day."""

    as_of: int | None
    orders: pl.LazyFrame
    lines: pl.LazyFrame
    given_back: pl.LazyFrame


class Orders(OrderPasses):
    """The orders of some exports. Opening them reads no more than their heads and shapes."""

    def __init__(
        self,
        exports: Sequence[Export],
        options: ReadOptions,
        folder: Path | None = None,
        keep: Callable[[int, pl.DataFrame], None] | None = None,
    ) -> None:
        self._options = options
        self._folder = folder
        self._summaries: dict[int | None, netting.Netted] = {}
        self._last_netted: _NettedOrders | None = None
        self._doubted = False  # the fast way won't do
        self._statuses: Counter[str] = Counter()
        self._keep = keep  # is given the rows that the strict way reads
        self.exports = exports

    @classmethod
    def open(cls, names: Sequence[str | pl.LazyFrame], options: ReadOptions, folder: Path) -> Self:
        """The orders of some files, globs and folders, or frames; `folder` is the run's workspace.

        Raises:
            InputError: one of them can't be used.
        """
        from userops.readers.lines import open_orders

        return cls(open_orders(names, options, folder), options, folder)

    @property
    def rows_about(self) -> int:
        """About how many rows the exports have, as far as that can be told without reading them."""
        return sum(export.rows_about for export in self.exports)

    @property
    def fields(self) -> set[str]:
        """What the exports have columns for."""
        return {field for export in self.exports for field in export.taken}

    @property
    def has_amounts(self) -> bool:
        """Whether all orders say what they came to; else amounts are 0, and say nothing."""
        return all("amount" in export.taken for export in self.exports)

    def need_amounts(self) -> None:
        """See that all orders say what they came to.

        Raises:
            InputError: an export has no column for it.
        """
        for export in self.exports:
            if "amount" not in export.taken:
                spare = {one.position for one in export.taken.values()}
                profiles = Profiles(export.content)
                lacking = [ORDERS["amount"]]
                raise missing(
                    export.name, lacking, export.header, profiles, spare, dataset=ORDERS.name
                )

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders in one pass, and say what was read.

        Each is given a lazy frame of valid orders: `user_id`, `day` (Int32, days since
        1970-01-01), `amount` (Int64, net minor units), `orders` (1; 0 for a refund whose
        order isn't there), and, where the exports have them, `order_time`, `channel`,
        `category`, `product`, `quantity`. Its result keeps `user_id` if it has one. Those in
        `lines` are given line items instead, where the exports hold them: the same columns,
        and `order`, which tells whose items they are. Their results come last.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            fast = self._fast([Reduction.of(one) for one in (*reductions, *lines)], as_of)
            if fast is not None:
                frames, from_pass = fast
                self._id_names = from_pass.form
                last = as_of if as_of is not None else from_pass.last_day
                window = expressions.window(from_pass.first_day, last)
                tally, money, notes = from_pass.tally, from_pass.currency, from_pass.notes
                facts = self._facts(window, tally, money, notes)
                return frames, replace(facts, settled=True, last_row=from_pass.last_day)
            self._id_names = None
            netted = self._netted(as_of)
            queries = [one(netted.orders) for one in reductions]
            frames = engine.collect_all(queries + [one(netted.lines) for one in lines])
        return frames, self.facts(self._summaries[as_of], as_of)

    def given_back(
        self, reductions: Sequence[Query], as_of: int | None = None
    ) -> list[pl.DataFrame]:
        """What reductions give over the orders that were given back in full, by a pass of its own.

        As `reduce` gives them those that count; `amount` is what was paid.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            asked = [Reduction.of(one) for one in reductions]
            fast = self._fast(asked, as_of, fast_orders.reduce_given_back)
            if fast is not None:
                return fast[0]
            orders = self._netted(as_of).given_back
            return engine.collect_all([one(orders) for one in reductions])

    def numbered(self, reduction: Query, as_of: int | None = None) -> pl.DataFrame:
        """What a reduction gives over the orders that count and have an id, by a pass of its own.

        It's given `order_id` (their ids as text), `user_id`, `order_time`, `day` and `amount`, net, for
        other exports that name orders.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            fast = self._fast([Reduction.of(reduction)], as_of, fast_orders.reduce_numbered)
        if fast is not None:
            return fast[0][0]
        return engine.collect(reduction(net_of(self.payments(as_of)).lazy()))

    def _fast(
        self,
        reductions: Sequence[Reduction],
        as_of: int | None,
        reduce: _Pass | None = None,
    ) -> tuple[list[pl.DataFrame], fast_orders.PassFacts] | None:
        """What the fast way gives; None where it won't do, and from then on."""
        if self._doubted:
            return None
        result = (reduce or fast_orders.reduce)(self.exports, self._options, reductions, as_of)
        self._doubted = result is None
        return result

    def overviews(self, *, fields: bool = True) -> list[overview.Overview]:
        """What the rows of each export hold, before they're judged: a pass over each."""
        return overview.overviews(self.exports, ORDERS, fields=fields)

    def statuses(self) -> dict[str, int]:
        """How many rows that weren't refused have each status; after `reduce`."""
        counts: Counter[str] = Counter()
        if self._doubted:
            counts = self._statuses
        else:
            with reading(", ".join(export.name for export in self.exports)):
                for export in self.exports:
                    counts.update(overview.statuses(export, self._options))
        return {str(status): counts[status] for status in Status if counts[status]}

    def status_words(self, meaning: Status) -> dict[str, int]:
        """The words that stand for a status in the exports, with their rows, most first."""
        counts: Counter[str] = Counter()
        with reading(", ".join(export.name for export in self.exports)):
            for export in self.exports:
                counts.update(overview.status_words(export, self._options, meaning))
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def days_with_orders(self, as_of: int | None = None) -> list[int]:
        """The days, up to one, on which anyone ordered; by a pass over the orders."""
        names = self._id_names
        (days,), _ = self.reduce([_DAYS], as_of)
        self._id_names = names  # of the last pass, which this one isn't
        return days["day"].drop_nulls().unique().sort().to_list()

    def revised(
        self, days: Sequence[int], as_of: int | None = None
    ) -> tuple[pl.Series, list[pl.LazyFrame]]:
        """Users one of whose orders a later row changed, and on some days all their orders.

        The days ascend. Everyone else's orders up to an earlier day are what they were on it.
        """
        totals = self._totals_as_of(as_of)
        parts = lambda: (_good(part) for part in self.read.parts)  # noqa: E731
        return revised(parts, days, as_of, totals, self._options.refunds_by)

    def _totals_as_of(self, as_of: int | None) -> str | None:
        """What an amount on a line item is, said or found out."""
        if as_of not in self._summaries:
            self._netted(as_of)
        return self._options.totals or self._totals() or self._summaries[as_of].totals or None

    def payments(self, as_of: int | None = None) -> pl.DataFrame:
        """What was paid and given back (`strict.payments`), by user, time and order.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            fast = None
            if fast_payments.can_tell(self.exports):
                fast = self._fast([fast_payments.EVERY], as_of, fast_payments.reduce_payments)
        told = fast_payments.both(fast[0][0]) if fast else self._by_parts(payments, as_of)
        return told.sort("user_id", "time", "order", "amount")

    def line_payments(self, as_of: int | None = None) -> pl.DataFrame:
        """The same by line item (`strict.payments`), by user, time, order and amount.

        Raises:
            InputError: the exports can't be used.
        """
        order = ("user_id", "time", "order", "category", "product", "amount", "quantity", "item")
        return self._by_parts(line_payments, as_of).sort(*order)

    def _by_parts(self, tell: Callable[..., pl.DataFrame], as_of: int | None) -> pl.DataFrame:
        """What's told of canonical rows, each order whole, a part at a time."""
        with reading(", ".join(export.name for export in self.exports)):
            how = self._totals_as_of(as_of), self._options.refunds_by
            return pl.concat([tell(_good(part), as_of, *how) for part in self.read.parts])

    def _netted(self, as_of: int | None) -> _NettedOrders:
        """Orders and line items by the strict way, where the rows are; `_summaries` says what became of these."""
        if self._last_netted is not None and self._last_netted.as_of == as_of:
            return self._last_netted
        orders: list[pl.LazyFrame] = []
        items: list[pl.LazyFrame] = []
        returned: list[pl.LazyFrame] = []
        summaries: list[netting.Netted] = []
        self._last_netted = None
        for number, netted in enumerate(self._nets(as_of)):
            orders.append(self.read.parts.stored_with(number, "orders", netted.orders))
            items.append(self.read.parts.stored_with(number, "lines", netted.lines))
            returned.append(self.read.parts.stored_with(number, "given_back", netted.given_back))
            summaries.append(
                replace(
                    netted,
                    orders=netted.orders.clear(),
                    lines=netted.lines.clear(),
                    given_back=netted.given_back.clear(),
                )
            )
        all_orders, all_items = pl.concat(orders), pl.concat(items, how="diagonal")
        summary = netting.together(summaries)
        self._check_numbers(summary)
        if len(self.read.parts.held) > 1:  # whose order is nowhere isn't known in any one of them
            strangers = netting.strangers_of(summary.strays, all_orders)
            summary = summary.without(strangers)
            known = ~pl.col("user_id").is_in(strangers["user_id"].implode())
            all_orders, all_items = all_orders.filter(known), all_items.filter(known)
        self._summaries[as_of] = summary
        result = _NettedOrders(as_of, all_orders, all_items, pl.concat(returned))
        # On disk they stay until another day's are laid there; memory isn't held for them.
        self._last_netted = result if self.read.parts.on_disk else None
        return result

    def _check_numbers(self, summary: netting.Netted) -> None:
        """Stop where order numbers aren't orders.

        Raises:
            InputError: they aren't, and what would be.
        """
        question = question_of(summary.clashes, self.exports)
        if question is not None and not self._options.order_id:
            ask(", ".join(export.name for export in self.exports), [question])

    def _nets(self, as_of: int | None) -> Iterator[netting.Netted]:
        """What each part's orders are."""
        totals = self._options.totals or self._totals()
        if totals is None and len(self.read.parts.held) > 1:
            # Whether totals repeat is a matter of all orders.
            repeats = [
                netting.net(_good(part), as_of, refunds=self._options.refunds_by).repeats
                for part in self.read.parts
            ]
            totals = sum(repeats, Repeats()).totals
        several = len(self.read.parts.held) > 1
        for part in self.read.parts:
            yield netting.net(
                _good(part), as_of, totals, refunds=self._options.refunds_by, strangers=several
            )

    def _totals(self) -> str | None:
        """What an amount on a line item is, where all exports say the same."""
        said = {export.totals for export in self.exports}
        return said.pop() if len(said) == 1 else None

    @cached_property
    def read(self) -> StrictRows:
        """Every row by the strict way; read once."""
        rows_read = self._strict()
        self.exports = rows_read.exports
        blank: Counter[int] = Counter()

        def settled(part: pl.DataFrame) -> pl.DataFrame:
            stated = self._without_amount(self._without_status(part))
            whole = rows.need(netting.inherit(stated), ORDERS)
            whole = self._with_blank_status(whole)
            silent = whole.filter(pl.col(FAULT).is_null() & pl.col("status").is_null())
            blank.update(dict(silent[FILE].value_counts().iter_rows()))
            good = whole["status"].filter(whole[FAULT].is_null()).drop_nulls()
            self._statuses.update(dict(good.value_counts().iter_rows()))
            return whole

        rows_read = rows_read.each(settled)
        if blank:
            number, count = min(blank.items())
            column = self.exports[number].taken["status"].column
            raise InputError(
                f"{self.exports[number].name}: {counted(count, 'row has', 'rows have')} nothing in {column!r}",
                mend="say what that means: --status =valid, or --status =void",
            )
        return rows_read

    def _strict(self) -> StrictRows:
        return strict.read(self.exports, ORDERS, self._options, self._folder, self._keep)

    def _without_status(self, whole: pl.DataFrame) -> pl.DataFrame:
        """Exports without a status column hold orders that count."""
        silent = [
            number for number, export in enumerate(self.exports) if "status" not in export.taken
        ]
        valid = pl.col(FILE).is_in(silent)
        return whole.with_columns(
            pl.when(valid & pl.col("status").is_null())
            .then(pl.lit("valid"))
            .otherwise(pl.col("status"))
            .alias("status")
        )

    def _without_amount(self, whole: pl.DataFrame) -> pl.DataFrame:
        """Orders of exports without amounts are of 0: only days and numbers are asked of them."""
        silent = [
            number for number, export in enumerate(self.exports) if "amount" not in export.taken
        ]
        if not silent:
            return whole
        free = pl.col(FILE).is_in(silent)
        return whole.with_columns(
            pl.when(free).then(pl.lit(0, pl.Int64)).otherwise(pl.col("amount")).alias("amount")
        )

    def _with_blank_status(self, whole: pl.DataFrame) -> pl.DataFrame:
        """Rows that say nothing of their status have the one that the user gives for that."""
        cancelled = pl.col("cancelled").is_not_null()
        status = pl.when(cancelled).then(pl.lit(str(Status.VOID))).otherwise(pl.col("status"))
        whole = whole.with_columns(status.alias("status"))
        if "" in self._options.statuses:
            return whole.with_columns(pl.col("status").fill_null(str(self._options.statuses[""])))
        return whole

    def facts(self, netted: netting.Netted, as_of: int | None = None) -> Facts:
        """What the strict way found out."""
        read = self.read
        last = as_of if as_of is not None else read.days.max()
        first = read.days.filter(read.days <= last).min() if last is not None else None
        window = expressions.window(first, last, self._options.timezone)
        tally = read.tally(netted.used, netted.left_out, netted.refused)
        return replace(
            self._facts(window, tally, read.currency, (*read.notes, *netting_notes(netted))),
            replaced=netted.replaced,
            loose_refunds=netted.loose_refunds,
            equal_rows=netted.equal_rows,
            last_row=strict.last_of(read.days),
        )

    def _facts(
        self, window: Window, tally: Tally, currency: Currency, notes: Sequence[Note]
    ) -> Facts:
        told = (*strict.export_notes(self.exports), *notes)
        reasons = strict.reasons(self.exports)
        return assumptions.that_count(Facts(window, tally, currency, told, reasons=reasons))

    def rejects(self, as_of: int | None = None) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        if as_of not in self._summaries:
            self._netted(as_of)
        return self.read.rejects(self._summaries[as_of].refused)


def _days(orders: pl.LazyFrame) -> pl.LazyFrame:
    """The days on which there are orders."""
    x = engine.api(orders)
    return orders.filter(x.col("orders") > 0).select("day").unique()


_DAYS = Reduction(_days)


def _good(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col(FAULT).is_null())
