-- `activity` by week by hand in Spark SQL.
WITH people AS (
    SELECT user_id, CAST(date_trunc('week', event_time) AS DATE) AS week, count(*) AS events
    FROM export GROUP BY ALL
),
told AS (SELECT *, lag(week) OVER (PARTITION BY user_id ORDER BY week) AS before FROM people),
sessions AS (
    SELECT week, count(*) AS sessions
    FROM (
        SELECT min(CAST(date_trunc('week', event_time) AS DATE)) AS week
        FROM export GROUP BY user_id, session_id
    )
    GROUP BY week
),
weeks AS (
    SELECT week, count(*) AS active, count_if(before IS NULL) AS fresh,
           count_if(datediff(week, before) = 7) AS came_back, sum(events) AS events
    FROM told GROUP BY week
)
SELECT week AS period, active AS active_users, fresh AS new_users, came_back AS returning_users,
       active - fresh - came_back AS resurrected_users,
       coalesce(lag(active) OVER (ORDER BY week), 0) - came_back AS dormant_users, events, sessions
FROM weeks JOIN sessions USING (week) ORDER BY week
