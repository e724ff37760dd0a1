"""Levels: what a shop's own export of its members' levels holds, one row a member.

the same member
    Rows with one user id are one member: the one with the latest `since` up to as_of counts. The
    others are left out, and counted.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

LEVELS = Dataset(
    "levels",
    "member",
    (
        Field(
            "user_id",
            Type.ID,
            "the member, as the orders export writes it",
            names(
                "user id,user,customer id,customer,member id,uid,"
                "会员id,会员编号,会员号,用户id,用户编号,客户id,客户编号,openid,unionid,用户,手机号,手机"
            ),
            needed=True,
            zh="会员，与订单导出写法一致。",
        ),
        Field(
            "level",
            Type.TEXT,
            "the level that the shop says",
            names(
                "level,member level,membership level,level name,tier,grade,会员等级,等级,等级名称,会员级别,会员卡等级"
            ),
            needed=True,
            zh="店铺记录的等级。",
        ),
        Field(
            "growth_value",
            Type.NUMBER,
            "the growth value that the shop says",
            names("growth value,growth,experience,成长值,当前成长值,经验值"),
            zh="店铺记录的成长值。",
        ),
        Field(
            "since",
            Type.TIME,
            "since when it's that level",
            names("since,level since,upgraded at,升级时间,等级开始时间,成为该等级时间"),
            zh="何时成为该等级。",
        ),
        Field(
            "valid_until",
            Type.TIME,
            "until when it's that level",
            names(
                "valid until,expires at,expires on,expiry date,等级有效期,等级到期时间,有效期至,到期时间"
            ),
            zh="等级有效期至。",
        ),
    ),
    same=Same(
        "another row of the same member",
        zh="同一会员的另一行",
        key=("user_id",),
        by="since",
        wins="last",
    ),
    time="since",
    blank_in_totals="user_id",
    zh="会员等级",
)
