"""What a seeded shop is like, by its number, and the text of its orders."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

CHANNELS = ("wechat", "douyin", "store", "referral")
CATEGORIES = ("奶粉", "纸尿裤", "玩具")
WORDS = {
    "valid": ("paid", "completed", "交易成功", "shipped"),
    "void": ("cancelled", "待付款"),
    "refunded": ("refunded", "退款成功"),
}
NAMES = ("ann", "bo", "cai", "dee", "eve")
ID_FORMS = ("{}", "{:08}", "U{:05}", "{name}-{:x}", "138{:08}", "{name}{}@mail.example", "会员{}")
HEADERS = {
    "plain": {"order_time": "paid_at", "refund": "refund_amount"},
    "other": {
        "order_id": "Order No", "user_id": "Customer ID", "order_time": "Order Date",
        "amount": "Total", "refund": "Refund", "status": "Order Status", "channel": "Source",
        "quantity": "Qty", "category": "Product Type", "product": "SKU", "currency": "Currency",
    },
    "chinese": {
        "order_id": "订单编号", "user_id": "会员编号", "order_time": "付款时间",
        "amount": "实付金额", "refund": "退款金额", "status": "订单状态", "channel": "渠道",
        "quantity": "数量", "category": "类目", "product": "商品", "currency": "币种",
    },
}  # fmt: skip
# How times are written, and what the program has to be told of it.
TIMES = {
    "seconds": ("%Y-%m-%d %H:%M:%S", ()),
    "days": ("%Y-%m-%d", ()),
    "slashes": ("%Y/%-m/%-d %H:%M:%S", ()),
    "european": ("%d/%m/%Y %H:%M", ("--date-format", "%d/%m/%Y %H:%M")),
    "offset": ("%Y-%m-%dT%H:%M:%S+00:00", ("--tz", "Asia/Shanghai")),
}
ODDITIES = (
    "bad date", "bad amount", "no user", "spaced id", "twice", "blank line", "long row",
    "unknown status", "quoted", "formula", "revised", "foreign money", "own lines", "totals",
    "returns", "future",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Traits:
    """What a shop is like."""

    number: int
    users: int
    orders: int
    days: int
    form: str  # of users' ids
    order_ids: str  # digits, prefixed, none
    header: str
    time: str
    money: str  # plain, whole, marked, comma
    encoding: str
    delimiter: str
    refunds: bool  # in a column
    files: int  # overlapping ones
    fields: tuple[str, ...]
    odd: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.odd


def traits(number: int) -> Traits:
    """What the shop of a number is like."""
    random = np.random.default_rng([20_240_101, number])

    def one(*choices: str) -> str:
        return choices[int(random.integers(len(choices)))]

    clean = number % 2 == 0
    usual = tuple(name for name in ("channel", "status", "currency") if random.random() < 0.7)
    goods = ("category", "product", "quantity") if random.random() < 0.6 else ()
    odd = (
        () if clean else tuple(ODDITIES[(number // 2 * 3 + step * 5) % len(ODDITIES)] for step in (0, 1))
    )  # fmt: skip
    header = one("plain", "plain", "other", "chinese")
    ids = one("digits", "prefixed", "digits", "prefixed", "none")
    need_ids = {"own lines", "totals", "revised"} & {*odd}
    fields = (*usual, *goods)
    return Traits(
        number=number,
        users=int(random.integers(12, 110)),
        orders=int(random.integers(50, 400)),
        days=int(random.integers(40, 700)),
        form=ID_FORMS[number % len(ID_FORMS)],
        order_ids="digits" if ids == "none" and need_ids else ids,
        header=header,
        time=one("seconds", "days", "slashes", "seconds") if clean else one(*TIMES),
        money=one("plain", "whole") if clean else one("plain", "marked", "comma", "whole"),
        encoding="gb18030" if header == "chinese" and not clean else one("utf-8", "utf-8-sig"),
        delimiter=one(",", ",", ",", "\t", ";"),
        refunds=random.random() < 0.4,
        files=2 if random.random() < 0.25 and (ids != "none" or need_ids) else 1,
        fields=fields + (("status",) if "unknown status" in odd and "status" not in fields else ()),
        odd=odd,
    )


def names(made: Traits) -> list[str]:
    """Users' ids."""
    return [
        made.form.format(number * 7 + 11, name=NAMES[number % len(NAMES)])
        for number in range(made.users)
    ]


def draw(made: Traits) -> list[Row]:
    """Orders in order of time, with everything that could be known; money in cents."""
    random = np.random.default_rng([7, made.number])
    users, start = names(made), datetime(2023, 1, 1) + timedelta(days=made.number * 9)
    rows = []
    for number, (owner, second) in enumerate(visits(made, random)):
        standing = ("valid", "void", "refunded")[int(random.choice(3, p=(0.9, 0.06, 0.04)))]
        words = WORDS[standing]
        category = int(random.integers(len(CATEGORIES)))
        amount = int(random.choice([0, 100, 1999, 5000, 12_050, 99_900]))
        rows.append(
            {
                "order_id": number, "user_id": users[owner], "order_time": start + timedelta(seconds=second),
                "amount": amount, "status": words[int(random.integers(len(words)))],
                "refund": int(random.choice([0, 0, 0, 0, amount // 3, amount])),
                "currency": "CNY", "channel": CHANNELS[owner % 3 if random.random() < 0.8 else 3],
                "category": CATEGORIES[category], "product": f"{CATEGORIES[category]} {category + 1}",
                "quantity": int(random.integers(1, 5)),
            }
        )  # fmt: skip
    return rows


def visits(made: Traits, random: np.random.Generator) -> list[tuple[int, int]]:
    """Who orders at which second: each user at a pace of their own, until they leave.

    As the models think of it, so that these can be fitted; and as many orders as there should be.
    """
    found: list[tuple[int, int]] = []
    while len(found) < made.orders:
        for owner in range(made.users):
            time = float(random.uniform(0, made.days))
            gap = made.days / 12 / float(random.gamma(1.5, 1.0) + 0.1)
            leaves = float(random.beta(1.0, 2.5))
            while time < made.days:
                found.append((owner, int(time * 86_400)))
                if random.random() < leaves:
                    break
                time += float(random.exponential(gap))
    found = [found[at] for at in random.permutation(len(found))[: made.orders]]
    return sorted(found, key=lambda one: (one[1], one[0]))


def columns(made: Traits) -> list[str]:
    """The fields that its orders export has."""
    ids = [] if made.order_ids == "none" else ["order_id"]
    refunds = ["refund"] if made.refunds else []
    return [*ids, "user_id", "order_time", "amount", *refunds, *made.fields]


def money(made: Traits, cents: int) -> str:
    """An amount as the export writes it."""
    sign, cents = "-" * (cents < 0), abs(cents)
    match made.money:
        case "whole":
            return f"{sign}{cents // 100}"
        case "marked":
            return f"{sign}¥{cents / 100:,.2f}"
        case "comma":
            return f"{sign}{cents // 100},{cents % 100:02}"
    return f"{sign}{cents // 100}.{cents % 100:02}"


def order_id(made: Traits, number: int | str) -> str:
    """An order's id; one that is a text already stays."""
    if isinstance(number, str):
        return number
    return f"{2024 * 10**15 + number}" if made.order_ids == "digits" else f"A-{number:05}"


def written(made: Traits, row: Row) -> dict[str, str]:
    """A row as text, by field."""
    form = TIMES[made.time][0]
    found = {name: str(row[name]) for name in columns(made)}
    if "order_id" in found:
        found["order_id"] = order_id(made, row["order_id"])
    time = row["order_time"]
    found["order_time"] = time.strftime(form) if isinstance(time, datetime) else time
    for name in {"amount", "refund"} & {*found}:
        found[name] = money(made, row[name]) if isinstance(row[name], int) else row[name]
    return found


# What can be odd about a shop


def spoil(made: Traits, rows: list[Row]) -> list[Row]:
    """The orders with what is odd about them; of each kind a row or a few."""
    random = np.random.default_rng([11, made.number])
    spoiled = [dict(row) for row in rows]
    for odd in made.odd:
        at = int(random.integers(5, len(rows) - 5))
        if odd in _CHANGES:
            spoiled[at] |= _CHANGES[odd]
        elif odd == "spaced id":
            spoiled[at]["user_id"] = f"  {rows[at]['user_id']} "
        elif odd == "twice":
            spoiled.insert(at, dict(spoiled[at]))
        elif odd == "revised":
            spoiled.append(
                {**spoiled[at], "status": "refunded", "amount": rows[at]["amount"] + 100}
            )
        elif odd == "returns":
            spoiled += _returns(rows, random)
        elif odd in ("own lines", "totals"):
            spoiled = _lines(spoiled, random, whole=odd == "totals")
    return spoiled


_CHANGES: dict[str, Row] = {
    "bad date": {"order_time": "soon"},
    "bad amount": {"amount": "lots"},
    "no user": {"user_id": ""},
    "unknown status": {"status": "mystery"},
    "quoted": {"product": 'one "two"\nthree', "channel": "a, b"},
    "formula": {"user_id": "=1+1", "channel": "@SUM(A1)"},
    "foreign money": {"currency": "USD"},
    "future": {"order_time": datetime(2033, 1, 1, 12)},
}


def _returns(rows: Sequence[Row], random: np.random.Generator) -> list[Row]:
    """Negative rows: of an order that's there, of one that isn't, and of none."""
    made = []
    for at in random.integers(0, len(rows), 12).tolist():
        bought = rows[at]
        back = max(bought["amount"] // 2, 100)
        later = bought["order_time"] + timedelta(days=int(random.integers(0, 6)))
        number = bought["order_id"] if random.random() < 0.7 else f"E{at:04}"
        made.append(
            {**bought, "order_id": number, "amount": -back, "refund": 0, "order_time": later}
        )
    return made


def _lines(rows: Sequence[Row], random: np.random.Generator, *, whole: bool) -> list[Row]:
    """Some orders on several rows, with amounts of their own or the order's repeated."""
    made = []
    for row in rows:
        made.append(row)
        if random.random() < 0.2 and isinstance(row["amount"], int):
            more = row["amount"] if whole else int(random.integers(1, 80)) * 100
            made.append(
                {**row, "amount": more, "product": "玩具 3", "category": "玩具", "quantity": 1}
            )
    return made


def text(made: Traits, rows: Sequence[Row]) -> bytes:
    """An orders export."""
    wanted, sink = columns(made), io.StringIO()
    writer = csv.writer(sink, delimiter=made.delimiter, lineterminator="\n")
    writer.writerow([HEADERS[made.header].get(name, name) for name in wanted])
    for number, row in enumerate(rows):
        cells = [written(made, row)[name] for name in wanted]
        if number == 20 and "blank line" in made.odd:
            sink.write("\n")
        if number == 30 and "long row" in made.odd:
            cells.append("more")
        writer.writerow(cells)
    return sink.getvalue().encode(made.encoding)
