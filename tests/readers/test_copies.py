"""An export that was joined to itself gives what it gives alone."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import userops
from helpers.ways import carefully
from userops.readers.strict import partitions, rows

HEAD = "order_id,user_id,created_at,amount,product,refund"
# Of each order: how many lines it has, and whether its amount is repeated on them.
ORDERS = st.lists(
    st.tuples(st.sampled_from([1, 1, 1, 2, 3]), st.booleans()), min_size=1, max_size=30
)


def shop(orders: list[tuple[int, bool]]) -> list[str]:
    """Rows of which none is equal to another."""
    return [
        f"{order},u{order % 7},2025-01-{1 + order % 28:02},{10 + order + (0 if repeated else line)}.00,p{line},"
        f"{order % 3 if line == 0 else 0}.00"
        for order, (lines, repeated) in enumerate(orders)
        for line in range(lines)
    ]


def segmented(name: Path, *more: str) -> tuple[str, str]:
    ran = userops("segment", str(name), "--refunds", "gross", "-f", "csv", *more)
    assert ran.code == 0, ran.err
    return ran.text, ran.err


@settings(max_examples=25, deadline=None)
@given(orders=ORDERS, times=st.integers(2, 3), in_parts=st.booleans(), shuffled=st.randoms())
def test_joined_to_itself(
    orders: list[tuple[int, bool]], times: int, in_parts: bool, shuffled, tmp_path_factory
) -> None:
    folder, lines = tmp_path_factory.mktemp("shop"), shop(orders)
    (folder / "once.csv").write_text("\n".join([HEAD, *lines]) + "\n")
    copies = lines * times
    shuffled.shuffle(copies)
    (folder / "copies.csv").write_text("\n".join([HEAD, *copies]) + "\n")
    with pytest.MonkeyPatch.context() as patch, carefully() if in_parts else nullcontext():
        if in_parts:
            patch.setattr(partitions, "_IN_MEMORY", 5)
            patch.setattr(rows, "_BATCH", 7)
        once, _ = segmented(folder / "once.csv")
        told, said = segmented(folder / "copies.csv")
    assert told == once
    assert f"{len(lines) * (times - 1)} the same row twice" in said


def test_who_says_that_lines_have_their_own_amounts_has_each_counted(tmp_path: Path) -> None:
    lines = shop([(1, False), (2, False)])
    (tmp_path / "o.csv").write_text("\n".join([HEAD, *lines, *lines]) + "\n")
    _, said = segmented(tmp_path / "o.csv", "--totals", "lines")
    assert "3 rows are equal throughout to an earlier row of the same order: added up" in said
