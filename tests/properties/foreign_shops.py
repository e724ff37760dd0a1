"""One shop written in many ways, as shops' systems write it; what is true of it is known.

A style is drawn by a seed: the language of the headers, the grain, what an amount is, how refunds,
guests, dates, numbers and ids are written. What can't be told from the file has to be asked about.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

# Headers by language: user, time, amount, order number, status, refund, quantity, unit price.
HEADERS = {
    "en": ("Customer ID", "Order Date", "Total", "Order ID", "Status", "Refund Amount", "Quantity", "Unit Price"),
    "en2": ("customer_id", "created_at", "order_total", "order_number", "order_status", "refunded", "qty", "unit_price"),
    "en3": ("Buyer", "Invoice Date", "Grand Total", "Invoice No", "Order Status", "Total Refunded", "Qty", "Price"),
    "zh": ("会员编号", "下单时间", "订单金额", "订单号", "订单状态", "退款金额", "数量", "单价"),
    "zh2": ("客户ID", "付款时间", "实付金额(元)", "订单编号", "交易状态", "已退款金额", "购买数量", "商品单价"),
    "fr": ("Numéro client", "Date de commande", "Montant total", "Numéro de commande", "Statut", "Montant remboursé", "Quantité", "Prix unitaire"),
    "de": ("Kundennummer", "Bestelldatum", "Gesamtbetrag", "Bestellnummer", "Bestellstatus", "Erstattung", "Menge", "Einzelpreis"),
    "es": ("ID cliente", "Fecha de pedido", "Importe total", "Número de pedido", "Estado", "Reembolso", "Cantidad", "Precio unitario"),
    "pt": ("ID do cliente", "Data do pedido", "Valor total", "Número do pedido", "Status do pedido", "Valor reembolsado", "Quantidade", "Preço unitário"),
    "it": ("ID cliente", "Data ordine", "Totale ordine", "Numero ordine", "Stato ordine", "Rimborso", "Quantità", "Prezzo unitario"),
    "nl": ("Klantnummer", "Besteldatum", "Totaalbedrag", "Bestelnummer", "Bestelstatus", "Terugbetaald", "Aantal", "Stukprijs"),
    "id": ("ID Pelanggan", "Tanggal Pesanan", "Total Pembayaran", "No. Pesanan", "Status Pesanan", "Pengembalian Dana", "Jumlah", "Harga Satuan"),
    "vi": ("Mã khách hàng", "Ngày đặt hàng", "Tổng tiền", "Mã đơn hàng", "Trạng thái", "Hoàn tiền", "Số lượng", "Đơn giá"),
    "th": ("รหัสลูกค้า", "วันที่สั่งซื้อ", "ยอดรวม", "หมายเลขคำสั่งซื้อ", "สถานะ", "ยอดคืนเงิน", "จำนวน", "ราคาต่อหน่วย"),
    "ja": ("顧客番号", "注文日", "合計金額", "注文番号", "注文ステータス", "返金額", "数量", "単価"),
}  # fmt: skip
GRAINS = ("order", "order", "line amount", "unit price", "price and total", "total repeated")
REFUNDS = ("none", "none", "gross", "net", "net with total", "negative rows", "status")
GUESTS = ("none", "none", "blank", "NA", "guest", "N/A", "0", "walk-in", "散客", "匿名")
NUMBERS = (
    *("plain",) * 5,
    "absent",
    "rounded",
    "restarts by store",
    "two shops",
    "composite text",
)
DATES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d.%m.%Y",
)
MONEY = ("plain", "plain", "symbol", "thousands", "comma")


@dataclass
class Style:
    """How a shop's system writes."""

    language: str
    grain: str
    refunds: str
    guests: str
    numbers: str
    date: str
    money: str
    delimiter: str
    merged: bool
    fallback: bool  # an e-mail beside the id

    @classmethod
    def drawn(cls, random: Random) -> Style:
        return cls(
            language=random.choice(list(HEADERS)),
            grain=random.choice(GRAINS),
            refunds=random.choice(REFUNDS),
            guests=random.choice(GUESTS),
            numbers=random.choice(NUMBERS),
            date=random.choice(DATES),
            money=random.choice(MONEY),
            delimiter=random.choice(",,;\t"),
            merged=random.random() < 0.15,
            fallback=random.random() < 0.15,
        )


@dataclass
class Line:
    product: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass
class Order:
    number: int
    user: int | None  # None: a guest
    time: datetime
    lines: list[Line]
    paid: bool = True
    refund: Decimal = Decimal(0)
    store: str = ""

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass
class Shop:
    style: Style
    orders: list[Order]
    random: Random = field(repr=False, default_factory=Random)

    @classmethod
    def drawn(cls, seed: int, users: int = 14, count: int = 40) -> Shop:
        random = Random(seed)
        style = Style.drawn(random)
        prices = {f"P{at}": Decimal(random.randint(200, 9000)) / 100 for at in range(8)}
        orders = []
        start = datetime(2025, 1, 3, 9)
        for number in range(count):
            guest = style.guests != "none" and random.random() < 0.2
            lines = [
                Line(name, random.choice((1, 1, 1, 2, 3, 6)), prices[name])
                for name in random.sample(sorted(prices), random.choice((1, 1, 2, 3)))
            ]
            if style.grain == "order":
                lines = lines[:1]
            order = Order(
                number, None if guest else random.randrange(users),
                start + timedelta(days=number * 7, minutes=random.randrange(600)), lines,
                paid=random.random() > 0.1, store=("North", "South")[number % 2],
            )  # fmt: skip
            if style.refunds != "none" and order.paid and random.random() < 0.3:
                share = random.choice((Decimal(1), Decimal("0.25"), Decimal("0.6")))
                order.refund = (order.total * share).quantize(Decimal("0.01"))
                if style.refunds == "status":
                    order.refund = order.total
            orders.append(order)
        return cls(style, orders, random)

    def truth(self) -> dict[str, tuple[int, Decimal]]:
        """Of each user the orders that count, and what was paid and kept."""
        found: dict[str, tuple[int, Decimal]] = {}
        # Without numbers nothing says what a negative row gives back: spend is netted, orders aren't.
        loose = self.style.refunds == "negative rows" and self.style.numbers == "absent"
        for order in self.orders:
            if (
                order.user is None
                or not order.paid
                or (order.refund and order.refund >= order.total and not loose)
            ):
                continue
            count, money = found.get(self.id_of(order.user), (0, Decimal(0)))
            found[self.id_of(order.user)] = (count + 1, money + order.total - order.refund)
        return found

    @staticmethod
    def id_of(user: int) -> str:
        return str(4000 + user * 7)

    def files(self) -> dict[str, str]:
        """The export, or where several shops wrote one each, the exports."""
        if self.style.numbers == "two shops":
            parts = [self.orders[0::2], self.orders[1::2]]
            return {
                f"{name}.csv": self._text(part)
                for name, part in zip(("a", "b"), parts, strict=True)
            }
        return {"orders.csv": self._text(self.orders)}

    # --- as the shop's system writes ---

    def _text(self, orders: list[Order]) -> str:
        style = self.style
        user, time, amount, number, status, refund, quantity, price = HEADERS[style.language]
        header = [time, user]
        if style.numbers != "absent":
            header.append(number)
        if style.numbers == "restarts by store":
            header.append("Store")
        if style.fallback:
            header.append("Email")
        header += [status, "SKU"]
        if style.grain != "order":
            header.append(quantity)
        if style.grain in ("unit price", "price and total"):
            header.append(price)
        if style.grain != "unit price":
            header.append(amount)
        if style.refunds in ("gross", "net", "net with total"):
            header.append(refund)
        if style.refunds == "net with total":
            header.append("Subtotal before refunds")
        out = io.StringIO()
        writer = csv.DictWriter(out, header, delimiter=style.delimiter, lineterminator="\n")
        writer.writeheader()
        for at, order in enumerate(orders):
            for row in self._rows(
                at,
                order,
                dict(
                    zip(
                        (
                            "user",
                            "time",
                            "amount",
                            "number",
                            "status",
                            "refund",
                            "quantity",
                            "price",
                        ),
                        HEADERS[style.language],
                        strict=True,
                    )
                ),
            ):
                writer.writerow({name: value for name, value in row.items() if name in header})
        return out.getvalue()

    def _rows(self, at: int, order: Order, names: dict[str, str]) -> list[dict[str, str]]:
        style = self.style
        lines = order.lines
        if style.numbers == "absent":
            lines = (
                [Line(lines[0].product, 1, order.total)] if style.grain == "order" else lines[:1]
            )
            order.lines = lines
            if order.refund:
                order.refund = min(order.refund, order.total)
        rows = []
        for nth, line in enumerate(lines):
            whole = style.grain in ("order", "total repeated")
            paid = order.total if whole else line.amount
            back = order.refund if whole or nth == 0 else Decimal(0)
            if not whole and order.refund:
                back = self._share(order, nth)
            shown = paid - back if style.refunds in ("net", "net with total") else paid
            state = "completed" if order.paid else "cancelled"
            if style.refunds == "status" and order.refund:
                state = "refunded"
            row = {
                names["user"]: self._user(order), names["time"]: order.time.strftime(style.date),
                names["number"]: self._number(at, order), "Store": order.store, names["status"]: state,
                "Email": f"u{order.user}@x.example" if order.user is not None else "",
                "SKU": line.product, names["quantity"]: str(line.quantity),
                names["price"]: self._money(line.price), names["amount"]: self._money(shown),
                names["refund"]: self._money(back), "Subtotal before refunds": self._money(paid),
            }  # fmt: skip
            if style.merged and nth:
                row |= dict.fromkeys(
                    (
                        names["user"],
                        names["time"],
                        names["number"],
                        names["status"],
                        "Store",
                        "Email",
                    ),
                    "",
                )
            rows.append(row)
        if style.refunds == "negative rows" and order.refund:
            minus = {
                **rows[0],
                names["amount"]: self._money(-order.refund),
                names["quantity"]: "-1",
                names["price"]: self._money(order.refund),
            }
            rows.append(minus)
        return rows

    def _share(self, order: Order, nth: int) -> Decimal:
        """What of an order's refund is a line's: from the first line on."""
        left = order.refund
        for at, line in enumerate(order.lines):
            part = min(left, line.amount)
            if at == nth:
                return part
            left -= part
        return Decimal(0)

    def _user(self, order: Order) -> str:
        if order.user is not None:
            return self.id_of(order.user)
        return "" if self.style.guests == "blank" else self.style.guests

    def _number(self, at: int, order: Order) -> str:
        match self.style.numbers:
            case "rounded":
                return f"{202501001111100 + order.number // 3}0000"
            case "restarts by store":
                return str(1 + at // 2)
            case "two shops":
                return str(1 + at)
            case "composite text":
                return f"A-{order.number:05d}"
            case _:
                return str(10_000 + order.number)

    def _money(self, amount: Decimal) -> str:
        text = f"{amount:.2f}"
        match self.style.money:
            case "symbol":
                return f"¥{text}"
            case "thousands":
                return f"{amount:,.2f}"
            case "comma":
                return text.replace(".", ",")
        return text
