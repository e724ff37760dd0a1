"""The demo's ledger of points: worked out apart from `userops points`, which finds its faults and no other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from userops import api
from userops.core.table import Result
from userops.demo import demo_files, points

SHOP = Path(__file__).parents[2] / "sample_data" / "shop"


def reconciled(shop: Path) -> Result:
    named = {name: str(shop / f"{name}.csv") for name in ("orders", "events", "points")}
    return api.points(**named, config=shop / "userops.toml")


def causes(result: Result) -> Counter[str]:
    return Counter(result["reconcile"].frame["cause"])


def test_the_sample_has_twelve_faults() -> None:
    result = reconciled(SHOP)
    assert causes(result) == Counter(points.FAULTS)
    faults = result["reconcile"].frame
    assert faults["user_id"].n_unique() == 12
    assert not faults["follows"].sum()
    summary = result["summary"].frame.row(0, named=True)
    assert summary["earned"] == sum(
        summary[name] for name in ("redeemed", "expired", "reversed", "outstanding")
    )
    assert min(summary[name] for name in ("redeemed", "expired", "reversed")) > 1000


def written(folder: Path, seed: int) -> Path:
    folder.mkdir()
    for name, content in demo_files(seed, 700).items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("seed", [8, 9])
def test_a_ledger_without_faults_has_none(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = written(tmp_path / "faulty", seed)
    assert causes(reconciled(faulty)) == Counter(points.FAULTS)
    monkeypatch.setattr(points, "_with_faults", lambda _, booked: booked)
    assert not causes(reconciled(written(tmp_path / "right", seed)))


def test_members_of_the_demo() -> None:
    result = api.members(
        str(SHOP / "orders.csv"),
        events=str(SHOP / "events.csv"),
        users=str(SHOP / "users.csv"),
        config=SHOP / "userops.toml",
    )
    levels = result["levels"].frame
    assert levels["members"].sum() == 3000
    assert levels["revenue_share"].sum() == pytest.approx(1)
    assert result["expiring"].frame.height > 10
