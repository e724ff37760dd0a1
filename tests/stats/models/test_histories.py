"""Histories are counted, whatever their unit and order; what can't be one is refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.stats.models import histories as module
from userops.stats.models.histories import distinct_histories, distinct_pairs, histories


@st.composite
def rows(draw):
    unit = draw(st.sampled_from([1.0, 7.0, np.e]))
    n = draw(st.integers(1, 40))
    T = draw(st.lists(st.integers(0, 30), min_size=n, max_size=n))
    t_x = [draw(st.integers(0, whole)) for whole in T]
    x = [draw(st.integers(1, 4)) if last else 0 for last in t_x]
    return np.array(x), np.array(t_x) / unit, np.array(T) / unit


@given(rows())
def test_counts(data):
    x, t_x, T = data
    got = histories(x, t_x, T)
    seen = Counter(zip(x.tolist(), T.tolist(), t_x.tolist(), strict=True))
    keys = zip(got.x.tolist(), got.T.tolist(), got.t_x.tolist(), strict=True)
    assert got.users == len(x)
    assert dict(zip(keys, got.weight.tolist(), strict=True)) == {
        key: pytest.approx(count) for key, count in sorted(seen.items())
    }
    distinct, place = distinct_histories(x, t_x, T)
    for name, given_ in (("x", x), ("t_x", t_x), ("T", T)):
        np.testing.assert_array_equal(getattr(distinct, name)[place], given_)
    np.testing.assert_array_equal(distinct.weight, got.weight)


@given(rows())
def test_pairs(data):
    x, t_x, _ = data
    x_pair, t_pair, place = distinct_pairs(x, t_x)
    assert len(set(zip(x_pair.tolist(), t_pair.tolist(), strict=True))) == len(x_pair)
    np.testing.assert_array_equal(x_pair[place], x)
    np.testing.assert_array_equal(t_pair[place], t_x)


# With room for places beside the keys, and without.
@pytest.mark.parametrize("size", [2**40, 2**62])
def test_table_and_sort_agree(size):
    keys = np.random.default_rng(1).integers(0, 50, 1000)
    for got, want in zip(
        module.distinct_keys(keys, 50), module.distinct_keys(keys, size), strict=True
    ):
        np.testing.assert_array_equal(got, want)


def test_a_sample_does_not_depend_on_the_order():
    rng = np.random.default_rng(2)
    x = rng.integers(1, 9, 5000)
    T = rng.integers(10, 90, 5000).astype(float)
    t_x = np.floor(T * rng.random(5000))
    order = rng.permutation(5000)
    one = histories(x, t_x, T).sample(300)
    two = histories(x[order], t_x[order], T[order]).sample(300)
    assert one.users == one.weight.sum() == 300
    np.testing.assert_array_equal(one.weight, two.weight)
    np.testing.assert_array_equal(one.t_x, two.t_x)


@pytest.mark.parametrize(
    ("x", "t_x", "T", "what"),
    [
        ([], [], [], "no histories"),
        ([[1]], [[1.0]], [[2.0]], "one-dimensional"),
        ([0.5], [1.0], [2.0], "whole"),
        ([-1], [1.0], [2.0], "negative"),
        ([1], [3.0], [2.0], "between"),
        ([1], [-1.0], [2.0], "between"),
        ([1], [np.nan], [2.0], "between"),
        ([1], [1.0], [np.nan], "finite"),
        ([1], [1.0], [np.inf], "finite"),
        ([0], [1.0], [2.0], "where x is 0"),
    ],
)
def test_refused(x, t_x, T, what):
    with pytest.raises(ValueError, match=what):
        histories(x, t_x, T)
