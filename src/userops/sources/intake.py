"""Orders, however they come: the fast way where a file is clean, else the careful one.

The fast way runs an analysis' reduction straight over the file, with light expressions
chosen from its first rows, and in the same pass counts whatever those expressions
can't read. Where that count is zero, order ids are all different and ids are plain,
its result is the careful way's. Where it isn't, the result is thrown away and the
careful way reads everything by the rules, with a line and a reason for each row that
isn't used. Either way the caller gets the same frames and the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from userops import engine
from userops.errors import InputError
from userops.orders import ORDERS
from userops.sources import netting, quick, rows
from userops.sources.exports import Export, open_export, reading
from userops.sources.files import expand
from userops.sources.reading import Reading
from userops.sources.records import BLANK, LINE
from userops.sources.rows import FAULT, FAULT_COLUMN, FILE
from userops.table import Currency
from userops.tally import Tally
from userops.window import Window

Step = Callable[[pl.LazyFrame], pl.LazyFrame]
REJECTS = {"file": pl.String, "line": pl.Int64, "column": pl.String, "reason": pl.String, "raw": pl.String}


@dataclass(frozen=True, slots=True)
class Facts:
    """What reading found out: the window, the tally, the currency, and what to tell."""

    window: Window
    tally: Tally
    currency: Currency
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Rows by the careful way: canonical, each with its fault or null; and the export's profile facts."""

    rows: pl.DataFrame
    faults: pl.DataFrame  # lines that are no rows, with file
    currency: Currency
    notes: tuple[str, ...] = ()


class Orders:
    """The orders of some exports. Opening them reads no more than their heads and shapes."""

    def __init__(self, exports: Sequence[str], how: Reading, folder: Path) -> None:
        names = expand(exports)
        self._how = how
        self.exports = [open_export(name, ORDERS, how, folder) for name in names]

    def reduce(self, steps: Sequence[Step], as_of: int | None = None) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders in one pass, and say what was read.

        A step is given a lazy frame of valid orders: `user_id`, `day` (Int32, days since
        1970-01-01), `amount` (Int64, net minor units), `orders` (1; 0 for a refund whose
        order isn't there), and, where the exports have them, `order_time`, `channel`,
        `category`, `product`, `quantity`. Its result keeps `user_id` if it has one.

        Raises:
            InputError: the exports can't be used.
        """
        with reading(", ".join(export.name for export in self.exports)):
            fast = quick.reduce(self.exports, self._how, steps, as_of)
            if fast is not None:
                frames, seen = fast
                return frames, self._facts(quick.window(seen.first_day, as_of if as_of is not None else seen.last_day), seen.tally, seen.currency, ())
            netted = self.net(as_of)
            frames = engine.collect_all([step(netted.orders.lazy()) for step in steps])
        return frames, self.facts(netted, as_of)

    def net(self, as_of: int | None = None) -> netting.Netted:
        """Orders by the careful way, as of a day."""
        good = self.read.rows.filter(pl.col(FAULT).is_null())
        return netting.net(good, as_of, self._how.totals)

    @cached_property
    def read(self) -> Read:
        """Every row by the careful way; read once."""
        how = self._how
        profiles = [rows.profile(export, ORDERS, how) for export in self.exports]
        currency, rates = _currency(profiles, how)
        parts = []
        for number, (export, facts) in enumerate(zip(self.exports, profiles, strict=True)):
            parts.extend(rows.batches(export, number, ORDERS, facts, currency))
        whole = pl.concat(parts) if parts else pl.DataFrame(schema=rows.canonical(ORDERS))
        whole = self._without_status(whole)
        whole = rows.need(netting.inherit(whole), ORDERS)
        whole = _converted(whole, currency, rates)
        self._check_blank_status(whole)
        faults = pl.concat(
            [
                engine.collect(export.faults).select(pl.lit(number, pl.UInt32).alias(FILE), LINE, "reason", "raw")
                for number, export in enumerate(self.exports)
            ]
        )
        return Read(whole, faults, currency)

    def _without_status(self, whole: pl.DataFrame) -> pl.DataFrame:
        """Exports without a status column hold orders that count."""
        silent = [number for number, export in enumerate(self.exports) if "status" not in export.taken]
        valid = pl.col(FILE).is_in(silent)
        return whole.with_columns(pl.when(valid).then(pl.lit("valid")).otherwise(pl.col("status")).alias("status"))

    def _check_blank_status(self, whole: pl.DataFrame) -> None:
        for number, export in enumerate(self.exports):
            taken = export.taken.get("status")
            if taken is None:
                continue
            blank = whole.filter(
                (pl.col(FILE) == number) & pl.col(FAULT).is_null() & pl.col("status").is_null()
            )
            if len(blank):
                raise InputError(
                    f"{export.name}: {len(blank):,} rows have nothing in {taken.column!r}",
                    mend="say what that means: --status =valid, or --status =void",
                )

    def facts(self, netted: netting.Netted, as_of: int | None = None) -> Facts:
        """What the careful way found out."""
        read = self.read
        good = read.rows.filter(pl.col(FAULT).is_null())
        days = good["order_time"].dt.date().cast(pl.Int32)
        last = as_of if as_of is not None else days.max()
        first = days.filter(days <= last).min() if last is not None else None
        window = quick.window(first, last, self._how.timezone)
        blank = read.faults["reason"] == BLANK
        refused = pl.concat([read.rows[FAULT].drop_nulls(), read.faults["reason"].filter(~blank), netted.refused[FAULT]])
        counts = dict(refused.value_counts().sort("count", refused.name, descending=[True, False]).iter_rows())
        left_out = dict(netted.left_out)
        if blank.any():
            left_out[BLANK] = int(blank.sum())
        tally = Tally(len(read.rows) + len(read.faults), netted.used, counts, left_out)
        return self._facts(window, tally, read.currency, (*read.notes, *_netting_notes(netted)))

    def _facts(self, window: Window, tally: Tally, currency: Currency, notes: Sequence[str]) -> Facts:
        told = [note for export in self.exports for note in (*export.notes, *_columns_note(export))]
        return Facts(window, tally, currency, (*dict.fromkeys(told), *notes))

    def rejects(self, as_of: int | None = None, *, any_refused: bool = True) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        if not any_refused:
            return pl.DataFrame(schema=REJECTS)
        read, netted = self.read, self.net(as_of)
        names = pl.Series([export.name for export in self.exports])
        bad = pl.concat(
            [
                read.rows.filter(pl.col(FAULT).is_not_null()).select(FILE, LINE, FAULT, FAULT_COLUMN),
                netted.refused,
                read.faults.filter(pl.col("reason") != BLANK).select(
                    FILE, LINE, pl.col("reason").alias(FAULT), pl.lit("").alias(FAULT_COLUMN)
                ),
            ]
        ).sort(FILE, LINE)
        texts: list[str] = []
        for (number,), part in bad.group_by(FILE, maintain_order=True):
            found = self.exports[int(str(number))].raw(part[LINE])
            texts.extend(found.get(line, "") for line in part[LINE])
        return bad.select(
            pl.lit(names).gather(pl.col(FILE)).alias("file"),
            LINE,
            pl.col(FAULT_COLUMN).fill_null("").alias("column"),
            pl.col(FAULT).alias("reason"),
            pl.Series("raw", texts, dtype=pl.String),
        )


def _columns_note(export: Export) -> list[str]:
    taken = ", ".join(
        f"{one.field} from {one.column!r}" + (f" (not {', '.join(map(repr, one.passed_over))})" if one.passed_over else "")
        for one in export.taken.values()
    )
    return [f"{export.name}: {taken}"]


def _netting_notes(netted: netting.Netted) -> list[str]:
    notes = []
    if netted.totals:
        what = {"order": "the order's total, repeated", "lines": "the line's own"}[netted.totals]
        notes.append(f"line items: an amount is {what}; [orders] totals in userops.toml changes it")
    if netted.replaced:
        notes.append(f"{netted.replaced:,} orders differ between exports; the later export's were taken")
    if netted.loose_refunds:
        notes.append(f"{netted.loose_refunds:,} refunds without their order were netted from their user's spend")
    return notes


def _currency(profiles: Sequence[rows.Profile], how: Reading) -> tuple[Currency, dict[str, str]]:
    counts: dict[str, int] = {}
    for profile in profiles:
        for code, number in profile.currencies.items():
            counts[code] = counts.get(code, 0) + number
    base = how.currency or (next(iter(counts)) if len(counts) == 1 else None)
    foreign = set(counts) - {base}
    rates = {code: how.rates[code] for code in foreign if code in how.rates}
    if foreign - set(rates):
        listed = ", ".join(f"{code} ({number:,})" for code, number in sorted(counts.items()))
        raise InputError(
            f"amounts in several currencies: {listed}",
            mend="export one currency, or give [currency] code and rates in userops.toml",
        )
    return Currency.named(base) if base else Currency(), rates


def _converted(whole: pl.DataFrame, currency: Currency, rates: dict[str, str]) -> pl.DataFrame:
    """Amounts of other currencies in the base one, by the settings' rates, half to even."""
    for code, rate in rates.items():
        factor = pl.lit(rate).cast(pl.Decimal(38, 12))
        for name in ("amount", "refund"):
            exact = (pl.col(name).cast(pl.Decimal(38, 12)) * factor).round(0, mode="half_to_even")
            whole = whole.with_columns(
                pl.when(pl.col("currency") == code).then(exact.cast(pl.Int64)).otherwise(pl.col(name)).alias(name)
            )
    return whole
