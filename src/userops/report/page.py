"""A report as a page, as an e-mail, and as Markdown: templates filled."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from userops.errors import UsageError
from userops.render import html as pages
from userops.render import text

if TYPE_CHECKING:
    from userops.report import Report

_STYLE = re.compile(r'style="([^"]*)"')


def html(report: Report, own: Path | None = None) -> bytes:
    """The page; its Content-Security-Policy allows its own style and script, and nothing else."""
    jinja = pages.environment(own)

    def fill() -> str:
        css, source = pages.inline(jinja, "report.css")
        js, js_source = pages.inline(jinja, "report.js")
        page = jinja.get_template("report.html.j2")
        return page.render(
            report=_plain(report), css=css, css_source=source, js=js, js_source=js_source
        )

    return _filled(fill).encode()


def mail(report: Report, own: Path | None = None) -> bytes:
    """The page as mail programs take it: tables, no SVG, every style on its element."""
    jinja = pages.environment(own)

    def fill() -> str:
        page = jinja.get_template("email.html.j2")
        body = page.render(report=_plain(report), css_source="'none'")
        styles = sorted({unescape(style) for style in _STYLE.findall(body)})
        sources = [_source(style) for style in styles]
        return page.render(
            report=_plain(report), css_source=" ".join(["'unsafe-hashes'", *sources])
        )

    return _filled(fill).encode()


def markdown(report: Report, own: Path | None = None) -> bytes:
    """The report as GitHub's Markdown; every text from outside is escaped as it's put in."""
    jinja = pages.environment(own)
    jinja.finalize = _escaped
    return _filled(
        lambda: jinja.get_template("report.md.j2").render(report=_plain(report))
    ).encode()


def _escaped(value: object) -> object:
    return text.escape(value) if isinstance(value, str) else value


def _source(style: str) -> str:
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def _plain(report: Report) -> Report:
    """Without Tables: a template of the user's is given words and places, nothing that acts."""
    return replace(
        report, sections=tuple(replace(section, tables=()) for section in report.sections)
    )


def _filled(fill: Callable[[], str]) -> str:
    try:
        return fill()
    except TemplateError as error:
        where = f"{error.name}, line {error.lineno}: " if hasattr(error, "lineno") else ""  # type: ignore[attr-defined]
        raise UsageError(
            f"template {where}{error.message or type(error).__name__}",
            mend="mend the template; ours are in reports/templates",
        ) from None
