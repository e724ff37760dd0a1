"""Timelines in parts: some users after others, nothing left out and nobody in two of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.ledger import timeline
from userops.ledger.timeline import EMPTY, Timeline


@given(counts=st.lists(st.integers(1, 7), min_size=1, max_size=30), a_part=st.integers(1, 20))
def test_parts_are_the_whole(counts: list[int], a_part: int) -> None:
    starts = np.cumsum([0, *counts])
    days, amounts = np.arange(starts[-1]), np.arange(starts[-1]) * 3
    whole = Timeline(np.arange(len(counts))[::-1], starts, days, amounts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "_A_PART", a_part)
        parts = whole.parts()
    assert np.concatenate([part.users for part in parts]).tolist() == whole.users.tolist()
    assert np.concatenate([part.counts for part in parts]).tolist() == counts
    assert np.concatenate([part.days for part in parts]).tolist() == days.tolist()
    assert np.concatenate([part.amounts for part in parts]).tolist() == amounts.tolist()
    assert all(part.starts[0] == 0 and part.starts[-1] == len(part.days) for part in parts)
    assert all(len(part.days) < 2 * a_part + max(counts) for part in parts)


def test_of_nobody_there_is_one_part_with_nobody() -> None:
    (part,) = EMPTY.parts()
    assert not len(part.users)
    assert part.starts.tolist() == [0]
