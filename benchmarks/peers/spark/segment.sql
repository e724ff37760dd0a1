-- `segment users` by hand in Spark SQL, over the view `export`. What users bought is kept, for it's asked thrice.
CACHE TABLE by_user AS
WITH orders AS (
    SELECT user_id, CAST(order_time AS DATE) AS day, status,
           CAST(round(amount * 100) AS BIGINT) AS cents
    FROM export
)
SELECT user_id,
       min(day) FILTER (WHERE status IN ('completed', 'paid', 'shipped')) AS first_order,
       max(day) FILTER (WHERE status IN ('completed', 'paid', 'shipped')) AS last_order,
       count(*) FILTER (WHERE status IN ('completed', 'paid', 'shipped')) AS frequency,
       CAST(sum(cents) FILTER (WHERE status IN ('completed', 'paid', 'shipped')) AS BIGINT) AS monetary,
       max(day) AS last_row
FROM orders GROUP BY user_id;
WITH as_of AS (SELECT max(last_row) AS day FROM by_user),
users AS (
    SELECT by_user.*, datediff(as_of.day, last_order) AS recency_days, as_of.day AS as_of
    FROM by_user, as_of WHERE frequency > 0
),
cuts AS (
    SELECT percentile(recency_days, array(0.2, 0.4, 0.6, 0.8)) AS r,
           percentile(frequency, array(0.2, 0.4, 0.6, 0.8)) AS f,
           percentile(monetary, array(0.2, 0.4, 0.6, 0.8)) AS m
    FROM users
),
scored AS (
    SELECT users.*,
           (5 - CAST(recency_days > r[0] AS INT) - CAST(recency_days > r[1] AS INT)
              - CAST(recency_days > r[2] AS INT) - CAST(recency_days > r[3] AS INT)) AS r_score,
           (1 + CAST(frequency > f[0] AS INT) + CAST(frequency > f[1] AS INT)
              + CAST(frequency > f[2] AS INT) + CAST(frequency > f[3] AS INT)) AS f_score,
           (1 + CAST(monetary > m[0] AS INT) + CAST(monetary > m[1] AS INT)
              + CAST(monetary > m[2] AS INT) + CAST(monetary > m[3] AS INT)) AS m_score
    FROM users, cuts
),
named AS (
    SELECT *,
           CASE
               WHEN r_score = 5 AND f_score >= 4 THEN 'Champions'
               WHEN r_score IN (3, 4) AND f_score >= 4 THEN 'Loyal'
               WHEN r_score >= 4 AND f_score IN (2, 3) THEN 'Potential loyalists'
               WHEN r_score >= 4 AND datediff(as_of, first_order) > 90 THEN 'Potential loyalists'
               WHEN r_score = 5 THEN 'New'
               WHEN r_score = 4 THEN 'Promising'
               WHEN r_score = 3 AND f_score = 3 THEN 'Need attention'
               WHEN r_score = 3 THEN 'About to sleep'
               WHEN f_score = 5 THEN "Can't lose"
               WHEN f_score >= 3 THEN 'At risk'
               WHEN frequency = 1 AND datediff(as_of, first_order) <= 30 THEN 'New'
               ELSE 'Hibernating'
           END AS segment
    FROM scored
)
SELECT user_id, first_order, last_order, recency_days, frequency,
       CAST(CAST(monetary AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(38, 2)) AS monetary,
       r_score, f_score, m_score,
       concat(r_score, f_score, m_score) AS rfm_score,
       segment,
       CASE
           WHEN datediff(as_of, first_order) <= 30 AND frequency = 1 THEN 'new'
           WHEN f_score >= 4 AND m_score >= 4 THEN 'high'
           WHEN f_score >= 4 OR m_score >= 4 THEN 'middle'
           ELSE 'low'
       END AS tier,
       CASE segment
           WHEN 'Champions' THEN 'Thank them; early access, referral, no discount'
           WHEN 'Loyal' THEN 'Membership perks; ask for reviews; cross-sell'
           WHEN 'Potential loyalists' THEN 'Offer membership and the next category'
           WHEN 'New' THEN 'Welcome; help with first use; second-order coupon'
           WHEN 'Promising' THEN 'Remind of what they looked at; small second-order offer'
           WHEN 'Need attention' THEN 'A limited offer on what they buy'
           WHEN 'About to sleep' THEN 'Bring back with best-sellers and a reason to look'
           WHEN "Can't lose" THEN 'Call in person; ask what went wrong; win back'
           WHEN 'At risk' THEN 'Personal win-back offer before they are gone'
           ELSE 'Low-cost reminder; else leave in peace'
       END AS action
FROM named ORDER BY user_id
