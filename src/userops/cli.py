"""The command line: parses, calls, emits. The only place that catches and exits.

Nothing heavier than Typer is imported before a command runs.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from userops import __version__
from userops.commands.help import App
from userops.commands.options import (
    IN_REPORTS,
    OF_STORES,
    WITHOUT_STORE,
    Common,
    Files,
    Lang,
    common,
    file,
    option,
)
from userops.core.errors import Exit, UseropsError

app = App(
    name="userops",
    help="Analytics for user operations, over the order exports that a shop already has.",
    epilog="Start with: userops segment orders.csv",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Grain(StrEnum):
    """What counts as a purchase."""

    DAY = "day"
    ORDER = "order"


class CohortPeriod(StrEnum):
    """How long the periods of cohorts are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Measure(StrEnum):
    """What cohorts are measured by."""

    RETENTION = "retention"
    USERS = "users"
    ORDERS = "orders"
    REVENUE = "revenue"
    CUMULATIVE = "cumulative_revenue_per_user"


class Returning(StrEnum):
    """Who counts as still here."""

    IN = "in"
    ON_OR_AFTER = "on-or-after"


class LongPeriod(StrEnum):
    """How long the periods of flow and of reports are."""

    WEEK = "week"
    MONTH = "month"


class Method(StrEnum):
    """Where cut points come from."""

    QUANTILE = "quantile"
    FIXED = "fixed"


class PurchaseModel(StrEnum):
    """How purchases are predicted."""

    MBG_NBD = "mbg-nbd"
    BG_NBD = "bg-nbd"
    PARETO_NBD = "pareto-nbd"
    AUTO = "auto"


class TimeUnit(StrEnum):
    """What a model's parameters count time in."""

    DAY = "day"
    WEEK = "week"


class Against(StrEnum):
    """What a report compares its period with."""

    PREVIOUS = "previous"
    YEAR = "year"


class Pii(StrEnum):
    """What becomes of personal data."""

    MASK = "mask"
    HASH = "hash"
    RAW = "raw"


def _version(asked: bool) -> None:
    if asked:
        print(f"userops {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None: ...


@app.command()
@common
def segment(
    common: Common,
    segments: Annotated[
        str | None,
        option(help="grid, intervals, rfm8, or a table of the settings.", metavar="NAME"),
    ] = None,
    bins: Annotated[int | None, option(help="Scores run from 1 to this. Default: 5.")] = None,
    method: Annotated[
        Method | None, option(help="Where cut points come from. Default: quantile.")
    ] = None,
    cuts: Annotated[str | None, file("Score by the cut points of this file.")] = None,
    save_cuts: Annotated[str | None, file("Write this run's cut points there.")] = None,
    new_days: Annotated[
        int | None, option(help="Days since the first order that make a user new. Default: 30.")
    ] = None,
    events: Annotated[
        Files, file("An events export: score by use; beside orders, by both.")
    ] = None,
    users: Annotated[Files, file("A users export: whom the events' anonymous ids are.")] = None,
) -> None:
    """Score users by recency, frequency and spend, and name their segment.

    userops segment orders.csv

    userops segment exports/*.csv --as-of 2025-12-31 -o tiers.xlsx

    userops segment orders.csv --show summary --segments rfm8 --lang zh

    userops segment orders.csv --events events.csv --show two_way

    Tables: users (default), summary, tiers, cuts; with orders and events also two_way.
    """
    from userops.commands import segment as command

    command.run(common, segments, bins, method, cuts, save_cuts, new_days, events, users)


@app.command()
@partial(common, instead=WITHOUT_STORE)
def check(common: Common) -> None:
    """Say what the exports hold, what was refused and left out, and what looks wrong.

    userops check orders.csv

    userops check exports/ --show findings

    Tables: summary (default), rejects, findings, columns. Exit 0, 3 or 4 as the data deserves.
    """
    from userops.commands import check as command

    command.run(common)


@app.command()
@partial(common, instead=WITHOUT_STORE)
def init(common: Common) -> None:
    """Write a commented userops.toml from the exports it's shown; never over an existing one.

    userops init exports/*.csv

    Then every command works in that folder without arguments.
    """
    from userops.commands import init as command

    command.run(common)


@app.command()
@common
def lifecycle(
    common: Common,
    since: Annotated[
        str | None,
        option(
            help="The earlier day of transitions, as in --as-of. Default: 7 days before as_of.",
            metavar="DATE",
        ),
    ] = None,
    users: Annotated[Files, file("A users export: adds who registered and never bought.")] = None,
    growth_orders: Annotated[
        int | None, option(help="Orders from which a user grows. Default: 2.")
    ] = None,
    maturity_orders: Annotated[
        int | None, option(help="Orders from which a user is mature. Default: 5.")
    ] = None,
    slump_days: Annotated[
        int | None, option(help="Days without an order until the slump. Default: 30.")
    ] = None,
    churn_days: Annotated[
        int | None, option(help="Days without an order until a user is gone. Default: 60.")
    ] = None,
    adaptive: Annotated[
        bool | None,
        option(
            "--adaptive/--fixed",
            help="Learn both limits from the gaps between orders. Default: fixed.",
        ),
    ] = None,
    period: Annotated[LongPeriod | None, option(help="Periods of flow. Default: month.")] = None,
) -> None:
    """Place users in stages of their life with the shop; see who moved.

    userops lifecycle orders.csv

    userops lifecycle orders.csv --show transitions --since 2025-11-30

    userops lifecycle orders.csv --show flow --period week

    Tables: users (default), summary, transitions, flow.
    """
    from userops.commands import lifecycle as command

    command.run(
        common,
        since,
        users,
        growth_orders=growth_orders,
        maturity_orders=maturity_orders,
        slump_days=slump_days,
        churn_days=churn_days,
        adaptive=adaptive,
        period=period,
    )


@app.command()
@common
def cohorts(
    common: Common,
    period: Annotated[
        CohortPeriod | None, option(help="Periods of cohorts and ages. Default: month.")
    ] = None,
    measure: Annotated[
        Measure | None, option(help="What stands in the cells. Default: retention.")
    ] = None,
    returning: Annotated[
        Returning | None,
        option(help="Count who comes in a period, or in it or later. Default: in."),
    ] = None,
    by: Annotated[
        str | None,
        option(
            help="Split by the first order's channel, or a column of the users export.",
            metavar="COLUMN",
        ),
    ] = None,
    max_age: Annotated[int | None, option(help="The highest age shown. Default: all.")] = None,
    users: Annotated[
        Files, file("A users export, for --by; with --events, for when each registered.")
    ] = None,
    events: Annotated[Files, file("Follow who did something, instead of who ordered.")] = None,
) -> None:
    """Follow those who came in a period: how many are still here, and what they bring.

    userops cohorts orders.csv

    userops cohorts orders.csv --measure cumulative_revenue_per_user --by channel

    userops cohorts --events events.csv --users users.csv --period day --max-age 30

    Tables: matrix (default), long.
    """
    from userops.commands import cohorts as command

    command.run(
        common,
        by,
        users,
        events,
        period=period,
        measure=measure,
        returning=returning,
        max_age=max_age,
    )


@app.command()
@common
def ltv(
    common: Common,
    by: Annotated[
        str | None,
        option(help="Split by channel, cohort, or a column of the users export.", metavar="COLUMN"),
    ] = None,
    costs: Annotated[
        Files, file("What channels cost, by day or month, for CAC and payback.")
    ] = None,
    users: Annotated[Files, file("A users export, for channels and --by.")] = None,
    model: Annotated[
        PurchaseModel | None,
        option(help="How purchases are predicted; auto takes the best backtest. Default: mbg-nbd."),
    ] = None,
    horizon: Annotated[int | None, option(help="Days ahead. Default: 365.", metavar="DAYS")] = None,
    discount_rate: Annotated[
        float | None,
        option(help="How much less what comes a year later counts. Default: 0.1.", metavar="RATE"),
    ] = None,
    margin: Annotated[
        float | None,
        option(help="The part of net revenue that is earned. Default: 1.", metavar="PART"),
    ] = None,
    level: Annotated[
        float | None, option(help="Probability of intervals. Default: 0.95.", metavar="PART")
    ] = None,
    time_unit: Annotated[
        TimeUnit | None, option(help="Unit of the model's parameters. Default: day.")
    ] = None,
    calibration_end: Annotated[
        str | None,
        option(
            help="The last day that a backtest's fit sees, as in --as-of. Default: half way.",
            metavar="DATE",
        ),
    ] = None,
) -> None:
    """Value users, so far and in the days ahead, beside what winning them cost.

    userops ltv orders.csv

    userops ltv orders.csv --costs costs.csv --show channels --margin 0.4

    userops ltv orders.csv --show backtest --model auto

    Tables: summary (default), users, cohorts, channels, model, backtest.
    """
    from userops.commands import ltv as command

    command.run(
        common,
        by,
        costs,
        users,
        calibration_end,
        model=model,
        horizon=horizon,
        discount_rate=discount_rate,
        margin=margin,
        level=level,
        time_unit=time_unit,
    )


@app.command()
@partial(common, instead=WITHOUT_STORE)
def activity(
    common: Common,
    period: Annotated[
        CohortPeriod | None, option(help="Periods of the summary. Default: week.")
    ] = None,
    users: Annotated[Files, file("A users export: whom anonymous ids are.")] = None,
) -> None:
    """Say how many come, how often, for how long, and who stays away.

    userops activity events.csv

    userops activity events.csv --show stickiness

    userops activity events.csv --show users --as-of 2025-12-24 -o users.xlsx

    Tables: summary (default), stickiness, users, depth.
    """
    from userops.commands import activity as command

    command.run(common, users, period=period)


@app.command()
@common
def repurchase(
    common: Common,
    grain: Annotated[
        Grain | None,
        option(help="Whether several orders on a day are one purchase, or several. Default: day."),
    ] = None,
    within: Annotated[
        int | None,
        option(help="Days after as_of by which a purchase is due. Default: 7.", metavar="DAYS"),
    ] = None,
) -> None:
    """Say who buys again and how soon, how long things last, and whose are running out.

    userops repurchase orders.csv

    userops repurchase orders.csv --show due --within 14 -o call.xlsx

    Tables: windows (default), orders, categories, due.
    """
    from userops.commands import repurchase as command

    command.run(common, grain, within)


@app.command()
@common
def funnel(
    common: Common,
    steps: Annotated[
        str | None,
        option(
            help="The path, in order. Default: register,browse,click,cart,order,pay,reorder.",
            metavar="STEP,STEP,...",
        ),
    ] = None,
    window: Annotated[
        int | None,
        option(
            help="Days after the first step in which the others count. Default: 30.", metavar="DAYS"
        ),
    ] = None,
    by: Annotated[
        str | None,
        option(
            help="Groups: channel, or a column of the users export. Default: channel.",
            metavar="COLUMN",
        ),
    ] = None,
    within: Annotated[
        int | None,
        option(
            help="Days after the first step in which a new user converts. Default: 7.",
            metavar="DAYS",
        ),
    ] = None,
    convert: Annotated[
        str | None, option(help="The step that converts. Default: pay.", metavar="STEP")
    ] = None,
    orders: Annotated[Files, file("An orders export, for order, pay and reorder.")] = None,
    users: Annotated[Files, file("A users export, for register and --by.")] = None,
) -> None:
    """Follow users along the path from registration to the next order; see where they stop.

    userops funnel events.csv

    userops funnel events.csv --steps browse,cart,pay --window 7 --by channel --show groups

    userops funnel events.csv --orders orders.csv --users users.csv --show conversion

    Tables: steps (default), users, groups, conversion.
    """
    from userops.commands import funnel as command

    command.run(common, orders, users, steps, window=window, by=by, within=within, convert=convert)


@app.command()
@partial(common, instead=IN_REPORTS)
def report(
    common: Common,
    events: Annotated[Files, file("An events export.")] = None,
    users: Annotated[Files, file("A users export.")] = None,
    costs: Annotated[Files, file("A costs export.")] = None,
    period: Annotated[LongPeriod, typer.Option(help="What the report is about.")] = LongPeriod.WEEK,
    against: Annotated[
        Against, typer.Option(help="What it's compared with: the period before, or a year before.")
    ] = Against.PREVIOUS,
    sections: Annotated[
        str | None,
        option(help="Only these, with commas between: headline,changes,goals,...", metavar="NAMES"),
    ] = None,
    template: Annotated[
        str | None,
        option(help="Your own templates, standing in for ours file by file.", metavar="DIR"),
    ] = None,
    title: Annotated[str | None, option(help="The title.")] = None,
    lists: Annotated[
        bool, typer.Option("--lists", help="Write the segment and winback lists beside it, as CSV.")
    ] = False,
    email: Annotated[
        bool, typer.Option("--email", help="HTML for mail: tables, no drawings, inline styles.")
    ] = False,
    pii: Annotated[
        Pii | None,
        option(
            help="User ids, phones, e-mails: mask, hash (key in USEROPS_PII_KEY), raw. "
            "Default: mask in the report, raw in lists."
        ),
    ] = None,
) -> None:
    """Write the report: what happened, what changed, whom to talk to and why.

    userops report orders.csv -o weekly.html

    userops report --as-of yesterday -o reports/

    userops report orders.csv --users users.csv --costs costs.csv --period month -o june.xlsx

    Formats: html, md, xlsx; a folder gets all three and the lists.
    """
    from userops.commands import report as command
    from userops.core.periods import Period
    from userops.report.privacy import Mode

    command.run(
        common,
        command.Wanted(
            events=events,
            users=users,
            costs=costs,
            period=Period(period.value),
            year=against is Against.YEAR,
            sections=sections,
            template=template,
            title=title,
            lists=lists,
            email=email,
            pii=Mode(pii.value) if pii else None,
        ),
    )


@app.command()
@partial(common, instead=OF_STORES)
def prepare(
    common: Common,
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what was kept of these exports.")
    ] = False,
) -> None:
    """Keep the clean orders and the ledger in .userops/, so that commands needn't read the exports.

    userops prepare exports/

    userops prepare "exports/*.csv" --clear

    From then on commands over the same exports, named the same way, are answered from there; where
    a file has changed or come in addition, only that one is read.
    """
    from userops.commands import prepare as command

    command.run(common, clear=clear)


@app.command()
def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A metric, column, table, segment, tier or status.", show_default=False
        ),
    ] = None,
    lang: Annotated[Lang, option(help="Labels.")] = Lang.EN,
) -> None:
    """Say what a metric, column or segment means, with its formula and source.

    userops explain recency_days

    userops explain Champions
    """
    from userops.language.explain import explain as text

    print(text(name, "zh" if lang is Lang.ZH else "en"))


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="A folder, made if needed.", metavar="DIR")],
    seed: Annotated[int, typer.Option(help="Another shop for another seed.")] = 7,
    users: Annotated[int, typer.Option(help="How many users it has.", min=1)] = 3000,
) -> None:
    """Write a realistic sample shop: orders, events, users, costs.

    userops demo shop && userops segment shop/orders.csv
    """
    from userops.demo import write_demo

    for path in write_demo(directory, seed=seed, users=users):
        print(path)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    # Imports make many objects that stay: looking for garbage among them takes a tenth of the start.
    gc.set_threshold(50_000)
    # On several cores the sums of fits, and so their last digits, would depend on how many there are.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Large pages of memory have to be put together first, which takes longer than the work where
    # the system's cache has most of it: of a hundred million orders a third of the time.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    # So that what a run has put into temporary places goes with it when it's told to stop.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    try:
        code: Any = app(arguments, prog_name="userops", standalone_mode=False)
    except UseropsError as error:
        code = _failed(error.problem, error.mend, error.exit)
    except typer.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except SystemExit as stopped:
        # Typer leaves with 1 where the reader of a pipe went away, and that is no failure.
        gone = type(sys.stdout).__name__ == "PacifyFlushWrapper"
        code = Exit.DONE if gone else stopped.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else "standard output: "
        code = _failed(f"{where}{error.strerror or error}", "choose another place", Exit.INPUT)
    except Exception as error:
        code = _click_error(error)
    sys.exit(int(code or 0))


def _click_error(error: Exception) -> int:
    """A wrong use that Typer found, shown by itself; anything else is a fault of ours."""
    show = getattr(error, "show", None)
    if show is not None and hasattr(error, "exit_code"):
        show()
        return Exit.USAGE
    if os.environ.get("USEROPS_DEBUG"):
        raise error
    return _failed(
        f"a fault in userops: {type(error).__name__}: {error}",
        "USEROPS_DEBUG=1 shows where; please report it",
        Exit.FAULT,
    )


def _failed(problem: str, mend: str, code: Exit) -> int:
    for label, text in (("error", problem), ("  try", mend)):
        if text:
            print(f"{label}: {text}", file=sys.stderr)
    return code


def _stop(number: int, _frame: object) -> None:
    sys.exit(128 + number)
