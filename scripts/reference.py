"""Writes docs/reference.md: every command with its options, settings, keywords, tables and datasets.

    python scripts/reference.py

All of it is read from the declarations (`userops.analyses`, `userops.datasets`), so it's written, never
edited; a test fails where it's out of date. `--root` is the checkout, by default this one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis
from userops.analyses.report_params import ReportParams
from userops.core.params import Declared, declared
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset

HEAD = """# Reference

Written by `python scripts/reference.py` from the declarations; don't edit it.

Every parameter is an option of its command, a keyword of its Python function, and where a setting is
named a key of that table in `userops.toml`. Words in tables are defined by `userops explain NAME`.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_analyses(), *_report(), *_datasets()])


def _report() -> Iterator[str]:
    yield "## `userops report`\n"
    yield "| option | setting | default | what it is | 中文 |\n|---|---|---|---|---|"
    yield from map(_row, declared(ReportParams))
    yield ""


def _analyses() -> Iterator[str]:
    for analysis in ANALYSES.values():
        yield from _analysis(analysis)


def _analysis(analysis: Analysis) -> Iterator[str]:
    english, chinese = analysis.says
    name = f"userops {analysis.name}" if analysis.command else f"userops.{analysis.name}"
    yield f"## `{name}`\n\n{english} {chinese}\n"
    for example in analysis.examples:
        yield f"    {example}"
    if analysis.examples:
        yield ""
    yield f"- About: {analysis.about}."
    if analysis.helped_by:
        helped = "; ".join(f"`--{one}`: {told.en}" for one, told in analysis.helped_by.items())
        yield f"- Beside it: {helped}"
    yield f"- Tables: {', '.join(f'`{table}`' for table in analysis.tables)}."
    if analysis.sections:
        yield f"- In the report: {', '.join(f'`{section}`' for section in analysis.sections)}."
    yield ""
    params = declared(analysis.params)
    if params:
        yield "| option | setting | default | what it is | 中文 |\n|---|---|---|---|---|"
        for one in params:
            yield from _rows(one)
        yield ""


def _rows(one: Declared) -> Iterator[str]:
    """A parameter's row; of one that holds rows of a table also those of their keys."""
    if not one.is_rows:
        yield _row(one)
        return
    table = f"[[{one.rows_table}]]"
    yield _row(one, f"`{table}`")
    for key in declared(one.row):
        yield _row(key, f"`{table} {key.name}`")


def _row(one: Declared, in_rows: str = "") -> str:
    option = one.param.names[0] if one.param.names else f"--{one.name.replace('_', '-')}"
    setting = f"`[{one.table}] {one.name}`" if one.table else f"`{one.name}`"
    setting = in_rows or setting
    cells = (
        "" if in_rows else f"`{option}`",
        setting if one.param.settable else "",
        one.default_text(),
        one.line(),
        one.line("zh"),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _datasets() -> Iterator[str]:
    yield "## Datasets\n"
    for dataset in DATASETS.values():
        yield f"### `{dataset.name}`\n\n| field | needed | what it is | columns that it's known by |\n|---|---|---|---|"
        for field in dataset.fields:
            needed = "yes" if field.needed else ""
            yield f"| `{field.name}` | {needed} | {field.meaning} | {', '.join(field.names)} |"
        yield ""
        yield from _rules(dataset)


def _rules(dataset: Dataset) -> Iterator[str]:
    """Which rows don't count: those of later days, and those that are the same as another."""
    if dataset.time:
        yield f"- Rows whose `{dataset.time}` is after `--as-of` don't count yet."
    same = dataset.same
    if same is not None:
        key = ", ".join(f"`{name}`" for name in same.key) or "every column"
        which = f"the {same.wins} by `{same.by}`" if same.by else f"the {same.wins} row"
        where = "Rows of several exports" if same.across else "Rows"
        yield f'- {where} that agree in {key} are one: {which} counts, others are "{same.reason}".'
    yield ""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    page = parser.parse_args().root / "docs" / "reference.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
