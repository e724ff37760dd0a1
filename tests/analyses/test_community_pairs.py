"""Who is paired with whom: all joiners at once, beside a plain loop over days of all customers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from userops.analyses.community import pairs
from userops.analyses.community.pairs import Histories, Pool

TENURES = (0, 1, 31, 91, 181, 366)


def orders(chance: np.random.Generator, users: int) -> pl.DataFrame:
    """Orders, and refunds without one, of some days."""
    rows = users * 4
    counted = (chance.random(rows) < 0.8).astype(np.int64)
    return pl.DataFrame(
        {
            "user_id": [f"u{n}" for n in chance.integers(0, users, rows)],
            "day": chance.integers(-30, 400, rows).astype(np.int32),
            "amount": np.where(counted, 1, -1) * chance.integers(0, 10_000, rows),
            "orders": counted.astype(np.int32),
        }
    )


def plainly(
    rows: pl.DataFrame,
    users: list[str],
    joiners: list[tuple[int, int]],
    draws: list[int],
    others: list[bool],
    channels: list[int],
) -> Iterator[tuple[int, int, int]]:
    bought = {(user, day) for user, day, count in rows.select("user_id", "day", "orders").iter_rows() if count}  # fmt: skip
    firsts = {user: min(day for one, day in bought if one == user) for user, _ in bought}
    tenure = lambda user, day: sum(day - firsts[user] >= limit for limit in TENURES)  # noqa: E731
    by_draw = sorted(range(len(users)), key=lambda user: (draws[user], user))
    taken = set()
    for joiner, day in joiners:
        on_day = (users[joiner], day) in bought
        line = [
            one
            for one in by_draw
            if others[one]
            and ((users[one], day) in bought if on_day else channels[one] == channels[joiner])
        ]
        start = sum(draws[one] < draws[joiner] for one in line)
        for one in (line[start:] + line[:start])[: pairs._LOOKS]:
            if (
                one not in taken
                and channels[one] == channels[joiner]
                and ((users[one], day) in bought) == on_day
                and users[one] in firsts
                and tenure(users[one], day) == tenure(users[joiner], day)
            ):
                taken.add(one)
                yield day, joiner, one
                break


@pytest.mark.parametrize("looks", [5, 12, 5_000])
@pytest.mark.parametrize("seed", range(4))
def test_pairs_are_those_of_a_plain_loop(
    seed: int, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "_LOOKS", looks)
    monkeypatch.setattr(pairs, "_FEW", 3)
    chance = np.random.default_rng(seed)
    rows = orders(chance, 120)
    histories = Histories.of(rows)
    count = len(histories.users)
    others = chance.random(count) < 0.6
    draws = chance.integers(0, 50, count).astype(np.uint64)  # some alike
    channels = chance.integers(1, 4, count)
    there = np.flatnonzero(~others & (histories.firsts < 400))
    days = np.maximum(histories.firsts[there], chance.integers(0, 30, len(there)) * 14)
    days = np.where(chance.random(len(there)) < 0.5, histories.firsts[there], days)
    order = np.argsort(days, kind="stable")
    there, days = there[order], days[order]
    found = Pool(histories, draws, others, channels).pairs(there, days)
    expected = plainly(
        rows,
        histories.users.to_list(),
        list(zip(there.tolist(), days.tolist(), strict=True)),
        draws.tolist(),
        others.tolist(),
        channels.tolist(),
    )
    assert [(pair.day, pair.joiner, pair.other) for pair in found] == list(expected)
    assert found
