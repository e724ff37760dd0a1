from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import pytest
from jinja2 import UndefinedError

from userops.core.table import Table
from userops.render import Style, html, render

from .nasty import IDS, RESULT, ROWS, SUMMARY, USERS

TAGS = {"html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "p", "div"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "svg", "rect"}


class Page(HTMLParser):
    """What a browser would see: tags, attributes, the text of cells, the style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.cells: list[str] = []
        self.style = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["style"] and not self.style:
            self.style = data
        elif self.tags[-1:] == ["td"]:
            self.cells[-1] += data


def page(*tables: Table, lang: str = "en") -> str:
    sink = BytesIO()
    render(RESULT, tables, "html", sink, style=Style(lang=lang))  # type: ignore[arg-type]
    return sink.getvalue().decode()


def test_nothing_in_it_acts() -> None:
    seen = Page(page(USERS, SUMMARY))
    assert set(seen.tags) <= TAGS
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "href"]
    assert "<script>alert(1)</script>" in seen.cells
    assert len(seen.cells) == ROWS * len(USERS.columns) + 3 * len(SUMMARY.columns)
    assert seen.cells[:: len(USERS.columns)][:5] == IDS[:5]


def test_policy_allows_only_its_own_style() -> None:
    text = page(SUMMARY)
    seen = Page(text)
    policy = next(value for name, value in seen.attributes if name == "content" and "src" in value)
    digest = b64encode(sha256(seen.style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"https?://", text)


def test_language() -> None:
    text = page(SUMMARY, lang="zh")
    assert '<html lang="zh-CN">' in text
    assert "用户占比" in text


def test_empty_table_says_so() -> None:
    assert "no rows" in page(SUMMARY.but(frame=SUMMARY.frame.clear()))


def test_templates_are_strict_and_escape() -> None:
    jinja = html.environment()
    assert jinja.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        jinja.from_string("{{ missing }}").render()


def test_templates_of_a_wheel_come_first(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "userops"
    (package / "render").mkdir(parents=True)
    monkeypatch.setattr(html, "__file__", str(package / "render" / "html.py"))
    assert html._templates() == tmp_path.parent / "reports" / "templates"
    (package / "templates").mkdir()
    assert html._templates() == package / "templates"
