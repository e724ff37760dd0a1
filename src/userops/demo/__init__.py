"""The demo: a made-up shop's orders, users, events and costs as the files a shop exports.

The same seed and number of users give the same bytes on every machine and Python.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from userops.core.errors import UsageError
from userops.demo import (
    ad_costs,
    campaigns,
    contacts,
    groups,
    points,
    project,
    referral,
    running_costs,
    shop,
)
from userops.demo.shop import CHANNELS, DAYS, Dice, Event, Order, User
from userops.language.spoken import Lang

ORDERS = (
    "order_id", "user_id", "paid_at", "status", "amount", "refund_amount", "currency",
    "channel", "category", "product", "quantity",
)  # fmt: skip
ORDERS_ZH = (
    "订单编号", "会员编号", "付款时间", "订单状态", "实付金额", "退款金额", "币种",
    "渠道", "类目", "商品", "数量",
)  # fmt: skip
USERS = (
    "user_id", "registered_at", "channel", "gender", "age_band", "region", "phone",
    "group_id", "inviter_id",
)  # fmt: skip
EVENTS = (
    "user_id", "event_time", "event", "session_id", "duration_s", "channel", "page", "item",
    "group_id", "value",
)  # fmt: skip
COSTS = ("channel", "month", "cost")
STATUS_ZH = {
    "paid": "已付款", "shipped": "已发货", "completed": "已完成",
    "cancelled": "已取消", "pending": "待付款", "refunded": "已退款",
}  # fmt: skip

Row = Sequence[object]


def write_demo(
    directory: Path, *, seed: int = 7, users: int = 3000, lang: Lang = "en"
) -> list[Path]:
    """Write the demo shop's files into `directory` and return their paths.

    What's written for people, README.md and the settings, is in the language.

    Raises:
        UsageError: a file is there already, or `users` can't be.
    """
    if not 1 <= users <= 1_000_000:
        raise UsageError(f"a shop of {users} users", mend="take 1 to 1000000 users")
    files = demo_files(seed, users, lang)
    paths = [directory / name for name in files]
    if there := [path for path in paths if os.path.lexists(path)]:
        raise UsageError(f"{there[0]} is there already", mend="name an empty or a new folder")
    directory.mkdir(parents=True, exist_ok=True)
    for path, content in zip(paths, files.values(), strict=True):
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    return paths


def demo_files(seed: int, users: int, lang: Lang = "en") -> dict[str, bytes]:
    """The demo shop: the name of each file and its content."""
    members = shop.users(Dice(seed, 1), users)
    orders = shop.orders(Dice(seed, 2), members)
    events = shop.events(Dice(seed, 3), members, orders)
    costs = list(_costs(Dice(seed, 4), members))
    invited = referral.with_odd_invitations(Dice(seed, 31), members)
    chats = groups.made(Dice(seed, 40), members, orders)
    rows = [_order_row(order, serial) for serial, order in enumerate(orders)]
    rows_zh = [_order_row_zh(order, serial) for serial, order in enumerate(orders)]
    ids = [_order_id(order, serial) for serial, order in enumerate(orders)]
    assigned = campaigns.assignments(Dice(seed, 11), members, orders)
    lists = campaigns.assignment_rows(Dice(seed, 12), assigned, _money)
    numbered = list(zip(ids, orders, strict=True))
    coupons = campaigns.coupon_rows(Dice(seed, 13), assigned, numbered, _money)
    template = README + contacts.TABLE + points.TABLE + running_costs.TABLE
    if lang == "zh":
        template = Path(__file__).with_name("README.zh.md").read_text(encoding="utf-8")
    readme = template.format(seed=seed, users=len(members), orders=len(orders), events=len(events))
    return {
        "README.md": readme.encode(),
        "userops.toml": project.settings(lang).encode(),
        "orders.csv": _csv(ORDERS, rows).encode(),
        "orders_zh.csv": _csv(ORDERS_ZH, rows_zh, "\r\n").encode("gb18030"),
        "users.csv": _csv(USERS, map(_user_row, invited)).encode(),
        "agents.csv": _csv(contacts.AGENTS, contacts.agents()).encode(),
        "contacts.csv": _csv(
            contacts.CONTACTS, contacts.contacts(Dice(seed, 61), members, orders)
        ).encode(),
        "do_not_contact.csv": _csv(
            contacts.DO_NOT_CONTACT, contacts.do_not_contact(Dice(seed, 62), members)
        ).encode(),
        "events.csv": _csv(EVENTS, map(_event_row, events)).encode(),
        "costs.csv": _csv(COSTS, ((*row, _money(fen)) for *row, fen in costs)).encode(),
        "ad_costs.csv": _csv(
            ad_costs.AD_COSTS,
            ((*row, _money(fen)) for *row, fen in ad_costs.by_day(Dice(seed, 21), costs)),
        ).encode(),
        "memberships.csv": _csv(groups.MEMBERSHIPS, groups.membership_rows(chats.stays)).encode(),
        "messages.csv": _csv(groups.MESSAGES, groups.message_rows(chats.messages)).encode(),
        "identities.csv": _csv(groups.IDENTITIES, chats.identities).encode(),
        "points.csv": _csv(points.POINTS, points.ledger(Dice(seed, 61), numbered, events)).encode(),
        "leaders.csv": _csv(referral.LEADERS, referral.leaders(Dice(seed, 32), members)).encode(),
        "assignments.csv": _csv(campaigns.HEADER, lists).encode(),
        "coupons.csv": _csv(campaigns.COUPON_HEADER, coupons).encode(),
        "running_costs.csv": _csv(
            running_costs.COLUMNS, running_costs.running_costs(Dice(seed, 41), orders)
        ).encode(),
    }


def _costs(dice: Dice, members: Iterable[User]) -> Iterator[tuple[str, str, int]]:
    """What each channel cost in each month, in fen."""
    new = Counter((user.channel, f"{user.registered:%Y-%m}") for user in members)
    for month in sorted({f"{day:%Y-%m}" for day in DAYS}):
        for name, channel in CHANNELS.items():
            spent = (new[name, month] or 1) * channel.cac
            yield name, month, int(spent * dice.between(0.9, 1.1))


def _money(fen: int, sign: str = "", thousands: str = "") -> str:
    return f"{sign}{fen // 100:{thousands}}.{fen % 100:02d}"


def _order_id(order: Order, serial: int) -> str:
    return f"{order.paid:%Y%m%d%H%M%S}{serial % 100_000:05d}"


def _order_row(order: Order, serial: int) -> Row:
    return (
        _order_id(order, serial), order.user.user_id, order.paid, order.status,
        _money(order.amount), _money(order.refund), "CNY",
        order.channel, order.category, order.product, order.quantity,
    )  # fmt: skip


def _order_row_zh(order: Order, serial: int) -> Row:
    paid = order.paid
    return (
        _order_id(order, serial), order.user.user_id,
        f"{paid.year}/{paid.month}/{paid.day} {paid:%H:%M:%S}", STATUS_ZH[order.status],
        _money(order.amount, "¥", ","), _money(order.refund, "¥", ","), "CNY",
        order.channel, order.category, order.product, order.quantity,
    )  # fmt: skip


def _user_row(user: User) -> Row:
    return user.user_id, user.registered, user.channel, *user.rest, user.group, user.inviter


def _event_row(event: Event) -> Row:
    social = event.event in ("message", "share")
    return (
        event.user.user_id, event.time, event.event, f"s{event.session:06d}", event.duration,
        event.channel, event.page, event.item, event.user.group if social else "",
        "" if event.value is None else _money(event.value),
    )  # fmt: skip


def _csv(header: Sequence[str], rows: Iterable[Row], end: str = "\n") -> str:
    """The rows as CSV; times are written as `2025-01-05 13:04:05`, None as nothing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


README = """\
# A demo shop

An invented mother-and-baby shop with WeChat groups, from 2024-01-01 to 2025-12-31: {users}
registered users, {orders} orders. No person, product or number in it is real. Made by
`userops demo` with seed {seed}; the same seed and number of users give the same bytes.

Texts are UTF-8 with one line end per row, except `orders_zh.csv`. Times are the shop's
local time (China). Money is in yuan. Read ids as text: some begin with zeros, and an
order's has 19 digits.

`userops.toml` makes a project of it: in this folder `userops segment`, `userops contacts --for 2026-01-01` or
`userops report -o report.html` read what they need by themselves.

## How it was made

Each user comes through one channel, more on sale days (6-18, 11-11) and at weekends. By
channel, some never order, some order once, the others come back when what they bought is
used up, sooner or later by each one's own pace, and leave for good after some order. A
unit lasts about: 奶粉 milk powder 20 days, 纸尿裤 nappies 12, 辅食 baby food 15, 零食
snacks 9, 洗护 care 40; 玩具 toys follow no cycle, 赠品 are gifts. Users from WeChat groups
and referrals stay longest; those from douyin leave soonest and cost most.

## orders.csv

One row per order.

| column | meaning |
|---|---|
| `order_id` | 19 digits |
| `user_id` | as in `users.csv` |
| `paid_at` | when it was paid; of a cancelled or pending order, when it was placed |
| `status` | `paid`, `shipped`, `completed`; unpaid: `cancelled`, `pending`; in full: `refunded` |
| `amount` | what was paid, or was to be; 0.00 for gifts |
| `refund_amount` | what was given back of it, 0.00 if nothing |
| `currency` | `CNY` |
| `channel` | where the order was placed; a user's first: where she came from |
| `category`, `product`, `quantity` | what was bought; an order holds one product |

## orders_zh.csv

The same orders in the same sequence as a Chinese back office exports them: GB18030, CRLF,
Chinese header and statuses, `¥1,234.50`, `2025/1/5 13:04:05`. The columns are those of
`orders.csv`.

## users.csv

One row per registered user, by time of registration.

| column | meaning |
|---|---|
| `user_id` | 8 digits |
| `registered_at` | when |
| `channel` | where the user came from |
| `gender`, `age_band`, `region` | as the user stated them |
| `phone` | masked: it identifies nobody |
| `group_id` | the WeChat group the user is in, if any |
| `inviter_id` | who invited a user of the channel `referral` |

A few of these invitations are odd on purpose: three users invited one another in a circle, one names
herself, and all who came by referral on the busiest day name one leader.

## events.csv

One row per event, by time, from 2025-11-01 on: {events} rows.

| column | meaning |
|---|---|
| `user_id`, `event_time` | who, when |
| `event` | `register`, `browse`, `click`, `cart`, `order`, `pay`, `share`, `message` |
| `session_id` | the visit |
| `duration_s` | seconds on the page, of `browse` and `click` |
| `channel` | where the visit came from |
| `page` | `home`, `category`, `product`, `cart`, `checkout`, `register`, `group` |
| `item` | the product; of a `message`, the user it answers, if any |
| `group_id` | of `share` and `message`, the group |
| `value` | of `order` and `pay`, the amount |

`order` and `pay` stand at the order's `paid_at`, a cancelled or pending order has no
`pay`, and gifts have no events.

## costs.csv

| column | meaning |
|---|---|
| `channel` | as in `users.csv` |
| `month` | `YYYY-MM` |
| `cost` | yuan spent on the channel in the month |

## ad_costs.csv

The same by day: the days of a month add up to its row of `costs.csv`.

| column | meaning |
|---|---|
| `date`, `channel` | when, and on what |
| `cost` | yuan spent on the channel that day |

## memberships.csv, messages.csv, identities.csv

21 groups of provinces and four of interests in WeCom, from 2024-02-01; `group_id` of
users.csv and events.csv are older groups, in WeChat. 山西妈妈群 was made on 2025-03-08 with
members of other groups, 亲子运动群 dissolved on 2025-09-30. Messages begin on 2025-09-01.

| column | meaning |
|---|---|
| `group_id`, `group`, `owner` | the group, and whose it is |
| `user_id` | the member, by the chat's own id: identities.csv says whose most are |
| `member_type` | 1: staff or a robot, 2: a customer |
| `joined`, `left`, `reason` | a row a stay; `left`, `removed`, `dissolved` |
| `message_id`, `time`, `kind`, `text` | a row a message; `recall` is one taken back |
| `reply_to`, `mentions` | the message answered, the member mentioned; others are quoted in the text |
| `external_userid` | of identities.csv: the chat's id; `user_id` is the shop's |

Who joined was drawn given the orders that are there: those who buy much far more often, and so
that joining brings 40 yuan in the 90 days after, beside a difference between members and others
that is many times as large.

## leaders.csv

The first members of each group, who look after it; most of them brought nobody.

| column | meaning |
|---|---|
| `leader_id` | as in `users.csv` |
| `name` | what the leader is called |
| `group_id` | the group |
| `since` | when the leader began |

## assignments.csv

Who was on the lists of three campaigns, and who of them was held back (`control`). Who got it is drawn
given what users did, in the proportions of a randomised experiment with a known effect: `winback`
works (3 points more order within 14 days), `double-11` only pulls orders forward (7 points more
within 14 days, as many fewer in the 30 days after), `new-toys` does nothing.

| column | meaning |
|---|---|
| `user_id` | as in `users.csv` |
| `campaign`, `group` | `sent` or `control` |
| `assigned_at` | when it was sent |
| `delivered` | 1 or 0 |
| `contact_cost` | yuan |

## coupons.csv

One row per coupon, all of `double-11`: 15 yuan off, to everyone it was sent to.

| column | meaning |
|---|---|
| `user_id`, `coupon`, `coupon_id` | whose, what, which |
| `issued_at`, `claimed_at`, `redeemed_at` | when; nothing where it wasn't |
| `order_id` | the order it was used for, as in `orders.csv` |
| `discount` | yuan it took off |
"""
