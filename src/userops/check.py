"""Check: what some exports hold, what was refused or left out, and what looks wrong.

finding : text
    Something in the data that may not be what it seems: with how many rows, orders, days
    or users it touches, an example, what it does to the numbers, and how to change that.
order twice
    Two orders of one user on one day with the same amount and different ids, at most a
    minute apart: often one order, sent twice.
busy user
    A user with more than 20 orders in a day, or with over 5 % of all orders and at least
    100: a wholesaler, a till, a test.
silent days
    A run of days without an order that a shop with m orders a day would see less than once
    in a million: exp(-m x days) < 1e-6, m being that of the quieter of the four weeks
    before and the four weeks after. Often an export left out.
spike
    A day with more orders than the median day by over 8 robust standard deviations
    (1.4826 x median absolute deviation): a sale, or an export counted twice.
thin last day
    The last day has under a third of the median of the four same weekdays before it: the
    export was made before the day was over.
test account
    A user id that says test, demo, admin or 测试.
odd amount
    Over a thousand times the median of positive amounts.
odd date
    Before 2000: 1900 and 1970 are what systems write for no date.
count, unit : number
    How many rows, orders, days or users a finding touches.
example, effect, change : text
    One of them; what it does to the numbers; how to change that.
topic, item, value : text
    What the summary says something of, and what it says.
file, line : text, number
    The export, and the line in it that a refused row begins on.
column, field : text
    A column of the export, and what it was taken for.
reason, raw : text
    The rule that refused the row, and the row as it stands in the file.
why : text
    How a column was found to be the field's.
passed_over : text
    Other columns that could have been it.
filled : proportion
    The part of rows that hold something there.

Tables: `summary` (topic, item, value), `rejects` (every refused row), `findings`, `columns`
(which column was taken for which field, and why).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import polars as pl

from userops.orders import Status
from userops.table import Currency, Kind, Table
from userops.tally import Tally
from userops.window import Window, to_date

BUSY_DAY, BUSY_SHARE, BUSY_LEAST = 20, 0.05, 100
SILENCE, SPIKE, THIN, ODD = 1e-6, 8.0, 1 / 3, 1000
_TEST = r"(?i)(?:^|[^a-z])(?:test|tester|demo|admin)(?:[^a-z]|\d|$)|测试"


@dataclass(frozen=True, slots=True)
class Origin:
    """One export, in words: what it is and which columns were taken."""

    file: str
    format: str
    encoding: str
    delimiter: str
    source: str
    rows: int
    columns: Sequence[tuple[str, str, str, str]]  # field, column, why, passed over


@dataclass(frozen=True, slots=True)
class Checked:
    """What the careful way found.

    `rows`: good canonical rows (`order_id, user_id, order_time, amount, status, ...`);
    `orders`: valid orders (`user_id, day, order_time, amount, orders`); `rejects`: refused rows.
    """

    origins: Sequence[Origin]
    rows: pl.DataFrame
    orders: pl.DataFrame
    rejects: pl.DataFrame
    tally: Tally
    window: Window
    currency: Currency
    replaced: int = 0
    loose_refunds: int = 0

    @property
    def bought(self) -> pl.DataFrame:
        """Valid orders without refund rows."""
        return self.orders.filter(pl.col("orders") > 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong."""

    finding: str
    count: int
    unit: str
    example: str
    effect: str
    change: str


REJECTS = {
    "file": Kind.TEXT,
    "line": Kind.COUNT,
    "column": Kind.TEXT,
    "reason": Kind.WORD,
    "raw": Kind.TEXT,
}
SUMMARY = {"topic": Kind.WORD, "item": Kind.WORD, "value": Kind.TEXT}
FINDINGS = {
    "finding": Kind.WORD,
    "count": Kind.COUNT,
    "unit": Kind.WORD,
    "example": Kind.TEXT,
    "effect": Kind.WORD,
    "change": Kind.WORD,
}
COLUMNS = {
    "file": Kind.TEXT,
    "field": Kind.ID,
    "column": Kind.TEXT,
    "why": Kind.WORD,
    "passed_over": Kind.TEXT,
    "filled": Kind.RATE,
}


def check(data: Checked) -> tuple[Table, ...]:
    """The tables of `userops check`: summary, rejects, findings, columns."""
    found = [finding for look in LOOKS if (finding := look(data))]
    texts = {name: pl.Int64 if kind is Kind.COUNT else pl.String for name, kind in FINDINGS.items()}
    findings = pl.DataFrame(
        [(one.finding, one.count, one.unit, one.example, one.effect, one.change) for one in found],
        schema=texts,
        orient="row",
    )
    summary = pl.DataFrame(
        list(_summary(data)), schema=dict.fromkeys(SUMMARY, pl.String), orient="row"
    )
    window, money = data.window, data.currency
    problems = Table("findings", findings, FINDINGS, window, money)
    return (
        Table("summary", summary, SUMMARY, window, money),
        Table("rejects", data.rejects, REJECTS, window, money),
        problems,
        Table("columns", _columns(data), COLUMNS, window, money),
    )


def _columns(data: Checked) -> pl.DataFrame:
    rows = []
    for number, origin in enumerate(data.origins):
        here = data.rows.filter(pl.col("file") == number)
        for field, column, why, passed_over in origin.columns:
            filled = (
                here[field].is_not_null().mean() if len(here) and field in here.columns else None
            )
            rows.append((origin.file, field, column, why, passed_over, filled))
    schema = {
        name: pl.Float64 if kind is Kind.RATE else pl.String for name, kind in COLUMNS.items()
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _summary(data: Checked) -> Iterator[tuple[str, str, str]]:
    for origin in data.origins:
        how = [
            f"{origin.rows} rows",
            origin.format,
            origin.encoding,
            origin.delimiter,
            origin.source,
        ]
        yield "files", origin.file, ", ".join(part for part in how if part)
    window, bought = data.window, data.bought
    yield "time", "first day", str(window.first_day or "")
    yield "time", "last day", str(window.as_of or "")
    if window.timezone:
        yield "time", "time zone", window.timezone
    yield "contents", "users", str(bought["user_id"].n_unique())
    yield "contents", "orders", str(len(bought))
    scale = 10**data.currency.places
    total = int(data.orders["amount"].sum())
    sign = "-" if total < 0 else ""
    whole, part = divmod(abs(total), scale)
    cents = f".{part:0{data.currency.places}d}" if data.currency.places else ""
    yield "contents", "net revenue", f"{sign}{whole}{cents}"
    yield "contents", "currency", data.currency.code or "not said"
    for status in Status:
        count = int((data.rows["status"] == status).sum())
        if count:
            yield "statuses", str(status), str(count)
    tally = data.tally
    yield "rows", "read", str(tally.read)
    yield "rows", "used", str(tally.used)
    for topic, reasons in (("refused", tally.refused), ("left out", tally.left_out)):
        for reason, count in reasons.items():
            yield topic, reason, str(count)


# --- what looks wrong: one function each, None where it doesn't ---


def _refused(data: Checked) -> Finding | None:
    if not data.tally.refused:
        return None
    reason, _ = next(iter(data.tally.refused.items()))
    first = (
        data.rejects.row(0, named=True)
        if len(data.rejects)
        else {"file": "", "line": "", "raw": ""}
    )
    return Finding(
        "rows refused",
        sum(data.tally.refused.values()),
        "rows",
        f"{first['file']}, line {first['line']}: {reason}",
        "missing from every number",
        "mend the export; --show rejects lists them",
    )


def _left_out(reason: str, effect: str, change: str) -> Callable[[Checked], Finding | None]:
    def look(data: Checked) -> Finding | None:
        count = data.tally.left_out.get(reason, 0)
        return Finding(reason, count, "rows", "", effect, change) if count else None

    return look


def _replaced(data: Checked) -> Finding | None:
    if not data.replaced:
        return None
    return Finding(
        "orders that differ between exports",
        data.replaced,
        "orders",
        "",
        "the later export's content counts",
        "put the exports in the order they were made",
    )


def _loose_refunds(data: Checked) -> Finding | None:
    if not data.loose_refunds:
        return None
    row = data.orders.filter(pl.col("orders") == 0).sort("user_id", "day").row(0, named=True)
    return Finding(
        "refunds without their order",
        data.loose_refunds,
        "rows",
        f"{row['user_id']} on {to_date(row['day'])}",
        "netted from the user's spend on that day",
        "export the orders they belong to as well",
    )


def _twice(data: Checked) -> Finding | None:
    key = ["user_id", "day", "amount"]
    near = (
        data.bought.filter(pl.col("amount") > 0)
        .sort(*key, "order_time")
        .with_columns(gap=pl.col("order_time").diff().over(key))
        .filter(pl.col("gap") <= pl.duration(minutes=1))
        # Exports of days alone say nothing about minutes.
        .filter(pl.col("order_time").dt.time() != pl.time(0, 0, 0))
    )
    if near.is_empty():
        return None
    row = near.row(0, named=True)
    return Finding(
        "order twice",
        len(near),
        "orders",
        f"{row['user_id']} at {row['order_time']}",
        "counted as separate orders: frequency and revenue too high if they are one",
        "cancel the copy in the shop, or give it a void --status",
    )


def _busy(data: Checked) -> Finding | None:
    bought = data.bought
    a_day = (
        bought.group_by("user_id", "day")
        .agg(orders=pl.len())
        .group_by("user_id")
        .agg(most=pl.col("orders").max())
    )
    users = bought.group_by("user_id").agg(orders=pl.len()).join(a_day, on="user_id")
    large = (pl.col("orders") > BUSY_SHARE * len(bought)) & (pl.col("orders") >= BUSY_LEAST)
    busy = users.filter((pl.col("most") > BUSY_DAY) | large).sort(
        "orders", "user_id", descending=[True, False]
    )
    if busy.is_empty():
        return None
    row = busy.row(0, named=True)
    return Finding(
        "busy user",
        len(busy),
        "users",
        f"{row['user_id']}: {row['orders']} orders, {row['most']} in a day",
        "one customer carries averages and top segments",
        "leave them out of the export, or read medians",
    )


def _daily(data: Checked) -> pl.DataFrame:
    """Orders on every day of the window, days without one included."""
    bought = data.bought.group_by("day").agg(orders=pl.len())
    if bought.is_empty():
        return pl.DataFrame(schema={"day": pl.Int32, "orders": pl.UInt32})
    first, last = bought["day"].min(), bought["day"].max()
    days = pl.select(day=pl.int_range(pl.lit(first), pl.lit(last) + 1, dtype=pl.Int32))
    return (
        days.join(bought, on="day", how="left")
        .with_columns(pl.col("orders").fill_null(0))
        .sort("day")
    )


def _silent(data: Checked) -> Finding | None:
    daily = _daily(data)
    if daily.is_empty():
        return None
    orders = daily["orders"].to_list()
    runs = (
        daily.with_columns(run=(pl.col("orders") > 0).rle_id())
        .filter(pl.col("orders") == 0)
        .group_by("run")
        .agg(first=pl.col("day").min(), days=pl.len())
        .sort("days", "first", descending=[True, False])
    )
    start = daily["day"][0]
    unlikely = [_unlikely(orders, day - start, length) for _, day, length in runs.iter_rows()]
    runs = runs.filter(pl.Series(unlikely, dtype=pl.Boolean))
    if runs.is_empty():
        return None
    row = runs.row(0, named=True)
    return Finding(
        "silent days",
        int(runs["days"].sum()),
        "days",
        f"{row['days']} days from {to_date(row['first'])}",
        "recency, retention and trends see a pause that may be none",
        "look for an export that was left out",
    )


def _unlikely(orders: Sequence[int], at: int, length: int) -> bool:
    """Whether the quieter of the four weeks on either side makes a silence that long unlikely."""
    sides = (orders[max(0, at - 28) : at], orders[at + length : at + length + 28])
    usual = min(sum(side) / len(side) for side in sides if side)
    return math.exp(-usual * length) < SILENCE


def _spikes(data: Checked) -> Finding | None:
    daily = _daily(data)
    if len(daily) < 14:
        return None
    counts = [float(count) for count in daily["orders"]]
    usual = median(counts)
    # A day's count varies by the root of its mean at least.
    spread = max(1.4826 * median(abs(count - usual) for count in counts), math.sqrt(usual), 1.0)
    limit = usual + SPIKE * spread
    spikes = daily.filter(pl.col("orders") > limit).sort("orders", "day", descending=[True, False])
    if spikes.is_empty():
        return None
    row = spikes.row(0, named=True)
    return Finding(
        "spike",
        len(spikes),
        "days",
        f"{row['orders']} orders on {to_date(row['day'])}, a usual day has {usual:g}",
        "cohorts and trends lean on those days",
        "nothing, if it was a sale; else look for orders counted twice",
    )


def _thin_last_day(data: Checked) -> Finding | None:
    daily = _daily(data)
    if len(daily) < 29:
        return None
    last = daily["orders"][-1]
    before = median(daily["orders"].gather([-8, -15, -22, -29]).to_list())
    if not before or last >= THIN * before:
        return None
    day = to_date(daily["day"][-1])
    return Finding(
        "thin last day",
        1,
        "days",
        f"{last} orders on {day}, the four such weekdays before had {before:g}",
        "the last day counts as whole though it isn't over",
        f"--as-of {to_date(daily['day'][-1] - 1)}",
    )


def _test_accounts(data: Checked) -> Finding | None:
    users = data.bought.select(pl.col("user_id").unique().sort()).to_series()
    tests = users.filter(users.str.contains(_TEST))
    if tests.is_empty():
        return None
    return Finding(
        "test account",
        len(tests),
        "users",
        ", ".join(tests.head(3)),
        "counted as customers",
        "leave them out of the export",
    )


def _odd_amounts(data: Checked) -> Finding | None:
    paid = data.bought.filter(pl.col("amount") > 0).sort(
        "amount", "user_id", descending=[True, False]
    )
    if paid.is_empty():
        return None
    odd = paid.filter(pl.col("amount") > ODD * median(paid["amount"].to_list()))
    if odd.is_empty():
        return None
    row = odd.row(0, named=True)
    return Finding(
        "odd amount",
        len(odd),
        "orders",
        f"{row['user_id']}: {row['amount'] / 10**data.currency.places:.{data.currency.places}f}",
        "revenue and means lean on it",
        "correct the amount in the export",
    )


def _odd_dates(data: Checked) -> Finding | None:
    odd = data.rows.filter(pl.col("order_time").dt.year() < 2000).sort("order_time", "user_id")
    if (
        odd.is_empty()
        or odd["order_time"].dt.year().max() == data.rows["order_time"].dt.year().max()
    ):
        return None  # a shop of its time
    return Finding(
        "odd date",
        len(odd),
        "rows",
        str(odd["order_time"][0]),
        "counted on those days: first orders and recency reach far back",
        "correct the dates in the export",
    )


LOOKS: Sequence[Callable[[Checked], Finding | None]] = (
    _refused,
    _left_out("the same row twice", "counted once", "nothing, if the export repeats rows"),
    _left_out("also in a later export", "counted once", "nothing, if the exports overlap"),
    _left_out("after as_of", "not counted yet", "a later --as-of counts them"),
    _replaced,
    _loose_refunds,
    _twice,
    _busy,
    _silent,
    _spikes,
    _thin_last_day,
    _test_accounts,
    _odd_amounts,
    _odd_dates,
)
