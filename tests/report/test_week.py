"""What to do this week: three lists with what's at stake, and what the page offers to take them along."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import polars as pl
import pytest

from helpers.running import userops
from report.conftest import SHOP
from userops.report.plain_words import plain
from userops.report.sections.week import buyers_of_100


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


@pytest.mark.parametrize(
    ("lang", "here", "beside"),
    [
        ("en", "Ids are masked here", "The files beside the report have them whole"),
        ("zh", "此处用户编号已遮盖", "报告旁的文件中为完整编号"),
    ],
)
def test_files_beside_are_spoken_of_where_there_are_some_with_whole_ids(
    tmp_path: Path, lang: str, here: str, beside: str
) -> None:
    out = tmp_path / "r.md"
    asked = ("report", SHOP / "orders.csv", "--sections", "week", "--lang", lang, "-q", "-o", out)
    for more, is_whole in (
        ((), False),
        (("--lists",), True),
        (("--lists", "--pii", "mask"), False),
    ):
        assert userops(*asked, *more).code == 0
        text = out.read_text(encoding="utf-8")
        assert here in text
        assert (beside in text) == is_whole
    assert userops(*asked, "--lists", "--pii", "raw").code == 0
    assert here not in out.read_text(encoding="utf-8")


def orders_by_phone(file: Path) -> Path:
    """Orders of a shop that knows its customers by phone."""
    orders = pl.read_csv(SHOP / "orders.csv", infer_schema=False)
    number = 13800000000 + pl.col("user_id").rank("dense")
    orders.with_columns(user_id=number.cast(pl.String)).write_csv(file)
    return file


def listed_in(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / f"r-{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


TO_CALL = ("this-week", "winback", "replenishment")


def test_lists_have_the_id_for_a_phone_where_it_is_one_and_the_page_has_none(
    tmp_path: Path,
) -> None:
    orders, out = orders_by_phone(tmp_path / "o.csv"), tmp_path / "r.md"
    asked = ("report", orders, "--sections", "week,segments,replenishment", "--lists", "-o", out)
    assert userops(*asked, "-q").code == 0
    for name in TO_CALL:
        rows = listed_in(tmp_path, name)
        assert rows
        assert all(row["phone"] == row["user_id"] for row in rows)
    assert not re.search(r"138\d{8}", out.read_text(encoding="utf-8"))
    assert userops(*asked, "-q", "--pii", "mask").code == 0
    for name in TO_CALL:
        assert all("•" in row["phone"] for row in listed_in(tmp_path, name))


@pytest.mark.parametrize("by", ["user_id", "手机号"])
def test_whoever_asked_to_be_left_alone_is_on_no_list_to_call(tmp_path: Path, by: str) -> None:
    orders, out = orders_by_phone(tmp_path / "o.csv"), tmp_path / "r.html"
    asked = ("report", orders, "--sections", "segments,replenishment", "--pii", "raw", "--lists", "-o", out)  # fmt: skip
    assert userops(*asked).code == 0
    before = {name: [row["user_id"] for row in listed_in(tmp_path, name)] for name in TO_CALL}
    everybody = len(listed_in(tmp_path, "segments"))
    alone = {user for users in before.values() for user in users[:2]}
    (tmp_path / "d.csv").write_text("\n".join((by, *sorted(alone))), encoding="utf-8")
    ran = userops(*asked, "--do-not-contact", tmp_path / "d.csv")
    page = unquote(unescape(out.read_text(encoding="utf-8")))
    assert not any(user in page for user in alone)
    for name in TO_CALL:
        found = [row["user_id"] for row in listed_in(tmp_path, name)]
        if name != "this-week":
            assert found == [user for user in before[name] if user not in alone]
            count = len(alone & set(before[name]))
            assert f"r-{name}.csv: {count:,} users on the do-not-contact list: left out" in ran.err
            assert f"{count:,} users on the do-not-contact list: left out</p>" in page
        assert not alone & set(found)
    # Segments count everybody: it's said that theirs is no list to call.
    assert len(listed_in(tmp_path, "segments")) == everybody
    assert f"is no list to call: {len(alone)} users in it are on the do-not-contact list" in ran.err
    # A list of nobody is loud.
    (tmp_path / "d.csv").write_text("phone\n13700000000\n")
    ran = userops(*asked, "-q", "--do-not-contact", tmp_path / "d.csv")
    assert ran.err.count("warning: nobody on the do-not-contact list (1 row)") == 1
    assert {
        name: [row["user_id"] for row in listed_in(tmp_path, name)] for name in TO_CALL
    } == before


def test_lists_without_phones_say_where_these_come_from(tmp_path: Path) -> None:
    ran = userops("report", SHOP / "orders.csv", "--sections", "week", "--lists", "-o", tmp_path / "r.md")  # fmt: skip
    assert ran.err.count("nobody's phone is known: --users FILE") == 1


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
        ("left out, as what doesn't run out ([replenishment] leave_out): gifts", "en",
         "left out, as what doesn't run out: gifts"),
        ("nothing says what leaders are paid: [[referral.rules]] in userops.toml, or a column", "en",
         "nothing says what leaders are paid"),
        ("share: of orders", "en", "share: of orders"),
    ],
)  # fmt: skip
def test_notes_speak_of_no_options(note: str, lang: str, said: str) -> None:
    assert plain(note, lang) == said  # type: ignore[arg-type]


def test_no_prose_speaks_of_options(page: str) -> None:
    body = page[page.index("<main>") : page.index('<section id="data"')]
    said = re.findall(r"<(?:p|li|h2|h3|summary)[^>]*>([^<]*--[a-z][^<]*)<", body)
    assert said == []


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("12 ordered, about 4 of them because of the list (winback)", "too few buyers to be sure",
                "more buyers in every 100")),
        ("zh", ("其中约 4 位因名单而下单（召回）", "下单人数太少，不足为据", "每 100 位多带来")),
    ],
)  # fmt: skip
def test_money_of_few_buyers_is_no_claim(
    lang: str, said: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of the users held back bought: what lists earned isn't told in money, but in buyers."""
    monkeypatch.chdir(SHOP)
    made = userops("report", "--lang", lang, "--sections", "week,contacts", "-f", "md").text
    assert [words for words in said if words not in made] == []
    assert "earned about" not in made
    assert "约带来 ¥" not in made


def test_next_to_no_more_buyers_has_no_minus() -> None:
    row = {"difference": -0.0001, "low": -0.02, "high": 0.02, "listed": 9, "held_back": 9}
    material = SimpleNamespace(say=lambda key, **facts: f"{key}: {facts['value']}")
    assert buyers_of_100(material, row, "told", "unclear") == "unclear: 0.0"  # type: ignore[arg-type]


def test_money_of_many_buyers_is_told(tmp_path: Path) -> None:
    """Of 300 listed 150 bought, of 150 held back 50, for 60 to 139 each."""
    lists, orders = (
        ["user_id,contact_time,group,reason,status"],
        ["order_id,user_id,paid_at,amount"],
    )
    for number in range(450):
        group = "holdout" if number % 3 == 0 else "listed"
        status = "reached" if group == "listed" else ""
        lists.append(f"u{number},2025-03-03,{group},winback,{status}")
        orders.append(f"a{number},u{number},2025-01-15,50.00")
        if number % 6 == 1 or number % 6 == 5 or number % 9 == 0:
            orders.append(f"b{number},u{number},2025-03-05,{60 + number % 80}.00")
    orders.append("z,z,2025-03-12,1.00")
    for name, lines in (("contacts", lists), ("orders", orders)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    config = tmp_path / "userops.toml"
    config.write_text('[contacts]\nholdout = "33%"\n')
    asked = (tmp_path / "orders.csv", "--contacts", tmp_path / "contacts.csv", "--config", config)
    text = userops("report", *asked, "--sections", "week,contacts", "-f", "md").text
    assert re.search(r"Last week's lists \(winback\) earned about [\d,.]+: 300 users listed", text)
    assert re.search(r"All lists so far brought [\d.]+ a user beyond users held back", text)
    assert "few buyers" not in text
