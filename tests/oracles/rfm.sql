-- RFM from rows of orders, by the definitions alone and in whole numbers.
-- Input: rows(n, order_id, user_id, day, amount, refund, status), amounts in minor units, status
-- valid, void or refunded; $as_of (or null), $bins, $new_days.
WITH
as_of AS (SELECT coalesce($as_of::DATE, max(day)) AS as_of FROM rows),
-- A row counts if its date is <= as_of.
present AS (SELECT rows.* FROM rows, as_of WHERE day <= as_of),
-- Without an order id, each row is an order. Zero amounts are orders.
purchases AS (SELECT * FROM present WHERE amount >= 0),
-- A negative row nets its own order if the id is known ...
own_returns AS (
    SELECT order_id, -sum(amount)::BIGINT AS returned
    FROM present WHERE amount < 0 AND status <> 'void' AND order_id IS NOT NULL GROUP BY order_id
),
-- ... else the user's spend on that day.
loose_returns AS (
    SELECT user_id, sum(amount)::BIGINT AS amount FROM present
    WHERE amount < 0 AND status <> 'void'
      AND (order_id IS NULL OR order_id NOT IN (SELECT order_id FROM purchases WHERE order_id IS NOT NULL))
    GROUP BY user_id
),
orders AS (
    SELECT user_id, day, amount, status, refund + coalesce(returned, 0) AS refunds
    FROM purchases LEFT JOIN own_returns USING (order_id)
),
-- Not cancelled, unpaid or closed; a fully refunded order is left out.
valid AS (
    SELECT user_id, day, amount - refunds AS net FROM orders
    -- What was given back goes before a status that says all was.
    WHERE (status = 'valid' OR (status = 'refunded' AND refunds > 0 AND refunds < amount))
      AND NOT (amount > 0 AND refunds >= amount)
),
bought AS (
    SELECT user_id, min(day) AS first_order, max(day) AS last_order,
           count(*)::BIGINT AS frequency, sum(net)::BIGINT AS spent
    FROM valid GROUP BY user_id
),
users AS (
    SELECT user_id, first_order, last_order, (as_of - last_order)::BIGINT AS recency_days, frequency,
           (spent + coalesce(amount, 0))::BIGINT AS monetary, as_of
    FROM bought LEFT JOIN loose_returns USING (user_id), as_of
),
sorted AS (
    SELECT count(*)::BIGINT AS n, list_sort(list(recency_days)) AS r, list_sort(list(frequency)) AS f,
           list_sort(list(monetary)) AS m
    FROM users
),
-- Type 7: at (n - 1) k / bins between the sorted values; here times bins, so it stays whole.
points AS (
    SELECT n, r, f, m, k, (n - 1) * k // $bins AS below, (n - 1) * k % $bins AS part
    FROM sorted, (SELECT unnest(range(1, $bins))::BIGINT AS k)
),
cuts AS (
    SELECT list(r[below + 1] * $bins + (r[least(below + 2, n)] - r[below + 1]) * part) AS r_cuts,
           list(f[below + 1] * $bins + (f[least(below + 2, n)] - f[below + 1]) * part) AS f_cuts,
           list(m[below + 1] * $bins + (m[least(below + 2, n)] - m[below + 1]) * part) AS m_cuts
    FROM points
),
scored AS (
    SELECT users.*,
           $bins - len(list_filter(r_cuts, lambda cut: cut < recency_days * $bins)) AS r_score,
           1 + len(list_filter(f_cuts, lambda cut: cut < frequency * $bins)) AS f_score,
           1 + len(list_filter(m_cuts, lambda cut: cut < monetary * $bins)) AS m_score
    FROM users, cuts
),
-- The nearest of five points, a half upwards: ours to choose where bins aren't five.
on_five AS (
    SELECT *,
           1 + (8 * (r_score - 1) + $bins - 1) // (2 * ($bins - 1)) AS r,
           1 + (8 * (f_score - 1) + $bins - 1) // (2 * ($bins - 1)) AS f,
           1 + (8 * (m_score - 1) + $bins - 1) // (2 * ($bins - 1)) AS m
    FROM scored
),
-- High or low against the mean, both times the number of users.
against_mean AS (
    SELECT *,
           recency_days * count(*) OVER () <= sum(recency_days) OVER () AS r_high,
           frequency * count(*) OVER () >= sum(frequency) OVER () AS f_high,
           monetary * count(*) OVER () >= sum(monetary) OVER () AS m_high
    FROM on_five
)
SELECT user_id, first_order, last_order, recency_days, frequency, monetary,
       r_score::BIGINT AS r_score, f_score::BIGINT AS f_score, m_score::BIGINT AS m_score,
       concat_ws(CASE WHEN $bins < 10 THEN '' ELSE '-' END, r_score, f_score, m_score) AS rfm_score,
       CASE
           WHEN r = 5 AND f BETWEEN 4 AND 5 THEN 'Champions'
           WHEN r BETWEEN 3 AND 4 AND f BETWEEN 4 AND 5 THEN 'Loyal'
           WHEN r BETWEEN 4 AND 5 AND f BETWEEN 2 AND 3 THEN 'Potential loyalists'
           -- F 1 may be a buyer of many orders, where F ties: new is who came lately.
           WHEN r >= 4 AND f = 1 AND as_of - first_order > 90 THEN 'Potential loyalists'
           WHEN r = 5 AND f = 1 THEN 'New'
           WHEN r = 4 AND f = 1 THEN 'Promising'
           WHEN r = 3 AND f = 3 THEN 'Need attention'
           WHEN r = 3 AND f BETWEEN 1 AND 2 THEN 'About to sleep'
           WHEN r BETWEEN 1 AND 2 AND f = 5 THEN 'Can''t lose'
           WHEN r BETWEEN 1 AND 2 AND f BETWEEN 3 AND 4 THEN 'At risk'
           WHEN r BETWEEN 1 AND 2 AND f BETWEEN 1 AND 2 AND frequency = 1
                AND as_of - first_order <= $new_days THEN 'New'
           WHEN r BETWEEN 1 AND 2 AND f BETWEEN 1 AND 2 THEN 'Hibernating'
       END AS grid,
       CASE
           WHEN r = 5 AND f = 5 AND m = 5 THEN 'Champions'
           WHEN r BETWEEN 3 AND 5 AND f BETWEEN 3 AND 5 AND m BETWEEN 2 AND 5 THEN 'Potential Loyalist'
           WHEN r BETWEEN 2 AND 4 AND f BETWEEN 2 AND 4 AND m BETWEEN 2 AND 4 THEN 'Loyal Customers'
           WHEN r BETWEEN 3 AND 4 AND f BETWEEN 1 AND 3 AND m BETWEEN 3 AND 5 THEN 'Promising'
           WHEN r BETWEEN 4 AND 5 AND f BETWEEN 1 AND 3 AND m BETWEEN 1 AND 5 THEN 'New Customers'
           WHEN r BETWEEN 1 AND 2 AND f BETWEEN 3 AND 4 AND m BETWEEN 4 AND 5 THEN 'Can''t Lose Them'
           WHEN r BETWEEN 1 AND 2 AND f BETWEEN 2 AND 5 AND m BETWEEN 4 AND 5 THEN 'At Risk'
           WHEN r BETWEEN 1 AND 3 AND f BETWEEN 3 AND 5 AND m BETWEEN 3 AND 5 THEN 'Need Attention'
           WHEN r BETWEEN 2 AND 3 AND f BETWEEN 1 AND 3 AND m BETWEEN 1 AND 4 THEN 'About To Sleep'
           WHEN r = 1 AND f BETWEEN 1 AND 5 AND m BETWEEN 1 AND 5 THEN 'Lost'
           ELSE 'Others'
       END AS intervals,
       CASE WHEN m_high THEN 'key ' ELSE 'general ' END
       || CASE WHEN r_high AND f_high THEN 'value' WHEN r_high THEN 'growth'
               WHEN f_high THEN 'keep' ELSE 'win back' END AS rfm8,
       CASE
           WHEN as_of - first_order <= $new_days AND frequency = 1 THEN 'new'
           WHEN f >= 4 AND m >= 4 THEN 'high'
           WHEN f >= 4 OR m >= 4 THEN 'middle'
           ELSE 'low'
       END AS tier
FROM against_mean ORDER BY encode(user_id)
