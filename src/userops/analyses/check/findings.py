"""Findings: what looks wrong in the orders.

finding : text
    Something in the data that may not be what it seems: with how many rows, orders, days
    or users it touches, an example, what it does to the numbers, and how to change that.
equal rows of one order
    Where an order's rows are its line items: rows that are equal throughout to an earlier row of
    their order. Two of one article, or rows that were exported twice.
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
    (1.4826 x median absolute deviation): a sale, or an export counted twice. Silences of
    over a year are no days of the shop's.
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

Tables: `findings`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import polars as pl

from userops.analyses.check.suspects import (
    BUSY_DAY,
    BUSY_LEAST,
    BUSY_SHARE,
    MINUTE,
    ODD,
    twice_the_median,
)
from userops.core.dates import Window, to_date
from userops.core.facts import EqualRows
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.core.tally import Tally

SILENCE, SPIKE, THIN = 1e-6, 8.0, 1 / 3
_YEAR = 366
_TEST = r"(?i)(?:^|[^a-z])(?:test|tester|demo|admin)(?:[^a-z]|\d|$)|测试"
_2000 = 10_957  # the day 2000-01-01

FINDINGS = {
    "finding": Kind.WORD,
    "count": Kind.COUNT,
    "unit": Kind.WORD,
    "example": Kind.TEXT,
    "effect": Kind.SENTENCE,
    "change": Kind.SENTENCE,
}

# What a finding does to the numbers, and how to change that.
EFFECTS: Mapping[str, tuple[str, str]] = {
    "rows refused": ("missing from every number", "mend the export; --show rejects lists them"),
    "the same row twice": ("counted once", "nothing, if the export repeats rows"),
    "equal rows of one order": (
        "each is added up, as more of the same article: revenue too high if they are copies",
        "nothing, if they aren't; else remove them, or give the exports that were joined one by one",
    ),
    "also in a later export": ("counted once", "nothing, if the exports overlap"),
    "refunds of users without an order": (
        "netted from nobody: revenue too high if their orders belong to these exports",
        "export the orders they belong to as well",
    ),
    "after as_of": ("not counted yet", "a later --as-of counts them"),
    "orders that differ between exports": (
        "the later export's content counts",
        "put the exports in the order they were made",
    ),
    "refunds without their order": (
        "netted from the user's spend on that day",
        "export the orders they belong to as well",
    ),
    "order twice": (
        "counted as separate orders: frequency and revenue too high if they are one",
        "cancel the copy in the shop, or give it a void --status",
    ),
    "busy user": (
        "one customer carries averages and top segments",
        "leave them out of the export, or read medians",
    ),
    "silent days": (
        "recency, retention and trends see a pause that may be none",
        "look for an export that was left out",
    ),
    "spike": (
        "cohorts and trends lean on those days",
        "nothing, if it was a sale; else look for orders counted twice",
    ),
    "thin last day": ("the last day counts as whole though it isn't over", "--as-of {before}"),
    "test account": ("counted as customers", "leave them out of the export"),
    "odd amount": ("revenue and means lean on it", "correct the amount in the export"),
    "odd date": (
        "counted on those days: first orders and recency reach far back",
        "correct the dates in the export",
    ),
}


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What the checks read: what became of the rows, and the frames of `suspects`, by name.

    `rejects`: refused rows (file, line, reason, ...).
    """

    tally: Tally
    rejects: pl.DataFrame
    currency: Currency
    suspects: Mapping[str, pl.DataFrame]
    replaced: int = 0
    loose_refunds: int = 0
    equal_rows: EqualRows = field(default_factory=EqualRows)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong; `blanks` are the words that its line in `EFFECTS` leaves open.

    `example` is a sentence where a note, else data; `person`: whether it names a user.
    """

    finding: str
    count: int
    unit: str
    example: str = ""
    person: bool = False
    blanks: Mapping[str, str] = field(default_factory=dict)


def findings(checked: CheckedRows, window: Window, *, named: bool = True) -> Table:
    """The table `findings`: what looks wrong, in the order of `CHECKS`.

    `named`: whether examples may name a user.
    """
    rows, said = [], list[Note | None]()
    for check in CHECKS:
        if finding := check(checked):
            effect, change = EFFECTS[finding.finding]
            change = change.format_map(finding.blanks)
            example = finding.example if named or not finding.person else ""
            said.append(example if isinstance(example, Note) else None)
            rows.append(
                (finding.finding, finding.count, finding.unit, str(example), effect, change)
            )
    types = {name: pl.Int64 if kind is Kind.COUNT else pl.String for name, kind in FINDINGS.items()}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    return Table(
        "findings",
        frame,
        FINDINGS,
        window,
        checked.currency,
        said={"example": tuple(said)},
        keeps=(
            "change",
            "count",
            "unit",
            "effect",
        ),
    )


# --- one check each: its finding, or None ---


def _refused(checked: CheckedRows) -> Finding | None:
    if not checked.tally.refused:
        return None
    first = checked.rejects.row(0, named=True)
    example = Note(
        "{file}, line {line}: {reason}",
        file=first["file"], line=first["line"], reason=Word(first["reason"]),
    )  # fmt: skip
    return Finding("rows refused", sum(checked.tally.refused.values()), "rows", example)


def _left_out(reason: str) -> Callable[[CheckedRows], Finding | None]:
    def check(checked: CheckedRows) -> Finding | None:
        count = checked.tally.left_out.get(reason, 0)
        return Finding(reason, count, "rows") if count else None

    return check


def _replaced(checked: CheckedRows) -> Finding | None:
    if not checked.replaced:
        return None
    return Finding("orders that differ between exports", checked.replaced, "orders")


def _loose_refunds(checked: CheckedRows) -> Finding | None:
    if not checked.loose_refunds:
        return None
    user, day = checked.suspects["loose"].row(0)
    example = Note("{user} on {day}", user=user, day=to_date(day))
    return Finding(
        "refunds without their order", checked.loose_refunds, "rows", example, person=True
    )


def _equal_rows(checked: CheckedRows) -> Finding | None:
    equal = checked.equal_rows
    if not equal.rows:
        return None
    example = Note("order {orders}", orders=equal.orders) if equal.orders else ""
    # Whoever has the shop's list knows whose order a number is.
    return Finding("equal rows of one order", equal.rows, "rows", example, person=True)


def _possible_duplicates(checked: CheckedRows) -> Finding | None:
    if "pairs" not in checked.suspects:
        return None
    key = ["user_id", "day", "amount"]
    duplicates = (
        checked.suspects["pairs"]
        .sort(*key, "order_time")
        .with_columns(gap=pl.col("order_time").diff().over(key))
        .filter(pl.col("gap") <= pl.duration(seconds=MINUTE))
        # Exports of days alone say nothing about minutes.
        .filter(pl.col("order_time").dt.time() != pl.time(0, 0, 0))
    )
    if duplicates.is_empty():
        return None
    row = duplicates.row(0, named=True)
    example = Note("{user} at {time}", user=row["user_id"], time=row["order_time"])
    return Finding("order twice", len(duplicates), "orders", example, person=True)


def _busy_users(checked: CheckedRows) -> Finding | None:
    parts = [checked.suspects[name] for name in ("crowds", "large") if name in checked.suspects]
    if not parts:
        return None
    users = checked.suspects["users"]
    share = pl.col("orders") > BUSY_SHARE * int(users["orders"].sum())
    busy = (
        pl.concat(parts)
        .group_by("user_id")
        .agg(pl.col("most").max())
        .join(users, on="user_id")
        .filter((pl.col("most") > BUSY_DAY) | (share & (pl.col("orders") >= BUSY_LEAST)))
        .sort("orders", "user_id", descending=[True, False])
    )
    if busy.is_empty():
        return None
    row = busy.row(0, named=True)
    example = Note(
        "{user}: {orders:order|orders}, {most} in a day",
        user=row["user_id"], orders=row["orders"], most=row["most"],
    )  # fmt: skip
    return Finding("busy user", len(busy), "users", example, person=True)


def _orders_by_day(checked: CheckedRows) -> tuple[int, list[int]]:
    """The first day, and the orders of every day from it to the last, those without one included."""
    counts = dict(checked.suspects["days"].iter_rows())
    if not counts:
        return 0, []
    first, last = min(counts), max(counts)
    return first, [counts.get(day, 0) for day in range(first, last + 1)]


def _open_days(checked: CheckedRows) -> dict[int, int]:
    """The orders of every day but those of silences longer than a year: odd dates make such."""
    known_days = dict(checked.suspects["days"].sort("day").iter_rows())
    counts = dict(known_days)
    for before, after in pairwise(known_days):
        if after - before <= _YEAR:
            counts |= dict.fromkeys(range(before + 1, after), 0)
    return counts


def _silent_days(checked: CheckedRows) -> Finding | None:
    start, orders = _orders_by_day(checked)
    days = [day for day, _ in checked.suspects["days"].iter_rows()]
    runs = [
        (after - before - 1, before + 1) for before, after in pairwise(days) if after - before > 1
    ]
    runs = [(length, day) for length, day in runs if _unlikely(orders, day - start, length)]
    if not runs:
        return None
    length, day = min(runs, key=lambda run: (-run[0], run[1]))
    example = Note("{length:day|days} from {day}", length=length, day=to_date(day))
    return Finding("silent days", sum(length for length, _ in runs), "days", example)


def _unlikely(orders: Sequence[int], start: int, length: int) -> bool:
    """Whether the quieter of the four weeks on either side makes a silence that long unlikely."""
    neighbours = (orders[max(0, start - 28) : start], orders[start + length : start + length + 28])
    mean = min(sum(side) / len(side) for side in neighbours if side)
    return math.exp(-mean * length) < SILENCE


def _spikes(checked: CheckedRows) -> Finding | None:
    open_days = _open_days(checked)
    if len(open_days) < 14:
        return None
    orders = list(open_days.values())
    middle = median(orders)
    # A day's count varies by the root of its mean at least.
    spread = max(1.4826 * median(abs(count - middle) for count in orders), math.sqrt(middle), 1.0)
    spikes = [(count, day) for day, count in open_days.items() if count > middle + SPIKE * spread]
    if not spikes:
        return None
    count, day = min(spikes, key=lambda spike: (-spike[0], spike[1]))
    example = Note(
        "{count:order|orders} on {day}, a usual day has {middle}",
        count=count, day=to_date(day), middle=f"{middle:g}",
    )  # fmt: skip
    return Finding("spike", len(spikes), "days", example)


def _thin_last_day(checked: CheckedRows) -> Finding | None:
    start, orders = _orders_by_day(checked)
    if len(orders) < 29:
        return None
    last, usual = orders[-1], median(orders[-back] for back in (8, 15, 22, 29))
    if not usual or last >= THIN * usual:
        return None
    day = start + len(orders) - 1
    example = Note(
        "{count:order|orders} on {day}, the four such weekdays before had {usual}",
        count=last, day=to_date(day), usual=f"{usual:g}",
    )  # fmt: skip
    return Finding("thin last day", 1, "days", example, blanks={"before": str(to_date(day - 1))})


def _test_accounts(checked: CheckedRows) -> Finding | None:
    tests = (
        checked.suspects["users"].filter(pl.col("user_id").str.contains(_TEST))["user_id"].sort()
    )
    if tests.is_empty():
        return None
    return Finding("test account", len(tests), "users", ", ".join(tests.head(3)), person=True)


def _odd_amounts(checked: CheckedRows) -> Finding | None:
    if "amounts" not in checked.suspects:
        return None
    amounts = checked.suspects["amounts"]
    limit = ODD * twice_the_median(checked.suspects["sizes"], amounts) // 2
    if amounts["amount"][-1] <= limit:
        return None
    odd = amounts.filter(pl.col("amount") > limit)
    row, places = odd.row(-1, named=True), checked.currency.places
    example = f"{row['user_id']}: {row['amount'] / 10**places:.{places}f}"
    return Finding("odd amount", int(odd["orders"].sum()), "orders", example, person=True)


def _odd_dates(checked: CheckedRows) -> Finding | None:
    days = checked.suspects["days"]
    odd = days.filter(pl.col("day") < _2000)
    if odd.is_empty() or len(odd) == len(days):
        return None  # a shop of its time
    return Finding("odd date", int(odd["orders"].sum()), "orders", str(to_date(odd["day"][0])))


CHECKS: Sequence[Callable[[CheckedRows], Finding | None]] = (
    _refused,
    _left_out("the same row twice"),
    _equal_rows,
    _left_out("also in a later export"),
    _left_out("after as_of"),
    _replaced,
    _loose_refunds,
    _left_out("refunds of users without an order"),
    _possible_duplicates,
    _busy_users,
    _silent_days,
    _spikes,
    _thin_last_day,
    _test_accounts,
    _odd_amounts,
    _odd_dates,
)
