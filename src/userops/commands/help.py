"""Help pages: plain text in sections, drawn without Rich.

Rich takes longer to import than the rest of `userops --help` together. A page has what it
needs: usage, one sentence, examples, then options under the heading of their panel.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandFunctionType

_COLUMN = 28  # where descriptions begin, at most


def _heading(text: str) -> str:
    # Typer takes codes out where there is no terminal.
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return text if plain else typer.style(text, bold=True)


def _write_text(help_text: str, formatter: Any) -> None:
    """What a command does, with the paragraphs that are commands as examples."""
    paragraphs = cleandoc(help_text).split("\n\n")
    examples = [text for text in paragraphs if text.startswith("userops ")]
    first, *rest = [text for text in paragraphs if text not in examples]
    formatter.write_paragraph()
    formatter.write_text(first)
    if examples:
        with formatter.section(_heading("Examples")):
            for example in examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
    for text in rest:
        formatter.write_paragraph()
        formatter.write_text(text)


def _write_options(parameters: list[Any], ctx: Any, formatter: Any) -> None:
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        names, text = record
        if parameter.param_type_name == "argument":
            panel, names = "Arguments", names.partition(" <")[0]  # its name says it, not its type
        else:
            panel = getattr(parameter, "rich_help_panel", None) or "Options"
        panels.setdefault(panel, []).append((names, text))
    for panel, records in panels.items():
        with formatter.section(_heading(panel)):
            formatter.write_dl(records, col_max=_COLUMN)


class Command(TyperCommand):
    """A command with such a page."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options under the headings of their panels."""
        _write_options(self.get_params(ctx), ctx, formatter)


# Commands that are only made when one of them is asked for, with the sentence that lists each.
_LATE: dict[str, tuple[str, Callable[[], Callable[..., None]]]] = {}


class Group(TyperGroup):
    """The page that lists the commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands, in their order."""
        return [*_LATE, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; made now, if it's one of those."""
        if cmd_name in _LATE:
            from typer.main import get_command_from_info
            from typer.models import CommandInfo

            function = _LATE[cmd_name][1]()
            info = CommandInfo(cmd_name, cls=Command, callback=function, help=function.__doc__)
            return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; all are made where none is called so, to be suggested."""
        if args and args[0] not in self.list_commands(ctx):
            late = {name: self.get_command(ctx, name) for name in _LATE}
            self.commands = {**late, **self.commands}
        return super().resolve_command(ctx, args)

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the program does."""
        _write_text(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, each with its first sentence, then options."""
        rows = [(name, sentence) for name, (sentence, _) in _LATE.items()]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, cleandoc(command.help or "").split("\n\n")[0]))
        with formatter.section(_heading("Commands")):
            formatter.write_dl(rows)
        _write_options(self.get_params(ctx), ctx, formatter)


class App(typer.Typer):
    """A Typer whose commands have such pages."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, rich_markup_mode=None, **settings)

    def command(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Make a function a command."""
        return super().command(name, **{"cls": Command, **settings})

    def late(self, name: str, sentence: str, make: Callable[[], Callable[..., None]]) -> None:
        """Add a command that's only made when it's asked for; a sentence lists it."""
        _LATE[name] = sentence, make
