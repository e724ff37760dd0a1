"""Events: what an export of behaviour holds, one row an event."""

from __future__ import annotations

from userops.fields import Dataset, Field, Type, names

EVENTS = Dataset(
    "events",
    "event",
    (
        Field(
            "user_id",
            Type.ID,
            "who did it",
            names(
                "user id,user,userid,distinct id,user pseudo id,customer id,member id,uid,openid,"
                "unionid,anonymous id,visitor id,用户id,用户编号,用户,会员id,会员编号,会员号,客户id"
            ),
            needed=True,
        ),
        Field(
            "event_time",
            Type.TIME,
            "when, in the shop's time zone",
            names(
                "event time,timestamp,time,event timestamp,event date,created at,date,occurred at,"
                "事件时间,时间,发生时间,行为时间"
            ),
            needed=True,
        ),
        Field(
            "event",
            Type.TEXT,
            "what was done",
            names("event,event name,event type,action,type,事件,事件名称,行为,行为类型"),
            needed=True,
        ),
        Field(
            "event_id",
            Type.ID,
            "one event's own id",
            names("event id,insert id,$insert id,message id,uuid,事件id"),
        ),
        Field(
            "session_id",
            Type.ID,
            "the visit it belongs to",
            names("session id,session,visit id,会话id,访问id"),
        ),
        Field(
            "duration",
            Type.NUMBER,
            "seconds it lasted",
            names("duration s,duration,seconds,time on page,时长,停留时长,停留时间"),
        ),
        Field(
            "channel",
            Type.TEXT,
            "where the visit came from",
            names("channel,source,utm source,渠道,来源"),
        ),
        Field("page", Type.TEXT, "page or screen", names("page,url,path,screen,页面")),
        Field(
            "item",
            Type.TEXT,
            "item it was about",
            names("item,item id,product,product id,sku,商品,商品id"),
        ),
        Field("group_id", Type.ID, "community group", names("group id,group,chat id,群id,群,群聊")),
        Field("value", Type.NUMBER, "any number it carries", names("value,amount,price,数值,值")),
    ),
)
