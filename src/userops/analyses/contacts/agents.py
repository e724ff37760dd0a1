"""Agents on a day: how many users each can call, and who is off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from userops.core.errors import InputError
from userops.readers.dataset import Rows

_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "mon,monday,周一,星期一,礼拜一", "tue,tuesday,周二,星期二,礼拜二",
            "wed,wednesday,周三,星期三,礼拜三", "thu,thursday,周四,星期四,礼拜四",
            "fri,friday,周五,星期五,礼拜五", "sat,saturday,周六,星期六,礼拜六",
            "sun,sunday,周日,周天,星期日,星期天,礼拜天",
        )
    )
    for word in words.split(",")
}  # fmt: skip
_SEVERAL = {"weekend": (5, 6), "weekends": (5, 6), "周末": (5, 6), "双休": (5, 6)}
_DAY = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_SPAN = re.compile(rf"({_DAY})\s*(?:\.\.|~|至|to)\s*({_DAY})")
_BETWEEN = re.compile(r"[\s,，;；、|]+")


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent on a day: `capacity` as it's declared, `off` where he doesn't work."""

    agent_id: str
    capacity: int
    off: bool = False

    @property
    def room(self) -> int:
        """How many he can call."""
        return 0 if self.off else self.capacity


def agents_on(rows: Rows | None, day: date, capacity: int) -> list[Agent]:
    """The agents by id; without an export one, who has no id.

    Raises:
        InputError: days off that can't be read, or a capacity that can't be.
    """
    if rows is None:
        return [Agent("", capacity)]
    found = []
    for row in rows.frame.sort("agent_id").iter_rows(named=True):
        declared = row["capacity"]
        if declared is not None and (declared < 0 or declared != int(declared)):
            raise InputError(
                f"agents: {row['agent_id']} has a capacity of {declared:g}",
                mend="a whole number of calls a day",
            )
        off = row["days_off"] is not None and any(
            low <= day <= high or day.weekday() in weekdays
            for low, high, weekdays in _days_off(row["days_off"], row["agent_id"])
        )
        found.append(Agent(row["agent_id"], capacity if declared is None else int(declared), off))
    return found


_NEVER = (date.max, date.min)


def _days_off(text: str, agent: str) -> Iterator[tuple[date, date, tuple[int, ...]]]:
    """Spans of dates and weekdays of a text.

    Raises:
        InputError: a part of it is neither.
    """
    for low, high in _SPAN.findall(text):
        yield _date(low), _date(high), ()
    for part in filter(None, _BETWEEN.split(_SPAN.sub(" ", text).strip())):
        word = part.lower()
        if re.fullmatch(_DAY, part):
            yield _date(part), _date(part), ()
        elif word in _WEEKDAYS:
            yield *_NEVER, (_WEEKDAYS[word],)
        elif word in _SEVERAL:
            yield *_NEVER, _SEVERAL[word]
        else:
            raise InputError(
                f"agents: {part!r} among the days off of {agent} is no day",
                mend="weekdays (sat, 周六), dates (2026-01-01) or spans of them (2026-01-01..2026-01-03)",
            )


def _date(text: str) -> date:
    year, month, day = map(int, re.split(r"[-/.]", text))
    try:
        return date(year, month, day)
    except ValueError:
        raise InputError(f"agents: {text} is no day", mend="dates as 2026-01-01") from None
