"""Kinds of costs, and the words that exports have for them.

kind
    What a cost is for: traffic (what wins users: ads, media), delivery, staff, coupon or commission.
    Without one a cost is traffic. Only traffic makes CAC.
"""

from __future__ import annotations

from collections.abc import Mapping

TRAFFIC, DELIVERY, STAFF, COUPON, COMMISSION = (
    "traffic", "delivery", "staff", "coupon", "commission",
)  # fmt: skip
KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    TRAFFIC: (
        "traffic", "ads", "ad", "advertising", "ad spend", "media", "marketing", "acquisition", "paid media",
        "投放", "广告", "推广", "引流", "流量", "获客", "广告费", "推广费", "投放费", "流量成本", "流量费",
        "引流成本", "获客成本", "投放成本", "营销推广",
    ),
    DELIVERY: (
        "delivery", "shipping", "logistics", "freight", "fulfilment", "fulfillment", "postage", "courier",
        "物流", "快递", "运费", "配送", "履约", "邮费", "物流费", "快递费", "配送费", "物流成本", "履约成本",
        "仓储物流", "交付", "交付成本",
    ),
    STAFF: (
        "staff", "salary", "salaries", "wages", "payroll", "labour", "labor", "people", "personnel", "team",
        "人力", "工资", "人工", "薪资", "薪酬", "人力成本", "人工成本", "人员", "团队",
    ),
    COUPON: (
        "coupon", "coupons", "voucher", "vouchers", "discount", "discounts", "subsidy",
        "优惠券", "券", "优惠", "补贴", "红包", "满减", "优惠券成本", "折扣",
    ),
    COMMISSION: (
        "commission", "commissions", "affiliate", "referral fee",
        "佣金", "提成", "返佣", "分销佣金", "达人佣金", "佣金成本", "分佣",
    ),
}  # fmt: skip
_KINDS = {word: kind for kind, words in KIND_WORDS.items() for word in words}


def kind_of(text: str) -> str | None:
    """The kind that a word means; None where it's none that's known.

    >>> kind_of("Ads"), kind_of("物流"), kind_of("rent")
    ('traffic', 'delivery', None)
    """
    return _KINDS.get(" ".join(text.casefold().replace("_", " ").split()))
