"""Format `html`: one page that needs nothing else, and in which no data can act."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from userops.core.shown import visible
from userops.core.table import Kind, Result, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.style import Style

_LONG = 40  # characters of a cell that may be on several lines


def environment(template_dir: Path | None = None) -> Environment:
    """Jinja over the templates, those in `template_dir` standing in for ours of the same name.

    All are escaped, whatever their ending, but Markdown, which escapes in its own way. A typo
    is an error, and so is reaching for Python's insides.
    """
    return _Sandbox(
        loader=_Files([*([template_dir] if template_dir else []), _templates()]),
        autoescape=lambda name: not (name or "").endswith(".md.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class _Sandbox(ImmutableSandboxedEnvironment):
    """What's too much for Python's compiler is a fault of the template, too."""

    def compile(self, source: Any, name: Any = None, filename: Any = None, *more: Any) -> Any:
        """The code of a template."""
        try:
            return super().compile(source, name, filename, *more)
        except (RecursionError, SyntaxError, MemoryError, OverflowError) as error:
            if isinstance(error, MemoryError) and "stack" not in str(error):  # that of the parser
                raise
            raise TemplateSyntaxError("nested too deeply", 1, name, filename) from None


class _Files(FileSystemLoader):
    """Templates in folders; one that isn't UTF-8 is named, and the line where it isn't."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """The text of a template, and where it is."""
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            path_ = next(
                path for folder in self.searchpath if (path := Path(folder, template)).is_file()
            )
            raise TemplateSyntaxError("not UTF-8", line, template, str(path_)) from None


def _templates() -> Path:
    """Inside the package when installed from a wheel, beside the sources in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parents[1] / "reports" / "templates"


def inline(environment: Environment, name: str) -> tuple[Markup, str]:
    """A style or script that stands in the page, and the source that allows just that."""
    text = environment.get_template(name).render()
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"


def write(result: Result, tables: Sequence[Table], sink: BinaryIO, style: Style) -> None:
    """Write the page, piece by piece."""
    jinja = environment()
    css, source = inline(jinja, "style.css")
    page = jinja.get_template("tables.html.j2").stream(
        lang="zh-CN" if style.lang == "zh" else "en",
        title=visible(f"userops {result.command}"),
        css=css,
        css_source=source,
        sections=[_Section(table, style.lang) for table in tables],
        empty=words.phrase("no rows", style.lang),
    )
    page.enable_buffering(1000)
    for text in page:
        sink.write(str(text).encode())


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    bar: str | None  # percent of the widest, as an SVG length


@dataclass(frozen=True, slots=True)
class _Section:
    """A table as the template reads it."""

    table: Table
    lang: Lang

    @property
    def title(self) -> str:
        return visible(words.title(self.table.name, self.lang, analysis=self.table.analysis))

    @property
    def facts(self) -> list[str]:
        code = self.table.currency.code
        return cells.days(self.table) + ([visible(code)] if code else [])

    @property
    def notes(self) -> list[str]:
        return cells.footnotes(self.table, self.lang)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Label and class of each column."""
        return [
            (cells.label(name, self.table, self.lang), self._class(name, kind))
            for name, kind in self.table.columns.items()
        ]

    def _class(self, name: str, kind: Kind) -> str:
        if kind in cells.NUMERIC:
            return "n"
        lengths = self.table.frame[name].cast(pl.String).str.len_chars()
        longest = lengths.max()
        return "long" if isinstance(longest, int) and longest > _LONG else "t"

    def rows(self) -> Iterator[list[tuple[str, _Cell]]]:
        """The rows, each cell with its class."""
        table = self.table
        widest = {name: _widest(table, name) for name in table.bars}
        classes = [style for _, style in self.columns]
        cut = {name: cells.cut_rows(table, name) for name in table.columns}
        for number, chunk in enumerate(cells.chunks(table)):
            cell_columns = []
            for name in table.columns:
                values = chunk[name].to_list()
                texts = cells.column_texts(name, table, chunk, self.lang)
                texts = cells.mark_cut(texts, cut[name], number * cells.CHUNK)
                bars = (_bar(value, widest.get(name)) for value in values)
                cell_columns.append(list(map(_Cell, texts, bars)))
            for row in zip(*cell_columns, strict=True):
                yield list(zip(classes, row, strict=True))


def _widest(table: Table, name: str) -> float:
    values: list[Any] = table.frame[name].to_list()
    return max((value for value in values if value is not None), default=0.0)


def _bar(value: float | None, widest: float | None) -> str | None:
    if widest is None:
        return None
    return f"{max(value or 0.0, 0.0) / widest * 100:.1f}" if widest > 0 else "0"
