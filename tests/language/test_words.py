from __future__ import annotations

import re

import pytest

from columns import columns, rules
from helpers.each import each
from userops.core.rule_tables import RFM8
from userops.language import definitions, places, vocabulary, words

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def of_analyses(names: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Whose names are, each by itself: an analysis and a name, from those of modules."""
    return sorted(
        {(one, name) for path in names for one in places.whose(path) for name in names[path]}
    )


@each(rules)
def test_every_segment_stage_and_action_has_chinese_words(word: str) -> None:
    assert CHINESE.search(words.phrase(word, "zh"))


@each(lambda: sorted({name for names in columns().values() for name in names}))
def test_every_column_has_a_label_in_both_languages(name: str) -> None:
    english, chinese = vocabulary.everywhere("columns")[name]
    assert english
    assert not CHINESE.search(english)
    assert chinese


@each(lambda: of_analyses(columns()))
def test_every_analysis_knows_its_columns(analysis: str, name: str) -> None:
    assert words.has_column(name, analysis=analysis)
    for lang in ("en", "zh"):
        assert words.column(name, lang, analysis=analysis)


@each(lambda: sorted({name for module in definitions.modules() for name in module.tables}))
def test_every_table_has_a_title_in_both_languages(name: str) -> None:
    english, chinese = vocabulary.everywhere("titles")[name]
    assert english
    assert CHINESE.search(chinese)


@each(lambda: of_analyses({one.path: {*one.tables} for one in definitions.modules()}))
def test_every_analysis_knows_its_tables(analysis: str, name: str) -> None:
    assert name in vocabulary.near("titles", analysis)


def test_columns_and_rules_are_found() -> None:
    assert {"Champions", "Others", "key win back", "low", "Second order within 30 days"} <= {
        *rules()
    }
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


@each(lambda: vocabulary.everywhere("phrases"))
def test_a_translation_keeps_the_blanks(text: str) -> None:
    blanks = re.compile(r"{\w+}")
    assert sorted(blanks.findall(text)) == sorted(blanks.findall(words.phrase(text, "zh")))


def test_users_own_words_stay_as_they_are() -> None:
    assert words.phrase("Whales", "zh") == "Whales"
    assert words.column("my_column", "en") == "My column"
    assert words.column("my_column", "zh") == "my_column"


@pytest.mark.parametrize("analysis", ["screen", "referral", "community"])
def test_keys_are_words_in_both_languages(analysis: str) -> None:
    keys = [
        key for key in vocabulary.near("phrases", analysis) if "_" in key and key.isidentifier()
    ]
    for key in {*keys} & {*vocabulary.book(f"analyses/{analysis}").get("phrases", {})}:
        assert "_" not in words.phrase(key, "en", analysis=analysis), key
        assert CHINESE.search(words.phrase(key, "zh", analysis=analysis)), key
    assert words.phrase("interval_days", "en", analysis="screen") == "days between orders"
    assert words.phrase("my_channel", "en", analysis="screen") == "my_channel"


def test_what_one_analysis_calls_suspicious_is_plain_elsewhere() -> None:
    assert words.phrase("refunded", "zh", analysis="check") == "全额退款"
    assert words.phrase("refunded", "zh", analysis="referral") == "异常退款"
    assert words.column("value", "zh", analysis="check") == "内容"
    assert words.column("value", "zh", analysis="cohorts") == "数值"
