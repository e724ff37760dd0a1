"""Agents: who calls, how many a day, and on which days not; one row an agent.

days off
    Weekdays (sat, 周六, weekend), dates (2026-01-01) or spans of dates (2026-01-01..2026-01-03), with
    commas or spaces between them. Anything else stops.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

AGENTS = Dataset(
    "agents",
    "agent",
    (
        Field(
            "agent_id",
            Type.ID,
            "the agent",
            names(
                "agent id,agent,operator,staff id,staff,seat,坐席编号,坐席id,坐席,客服编号,客服,工号,"
                "员工编号,员工,姓名"
            ),
            needed=True,
            zh="客服（坐席）编号。",
        ),
        Field(
            "capacity",
            Type.NUMBER,
            "calls a day",
            names(
                "capacity,calls,calls a day,calls per day,daily calls,quota,每日通数,每日外呼数,日外呼量,"
                "通数,容量,上限"
            ),
            zh="每天能打多少通。",
        ),
        Field(
            "days_off",
            Type.TEXT,
            "days without calls: weekdays, dates, or spans of dates as 2026-01-01..2026-01-03",
            names("days off,day off,off,leave,holidays,休息日,休假,请假,排休,不在岗"),
            zh="不打电话的日子：星期、日期，或日期范围如 2026-01-01..2026-01-03。",
        ),
    ),
    same=Same("the same agent again", zh="同一客服再次出现", key=("agent_id",)),
    zh="客服",
)
