"""Points: what a ledger of points holds, one row an entry."""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

POINTS = Dataset(
    "points",
    "entry",
    (
        Field(
            "user_id",
            Type.ID,
            "whose points they are, as the orders export writes it",
            names(
                "user id,user,customer id,customer,member id,member,uid,"
                "会员id,会员编号,会员号,用户id,用户编号,用户帐户,用户账户,客户id,客户编号,openid,unionid,用户,会员,手机号,手机"
            ),
            needed=True,
            zh="谁的积分，与订单导出写法一致。",
        ),
        Field(
            "time",
            Type.TIME,
            "when it was booked",
            names(
                "time,entry time,booked at,created at,date,timestamp,"
                "操作时间,变动时间,入账时间,发生时间,创建时间,时间,日期"
            ),
            needed=True,
            zh="入账的时间。",
        ),
        Field(
            "points",
            Type.NUMBER,
            "by how much it changes the balance",
            names(
                "points,change,points change,delta,points delta,amount of points,"
                "变动积分,积分变化,积分变动,变动数量,变动值,积分"
            ),
            needed=True,
            zh="余额变动多少。",
        ),
        Field(
            "kind",
            Type.TEXT,
            "what it is: earned, redeemed, expired, ...",
            names(
                "kind,entry kind,entry type,change type,type,action,变动类型,积分类型,操作类型,类型"
            ),
            zh="变动的种类：获得、使用、过期等。",
        ),
        Field(
            "entry_id",
            Type.ID,
            "one entry's own id",
            names("entry id,id,ledger id,transaction id,流水号,流水编号,记录编号,明细编号"),
            zh="流水自己的编号。",
        ),
        Field(
            "lot_id",
            Type.ID,
            "the entry whose points these are, or which it undoes",
            names("lot id,lot,batch id,batch,批次,批次号,积分批次"),
            zh="所属批次：对应的获得或使用流水。",
        ),
        Field(
            "order_id",
            Type.ID,
            "the order it came of",
            names("order id,order no,order number,order,订单号,订单编号,业务单号,关联订单"),
            zh="关联的订单号。",
        ),
        Field(
            "rule",
            Type.TEXT,
            "the rule, or what it was for",
            names("rule,source,reason,remark,积分来源,来源,规则,规则名称,原因,备注"),
            zh="对应的规则或来源。",
        ),
        Field(
            "before",
            Type.NUMBER,
            "the balance before it",
            names(
                "before,balance before,points before,变动前积分,变动前余额,变动前,期初积分,原积分,变动前可用积分"
            ),
            zh="变动前的余额。",
        ),
        Field(
            "after",
            Type.NUMBER,
            "the balance after it",
            names(
                "after,balance after,points after,balance,变动后积分,变动后余额,变动后,当前积分,剩余积分,积分余额,当前积分余额,可用积分,变动后可用积分"
            ),
            zh="变动后的余额。",
        ),
        Field(
            "valid_until",
            Type.TIME,
            "the last day on which they can be used",
            names(
                "valid until,expires at,expires on,expiry date,expiry,有效期至,过期时间,到期时间,到期日"
            ),
            zh="最后可用的一天。",
        ),
    ),
    same=Same("the same entry again", zh="同一笔流水再次出现", key=("entry_id",), by="time"),
    time="time",
    zh="积分流水",
)
