"""Parts of a whole, inequality, association, draws by hash, and sizes of samples."""

import doctest
import importlib
import math
import pkgutil
import random

import polars as pl
import pytest
from scipy import stats
from scipy.stats import contingency

import userops.stats
from userops.stats.always_valid import always_valid, always_valid_p
from userops.stats.association import adjusted_residuals, association
from userops.stats.hash_draw import hash_numbers, hash_share, hash_shares
from userops.stats.inequality import gini
from userops.stats.largest_remainder import share_out
from userops.stats.sample_size import (
    least_share,
    power_of_means,
    power_of_shares,
    users_per_arm,
)


def test_parts_sum_to_the_whole():
    assert share_out(80, [473, 311, 216]) == [38, 25, 17]
    assert share_out(80, [1, 1, 1]) == [27, 27, 26]
    assert share_out(1000, [1, 1, 1]) == [334, 333, 333]
    assert share_out(-7, [1, 1]) == [-4, -3]
    assert share_out(5, [0, 0]) == [0, 0]
    chance = random.Random(4)
    for _ in range(50):
        total = chance.randint(0, 10**15)
        weights = [chance.choice([0, chance.random(), chance.randint(1, 9)]) for _ in range(6)]
        parts = share_out(total, weights)
        if sum(weights):
            assert sum(parts) == total
            quotas = [total * weight / sum(weights) for weight in weights]
            assert all(abs(p - q) < 1 + 1e-3 for p, q in zip(parts, quotas, strict=True))


def test_gini():
    assert round(gini(pl.Series([1, 3, 2, 1, 1, 1, 4])), 7) == 0.3076923
    incomes = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]
    assert round(gini(pl.Series(incomes)), 7) == 0.4620911
    assert gini(pl.Series([5.0, 5.0])) == pytest.approx(0)
    assert gini(pl.Series([0, 0])) is None
    assert gini(pl.Series([], dtype=pl.Int64)) is None
    # Beyond 63 bits.
    assert gini(pl.Series([10**17] * 99 + [0])) == pytest.approx(0.01)


def test_association():
    assert round(association([[30, 20, 50], [35, 30, 35]]).v, 7) == 0.1586139
    found = association([[10, 10, 20], [20, 20, 20]])
    shown = (round(found.chi_square, 6), round(found.p, 7), round(found.v, 7))
    assert shown == (2.777778, 0.2493522, 0.1666667)
    assert association([[1, 0], [4, 0]]) is None
    table = [[12, 5, 9], [3, 14, 8]]
    expected = stats.chi2_contingency(table, correction=False)
    assert association(table).p == pytest.approx(expected.pvalue, rel=1e-12)
    assert association(table).v == pytest.approx(contingency.association(table, "cramer"))


def test_adjusted_residuals():
    # In a table of two by two they're all the root of chi-square.
    table = [[30, 20], [15, 35]]
    chi = math.sqrt(association(table).chi_square)
    assert [[round(abs(r), 9) for r in row] for row in adjusted_residuals(table)] == [
        [round(chi, 9)] * 2
    ] * 2
    assert adjusted_residuals([[1, 0], [4, 0]]) == [[None, None], [None, None]]


def test_draws_by_hash():
    users = ["u1", "u2", "u3", "13800138000"]
    expected = [0.519433, 0.202167, 0.210150, 0.891655]
    assert [round(hash_share("winback-2026-11", user), 6) for user in users] == expected
    drawn = hash_shares("winback-2026-11", pl.Series("user_id", users))
    assert drawn.round(6).to_list() == expected
    assert hash_numbers("x", pl.Series(["用户"])).dtype == pl.UInt64


def test_users_needed():
    # R solves for it, to within 1e-4.
    assert users_per_arm(0.5, 0.75, power=0.9) == pytest.approx(76.70692, abs=1e-4)
    assert round(power_of_shares(550, 0.015, 0.001), 5) == 0.74156
    assert round(power_of_means(20, 1, 1), 7) == 0.8689528
    rise = least_share(1000, 0.1)
    assert power_of_shares(1000, 0.1, 0.1 + rise) == pytest.approx(0.8)
    assert users_per_arm(0.1, 0.1 + rise) == pytest.approx(1000)
    assert least_share(1, 0.5) is None


def test_always_valid_interval_and_p_say_the_same():
    for z in (0.5, 2.0, 3.2, 3.6, 5.0):
        found = always_valid(z, 1.0, 4000, 8000)
        assert found.excludes_zero == (always_valid_p(z, 4000, 8000) < 0.05)
        assert found.low < z - 1.96


def test_examples_in_docstrings():
    for module in pkgutil.iter_modules(userops.stats.__path__):
        found = doctest.testmod(importlib.import_module(f"userops.stats.{module.name}"))
        assert found.failed == 0, module.name
