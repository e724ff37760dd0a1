from __future__ import annotations

import warnings

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from userops.stats.survival import happened_by, kaplan_meier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own dependencies deprecate
    from lifelines import KaplanMeierFitter

SPELLS = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=200)


def spells(rows: list[tuple[int, bool]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"days": pl.Int64, "happened": pl.Boolean}, orient="row")
    return frame.group_by("days", "happened").agg(users=pl.len())


class TestAgainstLifelines:
    @given(rows=SPELLS)
    @settings(max_examples=30)
    def test_every_day(self, rows) -> None:
        fitter = KaplanMeierFitter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter.fit([days for days, _ in rows], [happened for _, happened in rows])
        curve = kaplan_meier(spells(rows))
        for day in range(max(days for days, _ in rows) + 1):
            wanted = 1 - float(fitter.survival_function_at_times(day).iloc[0])
            assert happened_by(curve, day) == pytest.approx(wanted, abs=1e-12)
        table = fitter.event_table.reset_index()
        steps = table[table["observed"] > 0]
        assert curve["days"].to_list() == steps["event_at"].astype(int).to_list()
        assert curve["at_risk"].to_list() == steps["at_risk"].astype(int).to_list()
        assert curve["events"].to_list() == steps["observed"].astype(int).to_list()


class TestEnds:
    def test_kaplan_and_meiers_own_example(self) -> None:
        # Kaplan and Meier (1958), section 2: eight items, deaths at 0.8, 3.1, 5.4, 9.2 months,
        # losses at 1.0, 2.7, 7.0, 12.1; here in tenths.
        deaths, losses = (8, 31, 54, 92), (10, 27, 70, 121)
        rows = [(day, True) for day in deaths] + [(day, False) for day in losses]
        curve = kaplan_meier(spells(rows))
        wanted = [7 / 8, 7 / 8 * 4 / 5, 7 / 8 * 4 / 5 * 3 / 4, 7 / 8 * 4 / 5 * 3 / 4 * 1 / 2]
        assert curve["survival"].to_list() == pytest.approx(wanted)

    def test_everyone_at_once(self) -> None:
        assert happened_by(kaplan_meier(spells([(0, True)] * 3)), 0) == 1

    def test_no_one_yet(self) -> None:
        curve = kaplan_meier(spells([(5, False)] * 3))
        assert curve.is_empty()
        assert happened_by(curve, 3) == 0

    def test_who_leaves_on_a_day_is_at_risk_on_it(self) -> None:
        curve = kaplan_meier(spells([(5, True), (5, False)]))
        assert curve["at_risk"].to_list() == [2]

    def test_no_spells(self) -> None:
        assert kaplan_meier(spells([])).is_empty()
