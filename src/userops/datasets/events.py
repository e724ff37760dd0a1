"""Events: what an export of behaviour holds, one row an event.

the same event
    Rows with the same event id, or, where they have none, rows that are alike in every
    column: counted once.
anonymous id
    What a user went by before being known. A users export with that column links it to a
    user, and so does an event that carries both, first of all one named identify or $identify;
    where events link it to several users, the earliest does. Its events are then that user's,
    those before as well as after. One beside more than three users is a place, not a person:
    only an identify event links it. An anonymous id that nothing links is a user of its own.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

SAME = Same("the same event again", zh="同一事件再次出现", key=("event_id",), by="event_time")

EVENTS = Dataset(
    "events",
    "event",
    (
        Field(
            "user_id",
            Type.ID,
            "who did it",
            names(
                "user id,user,userid,distinct id,user pseudo id,customer id,customer,client id,client,"
                "member id,member,account id,person id,actor id,actor,uid,用户id,用户编号,"
                "用户标识,会员id,会员编号,会员号,客户id,openid,unionid,用户,客户,visitor id,"
                "visitor,full visitor id,device id,cookie id,anonymous id,anon id,user key,profile id,"
                "viewer id,player id,customer unique id,email,phone,访客id,设备id,手机号"
            ),
            needed=True,
            zh="谁的行为。",
        ),
        Field(
            "event_time",
            Type.TIME,
            "when, in the shop's time zone",
            names(
                "event time,event timestamp,event datetime,event date time,timestamp,time stamp,time,"
                "datetime,date time,occurred at,client time,server time,local time,start time,visit time,"
                "view time,action time,original timestamp,received at,sent at,ts,created at,event date,"
                "date,day,timestamp ms,event ts,$time,"
                "事件时间,行为时间,发生时间,操作时间,访问时间,时间戳,时间,日期"
            ),
            needed=True,
            zh="发生时间，按店铺所在时区。",
        ),
        Field(
            "event",
            Type.TEXT,
            "what was done",
            names(
                "event,event name,event type,action,action type,event action,activity,activity name,"
                "behavior,behaviour,behavior type,behaviour type,operation,interaction,"
                "interaction type,verb,action name,type,name,"
                "事件,事件名称,事件名,事件类型,行为,行为类型,动作,操作"
            ),
            needed=True,
            zh="做了什么。",
        ),
        Field(
            "event_id",
            Type.ID,
            "one event's own id",
            names("event id,insert id,$insert id,message id,uuid,event uuid,事件id"),
            zh="事件自己的编号。",
        ),
        Field(
            "anonymous_id",
            Type.ID,
            "what the user went by before being known",
            names(
                "anonymous id,anon id,$anon distinct id,anon distinct id,$anon id,anonymous user id,"
                "user pseudo id,"
                "$device id,device id,visitor id,匿名id,设备id"
            ),
            zh="身份未明时的编号。",
        ),
        Field(
            "session_id",
            Type.ID,
            "the visit it belongs to",
            names(
                "session id,session,visit id,visit,user session,ga session id,$session id,session key,"
                "session number,会话id,会话,访问id"
            ),
            zh="所属的一次访问。",
        ),
        Field(
            "duration_s",
            Type.NUMBER,
            "seconds it lasted",
            names(
                "duration s,duration sec,duration seconds,duration,seconds,time on page,time spent,"
                "time spent s,dwell time,dwell,stay time,停留时长,停留时间,浏览时长,时长,时长秒"
            ),
            zh="持续秒数。",
        ),
        Field(
            "channel",
            Type.TEXT,
            "where the visit came from",
            names(
                "channel,source,utm source,traffic source,channel grouping,referrer type,"
                "渠道,来源,来源渠道,流量来源"
            ),
            zh="访问来自哪个渠道。",
        ),
        Field(
            "page",
            Type.TEXT,
            "page or screen",
            names(
                "page,page url,url,page path,path,screen,screen name,page name,page title,page type,"
                "$current url,page location,current url,页面,页面url,页面名称"
            ),
            zh="页面或屏幕。",
        ),
        Field(
            "item",
            Type.TEXT,
            "item it was about",
            names(
                "item,item id,itemid,product,product id,product name,sku,goods id,商品,商品id,商品编号"
            ),
            zh="涉及的商品。",
        ),
        Field(
            "group_id",
            Type.ID,
            "community group",
            names("group id,group,chat id,room id,群id,群,群聊"),
            zh="社群编号。",
        ),
        Field(
            "value",
            Type.NUMBER,
            "any number it carries",
            names("value,event value,amount,price,revenue,数值,值,金额"),
            zh="事件附带的数值。",
        ),
    ),
    same=SAME,
    time="event_time",
    blank_in_totals="user_id",
    zh="事件",
)
# What an event is named that says who an anonymous id is.
IDENTIFY = ("identify", "$identify", "identified", "alias", "$create_alias")
