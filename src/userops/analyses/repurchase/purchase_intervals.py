"""How often each user buys in each category, and how users' rhythms differ.

What `replenishment` reads: see there for what the words mean.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import polars as pl

from userops.engines import query as engine
from userops.engines.reductions import Query
from userops.ledger import sort_keys, timeline
from userops.ledger.timeline import Timeline
from userops.stats.quantiles import counted, quantiles

ALL = "all"
Ints = np.ndarray[Any, np.dtype[Any]]

UNIT = 1000  # units are in thousandths
_MOST_UNITS = 2**40 - 1
_WIDEST = 16  # bits of a category's place
# Logs in whole ten-thousandths, so that their sums are exact and don't depend on an order.
LOG = 10_000


def purchases(lines: pl.LazyFrame) -> pl.LazyFrame:
    """A step over line items, a row a purchase: `hash_key`, as in a timeline, and `category`, `units`.

    The latter two where they're known: of the former the place of its name in a list that
    this process keeps, of the other thousandths, 0 for unknown ones. Other engines give what
    `named` does.
    """
    if engine.api(lines) is not pl:
        return named(lines)
    rows, known = _purchases(lines)
    return rows.select(sort_keys.hash_key(), *known)


def reductions(fields: AbstractSet[str]) -> list[Query]:
    """What a pass over line items of these fields must give: nothing where orders alone tell it."""
    return [purchases] if fields & {"category", "quantity"} else []


def named(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The same with `user_id, day` in place of the mark, for where marks won't do."""
    rows, known = _purchases(lines)
    return rows.select("user_id", "day", *known)


def _purchases(lines: pl.LazyFrame) -> tuple[pl.LazyFrame, list[str]]:
    x = engine.api(lines)
    if x is not pl:
        return _elsewhere(x, lines)
    schema = lines.collect_schema().names()
    rows = lines.filter(pl.col("orders") > 0)
    known = []
    if "category" in schema:
        known.append("category")
    if "quantity" in schema:
        known.append("units")
        units = (pl.col("quantity") * UNIT).round().clip(0, _MOST_UNITS)
        rows = rows.with_columns(units=units.fill_nan(0).fill_null(0).cast(pl.Int64))
    if "order" in schema:  # several items of a category in one order are one purchase
        rows = rows.group_by("order", *(["category"] if "category" in known else [])).agg(
            pl.col("user_id").first(),
            pl.col("day").min(),
            *([pl.col("units").sum().clip(upper_bound=_MOST_UNITS)] if "units" in known else []),
        )
    if "category" in known:
        rows = rows.with_columns(pl.col("category").cast(pl.Categorical))
    return rows, known


def _elsewhere(x: Any, lines: Any) -> tuple[Any, list[str]]:
    """The same on another engine, where `order` is null for a line that is all of its order."""
    schema = lines.collect_schema().names()
    rows = lines.filter(x.col("orders") > 0)
    known = ["category"] if "category" in schema else []
    if "quantity" in schema:
        known.append("units")
        # Half to even, as Polars rounds.
        exact = x.col("quantity") * UNIT
        up = (exact + 0.5).floor()
        odd_half = (up - exact == 0.5) & ((up / 2).floor() * 2 != up)
        units = x.when(odd_half).then(up - 1).otherwise(up).clip(0, _MOST_UNITS)
        rows = rows.with_columns(units=units.fill_null(0).cast(x.Int64))
    if "order" not in schema:
        return rows, known
    keys = ["order", *(["category"] if "category" in schema else [])]
    several = (
        rows.filter(~x.col("order").is_null())
        .group_by(keys)
        .agg(
            x.col("user_id").min(),
            x.col("day").min(),
            *([x.col("units").sum().clip(0, _MOST_UNITS)] if "units" in known else []),
        )
    )
    columns = ["user_id", "day", *known]
    lone = rows.filter(x.col("order").is_null()).select(columns)
    return x.concat([lone, several.select(columns)]), known


@dataclass(frozen=True, slots=True)
class Rhythms:
    """How often things are bought.

    `pairs`: a row per user and category: `row` (the user's, among the customers), `code` (the
    category's place among the categories), `purchases, last_day, units` (of the last day, in
    thousandths), `intervals` and `total` (how many, and the sum of their logs). `categories`:
    a row per category, by it: the table's columns, `centre` (median days per unit), `within`
    and `between` (variances of logs). `users`: the customers' ids. `nameless`: purchases
    without a category, left out.
    """

    pairs: pl.DataFrame
    categories: pl.DataFrame
    users: pl.Series
    nameless: int


@dataclass(frozen=True, slots=True)
class Bought:
    """Purchases by user and category, in the order of days.

    Those of the i-th pair, of the user in row `rows[i]` of the customers and of the category
    `names[codes[i]]`, are `days[starts[i]:starts[i + 1]]`; `units` go with them, 0 where
    they aren't known, or nothing if none are.
    """

    names: pl.Series
    rows: Ints
    codes: Ints
    starts: Ints
    days: Ints
    units: Ints | None
    nameless: int = 0


def of_timeline(line: Timeline) -> Bought:
    """Orders that name no category and no units are purchases as they are."""
    codes = np.zeros(len(line.users), np.int64)
    names = pl.Series([ALL] * (len(codes) > 0), dtype=pl.String)
    return Bought(names, line.users, codes, line.starts, line.days, None)


def gather(
    customers: pl.DataFrame, marked: pl.DataFrame, again: Callable[[], pl.DataFrame]
) -> Bought:
    """What the step `purchases` gave, by user and category.

    Args:
        customers: `user_id, first_day, last_day` of who bought, in the same pass.
        marked: the step's result.
        again: gives what `named` gives, by another pass; called where marks won't do.
    """
    if marked.is_empty():
        return of_timeline(timeline.EMPTY)
    if "hash_key" not in marked:
        names = pl.col("^category$").cast(pl.Categorical)
        return _placed_by_name(customers, marked.with_columns(names))
    found = _placed(customers, marked)
    return _placed_by_name(customers, again()) if found is None else found


def _placed(customers: pl.DataFrame, marked: pl.DataFrame) -> Bought | None:
    names, codes, nameless, marked = _categories(marked)
    first, last = customers.select(pl.col("first_day").min(), pl.col("last_day").max()).row(0)
    base = sort_keys.base_of(first, last) if first is not None else None
    wide = max(len(names) - 1, 0).bit_length()
    if base is None or wide > _WIDEST:
        return None
    found = sort_keys.counted_from(marked["hash_key"].to_numpy(), base)
    # A mark whose user's last bits make room for the category: sorted, pairs lie together.
    users = found >> np.uint64(sort_keys.BITS + wide)
    keys = ((users << np.uint64(wide)) | codes.astype(np.uint64)) << np.uint64(sort_keys.BITS)
    keys |= found & np.uint64(sort_keys.SPAN - 1)
    units = None
    if "units" in marked:
        keys, units = sort_keys.in_order(keys, marked["units"])
    else:
        keys.sort()
    pairs = keys >> np.uint64(sort_keys.BITS)
    starts = sort_keys.starts_of(pairs)
    pairs = pairs[starts[:-1]]
    theirs = sort_keys.hashes(customers["user_id"]) >> np.uint64(wide)
    order = np.argsort(theirs)
    theirs = theirs[order]
    at = np.searchsorted(theirs, pairs >> np.uint64(wide))
    if (theirs[1:] == theirs[:-1]).any() or not _all_found(theirs, at, pairs >> np.uint64(wide)):
        return None  # two users share what is left of a hash
    days = (keys & np.uint64(sort_keys.SPAN - 1)).astype(np.int32) + np.int32(base)
    codes = (pairs & np.uint64((1 << wide) - 1)).astype(np.int64)
    return Bought(names, order[at], codes, starts, days, units, nameless)


def _all_found(among: Ints, at: Ints, wanted: Ints) -> bool:
    return bool((at < len(among)).all()) and np.array_equal(among[at], wanted)


def _placed_by_name(customers: pl.DataFrame, rows: pl.DataFrame) -> Bought:
    known = customers.select("user_id").with_row_index("row")
    placed = rows.join(known, on="user_id")
    names, codes, nameless, placed = _categories(placed)
    row, day = placed["row"].to_numpy().astype(np.int64), placed["day"].to_numpy()
    order = np.lexsort((day, codes, row))
    row, codes, day = row[order], codes[order], day[order]
    units = placed["units"].to_numpy()[order] if "units" in placed else None
    starts = sort_keys.starts_of(row * len(names) + codes)
    return Bought(names, row[starts[:-1]], codes[starts[:-1]], starts, day, units, nameless)


def _categories(bought: pl.DataFrame) -> tuple[pl.Series, Ints, int, pl.DataFrame]:
    """Names, sorted; of each purchase the place in them; how many have none, and the others."""
    nameless = bought["category"].null_count() if "category" in bought else len(bought)
    if nameless == len(bought):
        names = pl.Series([ALL], dtype=pl.String)
        return names, np.zeros(len(bought), np.int64), 0, bought
    if nameless:
        bought = bought.filter(pl.col("category").is_not_null())
    used = bought["category"].unique()
    order = used.cast(pl.String).arg_sort()
    places = np.zeros(int(used.to_physical().max()) + 1, np.int64)  # type: ignore[arg-type]
    places[used.to_physical().gather(order).to_numpy()] = np.arange(len(used))
    codes = places[bought["category"].to_physical().to_numpy()]
    return used.cast(pl.String).gather(order), codes, nameless, bought


def rhythms(
    bought: Bought,
    users: pl.Series,
    grain: Literal["day", "order"] = "day",
    *,
    per_unit: bool = True,
) -> Rhythms:
    """How often what was bought is bought again.

    Args:
        bought: purchases by user and category.
        users: the customers' ids, in their rows.
        grain: what a purchase is in the columns up to p75_days: a day, or an order by itself.
        per_unit: whether to reckon by units bought.
    """
    code, starts, day, units = bought.codes, bought.starts, bought.days, bought.units
    known = np.zeros(len(bought.names), bool)
    if units is not None and per_unit:
        known = np.bincount(np.repeat(code, np.diff(starts))[units > 0], minlength=len(known)) > 0
        units = np.where(units > 0, units, UNIT)
    if not known.any():
        units = None
    told = None
    if grain == "order":
        told = _told(code, starts, _lengths(code, _intervals(day, units, starts)))
    day, units, starts = _by_day(day, units, starts)
    if units is not None:  # where none of a category's are known, a day is one
        units[~np.repeat(known[code], np.diff(starts))] = UNIT
    gaps = _intervals(day, units, starts)
    lengths = _lengths(code, gaps)
    if told is None:
        told = _told(code, starts, lengths)
    logs = gaps.logs
    last = starts[1:] - 1
    pairs = pl.DataFrame(
        {
            "row": bought.rows,
            "code": code,
            "purchases": np.diff(starts),
            "last_day": day[last].astype(np.int32),
            "units": np.full(len(last), UNIT) if units is None else units[last],
            "intervals": np.diff(starts) - 1,
            # Sums of whole numbers, each far below 2^53: exact.
            "total": np.bincount(gaps.pair, logs, len(last)).astype(np.int64),
            "squares": np.bincount(gaps.pair, logs * logs, len(last)).astype(np.int64),
        }
    )
    categories = (
        pl.DataFrame({"category": bought.names, "known": known})
        .with_row_index("code")
        .with_columns(pl.col("code").cast(pl.Int64))
        .join(told, on="code", how="left", maintain_order="left")
        .join(_centres(code, gaps, lengths), on="code", how="left", maintain_order="left")
        .join(_variances(pairs), on="code", how="left", maintain_order="left")
        .with_columns(days_per_unit=pl.when("known").then("centre"))
    )
    return Rhythms(pairs, categories, users, bought.nameless)


def _by_day(day: Ints, units: Ints | None, starts: Ints) -> tuple[Ints, Ints | None, Ints]:
    """Purchases of one day as one, their units summed."""
    new = np.zeros(len(day), bool)
    new[starts[:-1]] = True
    new[1:] |= day[1:] != day[:-1]
    before = np.concatenate(([0], np.cumsum(new)))
    summed = units
    if units is not None and len(day):
        summed = np.add.reduceat(units, np.flatnonzero(new))
    return day[new], summed, before[starts]


@dataclass(frozen=True, slots=True)
class _Intervals:
    """From a purchase to the pair's next: its place among pairs, the days, the units bought before."""

    pair: Ints
    days: Ints
    units: Ints | None

    @property
    def logs(self) -> Ints:
        """Logs of the days that a unit lasted."""
        logs: Ints
        if self.units is not None:
            logs = np.rint(np.log(self.days * (UNIT / self.units)) * LOG)
        else:
            known = np.arange(1, int(self.days.max(initial=0)) + 1)  # purchases are days apart
            logs = np.rint(np.log(known) * LOG)[self.days - 1]
        return logs


def _intervals(day: Ints, units: Ints | None, starts: Ints) -> _Intervals:
    pair = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    same = pair[1:] == pair[:-1]
    before = None if units is None else units[:-1][same]
    return _Intervals(pair[:-1][same], np.diff(day)[same], before)


def _lengths(code: Ints, gaps: _Intervals) -> pl.DataFrame:
    """`code, days, count`: how often it was so many days to the next purchase."""
    found = counted(code[gaps.pair], gaps.days)
    return pl.DataFrame(dict(zip(("code", "days", "count"), found, strict=True)))


def _centres(code: Ints, gaps: _Intervals, lengths: pl.DataFrame) -> pl.DataFrame:
    """`code, centre`: the median of days per unit."""
    if gaps.units is None:
        each = lengths.with_columns(value=pl.col("days").cast(pl.Float64))
    else:
        each = (
            pl.DataFrame({"code": code[gaps.pair], "days": gaps.days, "units": gaps.units})
            .group_by("code", "days", "units")
            .agg(count=pl.len())
            .with_columns(value=pl.col("days") * UNIT / pl.col("units"))
        )
    return quantiles(each, ["code"], "value", "count", {"centre": Fraction(1, 2)})


def _told(code: Ints, starts: Ints, lengths: pl.DataFrame) -> pl.DataFrame:
    """`code, buyers, repeat_buyers` and the quartiles of days between purchases."""
    many = pl.DataFrame({"code": code, "bought": np.diff(starts)})
    users = many.group_by("code").agg(
        buyers=pl.len().cast(pl.Int64),
        repeat_buyers=(pl.col("bought") > 1).sum().cast(pl.Int64),
    )
    quartiles = {
        "p25_days": Fraction(1, 4),
        "median_days": Fraction(1, 2),
        "p75_days": Fraction(3, 4),
    }
    spread = quantiles(lengths, ["code"], "days", "count", quartiles)
    return users.join(spread, on="code", how="left")


def _variances(pairs: pl.DataFrame) -> pl.DataFrame:
    """`code, within, between`: variances of logs, by analysis of variance.

    Searle, Casella and McCulloch (1992), chapter 3: the 1-way classification, unbalanced.
    """
    n, total = pl.col("intervals"), pl.col("total")
    sums = (
        pairs.filter(n > 0)
        .group_by("code")
        .agg(
            users=pl.len(),
            count=n.sum(),
            squared_counts=(n * n).sum(),
            total=total.sum(),
            squares=pl.col("squares").sum(),
            by_user=(total * total // n).sum(),
        )
    )
    count, users = pl.col("count"), pl.col("users").cast(pl.Int64)
    unit = float(LOG**2)
    among = pl.col("by_user") - pl.col("total").cast(pl.Float64) ** 2 / count
    within = (pl.col("squares") - pl.col("by_user")) / (count - users)
    between = (among - (users - 1) * within) / (count - pl.col("squared_counts") / count)
    told = (count > users) & (users > 1)
    return sums.select(
        "code",
        within=pl.when(count > users).then(within).otherwise(0.0) / unit,
        between=pl.when(told).then(between.clip(0)).otherwise(0.0) / unit,
    )
