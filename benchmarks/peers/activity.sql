-- `activity summary` by week by hand in DuckDB.
COPY (
WITH people AS (
    SELECT user_id, CAST(date_trunc('week', event_time) AS DATE) AS week, count(*) AS events,
           sum(duration_s) AS seconds
    FROM $EXPORT GROUP BY ALL
),
told AS (SELECT *, lag(week) OVER (PARTITION BY user_id ORDER BY week) AS before FROM people),
sessions AS (
    SELECT week, count(*) AS sessions
    FROM (
        SELECT session_id, min(CAST(date_trunc('week', event_time) AS DATE)) AS week
        FROM $EXPORT GROUP BY session_id
    )
    GROUP BY week
),
weeks AS (
    SELECT week, count(*) AS active, count(*) FILTER (before IS NULL) AS fresh,
           count(*) FILTER (week - before = 7) AS came_back, sum(events) AS events,
           sum(seconds) AS seconds
    FROM told GROUP BY week
)
SELECT week AS period, active AS active_users, fresh AS new_users, came_back AS returning_users,
       active - fresh - came_back AS resurrected_users,
       coalesce(lag(active) OVER (ORDER BY week), 0) - came_back AS dormant_users,
       CAST(events AS BIGINT) AS events, sessions, events / active AS events_per_user,
       seconds / 60 / active AS minutes_per_user
FROM weeks JOIN sessions USING (week) ORDER BY week
) TO '$TARGET' (FORMAT parquet)
