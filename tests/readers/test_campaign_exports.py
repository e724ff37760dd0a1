"""Exports of campaigns and coupons by makers: recognised, and those without users refused with a way out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from userops.api import campaigns
from userops.core.errors import InputError

ORDERS = pl.DataFrame(
    {
        "user_id": ["13800138000", "13800138001"],
        "order_time": ["2025-06-02 10:00:00", "2025-06-20 10:00:00"],
        "amount": [99.0, 50.0],
    }
)


def test_youzan_coupon_claims(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text(
        "会员姓名,会员手机,领取门店名称,领取时间,发放人名称,核销时间\n"
        "甲,13800138000,总店,2025-06-01 09:00:00,——,2025-06-02 10:00:00\n"
        "乙,13800138001,总店,2025-06-01 09:30:00,——,——\n",
        encoding="gb18030",
    )
    ORDERS.write_csv(tmp_path / "orders.csv")
    ran = userops(
        "campaigns", tmp_path / "orders.csv", "--coupons", claims, "--show", "coupons", "-f", "csv"
    )
    assert ran.code == 0, ran.err
    row = pl.read_csv(ran.out).row(0, named=True)
    assert (row["issued"], row["claimed"], row["redeemed"]) == (2, 2, 1)
    assert row["assisted_revenue"] == 99


@pytest.mark.parametrize(
    ("header", "dataset", "says"),
    [
        (
            "Campaign Name,Tags,Subject,List,Send Time,Total Recipients,Unique Placed Order,Placed Order Rate,Revenue",
            "assignments",
            "no users",
        ),
        (
            "Name,Value,Value Type,Type,Discount Class,Times Used In Total,Status,Start,End",
            "coupons",
            "Discount Code",
        ),
    ],
)
def test_sums_without_users_are_refused(
    tmp_path: Path, header: str, dataset: str, says: str
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(f"{header}\n{','.join('1' for _ in header.split(','))}\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        campaigns(ORDERS, **{dataset: file})
    assert says in str(error.value)
