"""Each user's CLV by lifetimes (BG/NBD and Gamma-Gamma): python with_lifetimes.py ORDERS OUT.

As its documentation has it; ORDERS is a Parquet export, OUT a Parquet file.
"""

import sys

import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data

orders = pd.read_parquet(sys.argv[1], columns=["user_id", "order_time", "amount", "status"])
orders = orders[orders["status"].isin(["completed", "paid", "shipped"])]
users = summary_data_from_transaction_data(
    orders, "user_id", "order_time", monetary_value_col="amount"
)
model = BetaGeoFitter(penalizer_coef=0.0).fit(users["frequency"], users["recency"], users["T"])
paid = users[(users["frequency"] > 0) & (users["monetary_value"] > 0)]
spend = GammaGammaFitter(penalizer_coef=0.0).fit(paid["frequency"], paid["monetary_value"])
users["clv"] = spend.customer_lifetime_value(
    model,
    users["frequency"],
    users["recency"],
    users["T"],
    users["monetary_value"],
    time=12,
    discount_rate=0.01,
    freq="D",
)
users.reset_index().to_parquet(sys.argv[2])
