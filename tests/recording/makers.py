"""Exports as the tools of the trade make them, and other forms of files: small, and always the same."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl


@dataclass(frozen=True, slots=True)
class Bought:
    """An order that a tool exports."""

    number: int
    time: datetime
    cents: int
    fate: int  # 0 to 9: 8 is void, 9 refunded

    @property
    def user(self) -> int:
        return self.number * 7 % 13

    @property
    def phone(self) -> str:
        return f"138{self.user:08}"

    @property
    def paid(self) -> str:
        return f"{self.cents / 100:.2f}"

    @property
    def at(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S}"

    def fated(self, valid: str, void: str, refunded: str) -> str:
        return void if self.fate == 8 else refunded if self.fate == 9 else valid


BOUGHT = [
    Bought(n, datetime(2024, 3, 1, 9) + timedelta(hours=17 * n), 500 + n * 37 % 900, n % 10)
    for n in range(120)
]
Head, Row = Sequence[str], Callable[[Bought], Sequence[object]]
ORDERS: Mapping[str, tuple[Head, Row]] = {
    "plain": (
        ("order_id", "user_id", "order_time", "amount", "status"),
        lambda b: (b.number, b.phone, b.at, b.paid, b.fated("paid", "cancelled", "refunded")),
    ),
    "amazon": (
        ("amazon-order-id", "purchase-date", "order-status", "item-price", "currency", "quantity", "sku"),
        lambda b: (b.number, f"{b.time.isoformat()}+00:00", b.fated("Shipped", "Cancelled", "Shipped"), b.paid, "USD", 1, "A1"),
    ),
    "douyin": (
        ("主订单编号", "子订单编号", "选购商品", "商品数量", "订单应付金额", "订单提交时间", "支付完成时间", "订单状态", "收件人手机号", "流量来源"),
        lambda b: (f"\t{b.number}", f"\t{b.number}1", "奶粉", 1, b.paid, b.at, b.fated(b.at, "-", b.at), b.fated("已完成", "已关闭", "已发货"), b.phone, "直播"),
    ),
    "jd": (
        ("订单号", "商品名称", "订购数量", "下单帐号", "下单时间", "京东价", "订单金额", "应付金额", "订单状态", "付款确认时间"),
        lambda b: (b.number, "纸尿裤", 2, f"jd_{b.user}", b.at, "9.00", b.paid, b.paid, b.fated("完成", "(删除)已取消", "已退款"), b.at),
    ),
    "shopify": (
        ("Name", "Email", "Financial Status", "Paid at", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Refunded Amount", "Source", "Cancelled at"),
        lambda b: (f"#{b.number}", f"{b.user}@x.example", b.fated("paid", "voided", "refunded"), f"{b.at} +0800", "USD", b.paid, f"{b.at} +0800", 1, "Tin", b.fated("0.00", "0.00", b.paid), "web", ""),
    ),
    "stripe": (
        ("id", "Created (UTC)", "Amount", "Amount Refunded", "Currency", "Status", "Customer ID", "Description"),
        lambda b: (f"ch_{b.number}", b.at, b.paid, b.fated("0.00", "0.00", b.paid), "usd", b.fated("Paid", "Failed", "Refunded"), f"cus_{b.user}", "Tin"),
    ),
    "taobao": (
        ("订单编号", "买家会员名", "买家支付宝账号", "买家实际支付金额", "订单状态", "订单创建时间", "订单付款时间", "宝贝标题", "宝贝总数量"),
        lambda b: (f'="{10**17 + b.number}"', f"会员{b.user}", "a***@x", b.paid, b.fated("交易成功", "交易关闭", "交易成功"), b.at, b.fated(b.at, "null", b.at), "奶粉", 1),
    ),
    "woocommerce": (
        ("Date", "Order #", "N. Revenue (formatted)", "Status", "Customer", "Customer type", "Product(s)", "Items sold"),
        lambda b: (b.at, b.number, f"${b.paid}", b.fated("completed", "cancelled", "refunded"), f"Ann {b.user}", "new", "1× Tin", 1),
    ),
    "youzan": (
        ("订单号", "订单状态", "订单实付金额", "订单创建时间", "买家付款时间", "收货人手机号/提货人手机号", "全部商品名称", "订单退款金额"),
        lambda b: (f"E{b.number}", b.fated("已完成", "已关闭", "已完成"), b.paid, b.at, b.fated(b.at, "", b.at), b.phone, "奶粉", b.fated("0", "0", b.paid)),
    ),
}  # fmt: skip
_DONE = ("browse", "cart", "pay", "browse")
EVENTS: Mapping[str, tuple[Head, Row]] = {
    "ga4": (
        ("event_name", "event_timestamp", "user_pseudo_id", "user_id", "ga_session_id", "traffic_source.source"),
        lambda b: (_DONE[b.number % 4], int(b.time.timestamp() * 10**6), f"p{b.user}", f"u{b.user}" if b.number % 3 else "", b.number // 2, "web"),
    ),
    "mixpanel": (
        ("event", "properties.time", "properties.distinct_id", "properties.$insert_id", "properties.$current_url"),
        lambda b: (_DONE[b.number % 4], int(b.time.timestamp()), f"d{b.user}", f"i{b.number // 2}", "/home"),
    ),
    "posthog": (
        ("event", "distinct_id", "timestamp", "uuid", "properties.$session_id"),
        lambda b: (_DONE[b.number % 4] if b.number % 9 else "$identify", f"d{b.user}", f"{b.time.isoformat()}Z", b.number, b.number // 3),
    ),
    "segment": (
        ("messageId", "anonymousId", "userId", "timestamp", "type", "event"),
        lambda b: (b.number, f"a{b.user}", f"u{b.user}" if b.number % 2 else "", f"{b.time.isoformat()}Z", "track" if b.number % 5 else "identify", _DONE[b.number % 4] if b.number % 5 else ""),
    ),
}  # fmt: skip
FORMS = (
    "plain.xlsx", "plain.jsonl", "plain.tsv", "plain.utf-16.csv", "plain.csv.gz", "settlement.csv",
    "european.csv", "day-or-month.csv", "masked.csv", "damaged.csv", "narrow.csv", "empty.csv",
    "header-only.csv", "not-text.csv", "bare.csv",
)  # fmt: skip


def _cell(value: object) -> str:
    text = str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\n') else text


def text(head: Head, row: Row, delimiter: str = ",") -> str:
    """An export of all orders."""
    lines = [head, *map(row, BOUGHT)]
    return "".join(delimiter.join(map(_cell, line)) + "\n" for line in lines)


def exports() -> dict[str, bytes]:
    """Every export by its file's name."""
    found = {f"{name}.csv": text(*made).encode() for name, made in {**ORDERS, **EVENTS}.items()}
    people = [f"客户{n},小王,2024-02-{n + 1:02} 10:00,扫码,138{n:08}" for n in range(13)]
    found["wecom.csv"] = "\n".join(["客户名称,添加人,添加时间,来源,手机", *people, ""]).encode()
    return found | _forms()


def _forms() -> dict[str, bytes]:
    """Plain orders in other kinds of files, and files that can't be used."""
    import gzip

    head, row = ORDERS["plain"]
    plain, shown = (
        text(head, row),
        {name: [str(row(b)[at]) for b in BOUGHT] for at, name in enumerate(head)},
    )
    records = [json.dumps(dict(zip(head, row(b), strict=True)), ensure_ascii=False) for b in BOUGHT]
    sheet = io.BytesIO()
    pl.DataFrame(shown).write_excel(sheet)
    bare = ("user_id", "date", "amount")
    forms = {
        "plain.xlsx": sheet.getvalue(),
        "plain.jsonl": "\n".join([*records, ""]).encode(),
        "plain.tsv": text(head, row, "\t").encode(),
        "plain.utf-16.csv": plain.encode("utf-16"),
        "plain.csv.gz": gzip.compress(plain.encode(), mtime=0),
        "settlement.csv": f"Report of March\n\n{plain}".encode(),
        "european.csv": text(bare, lambda b: (b.user, f"{b.time:%d.%m.%Y}", b.paid.replace(".", ",")), ";").encode(),
        "day-or-month.csv": text(bare, lambda b: (b.user, f"{b.number % 9 + 1}/{b.number % 7 + 1}/2024", b.paid)).encode(),
        "masked.csv": text(bare, lambda b: (f"138****{b.user:04}", b.at, b.paid)).encode(),
        "damaged.csv": text(bare, lambda b: (f"1.38E+{b.user + 10}", b.at, b.paid)).encode(),
        "narrow.csv": text(("who", "what"), lambda b: (b.user, b.paid)).encode(),
        "empty.csv": b"",
        "header-only.csv": b"user_id,date,amount\n",
        "not-text.csv": bytes(range(256)) * 9,
        "bare.csv": text(bare, lambda b: (b.user, f"{b.time:%Y-%m-%d}", b.paid)).encode(),
    }  # fmt: skip
    assert tuple(forms) == FORMS
    return forms
