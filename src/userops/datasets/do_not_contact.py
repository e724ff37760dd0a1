"""Do not contact: who asked to be left alone, one row a user or a phone.

left alone
    Users of the list from the day on that it says, always where it says none; and every user whose
    phone stands on it, in the users export or as the id.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

DO_NOT_CONTACT = Dataset(
    "do_not_contact",
    "entry",
    (
        Field(
            "user_id",
            Type.ID,
            "who isn't to be contacted, as the orders export writes it",
            names(
                "user id,user,customer id,customer,client id,buyer id,member id,uid,用户id,"
                "用户编号,会员id,会员编号,会员号,客户id,客户编号,openid,unionid,用户,客户"
            ),
            needed=True,
            instead=("phone",),
            zh="勿联系的用户，与订单导出写法一致。",
        ),
        Field(
            "phone",
            Type.ID,
            "the number that isn't to be called",
            names("phone,phone number,mobile,手机号,手机号码,手机,联系电话,电话"),
            zh="勿拨打的号码。",
        ),
        Field(
            "since",
            Type.TIME,
            "from when on",
            names("since,added at,added,opted out at,unsubscribed at,加入时间,登记时间,退订时间"),
            zh="从何时起。",
        ),
        Field(
            "reason",
            Type.TEXT,
            "why",
            names("reason,note,原因,备注"),
            zh="原因。",
        ),
    ),
    same=Same("the same entry again", zh="同一条再次出现"),
    time="since",
    zh="勿联系名单",
)
