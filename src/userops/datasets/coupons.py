"""Coupons: what was issued to whom, one row a coupon of a user.

the same coupon
    Rows with one coupon id are one. Without ids rows that are alike in every column are one.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

COUPONS = Dataset(
    "coupons",
    "coupon",
    (
        Field(
            "user_id",
            Type.ID,
            "whose it is, as the orders export writes it",
            names(
                "user id,user,customer id,customer,buyer id,member id,uid,用户id,用户编号,会员id,"
                "会员编号,会员号,客户id,客户编号,openid,unionid,用户,客户,领取人,领券人,email,phone,手机号,"
                "会员手机,领取人手机号,手机"
            ),
            needed=True,
            zh="谁的券，与订单导出写法一致。",
        ),
        Field(
            "claimed_time",
            Type.TIME,
            "when the user took it",
            names(
                "claimed time,claimed at,claimed,received at,collected at,领取时间,领券时间,领用时间"
            ),
            needed=True,
            instead=("issued_time", "redeemed_time"),
            zh="用户领取的时间。",
        ),
        Field(
            "issued_time",
            Type.TIME,
            "when it was given out",
            names(
                "issued time,issued at,issued,granted at,sent at,发放时间,发券时间,派发时间,发送时间"
            ),
            zh="发放的时间。",
        ),
        Field(
            "redeemed_time",
            Type.TIME,
            "when it was used",
            names(
                "redeemed time,redeemed at,redeemed,used at,used time,redemption time,核销时间,使用时间,"
                "用券时间,消费时间"
            ),
            zh="使用的时间。",
        ),
        Field(
            "coupon",
            Type.TEXT,
            "what it's called: all of one name are one coupon",
            names(
                "coupon,coupon name,coupon code,code,discount code,promo code,voucher,"
                "优惠券,优惠券名称,券名称,券名,活动名称,优惠码,优惠券码"
            ),
            zh="券的名称：同名的为一种券。",
        ),
        Field(
            "coupon_id",
            Type.ID,
            "one user's own coupon",
            names("coupon id,coupon no,voucher id,券id,券号,券编号,券码,核销码"),
            zh="某位用户的这一张券。",
        ),
        Field(
            "order_id",
            Type.ID,
            "the order it was used for",
            names("order id,order no,order number,order,订单号,订单编号,使用订单号,核销订单号"),
            zh="用在哪笔订单。",
        ),
        Field(
            "discount",
            Type.MONEY,
            "what it took off that order",
            names(
                "discount,discount amount,amount,value,face value,saved,优惠金额,抵扣金额,券面额,面额,"
                "优惠面额,减免金额"
            ),
            zh="该订单因此减免的金额。",
        ),
        Field(
            "currency",
            Type.CURRENCY,
            "the discounts' currency",
            names("currency,currency code,币种,货币"),
            zh="减免金额的币种。",
        ),
    ),
    same=Same("the same coupon again", zh="同一张券再次出现", key=("coupon_id",)),
    zh="优惠券",
)
