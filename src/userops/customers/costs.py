"""Costs by day: which days a cost is of, and what channels cost between two days.

What the words mean stands in `acquisition`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import polars as pl

from userops.core import periods
from userops.core.dates import to_date
from userops.core.errors import InputError
from userops.core.messages import Note, counted
from userops.core.period_text import month_end, month_start, span_of
from userops.core.periods import Period
from userops.datasets.cost_kinds import KIND_WORDS, TRAFFIC, kind_of

_Span = tuple[int, int]
_WEEK = 7
_ROWS = {"channel": pl.String, "from_day": pl.Int64, "to_day": pl.Int64, "cost": pl.Int64}


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs by `channel, from_day, to_day, cost` (minor units), and the period compared.

    The period, `first` to `last`, is empty (`first > last`) where costs and orders don't meet.
    """

    rows: pl.DataFrame
    first: int
    last: int
    notes: tuple[Note, ...] = ()

    @classmethod
    def beside(cls, export: pl.DataFrame | None, buyers: pl.DataFrame, as_of: int) -> Self | None:
        """The same beside buyers' orders (`first_day`); None without an export."""
        if export is None:
            return None
        first: int = buyers["first_day"].min()  # type: ignore[assignment]
        return cls.of(export, first, as_of)

    @classmethod
    def of(cls, export: pl.DataFrame, first_order: int, as_of: int) -> Self:
        """What a costs export says of traffic, for orders from a day to as_of.

        Args:
            export: `channel, period, cost`, and where a row may have a span, `from` and `to`; where
                rows are of several kinds, `kind`.
            first_order: the day of the first order.
            as_of: the last day that counts.

        Raises:
            InputError: a period is neither a day nor a month, a span ends before it begins, or a kind
                isn't known.
        """
        export, notes_of_kinds = _of_traffic(export)
        spans, notes = spans_of(export)
        notes = [*notes_of_kinds, *notes]
        rows = pl.DataFrame(
            {
                "channel": export["channel"],
                "from_day": [span[0] for span in spans],
                "to_day": [span[1] for span in spans],
                "cost": export["cost"],
            },
            schema=_ROWS,
        )
        if rows.is_empty():
            return cls(rows, 1, 0, (*notes, Note("the costs export holds no rows")))
        costs = cls(rows, 1, 0).at(first_order, as_of)
        notes += overlapping(costs)
        return replace(costs, notes=(*notes, *_outside(rows, costs, first_order, as_of)))

    def at(self, first_order: int, day: int) -> Self:
        """The same as they're told at the end of a day, for orders from `first_order` on.

        What begins later wasn't known then, nor were channels of which that's all there is.
        """
        known = self.rows.filter(pl.col("from_day") <= day)
        if known.is_empty():
            return replace(self, rows=known, first=1, last=0)
        first_cost_day, last_cost_day = _extent(known)
        first, last = max(first_cost_day, month_start(first_order)), min(last_cost_day, day)
        return replace(self, rows=known, first=first, last=last)

    @property
    def met(self) -> bool:
        """Whether costs and orders have days in common."""
        return self.first <= self.last

    def covers(self, low: int, high: int) -> bool:
        """Whether any day from low to high is in the period."""
        return self.met and low <= self.last and high >= self.first

    def within(self, low: int | None = None, high: int | None = None) -> dict[str, int]:
        """Cost by channel, of the days from low to high within the period; 0 for none then."""
        first_day = self.first if low is None else max(low, self.first)
        last_day = self.last if high is None else min(high, self.last)
        length = pl.col("to_day") - pl.col("from_day") + 1

        def until(day: int) -> pl.Expr:
            # Differences of one running total, each to the nearest unit, so that parts add up.
            passed = (day - pl.col("from_day")).clip(0, length)
            return (2 * pl.col("cost").cast(pl.Int128) * passed + length) // (2 * length)

        part = (until(max(last_day, first_day - 1) + 1) - until(first_day)).cast(pl.Int64)
        sums = self.rows.group_by("channel").agg(part.sum()).sort("channel")
        return {str(channel): int(cost) for channel, cost in sums.iter_rows()}

    def missing_months(self) -> list[tuple[str, str, str]]:
        """Channel, first and last month of each run of the period's months without a row of costs."""
        if not self.met:
            return []
        first_month, last_month = (
            periods.number_of(day, Period.MONTH) for day in (self.first, self.last)
        )
        covered_months: dict[str, set[int]] = {}
        days = self.rows.with_columns(pl.col("from_day", "to_day").clip(self.first, self.last))
        in_period = (self.rows["to_day"] >= self.first) & (self.rows["from_day"] <= self.last)
        month_ranges = (periods.number(days[name].to_numpy(), Period.MONTH).tolist() for name in ("from_day", "to_day"))  # fmt: skip
        for channel, is_in_period, low, high in zip(
            days["channel"], in_period, *month_ranges, strict=True
        ):
            covered_months.setdefault(channel, set()).update(
                range(low, high + 1) if is_in_period else ()
            )
        runs = []
        for channel, months in sorted(covered_months.items()):
            missing = [month for month in range(first_month, last_month + 1) if month not in months]
            starts = [month for month in missing if month - 1 not in missing]
            ends = [month for month in missing if month + 1 not in missing]
            runs += [
                (channel, periods.label(low, Period.MONTH), periods.label(high, Period.MONTH))
                for low, high in zip(starts, ends, strict=True)
            ]
        return runs

    def new(self) -> pl.Expr:
        """Whether a user's `first_day` is in the period."""
        return pl.col("first_day").is_between(self.first, self.last)


def kinds_of(export: pl.DataFrame) -> tuple[pl.Series, list[Note]]:
    """The kind of each row of a costs export, and what was assumed; traffic where none is said.

    Raises:
        InputError: some kinds aren't known.
    """
    if "kind" not in export:
        return pl.repeat(TRAFFIC, len(export), dtype=pl.String, eager=True), []
    said = export["kind"].cast(pl.String)
    known = {text: kind_of(text) for text in said.drop_nulls().unique().to_list()}
    if unknown := sorted(text for text, kind in known.items() if kind is None):
        listed = ", ".join(unknown[:5])
        kinds = ", ".join(f"{kind} ({_in_chinese(kind)})" for kind in KIND_WORDS)
        raise InputError(
            f"costs: {counted(len(unknown), 'kind')} not known: {listed}",
            mend=f"write one of {kinds} into the export; a blank kind is traffic",
        )
    blank = said.null_count()
    notes = []
    if 0 < blank < len(said):
        notes.append(
            Note("costs: {count:row|rows} without a kind: counted as traffic", count=blank)
        )
    told = said.replace_strict(known, return_dtype=pl.String) if known else said
    return told.fill_null(TRAFFIC), notes


def _in_chinese(kind: str) -> str:
    return next(word for word in KIND_WORDS[kind] if not word.isascii())


def _of_traffic(export: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """The rows of a costs export that won users: of those without a channel it's their kind's name."""
    if "kind" not in export:
        return export, []
    kinds, notes = kinds_of(export)
    traffic = export.filter(kinds == TRAFFIC)
    others = len(export) - len(traffic)
    if others:
        notes.append(
            Note("{count:row|rows} of costs of other kinds than traffic: not in CAC", count=others)
        )
    named = pl.col("channel").fill_null(pl.col("kind").fill_null(TRAFFIC))
    return traffic.with_columns(channel=named), notes


def _extent(rows: pl.DataFrame) -> _Span:
    """The first and the last day of any row."""
    return rows.select(pl.col("from_day").min(), pl.col("to_day").max()).row(0)


def overlapping(costs: Costs) -> list[Note]:
    """What to say of channels that have costs of a span, and of shorter ones within it."""
    first, last = pl.col("from_day"), pl.col("to_day")
    days = (
        costs.rows.filter(costs.met & (last >= costs.first) & (first <= costs.last))
        .select(
            "channel",
            length=last - first,
            day=pl.int_ranges(first.clip(costs.first), last.clip(None, costs.last) + 1),
        )
        .unique()
        .explode("day")
    )
    lengths = days.group_by("channel", "day").agg(pl.col("length").n_unique())
    twice = lengths.filter(pl.col("length") > 1)
    channels = tuple(twice["channel"].unique().sort())
    if not channels:
        return []
    return [
        Note(
            "costs: spans of different lengths overlap for {channels}, as a month and its days do: "
            "all of them are counted; where they're the same money, leave one of the files out (--costs FILE "
            "names those that count)",
            channels=channels,
        )
    ]


def _outside(rows: pl.DataFrame, costs: Costs, first_order: int, as_of: int) -> list[Note]:
    """What to say of costs of days on which there are no orders."""
    if not costs.met:
        first_cost_day, last_cost_day = _extent(rows)
        return [
            Note(
                "costs cover {first} to {last}, where there are no orders: no CAC",
                first=to_date(first_cost_day),
                last=to_date(last_cost_day),
            )
        ]
    notes = []
    for side, beyond in (
        ("before", pl.col("to_day") < month_start(first_order)),
        ("after", pl.col("from_day") > as_of),
    ):
        count = len(rows.filter(beyond))
        if count and side == "before":
            notes.append(
                Note("{count:row|rows} of costs from before the first order: left out", count=count)
            )
        elif count:
            notes.append(Note("{count:row|rows} of costs after as_of: left out", count=count))
    return notes


def spans_of(export: pl.DataFrame) -> tuple[list[_Span], list[Note]]:
    """The first and last day of each row of a costs export, and what was assumed.

    A row's own `from` and `to` go before its `period`; where that is a date, all such rows'
    spacing tells whether it's a day, a week or a month.

    Raises:
        InputError: a period is neither a day nor a month, or a span ends before it begins.
    """
    own = _own_spans(export)
    texts = export["period"].to_list() if "period" in export else [None] * len(export)
    parsed = [
        span or (span_of(str(text)) if text is not None else None)
        for span, text in zip(own, texts, strict=True)
    ]
    unreadable = [str(text or "") for text, span in zip(texts, parsed, strict=True) if span is None]
    if unreadable:
        listed = ", ".join(dict.fromkeys(unreadable[:3]))
        raise InputError(
            f"costs: {counted(len(unreadable), 'period')} neither a day nor a month, such as {listed}",
            mend="write YYYY-MM-DD or YYYY-MM, or columns from and to",
        )
    spans = [span for span in parsed if span is not None]
    is_date = [known is None and span[0] == span[1] for known, span in zip(own, spans, strict=True)]
    # Each kind has its own spacing: ads by day may stand beside wages by month.
    kinds = kinds_of(export)[0].to_list()
    dates: dict[str, set[int]] = {}
    for kind, span, dated in zip(kinds, spans, is_date, strict=True):
        dates.setdefault(kind, set()).update((span[0],) if dated else ())
    grains = {kind: _grain(dates[kind]) for kind in sorted(dates)}
    notes = list(dict.fromkeys(note for _, told in grains.values() for note in told))
    return [
        grains[kind][0](span[0]) if dated else span
        for kind, span, dated in zip(kinds, spans, is_date, strict=True)
    ], notes


def rows_after(export: pl.DataFrame, as_of: int) -> int:
    """How many rows of a costs export are of days after as_of alone."""
    return sum(first > as_of for first, _ in spans_of(export)[0])


def _own_spans(export: pl.DataFrame) -> list[_Span | None]:
    """Each row's `from` and `to`, where it has both."""
    if not {"from", "to"} <= {*export.columns}:
        return [None] * len(export)
    spans: list[_Span | None] = []
    for first_text, last_text in zip(export["from"], export["to"], strict=True):
        first, last = (None if text is None else span_of(str(text)) for text in (first_text, last_text))  # fmt: skip
        if first is None or last is None:
            spans.append(None)
            continue
        if last[1] < first[0]:
            raise InputError(
                f"costs: from {first_text} to {last_text} ends before it begins",
                mend="write the first day into from, the last into to",
            )
        spans.append((first[0], last[1]))
    return spans


def _day(day: int) -> _Span:
    return (day, day)


def _week(day: int) -> _Span:
    return (day, day + _WEEK - 1)


def _month(day: int) -> _Span:
    return (month_start(day), month_end(to_date(day)))


def _grain(dates: set[int]) -> tuple[Callable[[int], _Span], list[Note]]:
    """What the dates of costs stand for, told by their spacing."""
    ordered = sorted(dates)
    steps = [later - earlier for earlier, later in pairwise(ordered)]
    if len(ordered) > 1 and all(to_date(day).day == 1 for day in ordered):
        return _month, [Note("costs: all periods are the first of a month, taken as whole months")]
    if len(ordered) > 1 and all(month_end(to_date(day)) == day for day in ordered):
        return _month, [
            Note("costs: all periods are the last day of a month, taken as whole months")
        ]
    if steps and min(steps) == _WEEK and not any(step % _WEEK for step in steps):
        return _week, [
            Note("costs: dates are weeks apart, each taken as the week that begins on it")
        ]
    if ordered and (not steps or min(steps) > 1):
        return _day, [_sparse(ordered)]
    return _day, []


def _sparse(ordered: Sequence[int]) -> Note:
    """What to say where no two dates follow each other: they may have meant more than a day."""
    return Note(
        "costs: {count:date|dates} ({first}{more}), taken as that day alone: a month is written "
        "2024-05, any other span in columns from and to",
        count=len(ordered),
        first=to_date(ordered[0]),
        more=", ..." if len(ordered) > 1 else "",
    )
