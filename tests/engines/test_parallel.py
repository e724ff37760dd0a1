"""Whole numbers in order, in parts and at once, against NumPy's own sorting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from userops.engines import parallel
from userops.engines.parallel import ascending, split_by


@pytest.mark.parametrize("high", [1, 7, 300, 70_000, 2**40, 2**63])
def test_parts_and_their_order_are_those_of_sorting(
    high: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_A_PART", 100)
    drawn = np.random.default_rng(1)
    numbers = drawn.integers(0, high, 2_000, dtype=np.uint64) + np.uint64(5)
    numbers[3] = high + 5
    parts = split_by(numbers)
    found = np.concatenate([part[ascending(numbers[part])] for part in parts])
    assert found.tolist() == np.argsort(numbers, kind="stable").tolist()
    edges = [(numbers[one].max(), numbers[two].min()) for one, two in pairwise(parts)]
    assert all(one < two for one, two in edges)
    assert len(parts) > 1 or high < 8


def test_of_nothing_and_of_one() -> None:
    assert split_by(np.array([], np.uint64)) == []
    (part,) = split_by(np.array([9], np.uint64))
    assert part.tolist() == [0]
