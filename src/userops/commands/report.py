"""`userops report`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from userops import rfm
from userops.analyses.contacts import tables as contact_tables
from userops.analyses.contacts.columns import NAME_NAMES
from userops.analyses.kpis import winback
from userops.analyses.report_params import ReportParams
from userops.analyses.repurchase import replenishment
from userops.commands.choices import OutputFormat
from userops.commands.options import Common
from userops.commands.run import Run
from userops.commands.start import start
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.table import Kind, Result, Table
from userops.customers import phones
from userops.engines.by_user import beside
from userops.render import emit, files
from userops.report import build, privacy, since_last, to_call
from userops.report.gather import ReportRequest, gather_material
from userops.report.material import Material
from userops.report.privacy import Mode
from userops.settings import load, named_as

_LISTS = {
    "kpis.users": "segments",
    "kpis.winback": "winback",
    "repurchase.due": "replenishment",
    "contacts.ready": "this-week",
}


# Their columns, for lists that the data doesn't allow.
_COLUMNS: Mapping[str, Collection[str]] = {
    "kpis.users": rfm.USERS,
    "kpis.winback": winback.COLUMNS,
    "repurchase.due": replenishment.DUE,
    "contacts.ready": contact_tables.READY,
}
_ENDINGS = {
    ".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".xlsx": "xlsx",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where the report goes: a file a format; lists beside them, where asked for."""

    files: dict[str, str | None]
    lists: str | None  # what names of lists begin with
    state: str | None = None  # what's kept for the next report

    @property
    def all(self) -> list[str]:
        """Every file that may be written."""
        lists = (
            [] if self.lists is None else [_list_path(self.lists, name) for name in _LISTS.values()]
        )
        return [*filter(None, (*self.files.values(), self.state)), *lists]

    @property
    def beside(self) -> dict[str, str]:
        """Files of lists, as whoever reads the report beside them finds them."""
        if self.lists is None:
            return {}
        return {table: Path(_list_path(self.lists, name)).name for table, name in _LISTS.items()}


def run(
    common: Common, params: Mapping[str, Any], datasets: Mapping[str, Sequence[str] | None]
) -> None:
    """Write the report, and the lists beside it."""
    if common.show is not None:
        raise UsageError(
            "--show is not for reports: they have sections",
            mend=f"--sections NAMES, of {', '.join(build.SECTIONS)}",
        )
    settings, _ = load(common.config)
    report_params = settings.params(ReportParams, **params)
    target = _target(common, report_params)
    template_dir = _template_folder(report_params.template)
    names = _sections(report_params.sections)
    request = ReportRequest(report_params, names, lists=target.lists is not None)
    treat_personal = privacy.treatment(
        Mode(report_params.pii or Mode.MASK), os.environ.get(privacy.KEY)
    )
    with ExitStack() as stack:
        for output in target.all:
            stack.enter_context(emit.holding(output))
        # Beside the report are lists, as CSV.
        common = replace(common, output=None, format=OutputFormat.CSV)
        reads = named_as(settings, "file")
        inputs = stack.enter_context(start(common, others=datasets, writes=target.all, reads=reads))
        material = gather_material(inputs, request, inputs.reader)
        # Lists are as they are, unless it's said what becomes of personal data.
        is_whole = bool(target.beside) and report_params.pii in (None, Mode.RAW)
        material = replace(material, beside=target.beside, whole_beside=is_whole)
        if target.state is not None:
            kept = since_last.read(target.state)
            state = since_last.state_of(build.for_readers(material, treat_personal))
            told = since_last.told(material, kept.baseline(state), state)
            material = replace(material, since_last=told)
        inputs.write_rejects()
        if report_params.email and "html" not in target.files:
            inputs.message("--email has no effect here: it's for HTML")
        with inputs.working("writing the report"):
            report = build.build(material, names, report_params.title, treat_personal)
            contents = {
                fmt: build.write(report, fmt, template_dir=template_dir, email=report_params.email)
                for fmt in target.files
            }
        # What's shown while working would run into a report on the same terminal.
        for fmt, path in target.files.items():
            files.deliver(partial(_write_bytes, contents[fmt]), path)
        if target.state is not None:
            files.deliver(partial(_write_bytes, kept.followed_by(state)), target.state)
        if target.lists is not None:
            mode = Mode(report_params.pii) if report_params.pii else None
            _write_lists(inputs, material, target.lists, mode)
    if not common.quiet:
        _print_summary(target, report.summary or material.summary)


def _print_summary(target: Target, summary: str) -> None:
    """The report in a line on standard error, after the files that it was written to."""
    written = ", ".join(path for path in target.files.values() if path)
    message = f"{written}: {summary}" if written else summary
    emit.to_stderr(message, "report: ")
    if not written and files.is_terminal():
        emit.to_stderr("-o report.html writes it as a page, with charts", "note: ")


def _write_bytes(content: bytes, sink: BinaryIO) -> tuple[str, ...]:
    sink.write(content)
    return ()


def _sections(names: str | None) -> tuple[str, ...]:
    """The sections asked for, without empty names; none where all are.

    Raises:
        UsageError: there are none, or no section of a name.
    """
    if names is None:
        return ()
    section_names = [name for name in map(str.strip, names.split(",")) if name]
    if not section_names:
        raise UsageError("--sections names none", mend=f"some of {', '.join(build.SECTIONS)}")
    for name in section_names:
        if name not in build.SECTIONS:
            raise UsageError.unknown("section", name, build.SECTIONS)
    return tuple(section_names)


# Where to


def _target(common: Common, params: ReportParams) -> Target:
    target = _place(common, params)
    if not params.since_last:
        return target
    path = next(filter(None, target.files.values()), None)
    if path is None:
        raise UsageError(
            "--since-last needs a place to remember the last report in",
            mend="add -o FILE or -o FOLDER/",
        )
    return replace(target, state=f"{Path(path).with_suffix('')}.last.json")


def _place(common: Common, params: ReportParams) -> Target:
    path = files.as_path(common.output)
    fmt = common.format.value if common.format else None
    if fmt is not None and fmt not in build.FORMATS:
        raise UsageError.unknown("format of reports", fmt, build.FORMATS)
    if path is None:
        if params.lists:
            raise UsageError(
                "--lists needs a place for the lists", mend="add -o FILE or -o FOLDER/"
            )
        fmt = fmt or "md"
        if fmt == "xlsx" and files.is_terminal():
            raise UsageError("xlsx is not for a terminal", mend="add -o FILE, or pipe it")
        return Target({fmt: None}, None)
    if path.endswith(("/", os.sep)) or Path(path).is_dir():
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            raise UsageError(
                f"{path} can't be made: {failure.strerror}", mend="choose another folder"
            ) from None
        formats = [fmt] if fmt else build.FORMATS
        paths: dict[str, str | None] = {name: str(folder / f"report.{name}") for name in formats}
        return Target(paths, f"{folder}{os.sep}")
    fmt = fmt or _ending(path)
    list_prefix = str(Path(path).with_suffix("")) + "-"
    return Target({fmt: path}, list_prefix if params.lists else None)


def _ending(path: str) -> str:
    """The format that a file's ending names; Markdown for a pipe of no ending."""
    ending = Path(path).suffix.casefold()
    if not ending and files.is_special(path):
        return "md"
    if ending not in _ENDINGS:
        raise UsageError(
            f"the ending of {path} names no format of reports",
            mend=f"end it in one of {' '.join(_ENDINGS)}, or add --format",
        )
    return _ENDINGS[ending]


def _template_folder(directory: str | None) -> Path | None:
    if directory is None:
        return None
    if not Path(directory).is_dir():
        raise UsageError(f"--template {directory}: no such folder", mend="a folder of templates")
    return Path(directory)


def _list_path(start: str, name: str) -> str:
    return f"{start}{name}.csv"


def _write_lists(inputs: Run, material: Material, start: str, mode: Mode | None) -> None:
    """Whole lists as CSV; raw unless asked to be otherwise, since they're there to be used.

    A list that the data doesn't allow is written empty: the last report's would be taken for it.
    """
    treat = privacy.treatment(mode, os.environ.get(privacy.KEY)) if mode else None
    listed = [
        material.tables[name].frame["user_id"] for name in to_call.LISTS if name in material.tables
    ]
    reached = _reached(inputs, pl.concat([pl.Series(dtype=pl.String), *listed]))
    for name, file in _LISTS.items():
        table = material.tables.get(name)
        if table is None:
            kinds = _COLUMNS[name]
            frame = pl.DataFrame(schema=dict.fromkeys(kinds, pl.String))
            table = Table(
                name.partition(".")[2], frame, dict.fromkeys(kinds, Kind.TEXT), material.window
            )
            inputs.message(f"{_list_path(start, file)} is empty: the report says what is missing")
        if name in to_call.LISTS and reached is not None:
            table = _with_reached(table, reached)
        if name in material.left_alone:
            inputs.message(_said_of_left_alone(name, _list_path(start, file), material))
        table_shown = privacy.cover(table, treat) if treat else table
        emit.emit(
            Result("report", (table_shown.but(notes=()),)), fmt="csv", output=_list_path(start, file),
            lang=inputs.lang, raw=inputs.common.raw, note=inputs.message,
        )  # fmt: skip


def _said_of_left_alone(name: str, path: str, material: Material) -> Note:
    """How many of a list asked to be left alone, and whether they're on it."""
    count = material.left_alone[name]
    if name in to_call.LISTS:
        return Note(
            "{path}: {count:user|users} on the do-not-contact list: left out",
            path=path,
            count=count,
        )
    return Note(
        "{path} has everybody and is no list to call: {count:user in it is|users in it are} on the do-not-contact list",
        path=path,
        count=count,
    )


def _reached(inputs: Run, ids: pl.Series) -> pl.DataFrame | None:
    """`user_id`, and `phone` and `name` as far as the users export, or an id, tells them; None where neither does."""
    frame = ids.unique().sort().alias("user_id").to_frame()
    said = pl.DataFrame(schema={"user_id": pl.String, "phone": pl.String})
    rows = inputs.dataset("users", *NAME_NAMES)
    if rows is not None:
        names = [pl.col(name).cast(pl.String) for name in NAME_NAMES if name in rows.fields]
        told = {"name": pl.coalesce(names)} if names else {}
        text = pl.col("user_id", "phone").cast(pl.String)
        said = rows.frame.select(text, **told)
    phone = phones.written(pl.col("phone"), pl.col("user_id"))
    frame = beside(frame, said).with_columns(phone.alias("phone"))
    if not frame["phone"].count():
        if len(frame):
            inputs.message(phones.UNKNOWN)
        if rows is None or "phone" not in rows.fields:
            frame = frame.drop("phone")
    return frame if len(frame.columns) > 1 else None


def _with_reached(table: Table, reached: pl.DataFrame) -> Table:
    """A list with its users' phones and names behind their ids."""
    told = [name for name in reached.columns if name in table.columns and name != "user_id"]
    frame = table.frame.drop(told).join(reached, on="user_id", how="left", maintain_order="left")
    kinds = {"user_id": Kind.ID, **dict.fromkeys(reached.columns, Kind.ID), **table.columns}
    return table.but(frame=frame.select(list(kinds)), columns=kinds)
