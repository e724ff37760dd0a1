from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.core.errors import UsageError
from userops.core.rule_tables import (
    GRID,
    INTERVALS,
    RFM8,
    SCALE,
    TABLES,
    Rule,
    RuleTable,
    check,
    five_points,
)

CELLS = list(product(range(1, 6), repeat=3))
ranges = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda ends: (min(ends), max(ends)))
rules = st.builds(Rule, st.sampled_from("ABCDEFGH"), ranges, ranges, ranges)


def names(table: RuleTable, bins: int = 5) -> list[str]:
    return [table.segments[index].name for index in table.lookup(bins)]


class TestGrid:
    def test_it_is_complete_and_disjoint(self) -> None:
        assert list(check(GRID)) == []
        for cell in CELLS:
            assert sum(rule.matches(*cell) for rule in GRID.rules) == 1

    def test_its_cells(self) -> None:
        by_r_and_f = dict(zip(CELLS, names(GRID), strict=True))
        rows = [[by_r_and_f[r, f, 3] for f in range(1, 6)] for r in range(5, 0, -1)]
        assert rows == [
            ["New", "Potential loyalists", "Potential loyalists", "Champions", "Champions"],
            ["Promising", "Potential loyalists", "Potential loyalists", "Loyal", "Loyal"],
            ["About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"],
            ["Hibernating", "Hibernating", "At risk", "At risk", "Can't lose"],
            ["Hibernating", "Hibernating", "At risk", "At risk", "Can't lose"],
        ]

    def test_money_has_no_say(self) -> None:
        assert all(rule.m == (1, SCALE) for rule in GRID.rules)


class TestIntervals:
    def test_as_published(self) -> None:
        assert [(rule.name, rule.r, rule.f, rule.m) for rule in INTERVALS.rules] == [
            ("Champions", (5, 5), (5, 5), (5, 5)),
            ("Potential Loyalist", (3, 5), (3, 5), (2, 5)),
            ("Loyal Customers", (2, 4), (2, 4), (2, 4)),
            ("Promising", (3, 4), (1, 3), (3, 5)),
            ("New Customers", (4, 5), (1, 3), (1, 5)),
            ("Can't Lose Them", (1, 2), (3, 4), (4, 5)),
            ("At Risk", (1, 2), (2, 5), (4, 5)),
            ("Need Attention", (1, 3), (3, 5), (3, 5)),
            ("About To Sleep", (2, 3), (1, 3), (1, 4)),
            ("Lost", (1, 1), (1, 5), (1, 5)),
        ]

    @pytest.mark.parametrize(
        ("cell", "name"),
        [
            ((5, 5, 5), "Champions"),
            ((4, 4, 4), "Potential Loyalist"),  # before Loyal Customers, which it is too
            ((2, 2, 2), "Loyal Customers"),
            ((2, 5, 1), "Others"),
            ((1, 5, 5), "At Risk"),
            ((1, 1, 1), "Lost"),
        ],
    )
    def test_the_first_match_wins(self, cell, name) -> None:
        assert dict(zip(CELLS, names(INTERVALS), strict=True))[cell] == name

    def test_its_overlaps_are_said(self) -> None:
        said = list(check(INTERVALS))
        assert (
            "segments intervals: 'Champions' and 'Potential Loyalist' overlap; 'Champions' wins"
            in said
        )


class TestCheck:
    @given(st.lists(rules, min_size=1, max_size=6), st.booleans())
    def test_gaps_overlaps_and_what_is_out_of_reach(self, given, otherwise) -> None:
        table = RuleTable("x", tuple(given), Rule("rest") if otherwise else None)
        matching = {
            cell: [n for n, rule in enumerate(given) if rule.matches(*cell)] for cell in CELLS
        }
        gaps = [cell for cell, found in matching.items() if not found]
        reached = {found[0] for found in matching.values() if found}
        if gaps and not otherwise:
            with pytest.raises(UsageError, match=f"{len(gaps)} of 125") as error:
                list(check(table))
            assert "-".join(map(str, gaps[0])) in str(error.value)
        elif len(reached) < len(given):
            with pytest.raises(UsageError, match="nothing can reach"):
                list(check(table))
        else:
            pairs = {
                (given[found[0]].name, given[n].name)
                for found in matching.values()
                for n in found[1:]
            }
            assert len(list(check(table))) == len(pairs)

    @given(st.lists(rules, min_size=1, max_size=6))
    def test_lookup_is_the_first_match(self, given) -> None:
        table = RuleTable("x", tuple(given), Rule("rest"))
        for cell, index in zip(CELLS, table.lookup(5), strict=True):
            first = [n for n, rule in enumerate(given) if rule.matches(*cell)]
            assert index == (first[0] if first else len(given))


class TestFivePoints:
    @pytest.mark.parametrize("bins", range(2, 21))
    def test_ends_meet_ends_and_no_step_is_back(self, bins) -> None:
        points = [five_points(score, bins) for score in range(1, bins + 1)]
        assert (points[0], points[-1]) == (1, SCALE)
        assert points == sorted(points)
        assert set(points) == set(range(1, 6)) or bins < 5

    def test_examples(self) -> None:
        assert [five_points(score, 5) for score in range(1, 6)] == [1, 2, 3, 4, 5]
        assert [five_points(score, 3) for score in range(1, 4)] == [1, 3, 5]
        assert [five_points(score, 4) for score in range(1, 5)] == [1, 2, 4, 5]
        assert [five_points(score, 10) for score in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

    @pytest.mark.parametrize("bins", range(2, 21))
    @pytest.mark.parametrize("table", list(TABLES.values()), ids=lambda table: table.name)
    def test_every_score_has_a_segment(self, table, bins) -> None:
        index = table.lookup(bins)
        assert len(index) == bins**3
        assert max(index) < len(table.segments)


def test_every_segment_has_its_own_name_and_a_line_to_act_on() -> None:
    for segments in (GRID.segments, INTERVALS.segments, RFM8):
        assert len({rule.name for rule in segments}) == len(segments)
        assert all(rule.action for rule in segments)
