"""Whole numbers in order, in parts and at once, against NumPy's own sorting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from userops.engines import parallel
from userops.engines.parallel import ascending, gathered, pieces_of, split_by


@pytest.mark.parametrize("high", [1, 7, 300, 70_000, 2**40, 2**63])
def test_parts_and_their_order_are_those_of_sorting(
    high: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_A_PART", 100)
    drawn = np.random.default_rng(1)
    numbers = drawn.integers(0, high, 2_000, dtype=np.uint64) + np.uint64(5)
    numbers[3] = high + 5
    pieces = [
        {"number": numbers[one:other], "place": np.arange(one, other)}
        for one, other in pairwise([0, 3, 700, 701, 2_000])
    ]
    parts = [gathered(pieces, part) for part in split_by([one["number"] for one in pieces])]
    found = np.concatenate([part["place"][ascending(part["number"])] for part in parts])
    assert found.tolist() == np.argsort(numbers, kind="stable").tolist()
    edges = [(one["number"].max(), two["number"].min()) for one, two in pairwise(parts)]
    assert all(one < two for one, two in edges)
    assert len(parts) > 1 or high < 8


def test_of_nothing_and_of_one() -> None:
    assert split_by([]) == []
    ((place,),) = split_by([np.array([9], np.uint64)])
    assert place.tolist() == [0]


@pytest.mark.parametrize("most", [2, 256])
def test_a_frames_pieces_are_its_columns_in_order(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_PIECES", most)
    chunks = [pl.DataFrame({"a": [n, n + 1], "b": [-n, 0]}) for n in range(7)]
    frame = pl.concat([chunks[0].clear(), *chunks], rechunk=False)
    pieces = pieces_of(frame)
    assert len(pieces) == min(most, 7)
    for name in frame.columns:
        assert np.concatenate([one[name] for one in pieces]).tolist() == frame[name].to_list()
    assert pieces_of(frame.clear()) == []
