"""Seeded shops: the same number gives the same files, whatever becomes of the program.

Even numbers are clean, so that the fast way reads them; odd ones have something odd in them. All
else (ids, headers, encodings, forms of dates and money, what else is known) is drawn by number.
Nothing of the program or of other tests is used here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

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


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's files, by names from its folder, and the options that they need."""

    traits: Traits
    orders: tuple[str, ...]
    how: tuple[str, ...]
    parquet: str | None
    events: str | None
    users: str | None
    costs: str | None
    settings: str | None
    earlier: str  # a day at which two thirds are over
    before: str  # one before that
    more: tuple[str, ...] = field(default=())  # columns that can split users


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


# Files


def write(folder: Path, number: int) -> Shop:
    """Write the shop of a number; what it has."""
    made = traits(number)
    rows = draw(made)
    start, last = rows[0]["order_time"].date(), rows[-1]["order_time"].date()
    orders = write_orders(folder, made, spoil(made, rows))
    parquet = write_parquet(folder, made, rows) if made.clean else None
    has_events, has_users, has_costs = (
        number % 2 == 0 or number % 3 == 0,
        number % 3 != 1,
        number % 4 == 2,
    )
    earlier = start + (last - start) * 2 // 3
    return Shop(
        traits=made,
        orders=orders,
        how=options(made),
        parquet=parquet,
        events=write_events(folder, made, start, last) if has_events else None,
        users=write_users(folder, made, rows) if has_users else None,
        costs=write_costs(folder, made, start, last) if has_costs else None,
        settings=settings(made) if number % 8 not in (3, 4) or "foreign money" in made.odd else None,
        earlier=earlier.isoformat(),
        before=(start + (last - start) // 2).isoformat(),
        more=(*(("channel",) if "channel" in made.fields else ()), *(("region",) if has_users else ())),
    )  # fmt: skip


def write_orders(folder: Path, made: Traits, rows: Sequence[Row]) -> tuple[str, ...]:
    """The orders export, or two that overlap."""
    if made.files == 1:
        (folder / "orders.csv").write_bytes(text(made, rows))
        return ("orders.csv",)
    third = len(rows) // 3
    parts = {"orders-1.csv": rows[: 2 * third], "orders-2.csv": rows[third:]}
    for name, part in parts.items():
        (folder / name).write_bytes(text(made, part))
    return tuple(parts)


def options(made: Traits) -> tuple[str, ...]:
    """What the program has to be told to read the orders, or to read all of them."""
    told = list(TIMES[made.time][1])
    if made.money == "comma":
        told += ["--decimal", ","]
    if "unknown status" in made.odd:
        told += ["--status", "mystery=valid"]
    if "totals" in made.odd and made.number % 4 == 1:
        told += ["--totals", "order"]
    if made.odd and made.number % 3:
        told += ["--max-rejects", "10%"]
    return tuple(told)


def loosely(made: Traits, how: Sequence[str]) -> tuple[str, ...]:
    """Options under which what is odd beside the orders is refused without ending the run."""
    loose = made.clean or "--max-rejects" in how
    return tuple(how) if loose else (*how, "--max-rejects", "10%")


def write_parquet(folder: Path, made: Traits, rows: Sequence[Row]) -> str:
    """The same orders in Parquet, as some tool types them."""
    found = {name: [row[name] for row in rows] for name in columns(made)}
    for name in {"amount", "refund"} & {*found}:
        found[name] = [
            cents // 100 if made.money == "whole" else cents / 100 for cents in found[name]
        ]
    if "order_id" in found:
        ids = [order_id(made, number) for number in found["order_id"]]
        found["order_id"] = [int(one) for one in ids] if made.order_ids == "digits" else ids
    if made.form == "{}":
        found["user_id"] = [int(one) for one in found["user_id"]]
    frame = pl.DataFrame(found)
    if made.time == "days":
        frame = frame.with_columns(pl.col("order_time").cast(pl.Date))
    elif made.number % 3 == 0:
        frame = frame.with_columns(pl.col("order_time").cast(pl.Datetime("ns")))
    if made.money == "plain" and made.number % 4 == 0:
        frame = frame.with_columns(pl.col("amount").cast(pl.Decimal(12, 2)))
    frame.rename(HEADERS[made.header], strict=False).write_parquet(folder / "orders.parquet")
    return "orders.parquet"


def write_events(folder: Path, made: Traits, start: date, last: date) -> str:
    """Events of its users and some who never bought, with sessions, silence and anonymous ids."""
    random = np.random.default_rng([13, made.number])
    users = [*names(made), *(f"guest{number}" for number in range(9))]
    kinds = ("register", "browse", "click", "cart", "order", "pay", "share")
    named, timed, hidden = made.number % 3 != 2, made.number % 4 != 2, made.number % 5 == 0
    days, rows = max((last - start).days, 1), []
    for session in range(int(random.integers(40, 160))):
        user = users[int(len(users) * random.random() ** 1.4)]
        time = datetime.combine(start, datetime.min.time())
        time += timedelta(seconds=int(random.integers(0, days * 86_400)))
        for _ in range(int(random.choice([1, 1, 2, 4, 7]))):
            row = {
                "user_id": user,
                "event_time": time,
                "event": kinds[int(random.integers(len(kinds)))],
            }
            if named:
                row["session_id"] = f"s{session}" if made.number % 6 else ""
            if timed:
                row["duration_s"] = random.choice(["", "3", "20", "90", "4000"])
            if hidden:
                row |= {"anonymous_id": f"a{session}", "user_id": user if session % 2 else ""}
            rows.append(
                {**row, "channel": CHANNELS[session % 4], "page": "home" if session % 3 else ""}
            )
            time += timedelta(seconds=int(random.choice([1, 25, 600, 1800, 1801, 5000])))
    rows.sort(key=lambda row: row["event_time"])
    if not made.clean:
        rows[3]["event_time"], rows[5]["event"] = "never", ""
        rows.append(dict(rows[-1]))
    return _plain(folder / "events.csv", rows, made)


def write_users(folder: Path, made: Traits, rows: Sequence[Row]) -> str:
    """Its users, each registered some days before the first order, and some who never bought."""
    random = np.random.default_rng([17, made.number])
    first: dict[str, datetime] = {}
    for row in rows:
        first.setdefault(row["user_id"], row["order_time"])
    known = [*first, *(name for name in names(made) if name not in first)]
    people = []
    for number, name in enumerate(known):
        since = first.get(name, rows[len(rows) // 2]["order_time"])
        since -= timedelta(hours=int(random.integers(0, 200)))
        more = {"anonymous_id": f"a{number}"} if made.number % 5 == 0 else {}
        where = {"channel": CHANNELS[number % 4], "region": ("north", "south", "")[number % 3]}
        people.append({"user_id": name, "registered_at": since, **where, **more})
    if not made.clean:
        people.append(dict(people[0]))
    return _plain(folder / "users.csv", people, made)


def write_costs(folder: Path, made: Traits, start: date, last: date) -> str:
    """What channels cost, by month, or by day."""
    days = [start + timedelta(days=day) for day in range((last - start).days + 1)]
    monthly = made.number % 8 == 2
    spans = sorted({f"{day:%Y-%m}" if monthly else f"{day:%Y-%m-%d}" for day in days})
    rows = [
        {"channel": channel, "month" if monthly else "date": span, "cost": f"{10 + at % 7 * 3}.50"}
        for at, span in enumerate(spans)
        for channel in CHANNELS[:3]
    ]
    return _plain(folder / "costs.csv", rows, made)


def _plain(path: Path, rows: Sequence[Row], made: Traits) -> str:
    """A plain export; where the program is told how times are written, all are written so."""
    if made.time == "european":
        form = TIMES[made.time][0]
        rows = [
            {
                name: one.strftime(form) if isinstance(one, datetime) else one
                for name, one in row.items()
            }
            for row in rows
        ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path.name


def settings(made: Traits) -> str:
    """A settings file under which models are fitted to so few users, and more that changes by number."""
    parts = ["[ltv]\nmin_users = 8\nmin_days = 20\n"]
    if made.number % 3 == 0:
        parts.append(
            '[goals.revenue]\ntarget = 5000\nperiod = "month"\n[goals.users]\ngrowth = "10%"\n'
        )
    if made.number % 5 == 0:
        parts.append(
            "[rfm]\nbins = 4\n[lifecycle]\nslump_days = 14\nchurn_days = 40\nmin_gaps = 5\n"
        )
    if made.number % 7 == 0:
        parts.append('[playbook]\nChampions = "Send a card"\n')
    if "foreign money" in made.odd:
        parts.append('[currency]\ncode = "CNY"\nrates = { USD = "7.1" }\n')
    top = 'week_start = "sunday"\n' if made.number % 4 == 1 else ""
    return top + "\n".join(parts)
