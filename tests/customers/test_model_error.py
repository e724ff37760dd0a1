"""Intervals of what groups will bring, in shops that the purchase models don't describe."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.running import SAMPLES, userops

BACKTESTS = Path(__file__).parents[2] / "benchmarks/backtests"


@pytest.fixture(scope="module")
def intervals():
    """The script that makes `benchmarks/results`."""
    sys.path.insert(0, str(BACKTESTS))
    try:
        yield importlib.import_module("ltv_intervals")
    finally:
        sys.path.remove(str(BACKTESTS))


def test_intervals_hold_what_users_then_bring(intervals) -> None:
    """At 90 %, seasons, growth and mixtures of users among the shops."""
    tests = [intervals.held(kind, seed, 0.9) for kind in intervals.shops.KINDS for seed in range(8)]
    inside, alone = (np.array([test[side] for test in tests]) for side in (0, 1))
    assert 0.84 <= inside.mean() <= 0.96
    assert alone.mean() < 0.6  # the parameters' error alone


def test_the_summary_says_how_far_off_the_model_was() -> None:
    cdnow = SAMPLES / "cdnow/sample.csv"
    ran = userops("ltv", cdnow, "-f", "json")
    (row,) = ran.json
    assert re.search(
        r"how far off the model was in backtests \([0-9]+% of everyone.s revenue\)", ran.err
    )
    ahead, low, high = (
        row[name] - row["ltv_to_date"] for name in ("ltv_predicted", "ltv_low", "ltv_high")
    )
    assert high / ahead == pytest.approx(ahead / low)
    assert high / ahead > 1.25


def test_a_higher_level_is_wider() -> None:
    cdnow = SAMPLES / "cdnow/sample.csv"
    widths = []
    for level in ("0.5", "0.8", "0.95"):
        (row,) = userops("ltv", cdnow, "--level", level, "-f", "json", "-q").json
        widths.append(row["ltv_high"] - row["ltv_low"])
    assert widths == sorted(widths)
