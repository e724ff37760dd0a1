"""The costs export: what was spent, each cost once however many exports it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from userops.core.dates import Window
from userops.core.facts import Facts
from userops.core.period_text import span_of
from userops.datasets.costs import COSTS
from userops.datasets.fields import Dataset, Field, Type
from userops.readers.columns import Taken, folded
from userops.readers.exports import Export, open_all, suited
from userops.readers.files.records import LINE
from userops.readers.options import ReadOptions
from userops.readers.strict import read as strict
from userops.readers.strict.rows import FILE

AGAIN = "also in another export"


@dataclass(frozen=True, slots=True)
class Spending:
    """`rows` are `channel, period, cost` (minor units) in the order of the exports."""

    rows: pl.DataFrame
    facts: Facts
    read: strict.StrictRows

    def rejects(self) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        return self.read.rejects()


def load(names: Sequence[str | pl.LazyFrame], options: ReadOptions, folder: Path) -> Spending:
    """Open and read costs exports.

    Raises:
        InputError: one of them can't be used.
    """
    opened = open_all(names, COSTS, options, folder)
    alike = [dict(_others(export)) for export in opened]
    shared = sorted(set.intersection(*map(set, alike))) if len(opened) > 1 else []
    # Columns that all the exports have tell costs apart, such as a campaign.
    fields = [Field(f"other {name}", Type.TEXT, "a column of every export") for name in shared]
    exports = [
        replace(
            export,
            taken=export.taken
            | {f"other {name}": replace(others[name], field=f"other {name}") for name in shared},
        )
        for export, others in zip(opened, alike, strict=True)
    ]
    dataset = Dataset(COSTS.name, COSTS.noun, (*COSTS.fields, *fields))
    read = strict.whole(exports, dataset, suited(options, COSTS))
    good = read.good.sort(FILE, LINE)
    once = _once(good, [field.name for field in fields])
    again = len(good) - len(once)
    facts = Facts(
        Window(None, None, options.timezone),
        read.tally(len(once), {AGAIN: again} if again else {}),
        read.currency,
        (*strict.export_notes(opened), *read.notes),
    )
    return Spending(once.select("channel", "period", "cost"), facts, read)


def _others(export: Export) -> Iterator[tuple[str, Taken]]:
    """Columns that serve no field, by name."""
    used = {taken.position for taken in export.taken.values()}
    names = [folded(column) for column in export.header]
    for position, (name, column) in enumerate(zip(names, export.header, strict=True)):
        if name and position not in used and names.count(name) == 1:
            yield name, Taken(name, column, position, "name")


def _once(costs: pl.DataFrame, others: Sequence[str]) -> pl.DataFrame:
    """Costs without those of later exports that stand in an earlier one as often."""
    spans = {text: str(span_of(text) or text) for text in costs["period"].unique()}
    span = pl.col("period").replace_strict(spans, return_dtype=pl.String)
    alike = ["channel", "span", "cost", "currency", *others]
    numbered = costs.with_columns(span=span).with_columns(
        number=pl.int_range(pl.len()).over(FILE, *alike)
    )
    return numbered.unique([*alike, "number"], keep="first", maintain_order=True)
