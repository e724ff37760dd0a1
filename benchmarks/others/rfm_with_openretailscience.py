"""RFM scores by openretailscience: rfm_with_openretailscience.py orders.parquet out.parquet duckdb|pandas."""

import sys

import ibis
import pandas as pd
from openretailscience.segmentation.rfm import RFMSegmentation

VALID = ["completed", "paid", "shipped"]
CUTS = [0.2, 0.4, 0.6, 0.8]
NAMES = {
    "order_id": "transaction_id",
    "user_id": "customer_id",
    "order_time": "transaction_date",
    "amount": "unit_spend",
}

if __name__ == "__main__":
    source, target, engine = sys.argv[1:]
    if engine == "duckdb":
        orders = ibis.duckdb.connect().read_parquet(source)
        orders = orders.filter(orders.status.isin(VALID))
        orders = orders.select(**{new: orders[old] for old, new in NAMES.items()})
    else:
        orders = pd.read_parquet(source)
        orders = orders[orders["status"].isin(VALID)].rename(columns=NAMES)
    found = RFMSegmentation(
        orders, current_date="2025-12-31", r_segments=CUTS, f_segments=CUTS, m_segments=CUTS
    )
    found.table.to_parquet(target)
