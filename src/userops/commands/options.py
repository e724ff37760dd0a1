"""Every option that means the same on all commands, declared once.

`common` gives a command all of them: it takes one `Common` in place of the twenty-odd parameters, and
Typer sees each. An analysis' own options are made from its declared parameters (`own_options.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, wraps
from types import MappingProxyType
from typing import Annotated, Any

import typer

from userops.commands import completion
from userops.commands.choices import Engine, Language, OutputFormat, WeekStart, YesNo

READING, OUTPUT = "Reading", "Output"
OF_LANG = (
    "The language of messages, help, tables and reports. Default: the settings', else the system's."
)


def option(*names: str, help: str, panel: str | None = None, **more: Any) -> Any:
    """An option whose default its help tells, where there is one to tell."""
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=False, **more)


def file(help: str) -> Any:
    """An option that takes a file, or where it's repeatable several."""
    return option(help=help, metavar="FILE")


def show_option(tables: Sequence[str] = ()) -> Any:
    """`--show`, of a command that has these tables."""
    return Annotated[
        str | None,
        option(
            "--show",
            help="Which of the command's tables to show, or all. Default: the first.",
            panel=OUTPUT,
            metavar="TABLE",
            autocompletion=completion.one_of((*tables, "all")),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Common:
    """What every analysis can be told."""

    exports: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, globs, folders, or - for standard input. Default: those of userops.toml.",
            show_default=False,
        ),
    ] = None
    as_of: Annotated[
        str | None,
        option(
            "--as-of",
            help="The last day that counts: YYYY-MM-DD, today or yesterday. Default: the last day in the data.",
            panel=READING,
            metavar="DATE",
            autocompletion=completion.days,
        ),
    ] = None
    map: Annotated[
        list[str] | None,
        option(
            "--map",
            help="Say which column of the export holds a field, or DATASET.FIELD; repeatable.",
            panel=READING,
            metavar="FIELD=COLUMN",
            autocompletion=completion.fields,
        ),
    ] = None
    source: Annotated[
        str | None,
        option(
            "--source",
            help="The platform that made the export. Default: recognised from the header.",
            panel=READING,
            metavar="NAME",
            autocompletion=completion.sources,
        ),
    ] = None
    status: Annotated[
        list[str] | None,
        option(
            "--status",
            help="What an unknown order status means: valid, void or refunded; repeatable.",
            panel=READING,
            metavar="VALUE=MEANING",
        ),
    ] = None
    nobody: Annotated[
        list[str] | None,
        option(
            "--nobody",
            help="A value that isn't a user, besides guest, NA, 0 and the like; repeatable. VALUE=user: it is one.",
            panel=READING,
            metavar="VALUE",
        ),
    ] = None
    header: Annotated[
        YesNo | None,
        option(
            "--header",
            help="Whether exports have a header row; without one, --map user_id=1 names columns by position.",
            panel=READING,
        ),
    ] = None
    lines: Annotated[
        str | None,
        option(
            "--lines",
            help="A file of line items, joined to orders by their number.",
            panel=READING,
            metavar="FILE",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        option("--encoding", help="Default: detected, and said.", panel=READING, metavar="NAME"),
    ] = None
    date_format: Annotated[
        str | None,
        option(
            "--date-format",
            help="As in strftime: '%d/%m/%Y %H:%M'.",
            panel=READING,
            metavar="FORMAT",
        ),
    ] = None
    decimal: Annotated[
        str | None,
        option(
            "--decimal", help="The decimal mark of amounts: . or ,", panel=READING, metavar="MARK"
        ),
    ] = None
    tz: Annotated[
        str | None,
        option(
            "--tz",
            help="The shop's time zone, for times with an offset: Asia/Shanghai.",
            panel=READING,
            metavar="ZONE",
        ),
    ] = None
    week_start: Annotated[
        WeekStart | None,
        option(
            "--week-start", help="The day on which weeks start. Default: monday.", panel=READING
        ),
    ] = None
    totals: Annotated[
        str | None,
        option(
            "--totals",
            help="What an amount on a line item is: lines (its own) or order (the order's total).",
            panel=READING,
            metavar="KIND",
        ),
    ] = None
    amount: Annotated[
        str | None,
        option(
            "--amount",
            help="The column of amounts, or 'Quantity * Price'.",
            panel=READING,
            metavar="COLUMNS",
        ),
    ] = None
    refunds: Annotated[
        str | None,
        option(
            "--refunds",
            help="Whether amounts are before refunds (gross) or after them (net).",
            panel=READING,
            metavar="KIND",
        ),
    ] = None
    refunds_by: Annotated[
        str | None,
        option(
            "--refunds-by",
            help="Which refunds count where the order's row and refund rows differ: column, rows or both.",
            panel=READING,
            metavar="KIND",
        ),
    ] = None
    order_id: Annotated[
        str | None,
        option(
            "--order-id",
            help="Columns that together make an order number, as 'Store + Number'; none: each row is an order.",
            panel=READING,
            metavar="COLUMNS",
        ),
    ] = None
    explain_reading: Annotated[
        bool,
        option(
            "--explain-reading",
            "-v",
            help="Say more: why each column was chosen, which came second, and which aren't read.",
            panel=READING,
        ),
    ] = False
    channel: Annotated[
        list[str] | None,
        option(
            "--channel",
            help="The channel of a costs export without one; FILE=NAME for one of several.",
            panel=READING,
            metavar="NAME",
        ),
    ] = None
    rejects: Annotated[
        str | None,
        option(
            "--rejects",
            help="Write refused rows to this file, with reasons.",
            panel=READING,
            metavar="FILE",
        ),
    ] = None
    max_rejects: Annotated[
        str | None,
        option(
            "--max-rejects",
            help="Stop if more rows than this are refused. Default: 1%.",
            panel=READING,
            metavar="N or P%",
        ),
    ] = None
    config: Annotated[
        str | None,
        option(
            "--config",
            help="Settings. Default: userops.toml here, if there is one.",
            panel=READING,
            metavar="FILE",
        ),
    ] = None
    memory: Annotated[
        str | None,
        option(
            "--memory",
            help="Memory limit, as 4GB or 50%; above it, files on disk are used. Default: 75% of all.",
            panel=READING,
            metavar="SIZE",
        ),
    ] = None
    engine: Annotated[
        Engine | None,
        option(
            "--engine",
            help="Where orders and events are read and aggregated: polars, or spark (pip install 'userops[spark]').",
            panel=READING,
        ),
    ] = None
    no_store: Annotated[
        bool,
        option(
            "--no-store",
            help="Ignore the cache of userops prepare; read the exports.",
            panel=READING,
        ),
    ] = False
    show: show_option() = None  # type: ignore[valid-type]
    format: Annotated[
        OutputFormat | None,
        option(
            "--format",
            "-f",
            help="Default: table on a terminal, csv in a pipe, the ending's with -o.",
            panel=OUTPUT,
        ),
    ] = None
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            help="Write to this file: completely, or not at all.",
            panel=OUTPUT,
            metavar="FILE",
        ),
    ] = None
    lang: Annotated[
        Language | None,
        option("--lang", help=OF_LANG, panel=OUTPUT),
    ] = None
    raw: Annotated[
        bool,
        option(
            "--raw",
            help="Don't escape cells that a spreadsheet would run as a formula (= + - @).",
            panel=OUTPUT,
        ),
    ] = False
    quiet: Annotated[bool, option("--quiet", "-q", help="No notes, no progress.", panel=OUTPUT)] = (
        False
    )


# What of this isn't so for reports: they're made of sections, and in three formats.
IN_REPORTS: dict[str, Any] = {
    "show": Annotated[str | None, option("--show", help="", hidden=True)],
    "format": Annotated[
        OutputFormat | None,
        option(
            "--format",
            "-f",
            help="Default: md, the ending's with -o, all three in a folder.",
            panel=OUTPUT,
            metavar="<html|md|xlsx>",
        ),
    ],
}

# Of commands that read no costs.
WITHOUT_COSTS: dict[str, Any] = {
    "channel": Annotated[list[str] | None, option("--channel", help="", hidden=True)],
}
# Of commands that know no weeks.
WITHOUT_WEEKS: dict[str, Any] = {
    "week_start": Annotated[WeekStart | None, option("--week-start", help="", hidden=True)],
}
# Of commands that no store can answer.
WITHOUT_STORE: dict[str, Any] = {
    "no_store": Annotated[bool, option("--no-store", help="", hidden=True)],
}
# What of it a store isn't about, for it holds all days.
OF_STORES: dict[str, Any] = {
    **WITHOUT_STORE,
    **WITHOUT_WEEKS,
    **WITHOUT_COSTS,
    "as_of": Annotated[str | None, option("--as-of", help="", hidden=True)],
}


@cache
def _common_parameters() -> tuple[inspect.Parameter, ...]:
    """The parameters of `Common`; telling their types takes time, and all commands have them."""
    hints = inspect.get_annotations(Common, eval_str=True)
    return tuple(
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(Common)
    )


def common(
    command: Callable[..., None], instead: Mapping[str, Any] = MappingProxyType({})
) -> Callable[..., None]:
    """A command of `Common` and its own options, as one that Typer can read.

    `instead`: the command's own declaration of some of the common options, by name.
    """
    own = [
        parameter
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
        if name != "common"
    ]
    common_parameters = [
        shared_parameter.replace(
            annotation=instead.get(shared_parameter.name, shared_parameter.annotation)
        )
        for shared_parameter in _common_parameters()
    ]
    own_parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    parameters = [common_parameters[0], *own_parameters, *common_parameters[1:]]

    @wraps(command)
    def wrapper(**options: Any) -> None:
        common_options = Common(**{field.name: options.pop(field.name) for field in fields(Common)})
        command(common_options, **options)

    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapper


def parameter(name: str, annotation: Any) -> inspect.Parameter:
    """A parameter that Typer makes an option of; None is not given."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
