"""The command line: parses, calls, emits. The only place that catches and exits.

Nothing heavier than Typer is imported before a command runs.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from userops import __version__
from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis
from userops.commands import completion, room, signals, wrong_words
from userops.commands.choices import Language
from userops.commands.help import App, said
from userops.commands.options import (
    OF_LANG,
    OF_STORES,
    WITHOUT_STORE,
    WITHOUT_WEEKS,
    Common,
    common,
    option,
)
from userops.core.errors import Exit, UseropsError
from userops.core.shell import quoted
from userops.core.shown import visible
from userops.engines import panics
from userops.language import spoken

app = App(
    name="userops",
    help="Turn a shop's order exports into customer segments, retention, LTV, call lists and a weekly report.",
    epilog="Start with: userops segment orders.csv",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


REPORT = "Write the weekly report: what happened, what changed, whom to contact and why."


def _command(analysis: Analysis) -> Callable[..., None]:
    from userops.commands.analyse import command

    return command(analysis)


def _says(analysis: Analysis) -> str:
    return analysis.says[spoken.spoken() == "zh"]


def _report() -> Callable[..., None]:
    from userops.commands.analyse import report_command

    return report_command(REPORT)


def _version(asked: bool) -> None:
    if asked:
        print(f"userops {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
    lang: Annotated[Language | None, option("--lang", help=OF_LANG)] = None,
) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(Exit.USAGE)


for _analysis in ANALYSES.values():
    if _analysis.command:
        app.late(_analysis.name, partial(_says, _analysis), partial(_command, _analysis))
app.late("report", lambda: REPORT, _report)


@app.command()
@partial(common, instead=WITHOUT_STORE | WITHOUT_WEEKS)
def init(common: Common) -> None:
    """Write a commented userops.toml for your exports; never overwrites one.

    userops init exports/*.csv

    Then every command works in that folder without arguments.
    """
    from userops.commands import init as command

    command.run(common)


@app.command()
@partial(common, instead=OF_STORES)
def prepare(
    common: Common,
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what was kept of these exports.")
    ] = False,
) -> None:
    """Cache the cleaned orders in .userops/, so that later commands are faster.

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
            help="A metric, column, table, segment, tier, status or parameter.",
            show_default=False,
            autocompletion=completion.words,
        ),
    ] = None,
    lang: Annotated[Language | None, option("--lang", help=OF_LANG)] = None,
) -> None:
    """Explain a metric, column or segment: its meaning, formula and source.

    userops explain recency_days

    userops explain Champions
    """
    from userops.commands.own_rules import rules_in_words
    from userops.language.explain import explain as text

    print(text(name, spoken.spoken()))
    if own := rules_in_words(name, spoken.spoken()):
        print(f"\n{own}")


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="A folder, made if needed.", metavar="DIR")],
    seed: Annotated[int, typer.Option(help="Another shop for another seed.")] = 7,
    users: Annotated[int, typer.Option(help="How many users it has.", min=1)] = 3000,
    lang: Annotated[Language | None, option("--lang", help=OF_LANG)] = None,
) -> None:
    """Write a realistic sample shop: orders, events, users, costs, groups, campaigns, calls, points.

    userops demo shop && cd shop && userops report -o report.html
    """
    from userops.demo import write_demo
    from userops.demo.project import TRY
    from userops.render.emit import to_stderr

    for path in write_demo(directory, seed=seed, users=users, lang=spoken.spoken()):
        _print_path(path)
    to_stderr(f"try: cd {quoted(str(directory))}, then")
    for command in TRY:
        to_stderr(f"  {command}")


def _print_path(path: Path) -> None:
    """A path as people see it, or to programs as it is."""
    if sys.stdout.isatty():
        print(visible(str(path)))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    # Imports make many objects that stay: looking for garbage among them takes a tenth of the start.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)  # nor are they looked through when all ends
    # On several cores the sums of fits, and so their last digits, would depend on how many there are.
    # What the environment says otherwise would change them, too.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Large pages of memory have to be put together first, which takes longer than the work where
    # the system's cache has most of it: of a hundred million orders a third of the time.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    _write_utf8()
    try:
        with signals.watched(), panics.own_process():
            code = _run(arguments)
    except KeyboardInterrupt:  # once more, while it ended
        code = 130
    sys.exit(int(code or 0))


def _write_utf8() -> None:
    """Pipes and files get UTF-8, as data there is anyway: a locale's encoding may not hold what's said."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _run(arguments: list[str] | None) -> Any:
    """Run a command line; its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    spoken.settle(given)
    try:
        room.check(given)
        code = app(arguments, prog_name="userops", standalone_mode=False)
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()  # or it's Python that complains, once it ends
        return code
    except UseropsError as error:
        return _failed(error.problem, error.mend, error.exit)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except SystemExit as stopped:
        # Typer leaves with 1 where the reader of a pipe went away, and that is no failure.
        gone = type(sys.stdout).__name__ == "PacifyFlushWrapper"
        return Exit.DONE if gone else stopped.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except BaseException as error:  # a library's panics are no Exceptions
        return _unforeseen(error)


def _unforeseen(error: BaseException) -> int:
    """What nobody has caught: something that the system refused, a wrong use, or a fault of ours."""
    from userops.engines import temporary
    from userops.render import files

    lacking: UseropsError | None = files.stdout_failure() if isinstance(error, OSError) else None
    try:
        lacking = lacking or temporary.lacking(error)
    except UseropsError as failure:
        lacking = failure
    if lacking is not None:
        return _failed(lacking.problem, lacking.mend, lacking.exit)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else "standard output: "
        return _failed(f"{where}{error.strerror or error}", "choose another place", Exit.INPUT)
    return _click_error(error)


def _click_error(error: BaseException) -> int:
    """A wrong use that Typer found, shown by itself; anything else is a fault of ours."""
    show = getattr(error, "show", None)
    if show is not None and hasattr(error, "exit_code"):
        if type(error).__name__ == "NoArgsIsHelpError":
            show()
            return Exit.USAGE
        context = getattr(error, "ctx", None)
        called, parameters = (
            ("userops", []) if context is None else (context.command_path, context.command.params)
        )
        names = [name for one in parameters for name in one.opts if name.startswith("--")]
        message = getattr(error, "format_message", lambda: str(error))()
        wrong = wrong_words.as_error(message, called, names)
        return _failed(wrong.problem, wrong.mend, Exit.USAGE)
    if os.environ.get("USEROPS_DEBUG"):
        raise error
    return _failed(
        f"a fault in userops: {type(error).__name__}: {error}",
        "USEROPS_DEBUG=1 shows where; please report it",
        Exit.FAULT,
    )


def _failed(problem: str, mend: str, code: Exit) -> int:
    for label, text in (("error: ", problem), ("  try: ", mend)):
        if text:
            print(f"{said(label)}{visible(said(text))}", file=sys.stderr)
    return code
