"""The manual page, man/userops.1, from the declarations; `scripts/reference.py` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis
from userops.analyses.report_params import ReportParams
from userops.core.params import Declared, declared

EXITS = (
    ("0", "done"),
    ("1", "a fault of userops"),
    ("2", "wrong use, or wrong settings"),
    ("3", "the input can't be used, or none of its rows counts"),
    ("4", "more rows were refused than --max-rejects allows"),
    ("5", "another run holds the output"),
)
FILES = (
    ("userops.toml", "the project's settings, in the folder where commands run"),
    (".userops/", "what `userops prepare` keeps; it may be deleted at any time"),
)
ENVIRONMENT = (
    ("NO_COLOR", "no colours"),
    ("LANG, LC_ALL", "Chinese where they name it, as --lang zh does"),
    ("USEROPS_PII_KEY", "the key of --pii hash"),
    ("USEROPS_DEBUG", "show where a fault of userops is"),
)


def manual(common: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> str:
    """The page; `common` are the options of all commands, `others` commands that are no analysis."""
    return "\n".join([*_head(), *_commands(others), *_common(common), *_foot()]) + "\n"


def _head() -> Iterator[str]:
    yield ".\\\" Written by `make reference` from the declarations; don't edit it."
    yield '.TH USEROPS 1 "" "userops" "User Commands"'
    yield ".SH NAME"
    yield _plain(
        "userops - customer segments, retention, LTV, call lists and reports from a shop's exports"
    )
    yield ".SH SYNOPSIS"
    yield ".B userops\n.I COMMAND\n.RI [ EXPORTS ]... [ OPTIONS ]"
    yield ".SH DESCRIPTION"
    yield _plain(
        "Reads order, event, user and cost exports (CSV, TSV, Parquet, Excel, JSON lines) and writes tables, lists "
        "and reports. Exports are files, globs, folders, or - for standard input; without any, those of userops.toml. "
        "Standard output carries data alone; notes go to standard error."
    )


def _commands(others: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield ".SH COMMANDS"
    for analysis in ANALYSES.values():
        if analysis.command:
            yield from _command(analysis)
    for name, text in others:
        yield f".SS {_plain(name)}"
        yield _plain(text)
        if name == "report":
            yield from _options(declared(ReportParams))


def _command(analysis: Analysis) -> Iterator[str]:
    yield f".SS {_plain(analysis.name)}"
    yield _plain(analysis.says[0])
    yield f".br\n{_plain('Tables: ' + ', '.join(analysis.tables) + '.')}"
    for name, told in analysis.helped_by.items():
        yield from _item(f"--{name.replace('_', '-')} FILE", told.en)
    yield from _options(declared(analysis.params))


def _options(params: Sequence[Declared]) -> Iterator[str]:
    for one in params:
        if one.is_rows:
            continue
        option = one.param.names[0] if one.param.names else f"--{one.name.replace('_', '-')}"
        value = one.param.metavar or ("|".join(one.choices) if one.choices else "")
        line = one.line()
        default = f" Default: {one.default_text()}." if one.default_text() else ""
        yield from _item(f"{option} {value}".rstrip(), f"{line[:1].upper()}{line[1:]}.{default}")


def _common(common: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield ".SH OPTIONS OF ALL COMMANDS"
    for names, text in common:
        yield from _item(names, text)


def _foot() -> Iterator[str]:
    for title, rows in (("EXIT STATUS", EXITS), ("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)):
        yield f".SH {title}"
        for name, text in rows:
            yield from _item(name, text)
    yield ".SH EXAMPLES"
    yield ".nf"
    for example in (
        "userops segment orders.csv",
        "userops segment exports/*.csv --as-of 2025-12-31 -o tiers.xlsx",
        "userops report --as-of yesterday -o reports/",
        "userops explain p_alive",
    ):
        yield _plain(example)
    yield ".fi"


def _item(name: str, text: str) -> Iterator[str]:
    yield f".TP\n.B {_plain(name)}\n{_plain(text)}"


def _plain(text: str) -> str:
    """Text as roff takes it."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "").replace("\n", " ")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
