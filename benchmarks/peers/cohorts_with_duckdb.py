"""Cohorts by hand in DuckDB: python cohorts_with_duckdb.py orders.parquet out.parquet month|week."""

import sys

import duckdb
from with_duckdb import CSV

LABEL = {
    "month": "strftime(make_date(2024 + cohort // 12, cohort % 12 + 1, 1), '%Y-%m')",
    "week": "strftime(DATE '2024-01-01' + 7 * cohort::INT, '%Y-%m-%d')",
}
NUMBER = {
    "month": "(year(order_time) - 2024) * 12 + month(order_time) - 1",
    "week": "(CAST(order_time AS DATE) - DATE '2024-01-01') // 7",
}

if __name__ == "__main__":
    path, target, period = sys.argv[1:]
    source = f"read_parquet('{path}')" if path.endswith(".parquet") else CSV.format(path)
    duckdb.execute(
        f"""
        COPY (
        WITH orders AS (
            SELECT user_id, status, {NUMBER[period]} AS number FROM {source}
        ),
        users AS (
            SELECT user_id,
                   min(number) FILTER (status IN ('completed', 'paid', 'shipped')) AS cohort,
                   bit_or(CASE WHEN status IN ('completed', 'paid', 'shipped')
                          THEN 1::HUGEINT << number::INT ELSE 0::HUGEINT END) AS seen,
                   max(number) AS last
            FROM orders GROUP BY user_id
        ),
        grouped AS (SELECT cohort, seen, count(*) AS n FROM users WHERE cohort IS NOT NULL GROUP BY ALL),
        sizes AS (SELECT cohort, CAST(sum(n) AS BIGINT) AS size FROM grouped GROUP BY cohort),
        periods AS (SELECT unnest(range(0, (SELECT max(last) + 1 FROM users))) AS number)
        SELECT {LABEL[period]} AS cohort, size, CAST(number - cohort AS BIGINT) AS age,
               CAST(coalesce(sum(n) FILTER ((seen >> number::INT) & 1 = 1), 0) AS BIGINT) AS numerator
        FROM grouped JOIN sizes USING (cohort), periods
        WHERE number >= cohort GROUP BY ALL ORDER BY 1, 3
        ) TO '{target}' (FORMAT parquet)
        """
    )
