"""Orders: what an order export holds, and what a valid order is.

order
    One `order_id`; exports with one row per line item are brought back to one row per
    order first. Without an order id, each row is an order. Line items that are equal throughout
    to an earlier one of their order are added up, and it's said how many there are; where rows
    repeat their order's total, or over nine tenths of the orders with several rows have each of them
    twice, such rows count once.
valid
    An order that is not cancelled, unpaid or closed. Statuses are mapped; an unknown
    one is an error that lists it, never a guess.
net amount
    amount - refunds. A refund that stands both in the order's own row and as a row of its own is
    netted once. A fully refunded order is left out of frequency and recency and
    counted as left out. A negative row nets its own order if the id is known, else the
    user's spend on that day. Zero amounts are orders.
purchase day
    A user and a local date with at least one valid order.
"""

from __future__ import annotations

from enum import StrEnum

from userops.datasets import header_names as other
from userops.datasets import status_words
from userops.datasets.fields import Dataset, Field, RollUp, Type, names


class Status(StrEnum):
    """What an order's status means for the numbers."""

    VALID = "valid"
    VOID = "void"
    REFUNDED = "refunded"


# Whom to call about an order, who may be its receiver: the user where nothing else is.
CONTACT_PHONES = names("联系手机,联系电话")
# Where two columns could both be a field, the earlier name wins: payment before creation
# for time, paid before due for amount.
ORDERS = Dataset(
    "orders",
    "order",
    (
        Field(
            "user_id",
            Type.ID,
            "who bought, as the export writes it",
            names(
                "user id,user,customer id,customer,client id,client,buyer id,buyer,member id,uid,"
                "用户id,用户编号,买家id,买家会员名,客户id,客户编号,下单帐号,下单账号,cust id,cust,customer key,customer no,customer number,client no,"
                "client number,账号"
            )
            + other.USER_ID
            + names(
                # Who joins later has no member's number in earlier orders, but an openid.
                "openid,unionid,会员id,会员编号,会员号,用户,客户,顾客,买家,email,e-mail,customer email,phone,手机号,"
                "收货人手机号/提货人手机号,buyer username,username,user name,用户名,customer name,client name,"
                "会员手机号,会员手机,买家手机号,买家手机,客户手机号,客户手机,用户手机号,用户手机,手机号码,手机"
            )
            + CONTACT_PHONES,
            needed=True,
            zh="谁下的单，与导出文件写法一致。",
        ),
        Field(
            "order_time",
            Type.TIME,
            "when it was paid, else placed, in the shop's time zone",
            names(
                "paid at,payment time,paid time,pay time,pay date,payment date,paid date,date paid,paid on,付款时间,订单付款时间,买家付款时间,支付时间,成交时间,"
                "purchase date,order time,order date,invoice date,订单时间,下单时间,订单创建时间,"
                "订单提交时间,created at,created,date,time,timestamp,日期,订单日期,下单日期,"
                "order placed,placed at,created time,"
                "creation date,date created,transaction date,sale date,order created,datetime,day,"
                "transaction time,tran date,trans date,sales date,sale time,purchase time,order datetime,"
                "交易时间,创建时间,购买时间,消费时间,付款日期,支付日期"
            )
            + other.ORDER_TIME,
            needed=True,
            zh="付款时间，没有则取下单时间；按店铺所在时区。",
        ),
        Field(
            "amount",
            Type.MONEY,
            "what was paid for it, before refunds",
            names(
                "amount paid,paid amount,实付金额,买家实际支付金额,订单实付金额,支付金额,实付款,付款金额,实收金额,"
                "amount,total,order total,grand total,net sales,revenue,sales,price,成交金额,"
                "订单金额,金额,总金额,应付金额,订单应付金额,total amount,order amount,monetary,"
                "结算金额,n. revenue (formatted),total paid,total price,total sales,line total,line amount,"
                "purchase amount,transaction amount,payment amount,payment value,sale amount,total amt,"
                "amt,subtotal,sum,sales amount,value,order value,gross sales,net amount,net total,"
                "dollars,usd,eur,euro,euros,gbp,pounds,元,rmb,人民币,cny,合计金额,总额,总价,小计,消费金额,销售额,销售金额,"
                "unit price,item price,product price,单价,商品单价,unitprice,price each,price per unit,selling price"
            )
            + other.AMOUNT
            + other.UNIT_PRICE
            + other.PRICE,
            needed=True,
            zh="实付金额，未扣退款。",
        ),
        Field(
            "order_id",
            Type.ID,
            "one order's own id",
            names(
                "order id,order no,order number,order #,invoice,invoice no,订单编号,订单号,"
                "主订单编号,订单id,order reference,order ref,order,transaction id,transaction no,"
                "transaction number,receipt no,receipt number,receipt id,receipt,bill no,invoice id,"
                "invoice number,sale id,交易号,交易编号,交易单号,流水号,小票号,单号,name"
            )
            + other.ORDER_ID,
            zh="订单自己的编号。",
        ),
        Field(
            "status",
            Type.STATUS,
            "what became of it",
            names(
                "status,financial status,order status,payment status,订单状态,交易状态,状态,order state,state"
            )
            + other.STATUS,
            zh="订单的结果。",
        ),
        Field(
            "cancelled",
            Type.TEXT,
            "when it was cancelled; nothing where it wasn't",
            names("cancelled at,canceled at,取消时间"),
            zh="取消时间；未取消则为空。",
        ),
        Field(
            "refund",
            Type.MONEY,
            "what was paid back of the amount",
            names(
                "refund amount,refunded amount,amount refunded,refund,refunds,refunded,total refunded,"
                "order refund amount,refund total,refunded total,退款金额,退款,已退款金额,订单退款金额,"
                "订单已退款金额,退款总额,实际退款金额,成功退款金额"
            )
            + other.REFUND,
            zh="金额中退回的部分。",
        ),
        Field(
            "currency",
            Type.CURRENCY,
            "the amounts' currency",
            names("currency,币种,货币,currency code") + other.CURRENCY,
            zh="金额的币种。",
        ),
        Field(
            "channel",
            Type.TEXT,
            "where the order came from",
            names("channel,source,utm source,sales channel,渠道,来源,订单来源,来源渠道"),
            rolls_up=RollUp.SHARED,
            zh="订单来自哪个渠道。",
        ),
        Field(
            "category",
            Type.TEXT,
            "category of what was bought",
            names("category,product category,product type,类目,品类,商品类目,分类,商品分类"),
            rolls_up=RollUp.FIRST,
            zh="所购商品的类目。",
        ),
        Field(
            "product",
            Type.TEXT,
            "what was bought",
            names(
                "product,product name,sku,item,lineitem name,product(s),商品,商品名称,商品标题,宝贝标题,"
                "全部商品名称,选购商品,item name,product title,item description,stock code,product id,item id,"
                "product code,description,商品编码,商品id"
            ),
            rolls_up=RollUp.FIRST,
            zh="所购商品。",
        ),
        Field(
            "quantity",
            Type.NUMBER,
            "how many units of it",
            names(
                "quantity,qty,units,lineitem quantity,items sold,number of cds,数量,商品数量,订购数量,"
                "购买数量,宝贝总数量,pieces,count,件数,个数,购买件数"
            )
            + other.QUANTITY,
            rolls_up=RollUp.SUM,
            zh="购买件数。",
        ),
        Field(
            "leader_id",
            Type.ID,
            "who brought the order: a group leader or an affiliate",
            names(
                "leader id,leader,leader phone,group leader,affiliate id,affiliate,distributor id,distributor,"
                "promoter id,promoter,分销员手机号,分销员id,分销员编号,分销员,团长id,团长编号,团长手机号,团长,"
                "推广员id,推广员手机号,推广员,推荐人,邀请人"
            ),
            rolls_up=RollUp.SHARED,
            zh="带来该订单的人：团长、分销员或推广员。",
        ),
        Field(
            "commission",
            Type.MONEY,
            "what whoever brought it is paid for it",
            names(
                "commission,commission amount,affiliate commission,佣金,佣金金额,订单佣金金额,分销佣金,"
                "分销佣金（元）,提成金额"
            ),
            rolls_up=RollUp.SUM,
            zh="为该订单付给带单人的佣金。",
        ),
        Field(
            "coupon",
            Type.TEXT,
            "the coupon or code that was used for it",
            names(
                "discount code,coupon code,coupon,coupon(s),coupons,coupon used,promo code,voucher code,voucher,"
                "优惠券名称,优惠券,使用优惠券,优惠码,券名称"
            ),
            rolls_up=RollUp.SHARED,
            zh="该订单所用的优惠券或优惠码。",
        ),
        Field(
            "discount",
            Type.MONEY,
            "what the coupon took off it",
            names(
                "discount amount,coupon amount,coupon discount,discount,优惠券金额,优惠券抵扣,优惠券优惠金额,"
                "优惠金额,店铺优惠合计"
            ),
            rolls_up=RollUp.SUM,
            zh="优惠券为该订单减免的金额。",
        ),
    ),
    same=None,  # `readers/strict/netting.py` brings rows together
    time="order_time",
    zh="订单",
)

# What else an order is known by: of its lines' texts one, of their numbers the sum.
SHARED = tuple(one.name for one in ORDERS.fields if one.rolls_up is RollUp.SHARED)
ATTRIBUTES = tuple(
    one.name for one in ORDERS.fields if one.rolls_up in (RollUp.SHARED, RollUp.FIRST)
)
SUMS = tuple(one.name for one in ORDERS.fields if one.rolls_up is RollUp.SUM)
# Those of them that are money: whole minor units, and said of the order where its total is.
SUMS_OF_MONEY = tuple(name for name in SUMS if ORDERS[name].type is Type.MONEY)


# What is known of statuses, by meaning.
STATUS_WORDS: dict[Status, tuple[str, ...]] = {
    status: tuple(
        dict.fromkeys(
            word for listed in status_words.BY_LANGUAGE.values() for word in listed[status.value]
        )
    )
    for status in Status
}


def known_statuses() -> dict[str, Status]:
    """Every status word known by itself, lower case, and what it means."""
    return {word: Status(meaning) for word, meaning in status_words.known().items()}


# Names of a unit's price: times the quantity it's the line's amount; of these a sure one.
UNIT_PRICES = (
    names("unit price,unitprice,price per unit,price each,单价,商品单价") + other.UNIT_PRICE
)
# And that may be a unit's or the line's.
PRICES = names("price,item price,product price,selling price,价格,售价,商品价格") + other.PRICE
# Of statuses: names that other things have, too (a country's states): their words decide.
UNSURE_STATUSES = names("state,estado,situação,stato,durum,état,สถานะ")
