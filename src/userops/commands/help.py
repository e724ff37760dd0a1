"""Help pages: plain text in sections, drawn without Rich.

Rich takes longer to import than the rest of `userops --help` together. A page has what it
needs: usage, one sentence, examples, then options under the heading of their panel.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.models import CommandFunctionType

from userops.commands.wrong_words import unknown_command
from userops.language.spoken import Lang, spoken

_COLUMN = 28  # where descriptions begin, at most


def said(text: str) -> str:
    """A sentence of the help in the reader's language; words in English cost no import."""
    if spoken() == "en":
        return text
    from userops.language.sentences import in_chinese

    return in_chinese(text)


def _styled(text: str) -> str:
    # Typer takes codes out where there is no terminal.
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return text if plain else typer.style(text, bold=True)


def _write_text(help_text: str, formatter: Any) -> None:
    """What a command does, with the paragraphs that are commands as examples."""
    paragraphs = cleandoc(help_text).split("\n\n")
    examples = [text for text in paragraphs if text.startswith("userops ")]
    first, *rest = [" ".join(text.split()) for text in paragraphs if text not in examples]
    formatter.write_paragraph()
    _write_paragraph(said(first), formatter)
    if examples:
        with _section("Examples", formatter):
            for example in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
    for text in rest:
        formatter.write_paragraph()
        _write_paragraph(said(text), formatter)


@contextmanager
def _section(text: str, formatter: Any) -> Iterator[None]:
    """A heading with what's below it."""
    heading = said(text)
    if heading.isascii():
        with formatter.section(_styled(heading)):
            yield
        return
    formatter.write_paragraph()
    formatter.write(f"{_styled(heading)}：\n")
    with formatter.indentation():
        yield


def _write_paragraph(text: str, formatter: Any) -> None:
    """A paragraph in lines; where it's Chinese, these may break between any two characters."""
    if text.isascii():
        formatter.write_text(text)
        return
    from userops.language.lines import wrapped

    formatter.write(f"{wrapped(text, '', '', formatter.width)}\n")


def _write_list(rows: list[tuple[str, str]], formatter: Any, first_column: int = 30) -> None:
    """Names, and beside each what it is."""
    if all(text.isascii() for _, text in rows):
        formatter.write_dl(rows, col_max=first_column)
        return
    from userops.language.lines import width, wrapped

    names_width = min(max(width(name) for name, _ in rows), first_column)
    indent = " " * formatter.current_indent
    rest = f"{indent}{'':{names_width + 2}}"
    for name, text in rows:
        first = f"{indent}{name}{' ' * (names_width + 2 - width(name))}"
        if width(name) > names_width:
            formatter.write(f"{indent}{name}\n")
            first = rest
        formatter.write(f"{wrapped(text, first, rest, formatter.width)}\n")


def _write_options(parameters: list[Any], ctx: Any, formatter: Any) -> None:
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        names, text = record[0], said(record[1])
        if parameter.param_type_name == "argument":
            panel, names = "Arguments", names.partition(" <")[0]  # its name says it, not its type
        else:
            panel = getattr(parameter, "rich_help_panel", None) or "Options"
        panels.setdefault(panel, []).append((names, text))
    for panel, records in panels.items():
        with _section(panel, formatter):
            _write_list(records, formatter, _COLUMN)


class _Page:
    """What pages of one command and of all have in common."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how it's called."""
        pieces = " ".join(map(said, self.collect_usage_pieces(ctx)))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, said("Usage: "))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what's said at the end."""
        if epilog := getattr(self, "epilog", None):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(said(epilog))


class Command(_Page, TyperCommand):
    """A command with such a page."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options under the headings of their panels."""
        _write_options(self.get_params(ctx), ctx, formatter)


# Commands that are only made when one of them is asked for, with the sentence that lists each.
_LATE: dict[str, tuple[Callable[[], str], Callable[[], Callable[..., None]]]] = {}


@cache
def _made(name: str, make: Callable[[], Callable[..., None]], _lang: Lang) -> Any:
    """A command from its function, once for each language: who runs many has it made by the first."""
    from typer.main import get_command_from_info
    from typer.models import CommandInfo

    function = make()
    info = CommandInfo(name, cls=Command, callback=function, help=function.__doc__)
    return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


class Group(_Page, TyperGroup):
    """The page that lists the commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands, in their order."""
        return [*_LATE, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; made now, if it's one of those."""
        if cmd_name in _LATE:
            return _made(cmd_name, _LATE[cmd_name][1], spoken())
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name.

        Raises:
            UsageError: none is called so.
        """
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            raise unknown_command(args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the program does."""
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, each with its first sentence, then options."""
        rows = [(name, said(sentences())) for name, (sentences, _) in _LATE.items()]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, said(cleandoc(command.help or "").split("\n\n")[0])))
        with _section("Commands", formatter):
            _write_list(rows, formatter)
        _write_options(self.get_params(ctx), ctx, formatter)


class App(typer.Typer):
    """A Typer whose commands have such pages."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, rich_markup_mode=None, **settings)
        self._groups: dict[Lang, Any] = {}

    def __call__(self, *arguments: Any, **how: Any) -> Any:
        """Run a command line. What it's parsed by is made once for each language."""
        lang = spoken()
        if lang not in self._groups:
            self._groups[lang] = get_command(self)
        return self._groups[lang](*arguments, **how)

    def command(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Make a function a command."""
        return super().command(name, **{"cls": Command, **settings})

    def late(
        self, name: str, sentence: Callable[[], str], make: Callable[[], Callable[..., None]]
    ) -> None:
        """Add a command that's only made when it's asked for; a sentence lists it."""
        _LATE[name] = sentence, make
