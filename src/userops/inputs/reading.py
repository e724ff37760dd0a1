"""Which exports are read, and how: by what is given, else by the settings.

The command line's options and Python's keywords are both joined with `userops.toml` here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from userops.core.errors import UsageError
from userops.datasets import DATASETS, check_named, spared
from userops.readers.options import ReadOptions
from userops.readers.values.time_formats import check_format
from userops.settings import Settings, named_as


def read_options(settings: Settings, **given: Any) -> ReadOptions:
    """How to read, by what is given in place of what the settings say; None or empty is nothing.

    Words of statuses, and those for nobody, that are given are known beside those of the settings.

    Raises:
        UsageError: there's no such time zone, or a format of dates makes none.
    """
    reading = settings.reading
    statuses = {word.strip().casefold(): meaning for word, meaning in settings.status.items()}
    options = ReadOptions(
        named=settings.columns,
        source=reading.source,
        encoding=reading.encoding,
        date_format=reading.date_format,
        decimal=reading.decimal,
        timezone=reading.tz,
        statuses=statuses | given.pop("statuses", {}),
        currency=settings.currency.code,
        rates=settings.currency.rates,
        channel=reading.channel,
        totals=reading.totals,
        amount=reading.amount,
        refunds=reading.refunds,
        refunds_by=reading.refunds_by,
        order_id=reading.order_id,
        header=reading.header if (header := given.pop("header", None)) is None else header,
        lines=reading.lines,
        nobody=(*reading.nobody, *given.pop("nobody", ())),
        max_rejects=reading.max_rejects,
    )
    options = replace(options, **{name: value for name, value in given.items() if value})
    try:
        ZoneInfo(options.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"--tz {options.timezone}: no such time zone", mend="such as Asia/Shanghai or UTC"
        ) from None
    if options.date_format:
        check_format(options.date_format)
    return options


def with_columns(
    options: ReadOptions,
    settings: Settings,
    columns: Mapping[str, str],
    *,
    about: str,
    datasets: Collection[str],
    attributes: Iterable[str] = (),
    where: str = "--map",
) -> ReadOptions:
    """The same with columns by field, `columns` in place of the options' own.

    Args:
        options: how to read.
        settings: what the project has settled.
        columns: those that are given; a field's can be a dataset's alone, as `contacts.status`.
        about: the dataset that the run is about.
        datasets: those that it reads.
        attributes: what it splits users by, beside what the settings do.
        where: what the given columns are called.

    Raises:
        UsageError: a column is named for what no dataset has.
    """
    known = [*attributes, *named_as(settings, "attribute")]
    check_named(columns, datasets, where, known)
    check_named(settings.columns, DATASETS, "[columns]", known)
    named = {**options.named, **columns}
    return replace(
        options,
        named=named,
        spared=tuple(spared(named, columns, about, datasets)),
        about=about,
        datasets=tuple(datasets),
    )


def project_files(settings: Settings, file: Path | None) -> list[str]:
    """Every file that the settings name as an export, whatever a run reads of them."""
    every = settled_exports(settings, file, dict.fromkeys(DATASETS, ()))
    return [found for paths in every.values() for path in paths for found in glob(path) or [path]]


def settled_exports(
    settings: Settings, file: Path | None, given: Mapping[str, Sequence[Any]]
) -> dict[str, Sequence[Any]]:
    """Exports by dataset: those that are given, else those that the settings name in their file."""
    folder = file.parent if file is not None else Path()
    return {
        dataset: exports or [str(folder / path) for path in getattr(settings.exports, dataset)]
        for dataset, exports in given.items()
    }
