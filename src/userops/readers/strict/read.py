"""Every row of some exports by the strict way: used, refused with a reason, or no row at all.

The same for every dataset: its `Dataset` says what to look for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.fields import Dataset, Type
from userops.engines import query as engine
from userops.readers import assumptions
from userops.readers.crowds import looked_at
from userops.readers.exports import Export, reading
from userops.readers.files.records import BLANK, LINE
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions
from userops.readers.strict import profiles, rows, shapes
from userops.readers.strict.partitions import Parts, partition
from userops.readers.strict.rows import FAULT, FAULT_COLUMN, FILE

# Below this any sum of minor units stays in an Int64.
_LARGEST_SUM = 4e18

REJECTS = {
    "file": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "reason": pl.String,
    "raw": pl.String,
}


@dataclass(frozen=True, slots=True)
class StrictRows:
    """What some exports hold.

    `parts` are canonical rows, each with its fault or null; `faults` are lines that are no
    rows; `notes` say what was assumed about values. Of all rows, `count` is their number,
    `bad` are those refused (file, line, fault, fault_column) and `days` those of the others.
    """

    exports: Sequence[Export]
    parts: Parts
    faults: pl.DataFrame
    currency: Currency
    notes: tuple[Note, ...] = ()
    count: int = 0
    bad: pl.DataFrame = field(default_factory=pl.DataFrame)
    days: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int32))
    times: Sequence[str] = ()  # the fields that days are of, best first
    profiles: Sequence[profiles.Profile] = ()  # of each export
    private: bool = False  # what's refused is named, and not shown

    def each(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> StrictRows:
        """The same with every part changed."""
        bad: list[pl.DataFrame] = []
        days: list[pl.Series] = []
        count = 0

        def changed(rows: pl.DataFrame) -> pl.DataFrame:
            nonlocal count
            rows = change(rows)
            count += len(rows)
            bad.append(
                rows.filter(pl.col(FAULT).is_not_null()).select(FILE, LINE, FAULT, FAULT_COLUMN)
            )
            days.append(_days(rows.filter(pl.col(FAULT).is_null()), self.times).unique())
            return rows

        parts = self.parts.map(changed)
        known = pl.concat(days).unique().sort()
        return replace(self, parts=parts, bad=pl.concat(bad), days=known, count=count)

    def but(self, rows: pl.DataFrame) -> StrictRows:
        """The same with other rows."""
        return replace(self, parts=Parts((rows,))).each(lambda same: same)

    @property
    def rows(self) -> pl.DataFrame:
        """All rows at once."""
        return self.parts.whole()

    @property
    def good(self) -> pl.DataFrame:
        """All rows without a fault at once."""
        return self.rows.filter(pl.col(FAULT).is_null())

    @property
    def _passed_over(self) -> list[str]:
        """Why rows and lines are neither read nor refused."""
        apart = [reason for export in self.exports for reason in export.content.apart]
        return list(dict.fromkeys((*apart, *rows.PASSED_OVER)))

    def tally(
        self, used: int, left_out: Mapping[str, int], also_refused: pl.DataFrame | None = None
    ) -> Tally:
        """What became of every row, given what an analysis used and left out."""
        gone = [self.bad[FAULT], self.faults["reason"].alias(FAULT)]
        if also_refused is not None:
            gone.append(also_refused[FAULT])
        reasons = pl.concat(gone).value_counts().sort("count", FAULT, descending=[True, False])
        counts = dict(reasons.iter_rows())
        passed = {reason: counts.pop(reason) for reason in self._passed_over if reason in counts}
        read = self.count + len(self.faults)
        return Tally(read, used, counts, {**left_out, **passed}, self._refusing)

    @property
    def _refusing(self) -> dict[str, list[str]]:
        """The columns whose cells rows are refused for, by reason."""
        cells = self.bad.filter(pl.col(FAULT_COLUMN).fill_null("") != "")
        pairs = cells.select(FAULT, FAULT_COLUMN).unique().sort(FAULT, FAULT_COLUMN)
        columns: dict[str, list[str]] = {}
        for reason, column in pairs.iter_rows():
            columns.setdefault(reason, []).append(column)
        return columns

    def rejects(self, also_refused: pl.DataFrame | None = None) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        no_text, passed = pl.lit(None, pl.String).alias("raw"), self._passed_over
        parts = [
            self.bad.filter(~pl.col(FAULT).is_in(passed)).with_columns(no_text),
            self.faults.filter(~pl.col("reason").is_in(passed)).select(
                FILE, LINE, pl.col("reason").alias(FAULT), pl.lit("").alias(FAULT_COLUMN), "raw"
            ),
        ]
        if also_refused is not None:
            parts.append(also_refused.with_columns(no_text))
        bad = pl.concat(parts).sort(FILE, LINE)
        if self.private:
            bad = bad.with_columns(raw=pl.lit(""))
        texts: list[str] = []
        for number, part in enumerate(self.exports):
            refused = bad.filter(pl.col(FILE) == number)
            raw_texts = part.raw(refused.filter(pl.col("raw").is_null())[LINE])
            texts.extend(
                raw_texts.get(line, raw or "")
                for line, raw in refused.select(LINE, "raw").iter_rows()
            )
        return bad.select(
            pl.lit(pl.Series([export.name for export in self.exports]))
            .gather(pl.col(FILE))
            .alias("file"),
            LINE,
            pl.col(FAULT_COLUMN).fill_null("").alias("column"),
            pl.col(FAULT).alias("reason"),
            pl.Series("raw", texts, dtype=pl.String),
        )


def read(
    exports: Sequence[Export],
    dataset: Dataset,
    options: ReadOptions,
    folder: Path | None = None,
    keep: Callable[[int, pl.DataFrame], None] | None = None,
    *,
    whole: Sequence[Export] = (),
    others: Mapping[int, int] | None = None,
) -> StrictRows:
    """Read every row of some opened exports; where they are many, by way of `folder`.

    `keep` is given the rows of those that weren't kept, batch by batch, with their export's number.
    Where they are a part of larger ones, `whole` stands for these when columns as a whole are
    looked at, and `others` are the days of their other rows.

    Raises:
        InputError: something about a column as a whole can't be told, or currencies are mixed.
        OtherMoneyError: kept amounts were read in another currency, or by other rates.
    """
    exports = [one if one.saved else _settled(one, dataset, options) for one in exports]
    settled = [_profile(export, dataset, options) for export in whole or exports]
    currency, rates = _currency(settled, options)
    for export in exports:
        if export.saved:
            export.saved.check_money(currency, rates)
    sums: Counter[str] = Counter()
    days: Counter[int] = Counter(others or {})
    blank: list[pl.DataFrame] = []

    def batches() -> Iterator[pl.DataFrame]:
        for number, (export, profile) in enumerate(zip(exports, settled, strict=True)):
            for found in _batches(export, number, dataset, profile, currency, rates):
                batch, lines = _without_blank(found)
                if len(lines):
                    blank.append(lines)
                if keep and not export.saved:
                    keep(number, batch)
                _check_sums(export, batch, dataset, sums)
                days.update(dict(_days(batch, dataset.times).value_counts().iter_rows()))
                yield batch

    # A part holds all lines of an order; rows without an order's id by their user.
    names = [name for name in ("order_id", "user_id") if name in rows.canonical(dataset)]
    parts = partition(
        batches(),
        pl.DataFrame(schema=rows.canonical(dataset)),
        pl.coalesce(names) if names else pl.lit(0),
        folder,
        sum(export.size for export in exports),
    )
    notes = [
        note
        for export, profile in zip(exports, settled, strict=True)
        for note in assumptions.notes(
            export.name, profile.assumed, options.timezone, export.content.clock
        )
    ]
    notes += assumptions.odd_dates(days)
    return StrictRows(
        exports,
        parts,
        pl.concat([_faults(exports), *blank]).sort(FILE, LINE),
        currency,
        tuple(notes),
        profiles=settled,
        times=dataset.times,
        private=dataset.private,
    )


def _settled(export: Export, dataset: Dataset, options: ReadOptions) -> Export:
    """The export with its rows in shape, and users from a column that can tell them apart."""
    other = profiles.unmasked(export)
    if other is not export:
        export = looked_at(replace(other, nobody=frozenset()), options)
    return shapes.settled(export, dataset)


def _batches(
    export: Export,
    number: int,
    dataset: Dataset,
    profile: profiles.Profile,
    currency: Currency,
    rates: dict[str, str],
) -> Iterator[pl.DataFrame]:
    """An export's rows batch by batch, amounts in one currency."""
    if export.saved:
        yield from export.saved.batches(number)
        return
    for batch in rows.batches(export, number, dataset, profile, currency):
        yield _converted(batch, dataset, rates)


def _without_blank(batch: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A batch's rows, and those of its lines that are blank."""
    is_blank = pl.col(FAULT).eq_missing(BLANK)
    lines = batch.filter(is_blank).select(FILE, LINE, pl.col(FAULT).alias("reason"), raw=pl.lit(""))
    return (batch.filter(~is_blank) if len(lines) else batch), lines


def _faults(exports: Sequence[Export]) -> pl.DataFrame:
    """Lines that are no rows, of all exports."""
    return pl.concat(
        engine.collect(export.faults).select(
            pl.lit(number, pl.UInt32).alias(FILE), LINE, "reason", "raw"
        )
        for number, export in enumerate(exports)
    )


def _profile(export: Export, dataset: Dataset, options: ReadOptions) -> profiles.Profile:
    """What holds for an export as a whole: found out, or kept."""
    if export.saved:
        known = export.saved
        return profiles.Profile({}, {}, {}, known.currencies, assumed=Counter(known.assumed))
    return profiles.profile(export, dataset, options)


def _days(whole: pl.DataFrame, times: Sequence[str]) -> pl.Series:
    """The days of rows that have one."""
    if not times:
        return pl.Series("day", dtype=pl.Int32)
    days = whole.select(pl.coalesce(times).dt.date().cast(pl.Int32).alias("day"))["day"]
    return days.drop_nulls()


def last_of(days: pl.Series) -> int | None:
    """The last of some days, if there are any."""
    last = days.max()
    return last if isinstance(last, int) else None


def _check_sums(export: Export, batch: pl.DataFrame, dataset: Dataset, sums: Counter[str]) -> None:
    """No sum of amounts may leave what an Int64 holds."""
    for name in (one.name for one in dataset.fields if one.type is Type.MONEY):
        sums[name] += int(batch[name].cast(pl.Float64).abs().sum())
        if sums[name] > _LARGEST_SUM:
            raise InputError(
                f"{export.name}: amounts too large to be summed exactly, up to "
                f"{int(str(batch[name].abs().max())):,} minor units",
                mend=f"is the right column taken? --map {name}=COLUMN",
            )


def whole(exports: Sequence[Export], dataset: Dataset, options: ReadOptions) -> StrictRows:
    """Read opened exports of a dataset whose rows need no more than their own fields.

    For every dataset but orders and events, which have ways of their own.
    """
    with reading(", ".join(export.name for export in exports)):
        return read(exports, dataset, options).each(lambda part: rows.need(part, dataset))


def export_notes(exports: Sequence[Export]) -> tuple[Note, ...]:
    """What opening the exports assumed: each thing once."""
    notes: list[Note] = []
    for export in exports:
        taken = tuple(map(_taken, export.taken.values()))
        notes += [*export.notes, Note("{file}: {taken}", file=export.name, taken=taken)]
    return tuple(dict.fromkeys(notes))


def reasons(exports: Sequence[Export]) -> tuple[Note, ...]:
    """Why each column was taken for what, which came second, and which columns nobody reads."""
    notes: list[Note] = []
    for export in exports:
        for one in export.taken.values():
            others = Note("; second: {column!r}", column=one.unused[0]) if one.unused else ""
            reason = Note("; {reason}", reason=one.reason) if one.reason else ""
            notes.append(
                Note(
                    "{file}: {field} from {column}: by {why}{reason}{others}",
                    file=export.name,
                    field=one.field,
                    column=_column(one),
                    why=_WHY[one.why],
                    reason=reason,
                    others=others,
                )
            )
        read = {name for one in export.taken.values() for name in one.columns}
        unread = tuple(repr(column) for column in export.header if column not in read)
        if unread:
            notes.append(
                Note("{file}: not read: {columns}", file=export.name, columns=unread[:_SHOWN])
            )
    return tuple(dict.fromkeys(notes))


# What a column was taken by, as notes say it.
_WHY = {
    "map": Note("your choice"),
    "source": Note("its maker's names"),
    "name": Note("its name"),
}
_SHOWN = 60


def _taken(one: Taken) -> Note:
    """Which column was taken for a field, and which others could have been."""
    blank = ""
    for column, _ in one.blank:
        blank = Note("{before}, else {column!r}", before=blank, column=column)
    other = ""
    if one.unused:
        other = Note(" (not {columns})", columns=tuple(map(repr, one.unused)))
    return Note("{field} from {column}{blank}{other}", field=one.field, column=_column(one),
                blank=blank, other=other)  # fmt: skip


def _column(one: Taken) -> str:
    """The column, or what several make together."""
    if one.times:
        return f"{one.times[0]!r} x {one.column!r}"
    if one.plus:
        return f"{one.column!r} + {one.plus[0]!r}"
    return " + ".join(repr(column) for column in (one.column, *(name for name, _ in one.joined)))


def _currency(
    settled: Sequence[profiles.Profile], options: ReadOptions
) -> tuple[Currency, dict[str, str]]:
    counts: dict[str, int] = {}
    for profile in settled:
        for code, number in profile.currencies.items():
            counts[code] = counts.get(code, 0) + number
    base = options.currency or (next(iter(counts)) if len(counts) == 1 else None)
    foreign = set(counts) - {base}
    rates = {code: options.rates[code] for code in foreign if code in options.rates}
    if foreign - set(rates):
        listed = ", ".join(f"{code} ({number:,})" for code, number in sorted(counts.items()))
        mend = "export one currency, or give [currency] code and rates in userops.toml"
        if base and base not in counts:
            raise InputError(f"amounts in {listed}, not in {base}", mend=mend)
        raise InputError(f"amounts in several currencies: {listed}", mend=mend)
    return Currency.named(base) if base else Currency(), rates


def _converted(whole: pl.DataFrame, dataset: Dataset, rates: dict[str, str]) -> pl.DataFrame:
    """Amounts of other currencies in the base one, by the settings' rates, half to even."""
    for code, rate in sorted(rates.items()):
        factor = pl.lit(rate).cast(pl.Decimal(38, 12))
        for name in (one.name for one in dataset.fields if one.type is Type.MONEY):
            exact = (pl.col(name).cast(pl.Decimal(38, 12)) * factor).round(0, mode="half_to_even")
            whole = whole.with_columns(
                pl.when(pl.col("currency") == code)
                .then(exact.cast(pl.Int64))
                .otherwise(pl.col(name))
                .alias(name)
            )
    return whole
