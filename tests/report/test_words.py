"""Small things that a report says: counts, days, definitions, what's drawn and what isn't."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from helpers.running import userops
from report.conftest import SHOP
from report.test_absent import export, sections
from userops.language import definitions, explain, words
from userops.report.wording import SAYINGS, say


def bought(*days: str, each: int = 1) -> list[str]:
    """Rows of orders, each by a user of their own."""
    every = [day for day in days for _ in range(each)]
    return [f"{n},u{n},{day},5.00,milk" for n, day in enumerate(every)]


def days(first: str, count: int) -> list[str]:
    return [str(date.fromisoformat(first) + timedelta(n)) for n in range(count)]


def test_no_definition_says_its_word_twice() -> None:
    for lang in ("en", "zh"):
        for one in definitions.definitions():
            word, text = explain.label(one, lang), explain.text(one, lang)
            assert not text.casefold().startswith((f"{word}:".casefold(), f"{word}：".casefold()))


def test_words_of_several_meanings_are_told_apart(made: Path) -> None:
    text = (made / "report.md").read_text(encoding="utf-8")
    entries = Counter(re.findall(r"^- \*\*(.*?)\*\*:", text, re.MULTILINE))
    assert [word for word, count in entries.items() if count > 1] == []
    assert "Orders (Segments and tiers, Segments)" in entries
    assert "Orders (Headline)" in entries


def test_nothing_is_said_to_be_drawn_where_nothing_is(everything: list[str], made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "Hollow points: incomplete periods." in page
    mail = userops(*everything, "--sections", "headline", "--email", "-f", "html").text
    for text in ((made / "report.md").read_text(encoding="utf-8"), mail):
        assert "hollow" not in text.casefold()
        assert "is incomplete and isn" in text
        assert "so far in the running week" in text


def test_one_day_is_one_day(tmp_path: Path) -> None:
    said = sections(export(tmp_path, *bought(*days("2025-06-16", 15))))
    assert "2025-06-30 is incomplete and isn't compared." in said["Headline"]


def test_nothing_changed(tmp_path: Path) -> None:
    file = export(tmp_path, *bought("2025-05-05", "2025-07-14"))
    said = sections(file)["What changed, and among whom"]
    assert said == (
        "Net revenue didn't change.\n\nBy channel: the orders would need a column with their channel."
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_is_one(lang: str) -> None:
    said = say("moves sentence", lang, day="2025-01-01", up=1, down=2)  # type: ignore[arg-type]
    assert "1 user rose" in said or "1 位用户升级" in said
    assert not [text for text in SAYINGS.values() if re.search(r"\{\w+\} (users|rows) ", text[0])]


def test_cohorts_that_count_who_came_later_say_so(tmp_path: Path) -> None:
    config = tmp_path / "userops.toml"
    config.write_text('[cohorts]\nreturning = "on-or-after"\n', encoding="utf-8")
    said = sections(SHOP / "orders.csv", "--config", config)["Cohorts"]
    assert "came back one month later or after that" in said
    assert "counted is who came in the period or later" in said
    assert "or after that" not in sections(SHOP / "orders.csv")["Cohorts"]


def test_a_section_speaks_as_its_analysis_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word may be called one thing in one analysis and another in the next."""
    asked: set[tuple[str, str]] = set()
    for name in ("column", "phrase"):
        real = getattr(words, name)

        def heard(*given, analysis: str = "", real=real, **more):
            asked.add((given[0], analysis))
            return real(*given, analysis=analysis, **more)

        monkeypatch.setattr(words, name, heard)
    arguments = ("report", SHOP / "orders.csv", "--events", SHOP / "events.csv", "--lang", "zh")
    assert userops(*arguments, "--sections", "activity,segments", "-f", "md", "-q").code == 0
    of_nobody = {text for text, analysis in asked if not analysis}
    assert of_nobody <= {"not whole yet", "yes", "no"}
    # What heads of columns mean is said by whoever defines it.
    said = {analysis for text, analysis in asked if text not in of_nobody}
    assert said - {"segment"} == {"activity", "kpis"}


def test_rates_have_their_counts_and_interval(tmp_path: Path) -> None:
    """Two of two came back within 30 days, against one of three the week before."""
    rows = [
        *("a,2025-05-05", "a,2025-05-15", "b,2025-05-06", "c,2025-05-07"),
        *("d,2025-05-12", "d,2025-05-20", "e,2025-05-13", "e,2025-05-22"),
        "f,2025-06-15",
    ]
    lines = [f"{n},{row},5.00,milk" for n, row in enumerate(rows)]
    said = sections(export(tmp_path, *lines))
    assert (
        "| 30-day repurchase | 100.0 % | +66.7 pt | 2 of 2, 34.2 – 100.0 %; 33.3 % (1 of 3) before; n = 2 and 3: within noise |"
        in said["Headline"]
    )
    assert re.search(
        r"of users buy again within 30 days \(\d+ of \d+, [0-9.]+ – [0-9.]+ %\)", said["Repurchase"]
    )
