"""The chain ladder against its published example."""

from __future__ import annotations

import pytest

from userops.stats.chain_ladder import factors, ultimates

# Taylor & Ashe (1983), as in Mack (1993), table 1.
TRIANGLE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]


def test_factors_as_published() -> None:
    published = [3.491, 1.747, 1.457, 1.174, 1.104, 1.086, 1.054, 1.077, 1.018]
    assert factors(TRIANGLE) == pytest.approx(published, abs=5e-4)


def test_reserves_as_published() -> None:
    reserves = [
        end - cohort[-1]
        for end, cohort in zip(ultimates(TRIANGLE), TRIANGLE, strict=True)
        if end is not None
    ]
    published = [0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]  # thousands
    assert [reserve / 1000 for reserve in reserves] == pytest.approx(published, abs=0.6)
    assert sum(reserves) / 1000 == pytest.approx(18_681, abs=1)


def test_nothing_yet() -> None:
    assert factors([]) == []
    assert ultimates([[0, 0], [0], []]) == [0, 0, None]
