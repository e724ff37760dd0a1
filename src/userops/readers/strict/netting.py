"""From canonical rows to orders: each order once, net of refunds.

In turn: rows after as_of don't count yet; an order in several exports is the last
export's; a row that stands twice is one; an order of two users is nobody's; void and
fully refunded orders are left out; line items come together as one order. Every row
that leaves on the way is counted by reason.

So an order that stands twice is met by `_last_of_several_exports`, `_drop_repeated_rows`,
`_refuse_orders_of_two_users` and, on several rows, `collapse`. The fast way only notices that one
does (`readers/fast/order_ids.py`), and leaves it to these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from userops.core.errors import InputError
from userops.core.facts import EqualRows
from userops.core.messages import counted
from userops.datasets.orders import ATTRIBUTES, SHARED, SUMS, Status
from userops.engines import query as engine
from userops.readers.files.records import LINE
from userops.readers.strict.clashes import Clashes, clashes_of
from userops.readers.strict.collapse import collapse, lines, single
from userops.readers.strict.equal_rows import beside, equal_rows, summed
from userops.readers.strict.partly import KEY, partly_refunded
from userops.readers.strict.repeats import Repeats, repeats_of
from userops.readers.strict.rows import DIGEST, FAULT, FILE

AFTER = "after as_of"
IN_LATER = "also in a later export"
TWICE = "the same row twice"
VOID = "cancelled, unpaid or closed"
REFUNDED = "fully refunded"
OUT_WITH_ORDER = "a refund of an order that doesn't count"
TOLD_TWICE = "a refund that its order's own row tells"
STRANGERS = "refunds of users without an order"
TWO_USERS = "an order of two users"


_STRAYS = {"user_id": pl.String, "rows": pl.Int64, "refunds": pl.Int64, "equal": pl.Int64}


@dataclass(slots=True)
class Netted:
    """Orders, and what became of the rows that aren't part of one.

    `orders`: user_id, day (Int32), order_time, amount (net, minor units), orders (1, or 0
    for a refund whose order isn't there), channel, category, product, quantity; one row an
    order. `lines`: the same per line item, its amount being the line's own, its day the
    order's; `order` tells orders apart, and `orders` is 0 too for what was given back.
    `given_back`: orders that were given back in full, `amount` being what was paid.
    `refused`: file, line, fault, fault_column. `strays`: `user_id, rows, refunds, equal` of users
    with refunds and no order among these rows; `equal` are those of `equal_rows`.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    given_back: pl.DataFrame
    used: int
    left_out: dict[str, int] = field(default_factory=dict)
    refused: pl.DataFrame = field(default_factory=pl.DataFrame)
    replaced: int = 0  # orders whose content a later export changed
    loose_refunds: int = 0  # refund rows without their order
    partly: int = 0  # orders whose status says refunded, of which a part was given back
    told_twice: int = 0  # refunds that an order's own row and a row of their own tell
    totals: str = ""  # how amounts stood on line items, where there were any
    repeats: Repeats = field(default_factory=Repeats)
    equal_rows: EqualRows = field(default_factory=EqualRows)  # of line items
    strays: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_STRAYS))
    clashes: Clashes = field(default_factory=Clashes)

    def without(self, strangers: pl.DataFrame) -> Netted:
        """The same without users who have an order nowhere, in the form of `strays`."""
        if strangers.is_empty():
            return self
        rows, refunds, equal = (int(strangers[name].sum()) for name in ("rows", "refunds", "equal"))
        return replace(
            self,
            used=self.used - rows,
            left_out={**self.left_out, STRANGERS: self.left_out.get(STRANGERS, 0) + rows},
            loose_refunds=self.loose_refunds - refunds,
            equal_rows=replace(self.equal_rows, rows=self.equal_rows.rows - equal),
        )


# What a line item may leave blank where another line of its order says it.
_INHERITED = ("user_id", "order_time", "status", "currency", *SHARED)


def inherit(rows: pl.DataFrame) -> pl.DataFrame:
    """Line items with what only their order's first line says; without blank order totals.

    Exports of line items often write the order's own columns once. An amount that is blank
    though another line of the order has one is no amount, not an unknown one: 0.
    """
    several = rows.filter(pl.col("order_id").is_not_null() & pl.col("order_id").is_duplicated())
    gaps = [name for name in (*_INHERITED, "amount") if several[name].has_nulls()]
    if not gaps:
        return rows
    order = [FILE, "order_id"]
    grouped = pl.col("order_id").is_not_null() & pl.col(FAULT).is_null()
    fill = [
        pl.when(grouped & pl.col(name).is_null())
        .then(pl.col(name).drop_nulls().first().over(order))
        .otherwise(pl.col(name))
        .alias(name)
        for name in gaps
        if name != "amount"
    ]
    if "amount" in gaps:
        known = pl.col("amount").is_not_null().any().over(order)
        fill.append(
            pl.when(grouped & pl.col("amount").is_null() & known)
            .then(0)
            .otherwise(pl.col("amount"))
            .alias("amount")
        )
    return rows.sort(FILE, LINE).with_columns(fill)


@dataclass(slots=True)
class _Standing:
    """Rows that may be part of an order, and how many others were left out, by reason."""

    rows: pl.DataFrame
    left_out: dict[str, int] = field(default_factory=dict)

    def keep(self, kept: pl.Series, reason: str) -> None:
        """Leave out all other rows, for a reason."""
        gone = len(self.rows) - int(kept.sum())
        if gone:
            self.left_out[reason] = self.left_out.get(reason, 0) + gone
            self.rows = self.rows.filter(kept)


@dataclass(frozen=True, slots=True)
class Stood:
    """Rows of orders up to a day, each once, under their orders' keys: before what counts is told.

    `mode` says what an amount on a line item is, as `Repeats.totals`; `many`, whether an order has several rows.
    """

    standing: _Standing
    mode: str
    many: bool
    repeats: Repeats
    refused: pl.DataFrame
    replaced: int
    clashes: Clashes
    told_twice: int


def stand(rows: pl.DataFrame, as_of: int | None, totals: str | None, refunds: str | None) -> Stood:
    """Rows as `net` takes them, up to a day, each once, under their orders' keys.

    Raises:
        InputError: refunds are told twice, and `refunds` doesn't say which count.
    """
    back = rows.filter((pl.col("amount") < 0) & pl.col("order_id").is_not_null())
    standing = _Standing(rows.with_columns(day=pl.col("order_time").dt.date().cast(pl.Int32)))
    if as_of is not None:
        # A row without a day is one that needs none: it doesn't count anyhow.
        days = standing.rows["day"]
        standing.keep(days.is_null() | (days <= as_of), AFTER)
    by_id = standing.rows["order_id"].is_not_null().any()
    clashes = clashes_of(standing.rows) if by_id else Clashes()
    replaced = 0
    if standing.rows[FILE].n_unique() > 1:
        replaced = _count_changed_orders(standing.rows) if by_id else 0
        standing.keep(_last_of_several_exports(standing.rows), IN_LATER)
    standing.rows = _keyed(standing.rows)
    many = by_id and standing.rows[KEY].n_unique() < len(standing.rows)
    repeats = repeats_of(standing.rows) if many else Repeats()
    mode = totals or repeats.totals
    if many and mode in ("order", "copies"):
        _drop_repeated_rows(standing)
    refused = _refuse_orders_of_two_users(standing) if many else standing.rows.clear()
    told_twice = _once(standing, back, mode, refunds) if by_id and len(back) else 0
    return Stood(standing, mode, many, repeats, refused, replaced, clashes, told_twice)


def net(
    rows: pl.DataFrame,
    as_of: int | None,
    totals: str | None = None,
    *,
    refunds: str | None = None,
    strangers: bool = False,
) -> Netted:
    """Orders of some canonical rows, as of a day.

    `totals` says what an amount on a line item is: "order" (the order's total, repeated) or
    "lines" (the line's own); None finds out. `refunds` says which count where an order's own row
    and rows of their own tell different ones: "column", "rows" or "both". With `strangers`, refunds
    of users without an order among these rows stay.

    Raises:
        InputError: they tell different ones, and `refunds` doesn't say which count.
    """
    stood = stand(rows, as_of, totals, refunds)
    standing, mode, many = stood.standing, stood.mode, stood.many
    before = standing.rows
    partly = _keep_valid(standing, mode, many=many)
    orders = collapse(standing.rows, mode) if many else single(standing.rows)
    orders, strays = _that_count(standing, orders, strangers=strangers)
    rows, gone = standing.rows, _gone(before, orders)
    items = many and mode == "lines"
    equal, equal_gone = (equal_rows(some if items else some.clear()) for some in (rows, gone))
    return Netted(
        orders=orders.drop(KEY, "full"),
        lines=lines(rows, mode) if many else orders.drop("full").rename({KEY: "order"}),
        given_back=(collapse(gone, mode) if many else single(gone)).drop(KEY, "full"),
        used=len(rows),
        left_out=standing.left_out,
        refused=stood.refused.select(FILE, LINE, fault=pl.lit(TWO_USERS), fault_column=pl.lit("")),
        replaced=stood.replaced,
        loose_refunds=int((orders["orders"] == 0).sum()),
        totals=mode if many and rows[KEY].n_unique() < len(rows) else "",
        repeats=stood.repeats,
        equal_rows=summed(equal, equal_gone, orders),
        strays=beside(strays, equal),
        clashes=stood.clashes,
        partly=partly,
        told_twice=stood.told_twice,
    )


def _gone(before: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Rows of orders that were given back in full, as they were paid: those in no order that counts."""
    paid = before.filter((pl.col("status") != Status.VOID) & (pl.col("amount") >= 0))
    counted = orders.filter(pl.col("orders") > 0)
    gone = paid.join(counted.select(KEY), on=KEY, how="anti")
    return gone.with_columns(refund=pl.lit(None, pl.Int64))


def _that_count(
    standing: _Standing, orders: pl.DataFrame, *, strangers: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders without those given back in full, and but for `strangers` of users with one; strays."""
    full = orders.filter(pl.col("full"))
    if len(full):
        standing.keep(~standing.rows[KEY].is_in(full[KEY].to_list()), REFUNDED)
        orders = orders.filter(~pl.col("full"))
    stray = orders.filter(pl.col("orders").max().over("user_id") == 0)
    strays = _strays(standing.rows, stray)
    if len(stray) and not strangers:
        standing.keep(~standing.rows[KEY].is_in(stray[KEY].to_list()), STRANGERS)
        orders = orders.filter(pl.col("orders").max().over("user_id") > 0)
    return orders, strays


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows by file and line, with a key that those of one order share."""
    lone = pl.format("#{}:{}", FILE, LINE)
    by_id = "=" + pl.col("order_id")
    key = pl.when(pl.col("order_id").is_null()).then(lone).otherwise(by_id)
    return rows.with_columns(key.alias(KEY)).sort(FILE, LINE)


def _drop_repeated_rows(standing: _Standing) -> None:
    """Leave out rows that stand twice: a copy, or an order's total said twice, is one; two line items are two."""
    once = pl.struct(KEY, FILE, DIGEST).is_first_distinct()
    standing.keep(standing.rows.select(once).to_series(), TWICE)


def _refuse_orders_of_two_users(standing: _Standing) -> pl.DataFrame:
    """Rows of orders that two users have, taken out."""
    rows = standing.rows
    two = rows.select(pl.col("user_id").n_unique().over(KEY) > 1).to_series()
    standing.rows = rows.filter(~two)
    return rows.filter(two)


def _once(standing: _Standing, back: pl.DataFrame, mode: str, refunds: str | None) -> int:
    """Count refunds once that an order's own row tells, and rows of their own too; how many do.

    Where both tell the same, the rows are taken, which have days; `back` are all of them, also
    those after as_of. Where they differ, `refunds` says what counts; else it's an InputError.
    """
    said = pl.col("refund").fill_null(0).abs()
    own = standing.rows.filter((pl.col("amount") >= 0) & (pl.col("status") != Status.VOID))
    told = own.group_by(KEY).agg(refund=said.max() if mode == "order" else said.sum())
    told = told.filter(pl.col("refund") > 0)
    if told.is_empty() or back.is_empty():
        return 0
    if back[FILE].n_unique() > 1:
        back = back.filter(_last_of_several_exports(back))
    rows = _keyed(back.filter(pl.col("status") != Status.VOID))
    if mode == "order":
        rows = rows.unique([KEY, FILE, DIGEST])
    both = told.join(rows.group_by(KEY).agg(back=-pl.col("amount").sum()), on=KEY)
    other = both.filter(pl.col("refund") != pl.col("back")).sort(KEY)
    if len(other) and refunds is None:
        raise InputError(
            f"{counted(len(other), 'order has', 'orders have')} a refund in their own row and other "
            f"refunds as rows of their own, such as {other[KEY][0].removeprefix('=')}",
            mend="say which count: --refunds-by column, rows or both",
        )
    by_column = other[KEY] if refunds == "column" else other[KEY].clear()
    by_rows = both.join(other, on=KEY, how="anti")[KEY] if refunds != "rows" else both[KEY]
    standing.rows = standing.rows.with_columns(
        pl.when(pl.col(KEY).is_in(by_rows.implode()))
        .then(None)
        .otherwise(pl.col("refund"))
        .alias("refund")
    )
    negative, key = standing.rows["amount"] < 0, standing.rows[KEY]
    standing.keep(~(negative & key.is_in(by_column.implode())), TOLD_TWICE)
    return len(both) if refunds != "both" else len(both) - len(other)


def _keep_valid(standing: _Standing, mode: str, *, many: bool) -> int:
    """Leave out void and refunded rows, and refunds of orders that were left out so.

    A negative row is a refund, whether or not its status says so too; it goes with its order.
    Returns how many orders stay whose status says refunded.
    """
    partly = partly_refunded(standing.rows, mode)
    standing.rows = standing.rows.with_columns(
        status=pl.when(partly).then(pl.lit(str(Status.VALID))).otherwise(pl.col("status"))
    )
    count = standing.rows[KEY].filter(partly).n_unique() if partly.any() else 0
    back = standing.rows["amount"] < 0
    paid = set(standing.rows[KEY].filter(~back)) if many and back.any() else set()
    standing.keep(standing.rows["status"] != Status.VOID, VOID)
    rows = standing.rows
    standing.keep((rows["status"] != Status.REFUNDED) | (rows["amount"] < 0), REFUNDED)
    if paid:
        rows = standing.rows
        gone = paid - set(rows[KEY].filter(rows["amount"] >= 0))
        orphan = (rows["amount"] < 0) & rows[KEY].is_in(sorted(gone))
        standing.keep(~orphan, OUT_WITH_ORDER)
    return count


def _strays(rows: pl.DataFrame, stray: pl.DataFrame) -> pl.DataFrame:
    """Whose refunds these orders are, with how many rows they were."""
    if stray.is_empty():
        return pl.DataFrame(schema=_STRAYS).drop("equal")
    counts = rows.group_by(KEY).agg(rows=pl.len().cast(pl.Int64))
    return (
        stray.join(counts, on=KEY)
        .group_by("user_id")
        .agg(pl.col("rows").sum(), refunds=pl.len().cast(pl.Int64))
    )


def strangers_of(strays: pl.DataFrame, orders: pl.LazyFrame) -> pl.DataFrame:
    """Those of the users with refunds alone in a part who have no order in any other."""
    if strays.is_empty():
        return strays
    of_strays = pl.col("user_id").is_in(strays["user_id"].implode()) & (pl.col("orders") > 0)
    known = engine.collect(orders.filter(of_strays).select(pl.col("user_id").unique()))
    return strays.join(known, on="user_id", how="anti")


def together(parts: Sequence[Netted]) -> Netted:
    """What several parts netted, as one; each order is in one of them."""
    left_out: Counter[str] = Counter()
    for part in parts:
        left_out.update(part.left_out)
    modes = {part.totals for part in parts} - {""}
    return Netted(
        orders=pl.concat([part.orders for part in parts]),
        lines=pl.concat([part.lines for part in parts], how="diagonal"),
        given_back=pl.concat([part.given_back for part in parts]),
        used=sum(part.used for part in parts),
        left_out=dict(left_out),
        refused=pl.concat([part.refused for part in parts]),
        replaced=sum(part.replaced for part in parts),
        loose_refunds=sum(part.loose_refunds for part in parts),
        totals=modes.pop() if len(modes) == 1 else "",
        repeats=sum((part.repeats for part in parts), Repeats()),
        partly=sum(part.partly for part in parts),
        told_twice=sum(part.told_twice for part in parts),
        equal_rows=sum((part.equal_rows for part in parts), EqualRows()),
        strays=pl.concat([part.strays for part in parts]).group_by("user_id").agg(pl.all().sum()),
        clashes=sum((part.clashes for part in parts), Clashes()),
    )


def _last_of_several_exports(rows: pl.DataFrame) -> pl.Series:
    """Rows that no later export holds too: by order id, else by content and occurrence."""
    content = [
        "order_id",
        "user_id",
        "order_time",
        "amount",
        "status",
        "refund",
        *ATTRIBUTES,
        *SUMS,
    ]
    back = (pl.col("amount") < 0).fill_null(False)
    return rows.select(
        pl.when(pl.col("order_id").is_not_null() & ~back)
        .then(pl.col(FILE) == pl.col(FILE).filter(~back).max().over("order_id"))
        # A refund in a later export replaces nothing: it's a row like one without an id.
        # Two equal rows of one export are two orders; the same two in the next export are those.
        .otherwise(
            pl.col(FILE)
            == pl.col(FILE).max().over([*content, pl.int_range(pl.len()).over([FILE, *content])])
        )
    ).to_series()


def _count_changed_orders(rows: pl.DataFrame) -> int:
    """How many orders differ between the exports that hold them."""
    content = pl.struct("user_id", "order_time", "amount", "status", "refund").hash(seed=0)
    by_file = (
        rows.filter(pl.col("order_id").is_not_null() & (pl.col("amount") >= 0))
        .group_by("order_id", FILE)
        .agg(content=content.sum())
    )
    differ = by_file.group_by("order_id").agg(differ=pl.col("content").n_unique() > 1)
    return int(differ["differ"].sum())
