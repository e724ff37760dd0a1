from __future__ import annotations

import re

import pytest

from columns import columns
from userops.core.errors import Exit, UsageError
from userops.language import definitions as book
from userops.language.explain import explain, label, text

ALL = book.definitions()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def ids(one: book.Definition) -> str:
    return f"{one.kind} {one.key} {one.rules}"


@pytest.mark.parametrize("one", ALL, ids=ids)
def test_every_name_is_explained_in_both_languages(one: book.Definition) -> None:
    for lang in ("en", "zh"):
        shown = explain(one.name, lang)
        assert one.name in shown
        assert f"userops.{book.paths()[one.module]}" in shown
    if one.kind != book.TABLE:
        assert one.text


@pytest.mark.parametrize("one", [one for one in ALL if one.text], ids=ids)
def test_every_definition_has_a_chinese_one(one: book.Definition) -> None:
    if one.kind == book.SEGMENT:  # scores: letters and digits
        assert text(one, "zh") != one.text
    else:
        assert CHINESE.search(text(one, "zh"))


@pytest.mark.parametrize("one", ALL, ids=ids)
def test_labels_are_names_too(one: book.Definition) -> None:
    for lang in ("en", "zh"):
        assert one.name in explain(label(one, lang), "en")


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, names in columns().items() for name in sorted(names)],
)
def test_every_column_of_every_table_is_defined(module: str, name: str) -> None:
    assert name in {one.name for one in ALL}, f"{module}: define {name} in the docstring"


def test_a_definition_is_the_docstring_of_the_code() -> None:
    from userops import rfm

    shown = explain("recency_days", "en")
    assert shown.splitlines()[0] == "recency_days · Recency (days) · days"
    assert "as_of - date of the last valid order." in shown
    assert "as_of - date of the last valid order." in (rfm.__doc__ or "")
    assert "userops segment (users, summary, tiers, cuts)" in shown
    assert "userops.rfm" in shown


def test_one_header_defines_several_names() -> None:
    assert "1 + (number of cuts < value)" in explain("m_score", "en")


def test_segments_tell_their_scores_in_each_rule_table() -> None:
    shown = explain("champions", "en")
    assert "R 5, F 4-5, M 1-5" in shown
    assert "R 5, F 5, M 5" in shown
    assert "Thank them" in shown


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("key value", "R high, F high, M high"),
        ("key growth", "R high, F low, M high"),
        ("key keep", "R low, F high, M high"),
        ("general value", "R high, F high, M low"),
        ("general win back", "R low, F low, M low"),
    ],
)
def test_groups_of_the_trade_are_high_or_low_against_the_mean(name: str, rule: str) -> None:
    assert rule in explain(name, "en")


def test_chinese_answers_chinese() -> None:
    shown = explain("冠军用户", "zh")
    assert shown.startswith("Champions · 冠军用户 · 分群")
    assert "建议动作" in shown
    assert explain("净消费额", "zh") == explain("MONETARY", "zh")


def test_a_columns_own_words_lead_to_it() -> None:
    assert explain("slump", "en").startswith("stage")


def test_names_may_be_written_freely() -> None:
    assert explain("Net Amount", "en") == explain("net_amount", "en") == explain("net amount", "en")


def test_a_table_says_how_to_show_it() -> None:
    assert "userops segment --show cuts" in explain("cuts", "en")


def test_fields_tell_the_headers_they_are_known_by() -> None:
    assert "实付金额" in explain("amount", "en")


def test_statuses_tell_their_words() -> None:
    assert "交易关闭" in explain("void", "en")


def test_without_a_name_all_are_listed() -> None:
    for lang in ("en", "zh"):
        listed = explain(None, lang)
        assert all(f"  {one.name}" in listed for one in ALL)


def test_an_unknown_name_proposes_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        explain("recency_dys", "en")
    assert "did you mean recency_days" in caught.value.mend
    assert caught.value.exit == Exit.USAGE


def test_lines_are_no_wider_than_a_page() -> None:
    assert all(len(line) <= 88 for line in explain("void", "en").splitlines())
