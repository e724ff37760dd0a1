"""The table `userops ltv --show users` as a script of clvkit: python with_clvkit.py ORDERS OUT."""

import sys

import pandas as pd
from clvkit import BGNBD, CLV, CustomerBase

orders = pd.read_csv(sys.argv[1], dtype={"user_id": str}, parse_dates=["order_date"])
log = orders.rename(columns={"user_id": "customer_id", "order_date": "date"})
log = log[["customer_id", "date", "amount"]]
base = CustomerBase.from_transactions(log, time_unit="W", collapse="D")
result = CLV(BGNBD()).fit(base).predict(horizon=52, discount_rate=0.0)
result.to_pandas().to_csv(sys.argv[2])
