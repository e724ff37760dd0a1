"""Identities: who a person of chats, groups or call logs is in the shop, one row a pair of ids.

one chat id with two shop users
    Nobody can tell whose it is: that stops. One shop user may have several chat ids.
matched
    A person of a chat whose shop user is known. Whoever isn't matched is unknown, and never counted as
    somebody who didn't buy. Nicknames match nobody, for two people may share one.
coverage : proportion
    matched / people.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

IDENTITIES = Dataset(
    "identities",
    "pair",
    (
        Field(
            "user_id",
            Type.ID,
            "the user, as the orders export writes it",
            names(
                "user id,shop user id,shop user,shop id,customer id,shop customer id,buyer id,user,uid,"
                "customer,用户id,用户编号,商城用户id,商城用户,店铺用户id,会员id,会员编号,会员号,买家id,客户编号,"
                "客户id,用户,phone,phone number,mobile,mobile phone,手机号,手机,手机号码"
            ),
            needed=True,
            zh="用户编号，与订单导出写法一致。",
        ),
        Field(
            "member_id",
            Type.ID,
            "the same person, as chats, groups or call logs write it",
            names(
                "member id,chat user id,chat user,chat id,group user id,group member id,wecom id,"
                "wecom user id,wecom userid,wxid,wechat id,openid,telegram id,telegram user id,whatsapp,"
                "whatsapp id,discord id,author id,from id,sender id,member,群成员id,群成员编号,群成员,成员id,"
                "成员编号,群用户id,群内id,企微id,企业微信id,微信id,微信号"
            ),
            zh="同一个人在群、聊天或通话记录中的编号。",
        ),
        Field(
            "unionid",
            Type.ID,
            "the person's unionid",
            names("unionid,union id,wechat unionid,微信unionid"),
            zh="此人的 unionid。",
        ),
        Field(
            "external_userid",
            Type.ID,
            "the person's external_userid in WeCom",
            names("external userid,external user id,外部联系人id,企微外部联系人id"),
            zh="此人在企业微信中的 external_userid。",
        ),
        Field(
            "phone",
            Type.ID,
            "the person's phone",
            names("phone,phone number,mobile,mobile phone,手机,手机号,手机号码,电话,联系电话"),
            zh="此人的手机号。",
        ),
    ),
    same=Same("the same pair again", zh="同一对编号再次出现"),
    of_chats=True,
    zh="身份对应",
)
# What a person of a chat may be known by, best first.
KEYS = ("member_id", "external_userid", "unionid", "phone")
