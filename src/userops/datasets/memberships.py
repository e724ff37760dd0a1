"""Memberships: who was in which group when, one row a stay, a step, or a member found on a day.

stay
    A row with `joined`, and `left` once the member has left.
step
    A row with a time and an action: join or leave, in English or Chinese.
snapshot
    A row with the day on which the member was found in the group, and maybe since when. Without a
    column for it the day is that in the file's name, of lists of several days or without a time.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Listed, Same, Type, names

MEMBERSHIPS = Dataset(
    "memberships",
    "membership",
    (
        Field(
            "group_id",
            Type.ID,
            "the group",
            names(
                "group id,chat id,room id,roomid,community id,channel id,群id,群编号,群聊id,社群id"
            ),
            needed=True,
            instead=("group",),
            zh="所在的群。",
        ),
        Field(
            "group",
            Type.TEXT,
            "what the group is called",
            names(
                "group,group name,chat name,chat,room,room name,community,群名称,群名,群聊名称,群聊,社群名称,"
                "社群,群"
            ),
            zh="群名称。",
        ),
        Field(
            "user_id",
            Type.ID,
            "the member, as the chat writes it",
            names(
                "user id,user,userid,member id,member,member userid,external userid,external user id,"
                "wxid,wechat id,author id,actor id,from id,用户id,用户编号,群成员id,成员id,成员编号,"
                "会员id,会员编号,会员号,客户id,客户编号,微信id,customer id,openid,unionid,微信号,customer,成员,用户,"
                "phone,手机号,手机"
            ),
            needed=True,
            instead=("action",),
            zh="群成员，按群里的编号。",
        ),
        Field(
            "joined",
            Type.TIME,
            "when the member joined",
            names(
                "joined,joined at,join time,joined time,join date,joined date,entered,member since,"
                "入群时间,加入时间,进群时间,入群日期,加群时间"
            ),
            needed=True,
            instead=("time", "snapshot", "left"),
            hint="export stays (joined, left), a log (time, action) or snapshots with their day, in a column or in the file's name",
            zh="入群时间。",
        ),
        Field(
            "left",
            Type.TIME,
            "when the member left; blank for not yet",
            names(
                "left,left at,leave time,left time,leave date,left date,deleted time,exit time,"
                "退群时间,离开时间,退出时间,离群时间,退群日期"
            ),
            zh="退群时间；未退则空。",
        ),
        Field(
            "time",
            Type.TIME,
            "when a member came or went, in a log",
            names(
                "time,action time,event time,timestamp,date time,datetime,occurred at,log time,date,"
                "操作时间,变动时间,发生时间,事件时间,时间,日期"
            ),
            zh="成员进出的时间（流水）。",
        ),
        Field(
            "action",
            Type.TEXT,
            "whether the member joined or left, in a log",
            names(
                "action,event,event type,change,change type,operation,type,update detail,"
                "操作,动作,行为,变动,变动类型,事件,类型"
            ),
            zh="成员入群还是退群（流水）。",
        ),
        Field(
            "snapshot",
            Type.TIME,
            "the day on which the member was in the group, in a list of members",
            names(
                "snapshot,snapshot date,snapshot day,snapshot time,as of,exported at,export date,"
                "快照日期,快照时间,导出日期,导出时间,统计日期"
            ),
            zh="名单所属的日期（快照）。",
        ),
        Field(
            "reason",
            Type.TEXT,
            "why or how the member left",
            names("reason,leave reason,left reason,quit scene,退群原因,退群方式,离开原因,原因"),
            zh="退群的原因或方式。",
        ),
        Field(
            "how",
            Type.TEXT,
            "how the member came in",
            names("how,join scene,join way,join method,joined by,入群方式,进群方式,入群渠道"),
            zh="入群方式。",
        ),
        Field(
            "owner",
            Type.TEXT,
            "whose group it is",
            names("owner,group owner,owner id,leader,群主,群主id,团长"),
            zh="群主。",
        ),
        Field(
            "member_type",
            Type.TEXT,
            "whether the member is staff or a customer; WeCom's 1 is staff",
            names("member type,user type,role,is staff,成员类型,用户类型,身份,角色"),
            zh="成员是员工还是客户；企业微信的 1 是员工。",
        ),
        Field(
            "group_created",
            Type.TIME,
            "when the group was made",
            names(
                "group created,group created at,group create time,create time,建群时间,群创建时间"
            ),
            zh="建群时间。",
        ),
        Field(
            "group_dissolved",
            Type.TIME,
            "when the group was dissolved",
            names("group dissolved,dissolved,dissolved at,dismissed at,解散时间,群解散时间"),
            zh="群解散时间。",
        ),
        Field(
            "unionid",
            Type.ID,
            "the member's unionid",
            names("unionid,union id"),
            zh="微信 unionid。",
        ),
        Field(
            "external_userid",
            Type.ID,
            "the member's external_userid in WeCom",
            names("external userid,external user id,外部联系人id"),
            zh="企业微信的 external_userid。",
        ),
        Field(
            "phone",
            Type.ID,
            "the member's phone",
            names("phone,phone number,mobile,手机,手机号,手机号码"),
            zh="手机号。",
        ),
    ),
    same=Same("the same row of a membership again", zh="同一成员记录再次出现"),
    time="snapshot",
    time_else=("time", "joined", "left"),
    listed=Listed("snapshot", since="joined", unless=("time", "left", "action")),
    of_chats=True,
    zh="群成员",
)
