"""Removal effects against walking the chain; draws that are the same everywhere."""

from __future__ import annotations

import doctest
import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from userops.stats import bootstrap, markov


def test_examples_of_the_docstrings() -> None:
    for module in (markov, bootstrap):
        assert doctest.testmod(module).failed == 0


def test_anderl_three_channels() -> None:
    # C1>C2>C3 sold, C1 lost, C2>C3 lost.
    start = [2, 1, 0, 0, 0]
    counts = [start, [0, 1, 0, 0, 1], [0, 0, 2, 0, 0], [0, 0, 0, 1, 1]]
    success, effects = markov.removal_effects(np.array(counts, float))
    assert success == pytest.approx(1 / 3)
    assert effects.tolist() == pytest.approx([0.5, 1, 1])


def walked(counts: np.ndarray, without: int | None = None) -> float:
    """P(success), by following the chain step by step; a state left out leads to nothing."""
    states = counts.shape[0] - 1
    chances = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    at, success = np.zeros(states), chances[0, states]
    at[:] = chances[0, :states]
    for _ in range(20_000):
        if without is not None:
            at[without] = 0
        success += at @ chances[1:, states]
        at = at @ chances[1:, :states]
        if at.sum() < 1e-14:
            break
    return float(success)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_removal_effects_are_what_walking_gives(seed: int, states: int) -> None:
    random = np.random.default_rng(seed)
    counts = random.integers(0, 4, (states + 1, states + 2)).astype(float)
    counts[0, states:] = 0
    np.fill_diagonal(counts[1:, :states], 0)
    counts[:, states + 1] += 1  # from everywhere there's a way out
    success, effects = markov.removal_effects(np.stack([counts, counts]))
    whole = walked(counts)
    assert success[0] == pytest.approx(whole, abs=1e-9)
    for state in range(states):
        expected = 1 - walked(counts, state) / whole if whole else 0
        assert effects[1, state] == pytest.approx(expected, abs=1e-7)


def test_draws_are_of_sha_256_alone() -> None:
    counts = bootstrap.times_drawn(5, 3, "salt")
    stream = b"".join(hashlib.sha256(f"salt|{number}".encode()).digest() for number in range(2))
    drawn = [int.from_bytes(stream[4 * at : 4 * at + 4], "big") * 5 >> 32 for at in range(15)]
    expected = [[drawn[5 * row : 5 * row + 5].count(unit) for unit in range(5)] for row in range(3)]
    assert counts.tolist() == expected


def test_the_interval_of_a_mean_has_the_width_that_theory_gives() -> None:
    values = np.arange(1000) % 10
    means = bootstrap.times_drawn(1000, 400, "x") @ values / 1000
    low, high = bootstrap.percentile_interval(means)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 1000**0.5, rel=0.12)
