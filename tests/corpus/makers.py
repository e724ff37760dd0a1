"""One small shop, exported in the shape that each maker of exports gives it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Order:
    """An order of the shop; money in cents; `fate` is paid, unpaid, or returned in part or whole."""

    number: str
    user: str
    time: datetime  # with its zone
    lines: Sequence[tuple[str, int, int]]  # product, quantity, the line's amount
    fate: str = "paid"

    @property
    def total(self) -> int:
        return sum(amount for _, _, amount in self.lines)

    @property
    def back(self) -> int:
        return {"part": self.total // 2, "whole": self.total}.get(self.fate, 0)

    def at(self, zone: object = SHANGHAI) -> datetime:
        return self.time.astimezone(zone)  # type: ignore[arg-type]


def shop(orders: int = 120, seed: int = 3) -> list[Order]:
    """Orders whose users are phone numbers, which any maker's user column can hold."""
    random = Random(seed)
    users = [f"138{random.randrange(10**8):08d}" for _ in range(30)]
    start = datetime(2024, 1, 1, 9, tzinfo=SHANGHAI)
    made = []
    for number in range(orders):
        lines = [
            (f"item {item}", random.randint(1, 3), random.randint(100, 30_000))
            for item in random.sample(range(20), random.randint(1, 3))
        ]
        fate = random.choices(["paid", "unpaid", "part", "whole"], [85, 5, 5, 5])[0]
        time = start + timedelta(minutes=random.randrange(200 * 24 * 60))
        user = users[min(int(random.expovariate(0.12)), 29)]
        made.append(Order(f"{2400000000000000000 + number}", user, time, lines, fate))
    return made


def money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def table(header: str, rows: Iterator[Sequence[object]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue()


def plain(order: Order) -> str:
    return f"{order.at():%Y-%m-%d %H:%M:%S}"


def generic(orders: Sequence[Order]) -> bytes:
    fates = {"paid": "paid", "unpaid": "unpaid", "part": "paid", "whole": "refunded"}
    header = "order_id,user_id,order_time,amount,refund,status"
    return table(
        header,
        (
            (o.number, o.user, plain(o), money(o.total), money(o.back), fates[o.fate])
            for o in orders
        ),
    ).encode()


def shopify(orders: Sequence[Order]) -> bytes:
    header = (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Total,Created at,"
        "Lineitem quantity,Lineitem name,Cancelled at,Refunded Amount,Phone,Id"
    )
    fates = {"paid": "paid", "unpaid": "pending", "part": "partially_refunded", "whole": "refunded"}

    def rows() -> Iterator[Sequence[object]]:
        for number, o in enumerate(orders):
            zone = [SHANGHAI, UTC, ZoneInfo("America/New_York")][number % 3]
            time = f"{o.at(zone):%Y-%m-%d %H:%M:%S %z}"
            paid = "" if o.fate == "unpaid" else time
            first = [fates[o.fate], paid, "CNY", money(o.total), "0.00", money(o.total), time]
            for at, (product, quantity, _) in enumerate(o.lines):
                told = first if at == 0 else [""] * 7
                back = money(o.back) if at == 0 else ""
                own = [f"#{o.number}", o.user, *told, quantity, product, "", back, f"'{o.user}"]
                yield [*own, o.number if at == 0 else ""]

    return table(header, rows()).encode()


def woocommerce(orders: Sequence[Order]) -> bytes:
    header = "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales"
    fates = {"paid": "completed", "unpaid": "pending", "part": "completed", "whole": "refunded"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            products = ", ".join(f"{quantity}× {product}" for product, quantity, _ in o.lines)
            sold = sum(quantity for _, quantity, _ in o.lines)

            def row(
                cents: int, o: Order = o, products: str = products, sold: int = sold
            ) -> list[object]:
                shown = f"¥{cents / 100:,.2f}".replace("¥-", "-¥")
                return [
                    plain(o),
                    o.number,
                    shown,
                    fates[o.fate],
                    o.user,
                    "returning",
                    products,
                    sold,
                    "",
                    money(cents),
                ]

            yield row(o.total)
            if o.back:
                yield row(-o.back)

    return table(header, rows()).encode()


def taobao(orders: Sequence[Order]) -> bytes:
    header = "订单编号,买家会员名,买家支付宝账号,买家应付货款,总金额,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,宝贝总数量,退款金额"
    fates = {"paid": "交易成功", "unpaid": "等待买家付款", "part": "交易成功", "whole": "交易成功"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            paid = "" if o.fate == "unpaid" else plain(o)
            total = f"{money(o.total)}元"
            first = [f'="{o.number}"', o.user, "a***@qq.com", total, total, total, fates[o.fate]]
            titles = "，".join(product for product, _, _ in o.lines)
            yield [*first, plain(o), paid, titles, len(o.lines), f"{money(o.back)}元"]

    return table(header, rows()).encode("gbk")


def jd(orders: Sequence[Order]) -> bytes:
    header = "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,客户姓名,联系电话,下单帐号,退款金额"
    fates = {"paid": "完成", "unpaid": "(删除)等待付款", "part": "完成", "whole": "完成"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            total = money(o.total)
            for product, quantity, amount in o.lines:
                own = [o.number, "77", product, quantity, "在线支付", plain(o), money(amount)]
                told = [total, total, "0.00", total, fates[o.fate], "张*", "1******6198", o.user]
                yield [*own, *told, money(o.back)]

    return table(header, rows()).encode("gb18030")


def youzan(orders: Sequence[Order]) -> bytes:
    header = "订单号,订单创建时间,买家付款时间,收货人手机号/提货人手机号,全部商品名称,商品种类数,订单实付金额,订单状态,订单退款金额"
    fates = {"paid": "交易完成", "unpaid": "交易关闭", "part": "交易完成", "whole": "交易完成"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            paid = "" if o.fate == "unpaid" else plain(o)
            names = ";".join(product for product, _, _ in o.lines)
            yield [
                f"E{o.number}",
                plain(o),
                paid,
                o.user,
                names,
                len(o.lines),
                money(o.total),
                fates[o.fate],
                money(o.back),
            ]

    return table(header, rows()).encode()


def douyin(orders: Sequence[Order]) -> bytes:
    header = "主订单编号,子订单编号,选购商品,商品数量,收件人,手机号,订单应付金额,订单提交时间,订单状态,售后状态,退款金额"
    fates = {"paid": "已完成", "unpaid": "已关闭", "part": "已完成", "whole": "已完成"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            left = o.back
            for at, (product, quantity, amount) in enumerate(o.lines):
                back = min(left, amount)
                left -= back
                ids = [
                    f"\t{o.number}",
                    f"\t{o.number}{at}",
                    product,
                    quantity,
                    "##8Zk1",
                    f"\t{o.user}",
                ]
                yield [
                    *ids,
                    money(amount),
                    plain(o),
                    fates[o.fate],
                    "-",
                    money(back) if back else "-",
                ]

    return table(header, rows()).encode("utf-8-sig")


def stripe(orders: Sequence[Order]) -> bytes:
    header = "id,Created (UTC),Amount,Amount Refunded,Currency,Description,Status,Customer ID,Customer Email"
    fates = {"paid": "Paid", "unpaid": "Failed", "part": "Paid", "whole": "Refunded"}

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            time = f"{o.at(UTC):%Y-%m-%d %H:%M:%S}"
            sums = [
                f"{o.total / 100:.2f}".replace(".", ","),
                f"{o.back / 100:.2f}".replace(".", ","),
            ]
            yield [
                f"ch_{o.number}",
                time,
                *sums,
                "cny",
                o.lines[0][0],
                fates[o.fate],
                o.user,
                "a@b.c",
            ]

    return table(header, rows()).encode()


def amazon(orders: Sequence[Order]) -> bytes:
    header = "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,sku,quantity,currency,item-price"

    def rows() -> Iterator[Sequence[object]]:
        for o in orders:
            for product, quantity, amount in o.lines:
                time = f"{o.at(UTC):%Y-%m-%dT%H:%M:%S+00:00}"
                yield [
                    o.number,
                    o.number,
                    time,
                    time,
                    "Shipped",
                    product,
                    quantity,
                    "CNY",
                    money(amount),
                ]

    return table(header, rows(), "\t").encode()


ORDERS: dict[str, Callable[[Sequence[Order]], bytes]] = {
    "generic": generic,
    "shopify": shopify,
    "woocommerce": woocommerce,
    "taobao": taobao,
    "jd": jd,
    "youzan": youzan,
    "douyin": douyin,
    "stripe": stripe,
}


# --- the same visits, as events; what is given is user, time, event and a number of its own ---


def visits(orders: Sequence[Order]) -> list[tuple[str, datetime, str, str]]:
    return [(o.user, o.time, "order", f"e{number}") for number, o in enumerate(orders)]


def mixpanel(orders: Sequence[Order]) -> bytes:
    def line(user: str, time: datetime, event: str, number: str) -> str:
        properties = {"time": int(time.timestamp()), "distinct_id": user, "$insert_id": number}
        return json.dumps({"event": event, "properties": properties | {"tags": ["a"]}}) + "\n"

    lines = [line(*visit) for visit in visits(orders)]
    return "".join([*lines, *lines[:7]]).encode()  # seven were sent twice


def posthog(orders: Sequence[Order]) -> bytes:
    rows = (
        (number, event, user, f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "{}")
        for user, time, event, number in visits(orders)
    )
    return table("uuid,event,distinct_id,timestamp,properties", rows).encode()


def segment(orders: Sequence[Order]) -> bytes:
    """Half the visits are of people who haven't said who they are."""
    lines = []
    for at, (user, time, event, number) in enumerate(visits(orders)):
        who = (
            {"userId": None, "anonymousId": user}
            if at % 2
            else {"userId": user, "anonymousId": "x"}
        )
        when = f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        told = {"messageId": number, "type": "track", "event": event, "timestamp": when}
        lines.append(json.dumps(who | told) + "\n")
    return "".join(lines).encode()


def ga4(orders: Sequence[Order]) -> bytes:
    rows = (
        (f"{time:%Y%m%d}", int(time.timestamp() * 1_000_000), event, user)
        for user, time, event, _ in visits(orders)
    )
    return table("event_date,event_timestamp,event_name,user_pseudo_id", rows).encode()


EVENTS: dict[str, Callable[[Sequence[Order]], bytes]] = {
    "mixpanel": mixpanel,
    "posthog": posthog,
    "segment": segment,
    "ga4": ga4,
}


def wecom(orders: Sequence[Order]) -> bytes:
    header = "客户名称,描述,添加人,添加人账号,添加人所属部门,添加时间,来源,手机,企业,标签组1"
    rows = (
        (
            "客户" + user[-4:],
            "",
            "小王",
            "wang",
            "门店",
            "2024-01-02 10:00",
            "扫描二维码",
            user,
            "",
            "高意向",
        )
        for user in sorted({o.user for o in orders})
    )
    return table(header, rows).encode()
