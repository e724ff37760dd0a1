"""What to do this week: three lists with what's at stake, and what the page offers to take them along."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pytest

from helpers.running import userops
from report.conftest import SHOP
from userops.report.plain_words import plain


def test_three_things_each_with_its_list(page: str) -> None:
    section = page[page.index('<section id="week"') : page.index('<section id="headline"')]
    actions = re.findall(r"<li>\n(.*?)</li>", section, re.DOTALL)
    assert len(actions) == 3
    for place, action in enumerate(actions, 1):
        assert re.search(r'class="stake">[^<]*¥[\d,.]+', action)
        assert f'href="#week-table-{place}"' in action
        assert f'id="week-table-{place}"' in section


def test_the_list_beside_and_the_list_within(tmp_path: Path) -> None:
    out = tmp_path / "weekly.html"
    arguments = ("report", SHOP / "orders.csv", "--sections", "week,segments", "--lists", "-q")
    assert userops(*arguments, "--pii", "raw", "-o", out).code == 0
    page = out.read_text(encoding="utf-8")
    listed = (tmp_path / "weekly-this-week.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(listed)))
    assert 'href="weekly-this-week.csv"' in page
    links = re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)" download="1-(\w+).csv"', page)
    (data, reason) = links[0]
    held = list(csv.reader(StringIO(unquote(unescape(data)).lstrip("\ufeff"))))
    expected = [row["user_id"] for row in rows if row["reason"] == reason]
    assert [row[0] for row in held[1:]] == expected[:500]
    whole = f"{len(expected):,}"
    assert re.search(rf'class="what">[^<]*\b{whole} ', page)
    # With masked ids a copy would be of no use, so none is offered.
    assert userops(*arguments, "-o", out).code == 0
    page = out.read_text(encoding="utf-8")
    assert "data:text/csv" not in page
    assert 'href="weekly-this-week.csv"' in page


def test_the_cards_say_what_became_of_everyone_and_how_many_calls_there_are(tmp_path: Path) -> None:
    demo = tmp_path / "shop"
    assert userops("demo", demo).code == 0
    told = ("report", "--config", demo / "userops.toml", "--sections", "week", "--format", "md")
    text = userops(*told).out.decode()
    cards = [line for line in text.splitlines() if re.match(r"\d\. \*\*", line)]
    assert len(cards) == 3
    for card in cards:
        numbers = [
            int(one.replace(",", ""))
            for one in re.findall(r"(?<![¥\d,.])\d[\d,]*(?= (?:users|left|can't))", card)
        ]
        ready, of_reason, *others = numbers
        assert ready + sum(others) == of_reason
    assert "3 agents have room for 54 calls that day" in text


@pytest.mark.parametrize(
    ("note", "lang", "said"),
    [
        ("1 circle was cut at the last invitation; --show tree lists them", "en",
         "1 circle was cut at the last invitation"),
        ("a purchase is a day with an order (--grain day)", "en", "a purchase is a day with an order"),
        ('nobody is held back. holdout = "10%" in [contacts] draws a tenth', "en", "nobody is held back."),
        ("as_of cuts its week short", "en", "the last day cuts its week short"),
        ("净收入，视同全部为利润；用 --margin 或 [ltv] 的 margin 给出毛利率", "zh", "净收入，视同全部为利润"),
        ("share: of orders", "en", "share: of orders"),
    ],
)  # fmt: skip
def test_notes_speak_of_no_options(note: str, lang: str, said: str) -> None:
    assert plain(note, lang) == said  # type: ignore[arg-type]


def test_no_prose_speaks_of_options(page: str) -> None:
    body = page[page.index("<main>") : page.index('<section id="data"')]
    said = re.findall(r"<(?:p|li|h2|h3|summary)[^>]*>([^<]*--[a-z][^<]*)<", body)
    assert said == []
