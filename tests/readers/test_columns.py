"""Which column is which: what's said where none or several could be."""

from __future__ import annotations

import pytest

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
