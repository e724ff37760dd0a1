"""Contacts: the log of calls and of lists, one row a call, made or planned.

A row that is planned is of a list that userops wrote: who was to be called on that day, why and by whom.
A call of the same user on that day or within a week tells how it went. A row whose group is a control is
of a user who was to be called, was drawn by lot and left alone.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

CONTACTS = Dataset(
    "contacts",
    "contact",
    (
        Field(
            "user_id",
            Type.ID,
            "who was called, as the orders export writes it",
            names(
                "user id,user,customer id,customer,customer no,client id,buyer id,member id,uid,用户id,"
                "用户编号,会员id,会员编号,会员号,客户id,客户编号,openid,unionid,用户,客户"
            ),
            needed=True,
            instead=("phone",),
            zh="联系了谁，与订单导出写法一致。",
        ),
        Field(
            "contact_time",
            Type.TIME,
            "when the call was made, or the day it's planned for",
            names(
                "contact time,contacted at,call time,call start time,call start,called at,start time,"
                "通话开始时间,呼叫开始时间,呼叫时间,外呼时间,拨打时间,联系时间,开始时间"
            ),
            needed=True,
            zh="通话开始的时间，或计划的日期。",
        ),
        Field(
            "status",
            Type.TEXT,
            "what came of it, or planned",
            names(
                "status,result,outcome,disposition,call status,call result,状态,结果,通话结果,通话状态,"
                "外呼结果,接通状态,联系结果"
            ),
            zh="结果，或 planned（计划）。",
        ),
        Field(
            "duration",
            Type.TEXT,
            "how long was talked: seconds, or hours:minutes:seconds",
            names(
                "duration,talk time,talk duration,call duration,billsec,seconds,时长,通话时长,通话时间,"
                "通话秒数"
            ),
            zh="通话时长：秒，或 时:分:秒。",
        ),
        Field(
            "answered_time",
            Type.TIME,
            "when the user answered; blank where nobody did",
            names("answered time,answered at,answer time,应答时间,接通时间,接听时间"),
            zh="应答的时间；未接通则为空。",
        ),
        Field(
            "group",
            Type.TEXT,
            "listed, or held back (control, holdout); other words say nothing",
            names("group,arm,variant,分组,组别,实验组"),
            zh="列入名单，或留作对照（对照组）；其他内容不计。",
        ),
        Field(
            "agent_id",
            Type.ID,
            "who called",
            names(
                "agent id,agent,operator,staff id,staff,seat,坐席编号,坐席id,坐席,客服编号,客服,工号,员工编号,"
                "分机号,用户名"
            ),
            zh="由谁联系。",
        ),
        Field(
            "phone",
            Type.ID,
            "the number that was called",
            names(
                "phone,phone number,mobile,callee,callee number,called number,被叫号码,被叫,客户号码,"
                "客户电话,手机号,手机号码,手机,联系电话,电话"
            ),
            zh="被叫号码。",
        ),
        Field(
            "contact_id",
            Type.ID,
            "the call's own id",
            names("contact id,call id,callid,uniqueid,通话编号,通话id,呼叫id,流水号"),
            zh="通话自己的编号。",
        ),
        Field(
            "reason",
            Type.TEXT,
            "why the user was to be called",
            names("reason,contact reason,联系原因,联系事由,任务类型"),
            zh="联系的原因。",
        ),
        # What else a list said, so that the same day gives the same list.
        Field("rank", Type.TEXT, "the place in the agent's list", ("rank",), zh="名单中的位次。"),
        Field("also", Type.TEXT, "other reasons", ("also",), zh="其他原因。"),
        Field("script", Type.TEXT, "what to say", ("script",), zh="话术。"),
        Field("priority", Type.TEXT, "what the call may bring", ("priority",), zh="优先级。"),
        Field("basis", Type.TEXT, "what the priority rests on", ("basis",), zh="优先级的依据。"),
        Field(
            "last_contact", Type.TEXT, "the contact before", ("last_contact",), zh="上次联系日期。"
        ),
        Field(
            "days_since_order",
            Type.TEXT,
            "days since the last order",
            ("days_since_order",),
            zh="距上次下单的天数。",
        ),
        Field("value", Type.TEXT, "what the user is worth", ("value",), zh="用户价值。"),
    ),
    same=Same(
        "the same call again", zh="同一次通话再次出现", key=("contact_id",), by="contact_time"
    ),
    time="contact_time",
    zh="联系记录",
)
