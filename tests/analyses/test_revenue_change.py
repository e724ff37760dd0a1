"""The parts of a change add up, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from userops.analyses.kpis.revenue_change import GroupTotal, effects

COUNTS = st.integers(1, 10**6)
TOTALS = st.builds(
    lambda users, more, revenue: GroupTotal(users, users + more, revenue),
    COUNTS,
    st.integers(0, 10**6),
    st.integers(-(10**12), 10**12),
)


@given(TOTALS, TOTALS)
def test_parts_add_up_to_the_last_cent(now: GroupTotal, before: GroupTotal) -> None:
    assert sum(effects(now, before)) == now.revenue - before.revenue


@given(TOTALS, TOTALS)
def test_turned_round_the_parts_change_their_sign(now: GroupTotal, before: GroupTotal) -> None:
    there, back = effects(now, before), effects(before, now)
    assert all(abs(a + b) <= 2 for a, b in zip(there, back, strict=True))


@given(TOTALS)
def test_nothing_changed(total: GroupTotal) -> None:
    assert effects(total, total) == (0, 0, 0)


def test_one_factor_alone_gets_all() -> None:
    assert effects(GroupTotal(20, 40, 8000), GroupTotal(10, 20, 4000)) == (4000, 0, 0)
    assert effects(GroupTotal(10, 40, 8000), GroupTotal(10, 20, 4000)) == (0, 4000, 0)
    assert effects(GroupTotal(10, 20, 8000), GroupTotal(10, 20, 4000)) == (0, 0, 4000)


def test_by_hand() -> None:
    # 2 x 3 x 5 = 30 from 1 x 1 x 1: Shapley values by averaging over the six orders.
    u = (15 * 2 + 1 * 2 + 3 + 5) / 6
    f = 2 * (10 * 2 + 1 * 2 + 2 + 5) / 6
    a = 4 * (6 * 2 + 1 * 2 + 2 + 3) / 6
    found = effects(GroupTotal(2, 6, 30), GroupTotal(1, 1, 1))
    assert sum(found) == 29
    assert all(abs(x - y) < 1 for x, y in zip(found, (u, f, a), strict=True))


def test_who_wasnt_there_before_is_a_matter_of_users() -> None:
    assert effects(GroupTotal(3, 4, 500), GroupTotal()) == (500, 0, 0)
    assert effects(GroupTotal(), GroupTotal(3, 4, 500)) == (-500, 0, 0)
    assert effects(GroupTotal(0, 0, -70), GroupTotal()) == (0, 0, -70)
    assert effects(GroupTotal(), GroupTotal()) == (0, 0, 0)
