"""What was spent by kind, and how many people there were, in a span of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import polars as pl

from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.period_text import month_start, span_of
from userops.customers.costs import Costs, kinds_of, overlapping, spans_of
from userops.customers.measures import Span

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Outlay:
    """Costs by kind, those kinds that the export has, and what was assumed."""

    by_kind: Mapping[str, Costs]
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, export: pl.DataFrame, as_of: int) -> Self:
        """Of a costs export's rows, up to a day.

        Raises:
            InputError: a period is neither a day nor a month, or a kind isn't known.
        """
        kinds, notes = kinds_of(export)
        spans, told = spans_of(export)
        channels = export["channel"] if "channel" in export else pl.lit(None, pl.String)
        rows = pl.DataFrame(
            {
                "channel": kinds,
                "from_day": [first for first, _ in spans],
                "to_day": [last for _, last in spans],
                "cost": export["cost"],
            },
            schema={
                "channel": pl.String,
                "from_day": pl.Int64,
                "to_day": pl.Int64,
                "cost": pl.Int64,
            },
        ).with_columns(spent_on=channels)
        rows = rows.filter(pl.col("from_day") <= as_of)
        by_kind = {}
        for (kind,), of_kind in sorted(rows.partition_by("channel", as_dict=True).items()):
            ends = of_kind.select(pl.col("from_day").min(), pl.col("to_day").max()).row(0)
            costs = Costs(of_kind.drop("spent_on"), month_start(ends[0]), min(ends[1], as_of))
            by_kind[str(kind)] = costs
            named = of_kind.with_columns(channel=pl.coalesce("spent_on", "channel"))
            told += overlapping(replace(costs, rows=named))
        return cls(by_kind, (*notes, *told))

    def of_kind(self, kind: str, span: Span) -> int | None:
        """What was spent on a kind in a span; None where that's not known of all its days."""
        costs = self.by_kind.get(kind)
        if costs is None or span.first < costs.first or span.last > costs.last:
            return None
        return sum(costs.within(span.first, span.last).values())


@dataclass(frozen=True, slots=True)
class Team:
    """People in the team, each number from a day on."""

    heads: tuple[tuple[int, Fraction], ...]

    @classmethod
    def of(cls, team: Mapping[str, float]) -> Self:
        """As the settings have it.

        Raises:
            UsageError: it's from no day, or of nobody.
        """
        heads = []
        for since, number in team.items():
            span = None if since == ALWAYS else span_of(since)
            if span is None and since != ALWAYS:
                raise UsageError(
                    f"team {since}: not a month or a day",
                    mend="write 2025-11=5, or 5 for all the time",
                )
            if not number > 0 or number == float("inf"):
                raise UsageError(
                    f"team {number:g}: must be more than 0",
                    mend="leave it out where it isn't known",
                )
            heads.append((span[0] if span else -(10**9), Fraction(str(number))))
        return cls(tuple(sorted(heads)))

    def mean(self, span: Span) -> Fraction | None:
        """The mean number over a span's days; None where one of them is before all that's known."""
        if not self.heads or self.heads[0][0] > span.first:
            return None
        ends = [*(since for since, _ in self.heads[1:]), span.last + 1]
        days = Fraction(0)
        for (since, number), end in zip(self.heads, ends, strict=True):
            days += number * max(min(end, span.last + 1) - max(since, span.first), 0)
        return days / span.days
