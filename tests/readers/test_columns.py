"""Which column is which: what's said where none or several could be."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.running import userops
from userops.core.errors import InputError
from userops.datasets.costs import COSTS
from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS
from userops.readers.columns import take
from userops.readers.strict.read import _taken


@pytest.mark.parametrize(
    ("dataset", "header", "said"),
    [
        (ORDERS, "order_id,custmer,order_date,amount", "--map user_id=custmer;"),
        (ORDERS, "order_id,客户编码,order_date,amount", "--map user_id=客户编码;"),
        (ORDERS, "order_id,customer,orderd at,amount", "--map order_time='orderd at';"),
        (ORDERS, "order_id,x,order_date,amount", "--map user_id=COLUMN;"),
        # What serves another field isn't the one that's missing.
        (ORDERS, "order_id,order_date,amount", "--map user_id=COLUMN;"),
        (COSTS, "channel,cost,user_id", "--map period=COLUMN;"),
        (COSTS, "channel,cost,mnth", "--map period=mnth;"),
    ],
)
def test_the_nearest_to_any_name_of_the_field(dataset: Dataset, header: str, said: str) -> None:
    with pytest.raises(InputError) as stopped:
        take("export.csv", dataset, header.split(","), {})
    assert stopped.value.mend.startswith(said)


def test_the_nearest_to_what_was_said() -> None:
    with pytest.raises(InputError) as stopped:
        take(
            "o.csv", ORDERS, ["order_id", "buyer name", "paid", "amount"], {"user_id": "buyr name"}
        )
    assert stopped.value.mend.startswith("--map user_id='buyer name';")


def test_a_column_for_blank_cells_is_not_passed_over() -> None:
    header = ["Email", "Paid at", "Created at", "Total"]
    preset = {"order_time": ["Paid at", "Created at"], "user_id": ["Email"], "amount": ["Total"]}
    taken = take("s.csv", ORDERS, header, {}, preset, {"order_time": ["Created at"]})
    assert _taken(taken["order_time"]) == "order_time from 'Paid at', else 'Created at'"
    taken = take("s.csv", ORDERS, header, {}, preset)
    assert _taken(taken["order_time"]) == "order_time from 'Paid at' (not 'Created at')"


@pytest.mark.parametrize(
    ("dataset", "field", "best_first"),
    [
        # The phone that's surely the user's before one that may be the receiver's, ids before all.
        (ORDERS, "user_id", "会员编号,手机号,会员手机,手机号码,手机,联系电话"),
        (ORDERS, "user_id", "客户手机,手机,联系手机,联系电话"),
        (ORDERS, "user_id", "username,联系电话"),
        (ORDERS, "amount", "实付金额,付款金额,订单金额,销售额"),
        (ORDERS, "amount", "支付金额,实收金额,应付金额,销售额,单价"),
        (ORDERS, "order_time", "付款时间,下单时间,付款日期"),
        (ORDERS, "order_time", "创建时间,支付日期"),
        (COSTS, "cost", "花费,金额"),
    ],
)
def test_names_of_one_field_have_a_rank(dataset: Dataset, field: str, best_first: str) -> None:
    names = best_first.split(",")
    needed = {"user_id": "uid", "order_time": "paid at", "amount": "paid amount"}
    if dataset is COSTS:
        needed = {"channel": "渠道", "period": "日期"}
    others = [name for one, name in needed.items() if one != field]
    for place, name in enumerate(names):
        header = [*others, *reversed(names[place:])]
        assert take("o.csv", dataset, header, {})[field].column == name


def test_a_phone_to_call_fills_no_blank_user(tmp_path: Path) -> None:
    text = "订单号,用户编号,联系电话,付款时间,实付金额\no1,u1,13800000001,2025-01-01,5\n"
    text += "o2,,13800000002,2025-01-02,6\n"
    (tmp_path / "o.csv").write_text(text)
    ran = userops("segment", tmp_path / "o.csv", "-f", "csv", "--max-rejects", "1")
    assert "1 refused (1 no user)" in ran.err
