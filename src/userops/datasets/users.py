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
                "user id,user,customer id,customer,client id,buyer id,member id,uid,用户id,用户编号,"
                "会员id,会员编号,会员号,买家id,买家会员名,客户id,客户编号,openid,unionid,external userid,"
                "用户,客户,email,phone,手机号,手机"
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
        Field(
            "inviter_id",
            Type.ID,
            "who invited the user",
            names(
                "inviter id,inviter,invited by,referrer id,referrer,referred by,referral id,sender customer,"
                "邀请人id,邀请人编号,邀请人,推荐人id,推荐人编号,推荐人,上级id,上级,分销员手机号,分销员,团长"
            ),
            zh="谁邀请了该用户。",
        ),
        Field(
            "group_id",
            Type.ID,
            "the group that the user is in",
            names("group id,chat id,群id,群编号,所属群,社群"),
            zh="用户所在的群。",
        ),
        Field(
            "phone",
            Type.TEXT,
            "the user's phone: compared, and on lists of whom to call; a report shows none",
            names("phone,phone number,mobile,mobile phone,手机号,手机,手机号码,联系电话,联系手机"),
            zh="用户的手机号：用于比对，并写在联系名单中；报告不显示。",
        ),
        Field(
            "email",
            Type.TEXT,
            "the user's e-mail address, compared and never shown",
            names("email,e-mail,email address,邮箱,电子邮箱"),
            zh="用户的电子邮箱：只作比较，从不显示。",
        ),
        Field(
            "device",
            Type.TEXT,
            "the device that the user registered with",
            names("device id,device,idfa,imei,设备id,设备号,设备"),
            zh="用户注册所用的设备。",
        ),
        Field(
            "address",
            Type.TEXT,
            "where the user lives or has things sent to",
            names("address,shipping address,地址,收货地址,详细地址"),
            zh="用户的住址或收货地址。",
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
