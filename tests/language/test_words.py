from __future__ import annotations

import re

import pytest

from columns import columns, rules
from userops.core.rule_tables import RFM8
from userops.language import definitions, words

RULES = rules()
COLUMNS = sorted({name for names in columns().values() for name in names})
TITLES = sorted({name for module in definitions.modules() for name in module.tables})
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("word", RULES)
def test_every_segment_stage_and_action_has_chinese_words(word: str) -> None:
    assert CHINESE.search(words.phrase(word, "zh"))


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_has_a_label_in_both_languages(name: str) -> None:
    english, chinese = words.COLUMNS[name]
    assert english
    assert not CHINESE.search(english)
    assert chinese


@pytest.mark.parametrize("name", TITLES)
def test_every_table_has_a_title_in_both_languages(name: str) -> None:
    english, chinese = words.TITLES[name]
    assert english
    assert CHINESE.search(chinese)


def test_columns_and_rules_are_found() -> None:
    assert {"Champions", "Others", "key win back", "low", "Second order within 30 days"} <= {*RULES}
    assert {"user_id", "rfm_score", "upper", "revenue_share"} <= columns()["rfm"]


def test_rfm8_has_the_words_of_the_trade() -> None:
    named = {rule.name: words.phrase(rule.name, "zh") for rule in RFM8}
    assert named == {
        "key value": "重要价值",
        "key growth": "重要发展",
        "key keep": "重要保持",
        "key win back": "重要挽留",
        "general value": "一般价值",
        "general growth": "一般发展",
        "general keep": "一般保持",
        "general win back": "一般挽留",
    }


@pytest.mark.parametrize("text", words.PHRASES)
def test_a_translation_keeps_the_blanks(text: str) -> None:
    blanks = re.compile(r"{\w+}")
    assert sorted(blanks.findall(text)) == sorted(blanks.findall(words.PHRASES[text]))


def test_users_own_words_stay_as_they_are() -> None:
    assert words.phrase("Whales", "zh") == "Whales"
    assert words.column("my_column", "en") == "My column"
    assert words.column("my_column", "zh") == "my_column"
