"""The page: what it may load (nothing), what hostile data can do (nothing), how it reads."""

from __future__ import annotations

import hashlib
import html
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

from helpers.running import ROOT, userops
from report.conftest import SHOP

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
    "\u202edrawkcab",
    "| pipe | *bold* [x](javascript:alert(1)) `code`",
    "@SUM(1)",
]
BESIDE = ("this-week.csv", "winback.csv", "replenishment.csv")  # files that a page links to
SECTIONS = (
    "week", "headline", "changes", "sales", "goals", "segments", "lifecycle", "cohorts", "repurchase",
    "replenishment", "ltv", "activity", "funnel", "data", "definitions", "run",
)  # fmt: skip


class Reader(HTMLParser):
    """Tags, attributes and ids; complains of tags that aren't closed in order."""

    void = frozenset({"meta", "line", "br", "img", "link", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


SCRIPT = (ROOT / "reports" / "templates" / "report.js").read_text(encoding="utf-8")


def scripts(page: str) -> list[str]:
    return re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def test_paper_is_not_a_small_screen() -> None:
    css = (ROOT / "reports" / "templates" / "report.css").read_text(encoding="utf-8")
    widths = re.findall(r"@media ([^{]*width[^{]*)\{", css)
    assert widths
    assert all(media.startswith("screen and ") for media in widths)


def nasty(folder: Path) -> Path:
    lines = ["order_id,user_id,paid_at,amount,channel,category"]
    for number in range(140):
        name = NASTY[number % len(NASTY)].replace('"', '""')
        day = f"2025-{11 + number // 70:02}-{1 + number % 28:02}"
        lines.append(f'{number},"{name} {number % 21}",{day},{number}.5,"{name}","{name}"')
    file = folder / "orders.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_all_sections_are_there(page: str) -> None:
    for name in SECTIONS:
        assert f'<section id="{name}"' in page
    assert "Not in this version" not in page


def test_it_asks_for_nothing_and_runs_nothing_of_others(page: str) -> None:
    reader = read(page)
    assert scripts(page) == [SCRIPT]
    assert not reader.tags & {"link", "img", "iframe", "object", "base", "form"}
    for name, value in reader.attributes:
        assert name not in ("src", "srcset", "style", "xlink:href")
        assert not name.startswith("on")
        if name == "href":
            assert value.startswith("#") or value in BESIDE
    assert "url(" not in page
    assert "@import" not in page


def test_policy_allows_just_its_style(page: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = scripts(page)
    css, js = (
        b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert html.unescape(policy) == (
        f"default-src 'none'; style-src 'sha256-{css}'; script-src 'sha256-{js}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_page_is_whole_without_its_script(page: str, made: Path) -> None:
    """All that Markdown says stands in the page's own text; nothing waits for the script."""
    without = page.replace(SCRIPT, "")
    reader = read(without)
    assert "button" not in reader.tags
    assert not {"hidden", "aria-hidden-until"} & {name for name, _ in reader.attributes}
    shown = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without)).split())
    rows = [
        line
        for line in (made / "report.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and line.strip("| ")
    ]
    assert len(rows) > 100
    for row in rows:
        for cell in re.sub(r"\\(.)", r"\1", row).split("|"):
            assert all(" ".join(part.split()) in shown for part in cell.split("; ")), cell


def test_the_script_is_small_and_asks_for_nothing() -> None:
    assert len(SCRIPT.splitlines()) < 90
    for word in ("fetch", "XMLHttp", "innerHTML", "eval", "import", "localStorage", "</"):
        assert word not in SCRIPT


def test_ids_are_unique_and_referred_to(page: str) -> None:
    reader = read(page)
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for name, value in reader.attributes:
        if name == "aria-labelledby":
            assert value in ids
        if name == "href" and value not in BESIDE:
            assert value[1:] in ids


def test_each_drawing_says_in_words_what_it_shows(page: str) -> None:
    for drawing in re.findall(
        r'<svg class="(?:bars|lines|heat|flow|spark)".*?</svg>', page, re.DOTALL
    ):
        assert 'role="img"' in drawing
        (title, *_) = re.findall(r"<title id=[^>]*>([^<]+)</title>", drawing)
        assert len(title) > 20
        assert "nan" not in drawing.lower().replace("finan", "")


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < 400_000


def test_the_running_period_is_marked(page: str) -> None:
    assert "2025-12-29 – 12-31 is incomplete" in page
    assert "so far in the running week" in page
    assert 'class="c1 hollow"' in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_are_inert(tmp_path: Path, lang: str) -> None:
    ran = userops(
        "report", nasty(tmp_path), "--lang", lang, "--pii", "raw", "-o", f"{tmp_path}/out/"
    )
    assert ran.code == 0, ran.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    reader = read(page)
    assert "img" not in reader.tags
    assert scripts(page) == [SCRIPT]
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "\u202e" not in page
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "\u202e" not in text
    listed = (tmp_path / "out" / "segments.csv").read_text(encoding="utf-8-sig")
    assert "'@SUM" in listed


def test_mail_has_tables_and_no_drawings(everything: list[str], tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    assert userops(*everything, "--email", "-o", file).code == 0
    page = file.read_text(encoding="utf-8")
    reader = read(page)
    assert not reader.tags & {"svg", "script", "style", "img", "link"}
    assert "table" in reader.tags
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    policy = html.unescape(policy)
    assert "unsafe-inline" not in policy
    for name, value in reader.attributes:
        if name == "style":
            digest = b64encode(hashlib.sha256(value.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy


def test_ids_are_masked_in_reports_and_whole_in_lists(made: Path, page: str) -> None:
    header, *listed = (made / "winback.csv").read_text(encoding="utf-8-sig").splitlines()
    assert header.startswith("user_id,phone,")
    users = [line.split(",")[0] for line in listed]
    assert users
    assert not any(user in page for user in users)
    assert f"{users[0][:2]}••••{users[0][-2:]}" in page


def test_hashed_ids(everything: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USEROPS_PII_KEY", raising=False)
    assert userops(*everything, "--pii", "hash", "-o", tmp_path / "r.html").code == 2
    monkeypatch.setenv("USEROPS_PII_KEY", "secret")
    ran = userops(
        *everything, "--pii", "hash", "--lists", "--sections", "segments", "-o", tmp_path / "r.html"
    )
    assert ran.code == 0
    listed = (tmp_path / "r-winback.csv").read_text(encoding="utf-8-sig").splitlines()
    user, phone = listed[1].split(",")[:2]
    assert re.fullmatch(r"[0-9a-f]{16}", user)
    assert re.fullmatch(r"[0-9a-f]{16}", phone)
    assert user in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_absent_parts_say_what_would_bring_them(tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text(
        "\n".join(
            ["user,date,amount", *(f"u{n % 9},2025-11-{1 + n % 28:02},{n}" for n in range(60))]
        ),
        encoding="utf-8",
    )
    ran = userops("report", file, "-f", "md")
    assert ran.code == 0, ran.err
    assert "--map category=COLUMN" in ran.text.replace("\\", "")
    assert "--events FILE" in ran.text
    assert "--costs FILE" in ran.text
    assert "userops.toml" in ran.text
    assert "By channel: the orders would need a column with their channel." in ran.text


def test_no_orders_at_all(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("user,date,amount\n", encoding="utf-8")
    ran = userops("report", file, "-o", f"{tmp_path}/out/")
    assert ran.code == 0, ran.err
    assert "<section" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_some_sections_only(everything: list[str]) -> None:
    ran = userops(*everything, "--sections", "headline,goals", "-f", "md")
    assert ran.text.count("\n## ") == 2
    wrong = userops(*everything, "--sections", "headlne")
    assert wrong.code == 2
    assert "did you mean headline?" in wrong.err


@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "definitions"])
def test_a_section_alone_is_the_same(name: str, made: Path, everything: list[str]) -> None:
    """Only what it needs is computed; what it says doesn't change."""
    whole = (made / "report.md").read_text(encoding="utf-8").splitlines()
    ran = userops(*everything, "--sections", name, "-f", "md", "-q")
    alone = ran.text.splitlines()
    assert len(alone) > 5
    # But that it needs fewer exports.
    said = [line for line in alone if not line.startswith("Named, but not read")]
    # And that no list lies beside it, which a line could name at its end.
    assert [line for line in said if not any(one.startswith(line) for one in whole)] == []


def test_numbers_are_those_of_the_commands(made: Path) -> None:
    report = (made / "report.md").read_text(encoding="utf-8")
    tiers = userops("segment", SHOP / "orders.csv", "--show", "tiers", "-f", "json", "-q").json
    for row in tiers:  # type: ignore[attr-defined]
        assert f"| {row['tier']} | {row['users']:,} |" in report


def test_no_change_of_the_headline_is_coloured_that_chance_may_make(page: str) -> None:
    figures = page.partition('<dl class="figures">')[2].partition("</dl>")[0].split("<dt>")[1:]
    changed = [one for one in figures if 'class="change ' in one]
    assert len(changed) >= 6
    for figure in changed:
        assert ("beyond noise" in figure) == ('class="change flat"' not in figure)
