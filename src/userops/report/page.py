"""A report as a page, as an e-mail, and as Markdown: templates filled."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING

from jinja2 import TemplateError, TemplateNotFound, TemplatesNotFound, TemplateSyntaxError

from userops.core.errors import UsageError
from userops.render import html as html_pages
from userops.render import text

if TYPE_CHECKING:
    from userops.report.build import Report

_STYLE = re.compile(r'style="([^"]*)"')


def html(report: Report, template_dir: Path | None = None) -> bytes:
    """The page; its Content-Security-Policy allows its own style and script, and nothing else."""
    jinja = html_pages.environment(template_dir)

    def fill() -> str:
        css, source = html_pages.inline(jinja, "report.css")
        js, js_source = html_pages.inline(jinja, "report.js")
        page = jinja.get_template("report.html.j2")
        return page.render(
            report=_without_tables(report), css=css, css_source=source, js=js, js_source=js_source
        )

    return _filled(fill, template_dir).encode()


def mail(report: Report, template_dir: Path | None = None) -> bytes:
    """The page as mail programs take it: tables, no SVG, every style on its element."""
    jinja = html_pages.environment(template_dir)

    def fill() -> str:
        page = jinja.get_template("email.html.j2")
        body = page.render(report=_without_tables(report), css_source="'none'")
        styles = sorted({unescape(style) for style in _STYLE.findall(body)})
        sources = [_source(style) for style in styles]
        return page.render(
            report=_without_tables(report), css_source=" ".join(["'unsafe-hashes'", *sources])
        )

    return _filled(fill, template_dir).encode()


def markdown(report: Report, template_dir: Path | None = None) -> bytes:
    """The report as GitHub's Markdown; every text from outside is escaped as it's put in."""
    jinja = html_pages.environment(template_dir)
    jinja.finalize = _escaped
    page = _filled(
        lambda: jinja.get_template("report.md.j2").render(report=_without_tables(report)),
        template_dir,
    )
    return page.encode()


def _escaped(value: object) -> object:
    return text.escape(value) if isinstance(value, str) else value


def _source(style: str) -> str:
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def _without_tables(report: Report) -> Report:
    """Without Tables: a template of the user's is given words and places, nothing that acts."""
    return replace(
        report, sections=tuple(replace(section, tables=()) for section in report.sections)
    )


def _filled(fill: Callable[[], str], template_dir: Path | None) -> str:
    """What `fill` gives; a fault of a template of the user's is the user's to mend.

    Raises:
        UsageError: one of the templates in `template_dir` can't be filled.
    """
    try:
        return fill()
    except Exception as error:
        place = _error_place(error, template_dir) if template_dir else None
        if template_dir is None or place is None:
            raise
        file, line = place
        raise UsageError(
            f"template {file}, line {line}: {_error_text(error, template_dir)}",
            mend="mend the template; ours are in reports/templates",
        ) from None


def _error_place(error: Exception, template_dir: Path) -> tuple[str, int] | None:
    """Which file of the user's a fault is in, and its line; None for a fault of ours.

    Where a template can't be parsed the fault says it; else it's the last of the user's
    templates that was being filled.
    """
    if isinstance(error, TemplateSyntaxError) and error.filename:
        places = [(error.filename, error.lineno)]
    else:
        places = [(frame.filename, frame.lineno or 1) for frame in extract_tb(error.__traceback__)]
    for file, line in reversed(places):
        # The folder may hold Python too, ours even: a project with its environment in it.
        if Path(file).is_relative_to(template_dir) and not file.endswith(".py"):
            return str(Path(file).relative_to(template_dir)), line
    return None


def _error_text(error: Exception, template_dir: Path) -> str:
    if isinstance(error, TemplatesNotFound):
        return f"no template {' or '.join(map(str, error.templates))} in {template_dir}, nor among ours"
    if isinstance(error, TemplateNotFound):
        return f"no template {error.name} in {template_dir}, nor among ours"
    message = error.message if isinstance(error, TemplateError) else str(error)
    # Python's own faults say little without their name: "division by zero" does, "1" doesn't.
    says_enough = isinstance(error, TemplateError) and message
    return str(message) if says_enough else f"{type(error).__name__}: {message}".rstrip(": ")
