"""Users: what an export of registered users holds, one row a user.

Any other column of the export is an attribute that analyses can split by.

the same user
    Rows with one user id are one user, who registered at the earliest of their times; of an
    attribute the earliest row that says something counts. The others are left out, and counted.
attribute
    A column by its field's name or its own: what the users export says of a user, else (of
    channel, category and product) what the user's first valid order does.
"""

from __future__ import annotations

from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset, Field, Same, Type, names

USERS = Dataset(
    "users",
    "user",
    (
        Field(
            "user_id",
            Type.ID,
            "the user, as the orders export writes it",
            names(
                "user id,user,customer id,customer,client id,buyer id,member id,uid,openid,unionid,"
                "external userid,用户id,用户编号,用户,会员id,会员编号,会员号,买家id,买家会员名,客户id,"
                "客户编号,客户,email,phone,手机号,手机"
            ),
            needed=True,
            zh="用户编号，与订单导出写法一致。",
        ),
        Field(
            "registered_time",
            Type.TIME,
            "when the user registered or was added",
            names(
                "registered time,registered at,registered,registration date,register time,signup date,signed up at,"
                "created at,created,join date,添加时间,注册时间,注册日期,入会时间,创建时间"
            ),
            zh="注册或添加的时间。",
        ),
        Field(
            "channel",
            Type.TEXT,
            "where the user came from",
            names("channel,source,utm source,acquisition channel,渠道,来源,来源渠道,注册渠道"),
            zh="用户来自哪个渠道。",
        ),
    ),
    same=Same(
        "another row of the same user",
        zh="同一用户的另一行",
        key=("user_id",),
        by="registered_time",
    ),
    beside=(EVENTS["anonymous_id"],),
    open=True,
    zh="用户",
)
