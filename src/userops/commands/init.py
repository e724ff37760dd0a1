"""`userops init`: a commented `userops.toml` from the exports it's shown."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from userops.analyses import ANALYSES
from userops.commands.options import Common
from userops.commands.read_options import check_engine, reading_of
from userops.core.errors import InputError, UsageError
from userops.core.params import Declared, settable
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS, known_statuses
from userops.engines import query as engine
from userops.readers.exports import Export, open_export, reading
from userops.readers.files.open import expand, workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.strict.read import StrictRows
from userops.readers.values import text as text_values
from userops.render import emit
from userops.render import files as outputs
from userops.settings import NAME, Settings


def run(common: Common) -> None:
    """Write `userops.toml` here, never over one that stands."""
    target = Path(NAME)
    if target.exists():
        raise UsageError(
            f"{NAME} stands here already", mend="change it by hand, or move it away first"
        )
    if not common.exports:
        raise UsageError("no exports named", mend="userops init exports/*.csv")
    check_engine(common)
    how = reading_of(common, Settings())
    with workspace() as folder:
        names = expand(common.exports)
        kinds = {name: _kind(name, how, folder) for name in names}
        sections = [_exports_section(common.exports, kinds)]
        orders = [name for name, kind in kinds.items() if kind is ORDERS]
        if orders:
            found = Orders.open(orders, how, folder)
            with reading(", ".join(orders)):
                read = found.read
            sections += [_reading_section(found.exports, how), *_found_sections(found, read, how)]
    sections += list(_thresholds())
    text = _HEAD + "\n".join(sections)
    notes = outputs.deliver(lambda sink: (sink.write(text.encode()), ())[1], str(target))
    for note in notes:
        emit.to_stderr(note)
    if not common.quiet:
        emit.to_stderr(
            f"note: wrote {NAME}; every command works in this folder without arguments now"
        )


_HEAD = """\
# Settings of a userops project. Every command run in this folder reads them; an option on
# the command line wins over them. Whatever is left out, or commented, has the default shown.

# Language of labels in tables and reports: "en" or "zh".
# lang = "en"

# How much memory a run may take before it uses files on disk, such as "4GB" or "50%"; by
# default 75% of what the machine has.
# memory = "4GB"

# What reads and reduces orders: "polars", or "spark" where one machine won't do.
# [engine]
# name = "spark"
# [engine.spark]
# "spark.master" = "local[4]"
"""


def _kind(name: str, how: ReadOptions, folder: Path) -> Dataset:
    """Which dataset an export is: the one whose needed fields it has, most fields first."""
    fitting: list[tuple[int, Dataset]] = []
    problem: InputError | None = None
    for dataset in DATASETS.values():
        plain = how if dataset is ORDERS else how.without_columns()
        try:
            export = open_export(name, dataset, plain, folder)
        except InputError as error:
            problem = problem or error
            continue
        fitting.append((len(export.taken), dataset))
    if not fitting:
        raise problem or InputError(f"{name}: can't be used")
    return max(fitting, key=lambda fit: (len(fit[1].needed), fit[0]))[1]


def _exports_section(given: Sequence[str], kinds: dict[str, Dataset]) -> str:
    lines = [
        "",
        "# Which files hold what. Globs and folders are allowed; paths start from here.",
        "[exports]",
    ]
    for dataset in DATASETS.values():
        mine = [name for name, kind in kinds.items() if kind is dataset]
        if not mine:
            lines.append(f'# {dataset.name} = ["{dataset.name}*.csv"]')
            continue
        patterns = []
        for pattern in given:
            here = expand([pattern])
            if set(here) <= set(mine):
                patterns.append(pattern)
            else:
                patterns += [name for name in here if name in mine]
        lines.append(
            f"{dataset.name} = {_toml([_relative(path) for path in dict.fromkeys(patterns)])}"
        )
    return "\n".join(lines) + "\n"


def _relative(path: str) -> str:
    return Path(os.path.relpath(path)).as_posix() if os.path.isabs(path) else Path(path).as_posix()


def _toml(value: object) -> str:
    """A string, a number or a list as TOML; its strings are JSON's."""
    return json.dumps(value, ensure_ascii=False)


def _reading_section(exports: Sequence[Export], how: ReadOptions) -> str:
    seen = ", ".join(dict.fromkeys(export.encoding for export in exports if export.encoding))
    return f"""
# How exports are read, where they don't say it themselves.
[reading]
# The export's maker; recognised from the header.
{_line("source", how.source, "shopify")}
# Found here: {seen or "not text"}.
{_line("encoding", how.encoding, "gb18030")}
{_line("date_format", how.date_format, "%d/%m/%Y %H:%M")}
# The shop's time zone, for times that carry an offset.
{_line("tz", how.timezone, "Asia/Shanghai")}
# The decimal mark of amounts, where a column doesn't show it.
{_line("decimal", how.decimal, ",")}
# How many refused rows are too many: a number, or a percentage.
{_line("max_rejects", how.max_rejects if how.max_rejects != "1%" else None, "1%")}
# What an amount on a line item is: "lines" (its own) or "order" (the order's total, repeated).
{_line("totals", how.totals, "lines")}
"""


def _line(key: str, value: object, example: object) -> str:
    return f"{key} = {_toml(value)}" if value is not None else f"# {key} = {_toml(example)}"


def _found_sections(found: Orders, read: StrictRows, how: ReadOptions) -> Iterator[str]:
    taken: dict[str, list[str]] = {}
    for export in found.exports:
        for one in export.taken.values():
            taken.setdefault(one.field, []).append(one.column)
    lines = []
    for field, columns in taken.items():
        # Only what holds for every export can stand here.
        alike = len(columns) == len(found.exports) and len(set(columns)) == 1
        lines += [
            f"{'' if alike else '# '}{field} = {_toml(column)}\n"
            for column in dict.fromkeys(columns)
        ]
    yield (
        "\n# Which column holds what, as found. A line here wins over what would be found.\n[columns]\n"
        + "".join(lines)
    )
    known = known_statuses() | dict(how.statuses)
    words = sorted({word for export in found.exports for word in _status_words(export)})
    yield "\n# What each order status means: valid, void or refunded.\n[status]\n" + "".join(
        f"{_toml(word)} = {_toml(str(known[word.casefold()]))}\n"
        for word in words
        if word.casefold() in known
    )
    code = read.currency.code
    yield (
        "\n# The currency of all amounts; others need a rate: how much of it one unit is worth.\n[currency]\n"
        + _line("code", code, "CNY")
        + '\n# rates = { USD = "7.10" }\n'
    )


def _status_words(export: Export) -> list[str]:
    """Every status that stands in an export."""
    taken = export.taken.get("status")
    if taken is None:
        return []
    text = text_values.clean_text(pl.col(f"c{taken.position}")).alias("status")
    return engine.collect(export.rows.select(text.unique())).to_series().drop_nulls().to_list()


def _thresholds() -> Iterator[str]:
    """Every table of parameters, with its defaults and what they mean."""
    tables: dict[str, dict[str, Declared]] = {}
    for analysis in ANALYSES.values():
        for one in settable(analysis.params):
            tables.setdefault(one.table, {})[one.name] = one
    for name, mine in tables.items():
        if name:
            lines = [f"\n[{name}]", *(line for one in mine.values() for line in _parameter(one))]
            yield "\n".join(lines) + "\n"


def _parameter(one: Declared) -> Iterator[str]:
    """What a parameter means, and its default; without one, what holds."""
    yield f"# {one.line()}"
    if one.default is None:
        example = one.param.metavar or "NAME" if one.bare is str else 12
        holds = f"  # default: {one.param.unset}" if one.param.unset else ""
        yield f"# {one.name} = {_toml(example)}{holds}"
    else:
        yield _line(one.name, None, one.default)
