from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from userops.analyses.funnel.params import FunnelParams
from userops.core.errors import UsageError
from userops.core.rule_tables import GRID, RFM8, TABLES, TIERS, Rule
from userops.customers.params import LifecycleParams, RfmParams
from userops.customers.stages import STAGES
from userops.settings import Settings, load, whole


@pytest.fixture
def settings(tmp_path: Path):
    def read(text: str) -> Settings:
        (tmp_path / "userops.toml").write_text(text, encoding="utf-8")
        return load(str(tmp_path / "userops.toml"))[0]

    return read


def test_without_a_file(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    nothing_set, file = load(None)
    assert file is None
    assert nothing_set == Settings()
    assert nothing_set.params(RfmParams) == RfmParams()


def test_an_empty_file_changes_nothing(settings) -> None:
    empty = settings("")
    assert empty.model_dump(exclude_defaults=True) == {}
    assert empty.params(RfmParams) == RfmParams()


def test_a_file_with_a_bom(settings) -> None:
    assert settings("\ufefflang = 'zh'").lang == "zh"


def test_a_file_that_isnt_there(tmp_path) -> None:
    with pytest.raises(UsageError, match="no such settings file"):
        load(str(tmp_path / "userops.toml"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("lnag = 'zh'", 1, "did you mean lang?"),
        ("\n[rfm]\nbin = 3", 3, "did you mean bins?"),
        ("[lang]\n", 1, "lang"),
        ("lang = 'fr'", 1, "'en' or 'zh'"),
        ("[rfm]\nbins = 1", 2, "greater than or equal to 2"),
        ("[reading]\ndecimal = ';'", 2, "decimal"),
        ("rfm.bin = 3", 1, "did you mean bins?"),
        ("[status]\nok = 'fine'", 2, "status.ok"),
        ("[segments.x]\nrules = []", 2, "rules"),
        ("[segments.x]\nrules = [{name='A'}]\notherwis = 'B'", 3, "did you mean otherwise?"),
        ("[[segments.x.rules]]\nnam = 'A'", 2, "did you mean name?"),
        (
            "[[segments.x.rules]]\nname = 'A'\nr = 3",
            3,
            "segments.x.rules, row 1, r: must be a list",
        ),
        ("[cuts]\nrecency = [1]\nfrequency = [1]", 1, "cuts.monetary: is missing"),
        ("[exports]\norder = ['a.csv']", 2, "did you mean orders?"),
        ("[funnel]\nsteps = ['a']", 2, "needs 2 values or more"),
        ("[rfm]\nbins = 'x'", 2, "must be a whole number"),
        ("[ltv]\nmargin = 'much'", 2, "must be a number"),
        ("[cuts]\nrecency = ['x']\nfrequency = [1]\nmonetary = [1]", 2, "must be a number"),
        ("exports = 3", 1, "must be a table"),
        ("[lifecycle]\nslump_days = 70", 1, "slump_days 70 must be less than churn_days 60"),
        ("[goals.users]\nperiod = 'week'", 1, "needs either target or growth"),
        ("\n[goals.user]\ntarget = 3", 2, "goals: user is not a metric\ndid you mean users?"),
        ("goals = { nope = { target = 3 } }", 1, "goals: nope is not a metric"),
        (
            "[segments.x]\notherwise = 'B'\nrules = [{name='A', r=[0, 3]}]",
            3,
            "segments.x.rules, row 1, r, value 1: must be greater",
        ),
        (
            "[[segments.x.rules]]\nname = 'A'\n[[segments.x.rules]]\nname = 'B'\nf = [1, 2, 3]",
            5,
            "segments.x.rules, row 2, f: has more than 2 values",
        ),
        ("[funnel]\nsteps = ['a', 3]", 2, "funnel.steps, value 2: must be text"),
        ("[funnel.sources]\npay = 3", 2, "funnel.sources.pay: must be text or a list"),
        ("[funnel.sources]\npay = ['a', 3]", 2, "funnel.sources.pay, value 2: must be text"),
        ("[cuts]\nrecency = [[1]]\nfrequency = [1]\nmonetary = [1]", 2, "must be a number"),
        ("[playbook]\nhigh = 'a'\nChampion = 'b'", 3, "Champion is not a segment, tier or stage"),
        ("[playbook]\nChampion = 'b'", 2, "did you mean Champions?"),
        ("playbook = { hihg = 'a' }", 1, "did you mean high?"),
        ("playbook.hihg = 'a'", 1, "did you mean high?"),
        (
            "[playbook]\n'Very god' = 'a'\n[[segments.x.rules]]\nname = 'Very good'",
            2,
            "did you mean Very good?",
        ),
    ],
)
def test_what_cant_be_names_line_and_key(settings, text, line, said) -> None:
    with pytest.raises(UsageError) as error:
        settings(text)
    assert f"userops.toml, line {line}:" in str(error.value)
    assert said in str(error.value)
    assert not re.search("Input|Value error|Tuple|validation|Fraction", str(error.value))


def test_not_toml(settings) -> None:
    with pytest.raises(UsageError, match="not TOML"):
        settings("a = 1\n[rfm")


class TestRuleTables:
    def test_own_rules(self, settings) -> None:
        told = settings(
            "[segments.mine]\notherwise = 'Rest'\n"
            "rules = [{name='Good', r=[4, 5], action='call'}, {name='Poor', m=[1, 1]}]"
        )
        table = told.rule_table("mine")
        assert table.name == "mine"
        assert table.rules == (
            Rule("Good", (4, 5), (1, 5), (1, 5), "call"),
            Rule("Poor", (1, 5), (1, 5), (1, 1)),
        )
        assert table.segments[-1].name == "Rest"

    def test_built_in(self) -> None:
        assert Settings().rule_table("grid") is GRID
        assert Settings().rule_table("rfm8") is None

    def test_own_table_in_the_place_of_a_built_in_one(self, settings) -> None:
        told = settings("[segments.grid]\nrules = [{name='All'}]")
        assert [rule.name for rule in told.rule_table("grid").segments] == ["All"]

    def test_unknown(self) -> None:
        with pytest.raises(UsageError, match="unknown segments: gird") as error:
            Settings().rule_table("gird")
        assert "did you mean grid?" in error.value.mend

    def test_scores_outside_of_five_points(self, settings) -> None:
        for range_ in ("[0, 3]", "[4, 6]", "[1, 2, 3]"):
            with pytest.raises(UsageError):
                settings(f"[segments.x]\nrules = [{{name='A', r={range_}}}, {{name='B'}}]")


class TestPlaybook:
    def test_every_segment_tier_and_stage_can_have_a_line(self, settings) -> None:
        named = [
            *(rule.name for table in TABLES.values() for rule in table.segments),
            *(rule.name for rule in (*RFM8, *TIERS, *STAGES)),
            "Mine",
            "Rest",
        ]
        lines = "".join(f'"{name}" = "do"\n' for name in dict.fromkeys(named))
        told = settings(
            f"[playbook]\n{lines}[segments.x]\nrules = [{{name='Mine'}}]\notherwise = 'Rest'"
        )
        assert set(told.playbook) == set(named)


class TestCuts:
    def test_they_are_exact(self, settings) -> None:
        told = settings("[cuts]\nrecency = [30]\nfrequency = [1.5]\nmonetary = [0.1, '19.99']")
        assert told.fixed_cuts(2) == {
            "recency": [Fraction(30)],
            "frequency": [Fraction(3, 2)],
            "monetary": [Fraction(10), Fraction(1999)],
        }

    def test_they_ascend(self, settings) -> None:
        with pytest.raises(UsageError, match=r"cuts\.recency: must be ascending"):
            settings("[cuts]\nrecency = [9, 1]\nfrequency = [1]\nmonetary = [1]")

    def test_none(self) -> None:
        assert Settings().fixed_cuts(2) is None

    @pytest.mark.parametrize("point", ["'much'", "nan", "inf"])
    def test_no_number(self, settings, point) -> None:
        with pytest.raises(UsageError):
            settings(f"[cuts]\nrecency = [{point}]\nfrequency = [1]\nmonetary = [1]")


class TestParams:
    def test_options_win_over_settings(self) -> None:
        known = whole().model_validate({"rfm": {"bins": 3, "new_days": 7}})
        assert known.params(RfmParams, bins=4, new_days=None) == RfmParams(bins=4, new_days=7)

    @pytest.mark.parametrize("given", [{"bins": 1}, {"bins": 21}, {"new_days": -1}])
    def test_out_of_bounds(self, given) -> None:
        name, value = next(iter(given.items()))
        with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} {value}"):
            Settings().params(RfmParams, **given)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"slump_days": 60}, "--slump-days 60: must be less than --churn-days, which is 60"),
            ({"churn_days": 20}, "--churn-days 20: must be more than --slump-days, which is 30"),
            ({"growth_orders": 7}, "--growth-orders 7: must be less than --maturity-orders"),
            ({"slump_days": 90, "churn_days": 80}, "--slump-days 90: must be less"),
        ],
    )
    def test_what_was_given_is_what_is_blamed(self, given, said) -> None:
        with pytest.raises(UsageError, match=said):
            Settings().params(LifecycleParams, **given)

    def test_a_list_is_shown_as_it_was_typed(self) -> None:
        with pytest.raises(UsageError, match="--steps browse: needs 2 values or more"):
            Settings().params(FunnelParams, steps=["browse"])
