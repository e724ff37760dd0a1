"""Comparisons give what books, R and other tools print, and what SciPy computes on random data."""

import math
import random

import numpy as np
import pytest
from scipy import stats
from scipy.stats import contingency

from userops.stats.cuped import Pairs, adjusted_difference, theta
from userops.stats.difference_in_differences import difference_in_differences
from userops.stats.e_value import e_value
from userops.stats.intervals import difference
from userops.stats.means import Sums, lift, welch
from userops.stats.multiple_tests import benjamini_hochberg, holm
from userops.stats.pooling import chained, pool, shrunk
from userops.stats.proportions import differ, ratio, sample_ratio, several_differ
from userops.stats.reached import effect_on_reached


def sums(values) -> Sums:
    values = list(values)
    return Sums(len(values), sum(values), sum(value * value for value in values))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1),
    ],
)
def test_a_difference_of_two_shares_is_newcombes(counts, low, high):
    found = difference(*counts)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_ratio_of_two_shares_is_koopmans():
    found = ratio(7, 34, 1, 34)  # R's PropCIs, riskscoreci
    assert (round(found.low, 6), round(found.high, 6)) == (1.220853, 42.575718)
    found = ratio(36, 40, 16, 80)  # Nam (1995)
    assert (round(found.low, 3), round(found.high, 3)) == (2.940, 7.152)
    assert ratio(0, 10, 3, 10).low == 0
    assert math.isinf(ratio(3, 10, 0, 10).high)
    assert ratio(0, 10, 0, 10) is None
    both = ratio(10, 10, 10, 10)
    assert both.low < 1 < both.high


def test_a_ratio_turned_round_is_its_inverse():
    one, other = ratio(31, 200, 17, 150), ratio(17, 150, 31, 200)
    assert one.low == pytest.approx(1 / other.high, rel=1e-9)
    assert one.high == pytest.approx(1 / other.low, rel=1e-9)


def test_shares_of_several_groups():
    found = several_differ([83, 90, 129, 70], [86, 93, 136, 82])  # R's prop.test
    assert (round(found.chi_square, 3), found.df, round(found.p, 6)) == (12.6, 3, 0.005585)


def test_p_of_two_shares_is_scipys():
    chance = random.Random(1)
    for _ in range(50):
        n1, n2 = chance.randint(20, 400), chance.randint(20, 400)
        x1, x2 = chance.randint(0, n1), chance.randint(0, n2)
        found = differ(x1, n1, x2, n2)
        table = np.array([[x1, n1 - x1], [x2, n2 - x2]])
        if 0 in table.sum(axis=0):
            assert found is None
            continue
        few = contingency.expected_freq(table).min() < 5
        assert found.exact == few
        if few:
            observed = stats.hypergeom.pmf(x1, n1 + n2, x1 + x2, n1)
            expected = stats.fisher_exact(table).pvalue - observed / 2
        else:
            expected = stats.chi2_contingency(table, correction=False).pvalue
        assert found.p == pytest.approx(expected, rel=1e-8)


def test_a_difference_of_means_is_welchs():
    # R's data set sleep (Student 1908).
    one = sums([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    two = sums([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = welch(one, two)
    assert (round(found.t, 4), round(found.df, 3), round(found.p, 5)) == (-1.8608, 17.776, 0.07939)
    ends = (round(found.difference.low, 7), round(found.difference.high, 7))
    assert ends == (-3.3654832, 0.2054832)


def test_sums_alone_give_a_difference_and_a_lift():
    # GrowthBook's own tests.
    control, treated = Sums(3407, 1396.87, 52377.9767), Sums(3461, 2422.7, 134698.29)
    found = welch(treated, control)
    shown = [
        round(found.difference.value, 2),
        round(found.difference.low, 5),
        round(found.difference.high, 5),
        round(found.p, 5),
    ]
    assert shown == [0.29, 0.04538, 0.53462, 0.02016]
    relative = lift(treated, control)
    shown = (round(relative.value, 4), round(relative.low, 3), round(relative.high, 3))
    assert shown == (0.7073, 0.105, 1.637)


def test_welch_is_scipys_and_money_is_exact():
    chance = np.random.default_rng(2)
    for size in (2, 5, 40, 3000):
        a, b = chance.integers(0, 10**7, size), chance.integers(0, 10**7, size + 3)
        found = welch(sums(map(int, a)), sums(map(int, b)))
        expected = stats.ttest_ind(a, b, equal_var=False)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
        interval = expected.confidence_interval()
        assert found.difference.low == pytest.approx(interval.low, rel=1e-9)
        assert found.difference.high == pytest.approx(interval.high, rel=1e-9)
    # Values that hardly vary: their squares' sum would lose it as a float.
    values = [10**12, 10**12 + 1, 10**12 + 2]
    assert sums(values).variance == 1


def test_means_of_too_few_or_without_spread_are_not_compared():
    assert welch(Sums(1, 5, 25), Sums(9, 5, 25)) is None
    assert welch(Sums(3, 0, 0), Sums(3, 0, 0)) is None
    assert lift(Sums(3, 9, 29), Sums(3, 0, 0)) is None


@pytest.mark.parametrize(
    ("counts", "shares", "p"),
    [
        # GrowthBook's own tests; Fabijan et al. (2019).
        ([1000, 1200], [0.5, 0.5], 0.000020079),
        ([310, 98], [0.75, 0.25], 0.647434186),
        ([500, 500, 600], [0.34, 0.33, 0.33], 0.000592638),
        ([4072, 2035], [0.8, 0.2], 2.40e-149),
        ([821588, 815482], [0.5, 0.5], 1.8e-6),
    ],
)
def test_sample_ratio(counts, shares, p):
    assert sample_ratio(counts, shares).p == pytest.approx(
        p, rel=0.02 if p < 1e-5 else 0, abs=5e-10 if p > 1e-5 else 0
    )


def test_adjusted_for_many():
    assert holm([0.01, 0.04, 0.03, 0.005, 0.55, 0.6]) == pytest.approx(
        [0.05, 0.12, 0.12, 0.03, 1, 1]
    )
    cells = [0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138]
    expected = [0.964, 0.2415, 0.0245, 0.964, 0.7532, 0.0245, 0.2415]
    assert benjamini_hochberg(cells) == pytest.approx(expected)
    assert benjamini_hochberg(cells) == pytest.approx(stats.false_discovery_control(cells))
    assert holm([]) == benjamini_hochberg([]) == []


def pairs(x, y) -> Pairs:
    return Pairs(sums(x), sums(y), sum(a * b for a, b in zip(x, y, strict=True)))


def test_cuped_is_the_regressions_coefficient():
    arm = pairs([0.3, 0.5, 0.9, 22], [2, 1, 5, 3])
    assert round(theta([arm]), 5) == 0.01864
    chance = np.random.default_rng(3)
    x = chance.integers(0, 900, 400)
    treated = chance.random(400) < 0.4
    y = x // 3 + chance.integers(0, 200, 400) + 15 * treated
    design = np.column_stack((np.ones(400), treated, x))
    expected = np.linalg.lstsq(design, y, rcond=None)[0]
    arms = [pairs(x[who].tolist(), y[who].tolist()) for who in (treated, ~treated)]
    found = adjusted_difference(*arms)
    assert found.difference.value == pytest.approx(expected[1], rel=1e-9)
    assert found.theta == pytest.approx(expected[2], rel=1e-9)
    assert 0.5 < found.saved < 1
    assert adjusted_difference(pairs([1, 1], [2, 3]), pairs([1, 1], [5, 4])) is None


def test_effect_on_those_reached():
    # Sommer and Zeger (1991): vitamin A; deaths of 12,094 assigned (9,675 reached) and 11,588.
    y1, y0, share = 46 / 12094, 74 / 11588, 9675 / 12094
    variance = y1 * (1 - y1) / 12094 + y0 * (1 - y0) / 11588
    found = effect_on_reached(y1 - y0, variance, share, share * (1 - share) / 12094)
    assert (round(y1 - y0, 4), round(share, 2), round(found.value, 4)) == (-0.0026, 0.80, -0.0032)
    assert found.low < found.value < found.high < 0
    assert math.isinf(effect_on_reached(0.1, 0.01, 0.01, 0.01).high)
    assert effect_on_reached(0.1, 0.01, 0, 0) is None


# BCG vaccine: Colditz et al. (1994), as in metafor's dat.bcg.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip


def test_pooling_is_dersimonian_and_lairds():
    logs = [math.log((a / (a + b)) / (c / (c + d))) for a, b, c, d in BCG]
    variances = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG]
    found = pool(logs, variances)
    shown = [round(v, 4) for v in (found.fixed, found.q, found.between, found.random, found.error)]
    assert shown == [-0.4303, 152.2330, 0.3088, -0.7141, 0.1787]
    drawn = shrunk(logs[0], variances[0], found)
    kept = found.between / (found.between + variances[0])
    assert drawn == pytest.approx(kept * logs[0] + (1 - kept) * found.random)
    assert pool([0.2], [0.1]).random == 0.2


def test_lifts_chain():
    found = chained([0.1, 0.05], [0.04, 0.03])
    assert [round(v, 3) for v in (found.value, found.low, found.high)] == [0.155, 0.047, 0.274]


def test_difference_in_differences():
    # Card and Krueger (1994), table 3: New Jersey 20.44 to 21.03, Pennsylvania 23.33 to 21.17.
    jersey, pennsylvania = Sums(100, 59.0, 80.0), Sums(50, -108.0, 300.0)
    found = difference_in_differences([(jersey, pennsylvania)])
    assert round(found.difference.value, 2) == 2.75
    assert found.users == 100
    # Strata weigh by the first group's users; one without anybody to compare with is left out.
    strata = [
        (sums([1, 3]), sums([0, 2])),
        (sums([5, 5, 6, 8]), sums([1, 3, 2])),
        (sums([9, 9]), sums([1])),
    ]
    found = difference_in_differences(strata)
    assert found.difference.value == pytest.approx((2 * 1 + 4 * 4) / 6)
    assert (found.users, found.strata) == (6, 2)
    assert difference_in_differences([(sums([1]), sums([1, 2]))]) is None


def test_e_value():
    assert round(e_value(3.9), 2) == 7.26
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(1) == 1
