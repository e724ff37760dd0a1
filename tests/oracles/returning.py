"""Lifecycle and cohorts by DuckDB, from the definitions alone: what valid orders are, and queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import polars as pl

from helpers.shops import Row

# Input: rows(n, order_id, user_id, day, amount, refund, status), amounts in minor units, status
# valid, void or refunded; $as_of or null. Gives as_of, orders and loose refunds up to it.
ORDERS = """
WITH as_of AS (SELECT coalesce($as_of::DATE, max(day)) AS as_of FROM rows),
present AS (SELECT rows.* FROM rows, as_of WHERE day <= as_of),
purchases AS (SELECT * FROM present WHERE amount >= 0),
own_returns AS (
    SELECT order_id, -sum(amount)::BIGINT AS returned
    FROM present WHERE amount < 0 AND status <> 'void' AND order_id IS NOT NULL GROUP BY order_id
),
loose AS (
    SELECT user_id, day, amount AS net FROM present
    WHERE amount < 0 AND status <> 'void'
      AND (order_id IS NULL
           OR order_id NOT IN (SELECT order_id FROM purchases WHERE order_id IS NOT NULL))
),
netted AS (
    SELECT n, user_id, day, amount, status, refund + coalesce(returned, 0) AS back
    FROM purchases LEFT JOIN own_returns USING (order_id)
),
orders AS (
    SELECT n, user_id, day, amount - back AS net FROM netted
    WHERE (status = 'valid' OR (status = 'refunded' AND back > 0 AND back < amount))
      AND NOT (amount > 0 AND back >= amount)
),
numbered AS (
    SELECT *, row_number() OVER w AS number, day - lag(day) OVER w AS gap
    FROM orders WINDOW w AS (PARTITION BY user_id ORDER BY day, n)
)
"""
_SCHEMA = {
    "n": pl.Int64,
    "order_id": pl.String,
    "user_id": pl.String,
    "day": pl.Date,
    "amount": pl.Int64,
    "refund": pl.Int64,
    "status": pl.String,
}
_connection = duckdb.connect(config={"threads": 1})


def ask(query: str, rows: Sequence[Row], as_of: date | None = None, **given: object) -> list[dict]:
    """The rows of a query that goes on from ORDERS; money in minor units."""
    values = [
        (n, row.order_id, row.user_id, row.day, row.amount, row.refund, row.meaning)
        for n, row in enumerate(rows)
    ]
    _connection.register("rows", pl.DataFrame(values, schema=_SCHEMA, orient="row").to_arrow())
    found = _connection.execute(ORDERS + query, {"as_of": as_of, **given})
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


USERS = """, limits AS (SELECT $slump::DOUBLE AS slump, $churn::DOUBLE AS churn
), lasts AS (
    SELECT user_id, count(*) AS orders, min(day) AS first_order, max(day) AS last_order
    FROM numbered GROUP BY user_id
), befores AS (
    SELECT user_id, max(day) AS before FROM numbered JOIN lasts USING (user_id)
    WHERE day < last_order GROUP BY user_id
), placed AS (
    SELECT lasts.*, (as_of - last_order)::BIGINT AS recency_days, last_order - before AS gap, slump, churn
    FROM lasts LEFT JOIN befores USING (user_id), as_of, limits
)
SELECT user_id,
       CASE WHEN recency_days > churn THEN 'churned' WHEN recency_days > slump THEN 'slump'
            WHEN orders >= $maturity THEN 'maturity' WHEN orders >= $growth THEN 'growth'
            ELSE 'introduction' END AS stage,
       coalesce(gap > churn, false) AS reactivated, orders, first_order, last_order, recency_days
FROM placed ORDER BY encode(user_id)
"""
FLOW = """, periods AS (
    SELECT unnest(generate_series(date_trunc($unit, (SELECT min(day) FROM orders)),
                                  date_trunc($unit, (SELECT as_of FROM as_of)),
                                  to_months(CASE $unit WHEN 'month' THEN 1 ELSE 0 END)
                                  + to_days(CASE $unit WHEN 'month' THEN 0 ELSE 7 END)))::DATE AS period
), active AS (
    SELECT DISTINCT user_id, date_trunc($unit, day)::DATE AS period FROM orders
), steps AS (
    SELECT users.user_id, periods.period, here.user_id IS NOT NULL AS here, before.user_id IS NOT NULL AS before,
           periods.period = (SELECT min(period) FROM active WHERE active.user_id = users.user_id) AS first
    FROM (SELECT DISTINCT user_id FROM orders) AS users, periods
    LEFT JOIN active AS here ON here.user_id = users.user_id AND here.period = periods.period
    LEFT JOIN active AS before ON before.user_id = users.user_id
        AND date_trunc($unit, periods.period - 1)::DATE = before.period
)
SELECT period, count_if(here) AS active, count_if(here AND first) AS new,
       count_if(here AND before) AS current, count_if(here AND NOT before AND NOT first) AS resurrected,
       count_if(before AND NOT here) AS dormant
FROM steps GROUP BY period ORDER BY period
"""
COHORTS = """, firsts AS (
    SELECT user_id, date_trunc($unit, min(day))::DATE AS cohort FROM orders GROUP BY user_id
), sizes AS (SELECT cohort, count(*) AS size FROM firsts GROUP BY cohort),
happened AS (
    SELECT user_id, cohort, datediff($unit, cohort, date_trunc($unit, day)::DATE) AS age, net, 1 AS orders
    FROM orders JOIN firsts USING (user_id)
    UNION ALL
    SELECT user_id, cohort, greatest(datediff($unit, cohort, date_trunc($unit, day)::DATE), 0), net, 0
    FROM loose JOIN firsts USING (user_id)
), cells AS (
    SELECT cohort, size, unnest(range(0, datediff($unit, cohort, date_trunc($unit, as_of)::DATE) + 1)) AS age
    FROM sizes, as_of
)
SELECT cells.cohort, size, cells.age,
       (SELECT count(DISTINCT user_id) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age = cells.age AND orders > 0) AS users,
       (SELECT count(DISTINCT user_id) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age >= cells.age AND orders > 0) AS later,
       (SELECT coalesce(sum(orders), 0) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age = cells.age)::BIGINT AS orders,
       (SELECT coalesce(sum(net), 0) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age = cells.age)::BIGINT AS revenue,
       (SELECT coalesce(sum(net), 0) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age <= cells.age)::BIGINT AS spent,
       date_trunc($unit, as_of + 1)::DATE > (cells.cohort + to_months(CASE $unit WHEN 'month' THEN cells.age ELSE 0 END::INTEGER)
           + to_days((CASE $unit WHEN 'month' THEN 0 WHEN 'week' THEN 7 ELSE 1 END * cells.age)::INTEGER))::DATE AS complete
FROM cells, as_of ORDER BY cells.cohort, cells.age
"""
