"""Group days: how many members and messages there were on a day, one row a day, and maybe a group.

daily counts
    They hold no people: how many were active in a week lies between the largest day and the sum of
    its days.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

GROUP_DAYS = Dataset(
    "group_days",
    "day",
    (
        Field(
            "day_of",
            Type.TIME,
            "the day",
            names("day of,day,date,stat time,stat date,stat day,统计时间,统计日期,日期"),
            needed=True,
            zh="哪一天。",
        ),
        Field(
            "group_id",
            Type.ID,
            "the group; none where a row is of all groups",
            names("group id,chat id,room id,群id,群编号,群聊id"),
            zh="所在的群；一行说全部的群时为空。",
        ),
        Field(
            "group",
            Type.TEXT,
            "what the group is called",
            names("group,group name,chat name,群名称,群名,群聊名称,群聊,群"),
            zh="群名称。",
        ),
        Field(
            "owner",
            Type.TEXT,
            "whose groups they are",
            names("owner,owner id,owner userid,group owner,群主,群主id"),
            zh="谁的群。",
        ),
        Field(
            "members",
            Type.NUMBER,
            "members at the day's end",
            names(
                "members,member total,member count,total members,群成员数,群成员总数,成员数,群人数,总人数"
            ),
            needed=True,
            zh="当日结束时的成员数。",
        ),
        Field(
            "new_members",
            Type.NUMBER,
            "members who joined on the day",
            names(
                "new members,new member cnt,joined,joins,新增成员数,新增群成员数,新增群成员,今日入群,入群人数"
            ),
            zh="当日入群人数。",
        ),
        Field(
            "left_members",
            Type.NUMBER,
            "members who left on the day",
            names("left members,left,leaves,退群人数,今日退群,流失成员数"),
            zh="当日退群人数。",
        ),
        Field(
            "active_members",
            Type.NUMBER,
            "members who wrote on the day",
            names(
                "active members,member has msg,active,speakers,发言成员数,发过消息的群成员数,发言人数,活跃成员数,"
                "群活跃,活跃人数"
            ),
            zh="当日发过言的成员数。",
        ),
        Field(
            "messages",
            Type.NUMBER,
            "messages of the day",
            names("messages,msg total,message count,消息数,群消息总数,消息总数,今日消息"),
            zh="当日消息数。",
        ),
        Field(
            "chats",
            Type.NUMBER,
            "groups there were",
            names("chats,groups,chat total,群聊总数,群数,群总数"),
            zh="群数。",
        ),
        Field(
            "new_chats",
            Type.NUMBER,
            "groups made on the day",
            names("new chats,new groups,new chat cnt,新增群聊数,新增群数"),
            zh="当日新建的群数。",
        ),
        Field(
            "active_chats",
            Type.NUMBER,
            "groups in which somebody wrote",
            names("active chats,active groups,chat has msg,有过消息的群聊数,活跃群数"),
            zh="有人发言的群数。",
        ),
    ),
    same=Same(
        "another row of the same day",
        zh="同一天的另一行",
        key=("day_of", "group_id"),
        by="day_of",
        wins="last",
    ),
    time="day_of",
    zh="群日报",
)
