"""`userops init`: a commented `userops.toml` from the exports it's shown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, replace
from glob import escape
from pathlib import Path

import polars as pl

from userops.analyses import ANALYSES
from userops.analyses.report_params import ReportParams
from userops.commands.kinds import Kind, kinds_of
from userops.commands.options import Common
from userops.commands.read_options import check_engine, read_options_of
from userops.core.errors import InputError, NoColumn, UsageError
from userops.core.params import Declared, declared, settable
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS, known_statuses
from userops.engines import query
from userops.language import spoken
from userops.language.sentences import said
from userops.readers import chats
from userops.readers.exports import Export, reading
from userops.readers.files.open import expand, workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.strict.read import StrictRows
from userops.readers.values import text as text_values
from userops.render import emit, files
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
    read_options = read_options_of(common, Settings.model_construct())
    with workspace() as folder:
        names = expand(common.exports)
        kinds, unknown = kinds_of(names, read_options, folder)
        sections = [
            _exports_section(common.exports, {name: kind.dataset for name, kind in kinds.items()})
        ]
        orders = [name for name, kind in kinds.items() if kind.dataset is ORDERS]
        if orders:
            bare = any(kind.lacks_amount for kind in kinds.values())
            opened = Orders.open(orders, replace(read_options, without_amount=bare), folder)
            with reading(", ".join(orders)):
                rows = opened.read
            sections += [
                _reading_section(opened.exports, read_options),
                *_columns_sections(opened, rows, read_options),
            ]
    sections += list(_param_sections())
    text = _head() + "\n".join(_said_comments("\n".join(sections)))
    notes = files.deliver(lambda sink: (sink.write(text.encode()), ())[1], str(target))
    for note in notes:
        emit.to_stderr(note)
    if not common.quiet:
        for line in (*chats.not_read(common.exports), *_left_out(unknown), *_said(kinds)):
            emit.to_stderr(line, "note: ")


def _left_out(unknown: Mapping[str, InputError]) -> Iterator[str]:
    """Which files aren't in the settings, and what to do."""
    for name, error in unknown.items():
        if isinstance(error, NoColumn):
            yield f"{name}: left out, for nothing says what it holds: write it under [exports] in {NAME} if you know"
        else:
            yield f"{name}: left out, for it can't be read: {error.problem.removeprefix(f'{name}: ')}"


def _said(kinds: Mapping[str, Kind]) -> Iterator[str]:
    """What each file was taken for and why, and what that comes to."""
    for name, kind in kinds.items():
        yield f"{name}: taken for {kind.dataset.name}: {kind.why}"
    bare = [name for name, kind in kinds.items() if kind.lacks_amount]
    for name in bare:
        yield (
            f"{name}: looks like orders, but no column for amount was found: repurchase, lifecycle "
            f"and cohorts of users work; for the others write amount = under [columns] in {NAME}"
        )
    if any(kind.dataset is ORDERS for kind in kinds.values()) and not bare:
        yield f"wrote {NAME}; every command works in this folder without arguments now"
    else:
        held = ", ".join(dict.fromkeys(kind.dataset.name for kind in kinds.values()))
        yield f"wrote {NAME}; commands about {held} work in this folder without arguments now"


def _head() -> str:
    """What stands above all tables, in the reader's language, which a project goes on in if asked."""
    if spoken.spoken() == "en":
        return _HEAD
    return _HEAD_ZH.replace('# lang = "zh"', 'lang = "zh"') if spoken.asked() else _HEAD_ZH


def _said_comments(text: str) -> Iterator[str]:
    """The lines of a file of settings, those that say something in the reader's language."""
    for line in text.split("\n"):
        yield f"# {said(line[2:])}" if line.startswith("# ") else line


_HEAD = """\
# Settings of a userops project. Every command run in this folder reads them; an option on
# the command line wins over them. Whatever is left out, or commented, has the default shown.

# Language of messages, tables and reports: "en" or "zh".
# lang = "en"

# The day on which weeks start.
# week_start = "monday"

# How much memory a run may take before it uses files on disk, such as "4GB" or "50%"; by
# default 75% of what the machine has.
# memory = "4GB"

# What reads and reduces orders and events: "polars", or "spark" where one machine won't do.
# [engine]
# name = "spark"
# [engine.spark]
# "spark.master" = "local[4]"
"""
_HEAD_ZH = """\
# userops 项目的配置。在这个文件夹里运行的命令都会读取；命令行选项优先于它。
# 没有写或注释掉的，按所示的默认值。

# 提示、表格和报告的语言："en" 或 "zh"。
# lang = "zh"

# 一周从哪天开始。
# week_start = "monday"

# 内存用到多少后改用磁盘，如 "4GB" 或 "50%"；默认为全部内存的 75%。
# memory = "4GB"

# 用什么读取和汇总订单、行为："polars"，或一台机器不够时 "spark"。
# [engine]
# name = "spark"
# [engine.spark]
# "spark.master" = "local[4]"
"""


def _exports_section(patterns_given: Sequence[str], kinds: dict[str, Dataset]) -> str:
    lines = [
        "",
        "# Which files hold what. Globs and folders are allowed; paths start from here.",
        "[exports]",
    ]
    for dataset in DATASETS.values():
        dataset_files = [name for name, kind in kinds.items() if kind is dataset]
        if not dataset_files:
            lines.append(f'# {dataset.name} = ["{dataset.name}*.csv"]')
            continue
        patterns = []
        for pattern in patterns_given:
            matches = expand([pattern])
            if set(matches) <= set(dataset_files):
                patterns.append(pattern)
            else:
                patterns += [name for name in matches if name in dataset_files]
        lines.append(
            f"{dataset.name} = {_toml([_relative(path) for path in dict.fromkeys(patterns)])}"
        )
    return "\n".join(lines) + "\n"


def _relative(path: str) -> str:
    """A path from here on; TOML holds no bytes but UTF-8, and a pattern stands for others."""
    try:
        path.encode()
    except UnicodeEncodeError:
        path = re.sub("[\ud800-\udfff]", "?", escape(path))
    return Path(os.path.relpath(path)).as_posix() if os.path.isabs(path) else Path(path).as_posix()


def _toml(value: object) -> str:
    """A string, a number or a list as TOML; its strings are JSON's, where DEL is written, too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _reading_section(exports: Sequence[Export], read_options: ReadOptions) -> str:
    encodings = ", ".join(dict.fromkeys(export.encoding for export in exports if export.encoding))
    return f"""
# How exports are read, where they don't say it themselves.
[reading]
# The export's maker; recognised from the header.
{_line("source", read_options.source, "shopify")}
# Found here: {encodings or "not text"}.
{_line("encoding", read_options.encoding, "gb18030")}
{_line("date_format", read_options.date_format, "%d/%m/%Y %H:%M")}
# The shop's time zone, for times that carry an offset.
{_line("tz", read_options.timezone, "Asia/Shanghai")}
# The decimal mark of amounts, where a column doesn't show it.
{_line("decimal", read_options.decimal, ",")}
# Stop if more rows than this are refused: a number, or a percentage.
{_line("max_rejects", read_options.max_rejects if read_options.max_rejects != "1%" else None, "1%")}
# What an amount on a line item is: "lines" (its own) or "order" (the order's total, repeated).
{_line("totals", read_options.totals, "lines")}
# Which refunds count where an order's own row tells others than rows of their own: "column", "rows" or "both".
{_line("refunds_by", read_options.refunds_by, "rows")}
# What stands for no user, beside guest, NA, 0 and the like; "VALUE=user" takes one out.
{_line("nobody", list(read_options.nobody) or None, ["walk-in desk"])}
# Whether exports have a header; without one [columns] name them by position, from "1".
{_line("header", None if read_options.header else False, False)}
# The orders' line items, where they stand in a file of their own.
{_line("lines", read_options.lines, "lines.csv")}
# The amount, where it's a product of columns or not the one that would be found.
{_line("amount", read_options.amount or _product(exports), "Quantity * Price")}
# What amounts beside refunds are: "gross" (before them) or "net" (what was left).
{_line("refunds", read_options.refunds or _net(exports), "net")}
# Columns that are an order's number together; "none": each row is an order.
{_line("order_id", read_options.order_id, "Store + Number")}
# The channel of a costs export that names none.
{_line("channel", read_options.channel, "meta")}
"""


def _product(exports: Sequence[Export]) -> str | None:
    """The amount of all exports as a product of columns, where it's one."""
    amounts = [export.taken.get("amount") for export in exports]
    products = {f"{one.times[0]} * {one.column}" if one and one.times else None for one in amounts}
    return products.pop() if len(products) == 1 else None


def _net(exports: Sequence[Export]) -> str | None:
    """That the amounts of all exports are net of the refunds beside them, where they are."""
    amounts = [export.taken.get("amount") for export in exports]
    return "net" if all(one is not None and one.plus for one in amounts) else None


def _line(key: str, value: object, example: object) -> str:
    return f"{key} = {_toml(value)}" if value is not None else f"# {key} = {_toml(example)}"


def _columns_sections(opened: Orders, rows: StrictRows, read_options: ReadOptions) -> Iterator[str]:
    columns_of: dict[str, list[str]] = {}
    for export in opened.exports:
        for column_found in export.taken.values():
            columns_of.setdefault(column_found.field, []).append(column_found.column)
    lines = []
    if "amount" not in columns_of:
        lines.append('# amount = "COLUMN"\n')
    for field, columns in columns_of.items():
        if field == "amount" and _product(opened.exports):
            continue  # which stands under [reading]
        # Only what holds for every export can stand here.
        same_everywhere = len(columns) == len(opened.exports) and len(set(columns)) == 1
        lines += [
            f"{'' if same_everywhere else '# '}{field} = {_toml(column)}\n"
            for column in dict.fromkeys(columns)
        ]
    yield (
        "\n# Which column holds what, as found. A line here wins over what would be found.\n[columns]\n"
        + "".join(lines)
    )
    meanings = known_statuses() | dict(read_options.statuses)
    words = sorted({word for export in opened.exports for word in _status_words(export)})
    yield "\n# What each order status means: valid, void or refunded.\n[status]\n" + "".join(
        f"{_toml(word)} = {_toml(str(meanings[word.casefold()]))}\n"
        for word in words
        if word.casefold() in meanings
    )
    code = rows.currency.code
    yield (
        "\n# The currency of all amounts; others need a rate: how much of it one unit is worth.\n[currency]\n"
        + _line("code", code, "CNY")
        + '\n# rates = { USD = "7.10" }\n'
    )


def _status_words(export: Export) -> list[str]:
    """Every status that stands in an export."""
    status_column = export.taken.get("status")
    if status_column is None:
        return []
    text = text_values.clean_text(pl.col(f"c{status_column.position}")).alias("status")
    return query.collect(export.rows.select(text.unique())).to_series().drop_nulls().to_list()


def _param_sections() -> Iterator[str]:
    """Every table of parameters, with its defaults and what they mean."""
    tables: dict[str, dict[str, Declared]] = {}
    for class_ in (*(analysis.params for analysis in ANALYSES.values()), ReportParams):
        for declared_param in settable(class_):
            tables.setdefault(declared_param.table, {})[declared_param.name] = declared_param
    for name, params in tables.items():
        if not name:
            yield "\n" + "\n".join(_lines_of_the_file(params)) + "\n"
        else:
            lines = [
                f"\n[{name}]",
                *(
                    line
                    # What stands after a row of a table would be the row's.
                    for declared_param in sorted(params.values(), key=lambda one: one.is_rows)
                    for line in _param_lines(declared_param)
                ),
            ]
            yield "\n".join(lines) + "\n"


def _lines_of_the_file(params: Mapping[str, Declared]) -> Iterator[str]:
    """Tables that are whole parameters, as comments: without any there's nothing to be asked."""
    for name, declared_param in params.items():
        if declared_param.is_rows:
            yield from _rows_lines(declared_param)
        elif name in _EXAMPLES:
            yield f"# {declared_param.line(spoken.spoken())}"
            yield from (f"# {line}" for line in (f"[{name}]", *_EXAMPLES[name]))
        yield ""


def _rows_lines(declared_param: Declared) -> Iterator[str]:
    """A row of a table as a comment: what goes into it. What it may do without stays one once that's gone."""
    yield f"# {declared_param.line(spoken.spoken())}"
    yield f"# [[{declared_param.rows_table}]]"
    for key in declared(declared_param.row):
        value = _example(key) if key.default in (None, "", MISSING) else key.default
        spare = "# " if key.default is None else ""
        yield f"# {spare}{key.name} = {_toml(value)}  # {key.line(spoken.spoken())}"


def _example(declared_param: Declared) -> object:
    """A value of a parameter that has no default."""
    if declared_param.choices:
        return declared_param.choices[0]
    if declared_param.bare is str:
        return declared_param.param.metavar or "NAME"
    if declared_param.param.share:
        return "10%"
    return 12 if (declared_param.param.gt or 0) < 12 else 99


# Of tables whose keys are names.
_EXAMPLES = {
    "goals": ("new = 400", 'revenue = { growth = "20%", period = "month" }'),
    "calendar": ('anniversary = ["09-08"]', 'members = ["2025-03-01..2025-03-05"]'),
}


def _param_lines(declared_param: Declared) -> Iterator[str]:
    """What a parameter means, and its default; without one, what holds."""
    if declared_param.is_rows:
        yield from _rows_lines(declared_param)
        return
    yield f"# {declared_param.line(spoken.spoken())}"
    if declared_param.default is None:
        example = _example(declared_param)
        unset = declared_param.param.unset
        comment = f"  # {said('default: ')}{said(unset)}" if unset else ""
        yield f"# {declared_param.name} = {_toml(example)}{comment}"
    else:
        yield _line(declared_param.name, None, declared_param.default)
