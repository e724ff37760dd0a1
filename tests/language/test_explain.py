from __future__ import annotations

import ast
import re

import pytest

from columns import columns
from helpers.each import each
from userops.core.errors import Exit, UsageError
from userops.core.rule_tables import RFM8, TABLES
from userops.language import contents, places, sources
from userops.language import definitions as book
from userops.language.explain import aliases, explain, found, label, text

ALL = book.definitions()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def ids(one: book.Definition) -> str:
    return f"{one.kind} {one.key} {one.rules}"


@each(lambda: ALL, ids)
def test_every_name_is_explained_in_both_languages(one: book.Definition) -> None:
    for lang in ("en", "zh"):
        shown = explain(one.name, lang)
        assert one.name in shown
        assert f"userops.{book.paths()[one.module].removesuffix('.__init__')}" in shown
    if one.kind != book.TABLE:
        assert one.text


@each(lambda: [one for one in ALL if one.text], ids)
def test_every_definition_has_a_chinese_one(one: book.Definition) -> None:
    if one.kind == book.SEGMENT:  # scores: letters and digits
        assert text(one, "zh") != one.text
    else:
        assert CHINESE.search(text(one, "zh"))


@each(lambda: ALL, ids)
def test_labels_are_names_too(one: book.Definition) -> None:
    for lang in ("en", "zh"):
        assert one.name in explain(label(one, lang), "en")


@each(lambda: [(module, name) for module, names in columns().items() for name in sorted(names)])
def test_every_column_of_every_table_is_defined(module: str, name: str) -> None:
    assert name in {one.name for one in ALL}, f"{module}: define {name} in the docstring"


def test_a_definition_is_the_docstring_of_the_code() -> None:
    from userops import rfm

    shown = explain("recency_days", "en")
    assert shown.splitlines()[0] == "recency_days · Recency (days) · days"
    assert "as_of - date of the last valid order." in shown
    assert "as_of - date of the last valid order." in (rfm.__doc__ or "")
    assert "userops segment (users)" in shown
    assert "userops lifecycle (users)" in shown
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


def test_all_are_listed() -> None:
    for lang in ("en", "zh"):
        listed = explain("all", lang)
        assert all(f"  {one.name}" in listed for one in ALL)


def test_without_a_name_it_says_what_there_is() -> None:
    for lang in ("en", "zh"):
        shown = explain(None, lang).splitlines()
        assert len(shown) < 40
        for analysis in places.analyses():
            assert any(f"userops explain {analysis} " in line for line in shown)
        assert any("userops explain all" in line for line in shown)
    assert CHINESE.search(explain(None, "zh"))


@pytest.mark.parametrize("name", contents.groups())
def test_a_group_lists_its_words_and_says_how_many(name: str) -> None:
    listed = explain(name, "en").splitlines()
    known = contents.groups()[name]
    assert all(any(line.split("  ")[1:2] == [one.name] for line in listed) for one in known)
    (line,) = [line for line in explain(None, "en").splitlines() if f" explain {name} " in line]
    count = len({(one.kind, one.name) for one in known})
    assert f"  userops {contents.command(name)}  " in line or not contents.command(name)
    assert {*line.split(f" {count} ")[1].strip().split(", ")} <= {one.name for one in known}


@each(lambda: ALL, ids)
def test_every_word_is_in_a_list(one: book.Definition) -> None:
    lists = [name for name, known in contents.groups().items() if one in known]
    # What holds for all analyses is no one's, and an interval is what each says it is.
    assert lists or one.module in ("dates", "intervals", "conditions")


@each(aliases)
def test_what_people_call_it_leads_somewhere(alias: str) -> None:
    names = aliases()[alias]
    assert names
    for name in names:
        leading = [one for one in ALL if name in (one.name, one.key)]
        assert leading
        assert all(one in found(alias) for one in leading)


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        ("churn", "churned_after_days"), ("retention", "numerator / size"), ("LTV", "ltv_to_date"),
        ("CAC", "cost / new_users"), ("as_of", "last day that counts"), ("as of", "last day that"),
        ("margin", "net revenue that is earned"), ("AOV", "revenue / orders"), ("ARPU", "ltv_to_date"),
        ("cohort", "first valid order"), ("RFM", "rfm_score"), ("GMV", "net amount"),
        ("留存", "numerator / size"), ("复购率", "repurchase_rate"), ("流失", "churned"),
        ("客单价", "aov"), ("分群", "rule table"), ("grid", "Champions, Loyal"),
    ],
)  # fmt: skip
def test_words_that_people_try(tried: str, said: str) -> None:
    assert said in explain(tried, "en")
    assert CHINESE.search(explain(tried, "zh"))


@pytest.mark.parametrize("name", [*TABLES, "rfm8"])
def test_a_rule_table_lists_its_segments(name: str) -> None:
    rules = TABLES[name].segments if name in TABLES else RFM8
    english, chinese = (" ".join(explain(name, lang).split()) for lang in ("en", "zh"))
    assert ", ".join(rule.name for rule in rules) in english
    assert chinese.count(", ") >= len(rules) - 1


@each(lambda: [one for one in ALL if one.kind == book.TERM], ids)
def test_where_a_word_is_used_are_tables_of_a_command(one: book.Definition) -> None:
    known = {name for module in book.modules() for name in module.tables}
    for use in places.uses(one):
        command, _, tables = use.removeprefix("userops ").partition(" (")
        assert command in {*map(places.command, places.analyses()), "report", "prepare"}
        assert {*tables.removesuffix(")").split(", ")} - {""} <= known


@pytest.mark.parametrize(
    ("key", "uses"),
    [
        ("rfm.recency_days", ["userops segment (users)"]),
        ("rfm.segment", ["userops segment (users, summary)"]),
        ("by_events.use_tier", ["userops segment (users, two_way)"]),
        ("acquisition.cac", ["userops ltv (summary, channels)", "userops report (ltv_periods)"]),
        ("forecast.p_alive", ["userops ltv (users)"]),
        ("repurchase.rate", ["userops repurchase (windows, orders)"]),
        ("replenishment.rate", ["userops repurchase (categories, backtest)"]),
        ("findings.busy user", ["userops check (findings)"]),
        ("measures.aov", ["userops report (periods)"]),
        ("movements.from_tier", ["userops report (tier_moves)"]),
        ("movements/tier_moves", ["userops report"]),
        ("funnel/steps", ["userops funnel --show steps"]),
        ("store.rows", ["userops prepare (exports)"]),
        ("dates.as_of", []),
    ],
)
def test_where_words_are_used(key: str, uses: list[str]) -> None:
    (one,) = [one for one in ALL if one.key == key and one.kind in (book.TERM, book.TABLE)]
    assert list(places.uses(one)) == uses


def test_names_of_modules_are_their_own() -> None:
    modules = {module.name for module in book.modules()}
    params = {one.module for one in ALL if one.kind == book.PARAMETER}
    assert len(book.paths()) == len(book.modules()) + len(params)
    assert not modules & params


def test_an_unknown_name_proposes_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        explain("recency_dys", "en")
    assert "did you mean recency_days" in caught.value.mend
    assert caught.value.exit == Exit.USAGE


def test_lines_are_no_wider_than_a_page() -> None:
    assert all(len(line) <= 88 for line in explain("void", "en").splitlines())


@each(lambda: [path for room in sources.rooms_in("") for path in sources.modules_of(room)])
def test_what_a_module_says_of_itself_is_its_docstring(path: str) -> None:
    assert sources.docstring(path) == (ast.get_docstring(sources.tree(path)) or "")
    nodes = [node for node in ast.walk(sources.tree(path)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").startswith("userops")]
    modules = {(node.module or "").removeprefix("userops").strip(".") for node in ours}
    assert {room for room in sources.imports(path) if f"{room}".strip(".") in modules} >= modules
    assert {one.split(".")[-1] for one in sources.imports(path)} >= {
        alias.name for node in ours for alias in node.names
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("within", ["--within DAYS", "[replenishment] within", "[funnel] within", "userops repurchase"]),
        ("calibration_end", ["takes what --as-of takes", "half way", "[ltv] calibration_end"]),
        ("leave-out", ["--leave-out", "[replenishment] leave_out"]),
        ("bins", ["[rfm] bins", "userops segment", "5"]),
        ("--steps", ["register,browse,click,cart,order,pay,reorder"]),
        ("silence", ["minutes of inactivity", "30"]),
        ("goals", ["goals by measure", "userops goals"]),
        ("pii", ["USEROPS_PII_KEY", "userops report"]),
        ("dataset", ["what the exports hold", "userops check"]),
    ],
)  # fmt: skip
def test_parameters_are_explained(name: str, said: list[str]) -> None:
    shown = " ".join(explain(name, "en").split()).casefold()
    assert all(text.casefold() in shown for text in said), shown
    assert CHINESE.search(explain(name, "zh"))


def test_every_declared_parameter_is_known() -> None:
    from userops.analyses import ANALYSES
    from userops.analyses.report_params import ReportParams
    from userops.core.params import declared

    known = {(one.name, dict(one.facts)["default"]) for one in ALL if one.kind == book.PARAMETER}
    for params in (*(analysis.params for analysis in ANALYSES.values()), ReportParams):
        for one in declared(params):
            assert (one.name, one.default_text()) in known, f"{params.__name__}.{one.name}"


def test_words_go_before_parameters_of_their_name() -> None:
    shown = explain("margin", "en")
    assert [line.split(" · ")[-1] for line in shown.splitlines() if line[:1] != " " and line][
        -1
    ] == ("parameter")
    assert "net revenue that is earned" in shown
