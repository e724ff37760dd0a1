"""What no single value can tell, settled over whole columns before rows are read.

Whether the day or the month comes first, which the decimal mark is, what each status
means, whether ids are whole and tell people apart: here it's found out, or stops the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from userops.core.errors import InputError, Undecided
from userops.core.messages import Note, counted
from userops.datasets.fields import Dataset, Field, Type
from userops.datasets.orders import Status
from userops.engines import query as engine
from userops.readers.export_columns import damaged
from userops.readers.exports import Export
from userops.readers.files.open import Format
from userops.readers.meaning.questions import ask_together
from userops.readers.meaning.statuses import settled_statuses
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions
from userops.readers.values import amounts, date_options, time_formats, times
from userops.readers.values import text as text_values
from userops.readers.values.nobody import Nobody, nobody

# As many first times show how they're written.
_FIRST = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds for a whole export."""

    time_styles: Mapping[int, times.TimeStyle]  # by column position
    decimals: Mapping[int, str]  # by column position
    statuses: Mapping[str, Status]
    currencies: Mapping[str, int]
    powers: Mapping[int, int] = field(default_factory=dict)  # by column position
    no_user: Nobody = field(default_factory=nobody)
    # What reading assumed, as it goes: (what, column) to rows.
    assumed: Counter[tuple[str, str]] = field(default_factory=Counter)


def profile(export: Export, dataset: Dataset, options: ReadOptions) -> Profile:
    """Look at an export's columns as a whole.

    Raises:
        InputError: something in them can't be told, or identifies nobody.
    """
    columns = [
        (dataset[taken.field], column, position)
        for taken in export.taken.values()
        for column, position in ((taken.column, taken.position), *taken.blank, *_added(taken))
    ]
    schema = export.rows.collect_schema()
    queries = {
        (field.name, position, what): query
        for field, _, position in columns
        for what, query in _questions(export, field, f"c{position}", schema, options)
    }
    answers = engine.collect_all(list(queries.values())) if queries else []
    by_column: dict[tuple[str, int], dict[str, pl.DataFrame]] = {}
    for (name, position, what), frame in zip(queries, answers, strict=True):
        by_column.setdefault((name, position), {})[what] = frame
    settled = _Settled(export, options)
    questions = []
    for field_, column, position in columns:
        try:
            settled.add(field_, column, position, by_column.get((field_.name, position), {}))
        except Undecided as undecided:
            questions.append(undecided)
    ask_together(export.name, questions)
    if export.unit and dataset.holds(Type.MONEY):
        rows = engine.collect(export.rows.select(pl.len())).item()
        settled.currencies[export.unit] = max(settled.currencies[export.unit], rows)
    return Profile(
        settled.time_styles,
        settled.decimals,
        settled.statuses,
        settled.currencies,
        export.powers,
        (options.no_user.but("0") if export.counts_from_zero else options.no_user).beside(
            export.nobody
        ),
    )


def _added(taken: Taken) -> tuple[tuple[str, int], ...]:
    """The column whose amounts are added to another's: it's written in a way of its own."""
    return (taken.plus,) if taken.plus else ()


@dataclass(slots=True)
class _Settled:
    """What columns as a whole have settled so far."""

    export: Export
    options: ReadOptions
    time_styles: dict[int, times.TimeStyle] = field(default_factory=dict)
    decimals: dict[int, str] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    currencies: Counter[str] = field(default_factory=Counter)

    def add(
        self, field: Field, column: str, position: int, answers: Mapping[str, pl.DataFrame]
    ) -> None:
        """Settle what a field's column tells, from the answers to its questions."""
        facts = answers["facts"].row(0, named=True) if "facts" in answers else {}
        match field.type:
            case Type.TIME:
                self.time_styles[position] = self._times(column, facts)
                if facts:
                    self._check_read(column, position)
            case Type.MONEY:
                self._add_money(column, position, facts, answers)
            case Type.NUMBER:
                if facts and (mark := amounts.mark_shown(facts)):
                    self.decimals[position] = mark
            case Type.STATUS:
                counts = {
                    value: rows
                    for value, rows in answers["values"].iter_rows()
                    if value is not None
                }
                self.statuses = settled_statuses(
                    self.export.name, column, counts, self.export.statuses(self.options)
                )
            case Type.CURRENCY:
                rows_by_code = dict(answers["values"].drop_nulls().iter_rows())
                self.currencies.update({code.upper(): rows for code, rows in rows_by_code.items()})
            case Type.ID:
                if facts:
                    _check_ids(self.export, field, self.export.taken[field.name], facts)
            case _:
                pass

    def _add_money(
        self,
        column: str,
        position: int,
        facts: Mapping[str, int | None],
        answers: Mapping[str, pl.DataFrame],
    ) -> None:
        """How the amounts of a column are written, and in which currency if that stands beside them."""
        name, given = self.export.name, self.options.decimal
        mark = amounts.settle_decimal(name, column, facts, given) if facts else "."
        self.decimals[position] = mark
        if "currency" not in self.export.taken and "marks" in answers:
            self._add_marks(column, answers["marks"])

    def _times(self, column: str, facts: Mapping[str, int | None]) -> times.TimeStyle:
        """How the times of a column are written."""
        export, options, maker = self.export, self.options, self.export.maker
        return times.TimeStyle(
            date_format=options.date_format or (maker.date_format if maker else None),
            day_first=times.settle_day_first(export.name, column, facts) if facts else None,
            spreadsheet=export.source.format is Format.EXCEL,
            timezone=options.timezone,
            written=maker.timezone if maker else None,
            counted=export.content.clock,
            latest=export.source.latest,
        )

    def _check_read(self, column: str, position: int) -> None:
        """That some of a column's first times are read; else a format is named that reads them.

        Raises:
            InputError: they aren't, and one would.
        """
        cells = text_values.clean_text(pl.col(f"c{position}")).alias("text")
        first = engine.collect(self.export.rows.select(cells).drop_nulls().head(_FIRST)).to_series()
        if first.is_empty() or times.read_times(first, self.time_styles[position]).values.count():
            return
        formats = time_formats.guessed(first)
        if formats:
            raise Undecided(
                f"{self.export.name}: no date that is known in {column!r}, as in {first[0]}",
                tuple(map(date_options.option, formats)),
            )

    def _add_marks(self, column: str, currency_marks: pl.DataFrame) -> None:
        """Count the currencies that marks beside amounts stand for."""
        counts = {mark: rows for mark, rows in currency_marks.iter_rows() if mark}
        codes = amounts.settle_marks(self.export.name, column, counts)
        for code, rows in codes.items():
            self.currencies[code] = max(self.currencies[code], rows)


def _questions(
    export: Export, field: Field, at: str, schema: pl.Schema, options: ReadOptions
) -> Iterator[tuple[str, pl.LazyFrame]]:
    """What has to be known of a column as a whole."""
    cells, is_text = pl.col(at), schema[at] == pl.String
    match field.type:
        case Type.TIME if is_text and not options.date_format:
            yield "facts", export.rows.select(times.day_or_month(cells.str.strip_chars()))
        case Type.MONEY if is_text:
            yield "facts", export.rows.select(amounts.decimal_marks(cells))
            yield (
                "marks",
                export.rows.group_by(amounts.currency_mark(cells).alias("mark"))
                .agg(rows=pl.len())
                .sort("mark"),
            )
        case Type.NUMBER if is_text:
            yield "facts", export.rows.select(amounts.decimal_marks(cells))
        case Type.STATUS | Type.CURRENCY:
            text = text_values.clean_text(cells).alias("value")
            yield "values", export.rows.group_by(text).agg(rows=pl.len()).sort("value")
        case Type.ID if is_text:
            yield (
                "facts",
                export.rows.select(
                    *_spoiled(cells, text_values.DAMAGED, "damaged"),
                    *_spoiled(cells, text_values.MASKED, "masked"),
                    *_mask_counts(cells, ""),
                ),
            )
        case _:
            pass


def unmasked(export: Export) -> Export:
    """The export, its user from another column where the first is masked or empty throughout."""
    taken = export.taken.get("user_id")
    if taken is None:
        return export
    others = [(column, export.header.index(column)) for column in taken.passed_over]
    if not others or taken.why == "map":
        return export
    schema = export.rows.collect_schema()
    candidates = [(taken.column, taken.position), *others]
    looks = [
        expr
        for _, at in candidates
        if schema[f"c{at}"] == pl.String
        for expr in _mask_counts(pl.col(f"c{at}"), str(at))
    ]
    counts = engine.collect(export.rows.select(looks)).row(0, named=True) if looks else {}
    for column, at in candidates:
        if not _is_masked(counts, str(at)) and counts.get(f"told{at}", 1) > 0:
            if at == taken.position:
                return export
            what = Note("masked") if counts.get(f"told{taken.position}") else Note("empty")
            note = Note(
                "{file}: user_id from {column!r}, for {other!r} is {what}",
                file=export.name,
                column=column,
                other=taken.column,
                what=what,
            )
            rest = tuple(other for other, _ in candidates if other != column)
            blank = tuple(one for one in taken.blank if one[1] != at)
            return export.taking(Taken("user_id", column, at, taken.why, rest, blank), note)
    return export


# Of ids so large a part made unreadable is the column's rule, not a row's matter.
_STARRED_FROM, _CROSSED_FROM = 0.05, 0.5


def _mask_counts(column: pl.Expr, suffix: str) -> list[pl.Expr]:
    """How many ids of a column there are, and how many are made unreadable, in which way."""
    text = column.str.strip_chars()
    return [
        text.str.contains(text_values.STARRED).sum().alias(f"starred{suffix}"),
        text.str.contains(text_values.CROSSED).sum().alias(f"crossed{suffix}"),
        text_values.clean_id(column).count().alias(f"told{suffix}"),
    ]


def _is_masked(counts: Mapping[str, object], suffix: str = "") -> bool:
    """Whether a column's ids are masked, by its counts; false without."""
    starred, crossed, told = (
        int(str(counts.get(f"{name}{suffix}", 0))) for name in ("starred", "crossed", "told")
    )
    return told > 0 and (starred >= max(_STARRED_FROM * told, 1) or crossed >= _CROSSED_FROM * told)


def _spoiled(column: pl.Expr, pattern: str, name: str) -> list[pl.Expr]:
    bad = column.filter(column.str.strip_chars().str.contains(pattern))
    return [bad.len().alias(name), bad.min().alias(f"{name}_example")]


def _check_ids(export: Export, field: Field, taken: Taken, facts: Mapping[str, object]) -> None:
    if facts["damaged"]:
        raise damaged(export.name, taken, str(facts["damaged_example"]), int(str(facts["damaged"])))
    if field.name == "user_id" and _is_masked(facts):
        raise InputError(
            f"{export.name}: {taken.column!r} is masked, as in {facts['masked_example']}: it can't "
            f"tell users apart ({counted(int(str(facts['masked'])), 'row')})",
            mend=f"name a column that can, with --map {field.name}=COLUMN, or export it unmasked",
        )
