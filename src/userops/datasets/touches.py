"""Touches: what an export of contacts with channels holds, one row a visit, click or message.

A user met the shop by way of a channel: opened a message, clicked an ad, came by search. Where
there's no such export, events with a channel are touches.

the same touch
    Rows with the same touch id, or, where they have none, rows that are alike in every column:
    counted once.
"""

from __future__ import annotations

from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset, Field, Same, Type, names

TOUCHES = Dataset(
    "touches",
    "touch",
    (
        Field(
            "user_id",
            Type.ID,
            "who was reached, as the orders export writes it",
            EVENTS["user_id"].names,
            needed=True,
            zh="触达了谁，与订单导出写法一致。",
        ),
        Field(
            "touch_time",
            Type.TIME,
            "when, in the shop's time zone",
            (
                *names(
                    "touch time,touched at,touchpoint time,interaction time,click time,clicked at,"
                    "send time,触点时间,触达时间,点击时间"
                ),
                *EVENTS["event_time"].names,
            ),
            needed=True,
            zh="触达的时间，按店铺所在时区。",
        ),
        Field(
            "channel",
            Type.TEXT,
            "by which channel",
            (*names("touch channel,touchpoint,触点,触点渠道"), *EVENTS["channel"].names),
            needed=True,
            zh="通过哪个渠道。",
        ),
        Field(
            "session_id",
            Type.ID,
            "the visit it belongs to",
            EVENTS["session_id"].names,
            zh="所属的一次访问。",
        ),
        Field(
            "touch_id",
            Type.ID,
            "one touch's own id",
            names("touch id,click id,触点编号,触达编号"),
            zh="触点自己的编号。",
        ),
    ),
    same=Same("the same touch again", zh="同一触点再次出现", key=("touch_id",), by="touch_time"),
    time="touch_time",
    blank_in_totals="user_id",
    zh="触点",
)
