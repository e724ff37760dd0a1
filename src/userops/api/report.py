"""The report as a Python function."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import Any, BinaryIO

from userops.analyses.analysis import Analysis, Help
from userops.analyses.report_params import ReportParams
from userops.api.inputs import FramesOrPaths, PythonInputs, inputs_of
from userops.api.keywords import reworded
from userops.core.errors import UsageError, UseropsError
from userops.core.params import declared
from userops.datasets import DATASETS
from userops.inputs.reading import settled_exports
from userops.language.words import Lang
from userops.readers.options import ReadOptions
from userops.render import files
from userops.report import build, privacy
from userops.report.gather import ReportRequest, gather_material
from userops.report.privacy import Mode
from userops.settings import Settings, load

_OTHERS = [name for name in DATASETS if name != "orders"]


class _Report(Analysis):
    """The report as an analysis: what errors call its options by."""

    @property
    def params(self) -> type[ReportParams]:
        """The class of its parameters."""
        return ReportParams


_REPORT = _Report(
    "report", ("", ""), (), "ReportParams", helped_by={name: Help("", "") for name in _OTHERS}
)
_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".xlsx": "xlsx"}


class Report:
    """A report, as a page, as Markdown, or as a workbook; a notebook shows the page.

    Example:
        >>> import userops
        >>> made = userops.report("orders.csv", sections=["headline", "segments"])
        >>> made.sections
        ['headline', 'segments']
        >>> made.write("report.html")
    """

    def __init__(self, made: build.Report, params: ReportParams) -> None:
        self._made, self._params = made, params

    @property
    def html(self) -> str:
        """A page that needs nothing else."""
        return self._written("html").decode()

    @property
    def markdown(self) -> str:
        """The same as Markdown."""
        return self._written("md").decode()

    @property
    def summary(self) -> str:
        """What it says in one sentence."""
        return self._made.summary

    @property
    def sections(self) -> list[str]:
        """The names of the sections that have something to show."""
        return [section.name for section in self._made.present]

    def write(self, path: str | PathLike[str]) -> None:
        """Write it to a file, whole or not at all, in the format that its ending names.

        Raises:
            UsageError: the ending names no format of reports.
            InputError: it can't be written.
        """
        ending = Path(path).suffix.casefold()
        if ending not in _ENDINGS:
            raise UsageError(
                f"the ending of {fspath(path)} names no format of reports",
                mend=f"end it in one of {' '.join(_ENDINGS)}",
            )
        files.deliver(partial(_write_bytes, self._written(_ENDINGS[ending])), fspath(path))

    def _written(self, fmt: str) -> bytes:
        folder = Path(self._params.template) if self._params.template else None
        return build.write(self._made, fmt, template_dir=folder, email=self._params.email)

    def __repr__(self) -> str:
        return f"<userops report: {self.summary}>"

    def _repr_html_(self) -> str:
        style = "width:100%;height:720px;border:0"
        return f'<iframe srcdoc="{escape(self.html)}" style="{style}"></iframe>'


def report(
    orders: FramesOrPaths = None,
    /,
    *,
    as_of: date | str | None = None,
    lang: Lang = "en",
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    **more: Any,
) -> Report:
    """One page of all that the exports allow: what happened, who moved, what to do.

    Args:
        orders: frames or paths of exports; their columns are found by name.
        as_of: the last day that counts, a date or its text; by default the last in the data.
        lang: `en` or `zh`.
        columns: field to column, where names differ.
        reading: how to read, in full, in place of what the settings say.
        nobody: what stands for no user, beside guest, NA, 0 and the like; `VALUE=user` takes one out.
        config: a userops.toml whose settings hold, also its exports where none are given.
        more: other datasets by their names (`users=`, `events=`, `costs=`, ...), and what the command
            can be told (`period=`, `against=`, `sections=`, `title=`, `pii=`, ...).

    Raises:
        InputError: an export can't be used.
        UsageError: a parameter is out of bounds.
        TypeError: there's no such dataset or parameter.

    Example:
        Over the files of `userops demo`:

        >>> import userops
        >>> made = userops.report("orders.csv", costs="ad_costs.csv", sections="headline", lang="zh")
        >>> made.write("周报.md")
    """
    datasets, given = _told_apart(more)
    if isinstance(sections := given.get("sections"), (list, tuple)):
        given["sections"] = ",".join(sections)
    try:
        settings, file = load(fspath(config)) if config else (Settings.model_construct(), None)
        exports = _exports({"orders": orders, **datasets}, settings, file)
        params = settings.params(ReportParams, **given)
        with inputs_of(
            "orders", exports, tables=(), columns=columns, reading=reading, nobody=nobody,
            settings=settings, attributes=(), as_of=as_of, given=datasets, shows_rejects=False,
        ) as inputs:  # fmt: skip
            return _made(inputs, params, lang)
    except UseropsError as error:
        raise reworded(error, _REPORT) from error.__cause__


def _made(inputs: PythonInputs, params: ReportParams, lang: Lang) -> Report:
    names = tuple(filter(None, map(str.strip, (params.sections or "").split(","))))
    for name in names:
        if name not in build.SECTIONS:
            raise UsageError.unknown("section", name, build.SECTIONS)
    treat = privacy.treatment(Mode(params.pii or Mode.MASK), os.environ.get(privacy.KEY))
    material = gather_material(inputs, ReportRequest(params, names), lang)
    return Report(build.build(material, names, params.title, treat), params)


def _told_apart(more: Mapping[str, Any]) -> tuple[dict[str, FramesOrPaths], dict[str, Any]]:
    """Datasets, and parameters.

    Raises:
        TypeError: there's neither of a name.
    """
    params = {one.name for one in declared(ReportParams)} - {"lists", "since_last"}
    for name in more:
        if name not in params and name not in _OTHERS:
            raise TypeError(f"report() has no argument {name!r}")
    datasets = {name: rows for name, rows in more.items() if name in _OTHERS}
    return datasets, {name: value for name, value in more.items() if name in params}


def _exports(
    given: Mapping[str, FramesOrPaths], settings: Settings, file: Path | None
) -> dict[str, FramesOrPaths]:
    """What's read, by dataset: where no orders are given, what the settings name.

    Raises:
        UsageError: there are no orders.
    """
    exports = {name: given.get(name) for name in DATASETS}
    if exports["orders"] is None:
        absent = {name: () for name, rows in exports.items() if rows is None}
        settled = settled_exports(settings, file, absent)
        exports |= {name: paths for name, paths in settled.items() if paths}
    if exports["orders"] is None:
        raise UsageError(
            "report needs orders", mend="give orders, or a config whose [exports] name them"
        )
    return exports


def _write_bytes(content: bytes, sink: BinaryIO) -> tuple[str, ...]:
    sink.write(content)
    return ()
