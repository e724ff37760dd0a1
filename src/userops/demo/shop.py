"""The made-up shop behind `userops demo`: its users, orders and events of two years.

A mother-and-baby shop with groups in WeChat. A user registers through a channel, may
never order, order once, or come back when what was bought is used up (a tin of milk
powder lasts 20 days, three last 60); after each order some leave for good. The same
seed and number of users give the same shop on every machine and Python.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple, TypeVar

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2025, 12, 31)
EVENTS_FROM = datetime(2025, 11, 1)
DAYS = [FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]

WEEKDAYS = (9, 9, 9, 10, 11, 14, 13)  # Monday to Sunday, relative number of orders
# Month and day of sales: how many times as many.
SALES = {
    (6, 17): 2, (6, 18): 5, (11, 1): 5, (11, 9): 2, (11, 10): 5, (11, 11): 16, (11, 12): 3,
    (12, 12): 2,
}  # fmt: skip
HOURS = (4, 2, 1, 1, 1, 2, 4, 7, 9, 11, 13, 12, 12, 10, 9, 9, 10, 10, 11, 14, 18, 20, 16, 9)


class Habit(NamedTuple):
    """How a kind of user buys and visits."""

    keep: float  # chance of another purchase after each one
    skip: float  # chance that one cycle is bought elsewhere
    second: float  # chance of a second category bought beside the first
    sessions_a_period: float  # mean visits without an order while events are kept


HABITS = {
    "never": Habit(0, 0, 0, 0.7),
    "once": Habit(0, 0, 0, 0.6),
    "casual": Habit(0.79, 0.35, 0, 1.5),
    "regular": Habit(0.87, 0.15, 0.3, 2.8),
    "loyal": Habit(0.96, 0.05, 0.6, 5.0),
}


class Channel(NamedTuple):
    """Where users come from, what they are like, what one costs."""

    share: int
    habits: tuple[int, int, int, int, int]  # weights, in the order of HABITS
    cac: int  # fen spent per registered user


CHANNELS = {
    "wechat_group": Channel(24, (14, 17, 37, 25, 7), 3650),
    "mini_program": Channel(18, (18, 21, 39, 18, 4), 6500),
    "douyin": Channel(22, (32, 38, 25, 5, 0), 52000),
    "xiaohongshu": Channel(14, (22, 29, 32, 14, 3), 9500),
    "referral": Channel(14, (11, 18, 33, 28, 10), 7500),
    "offline_store": Channel(8, (8, 27, 33, 26, 6), 11000),
}
PADDED = ("referral", "offline_store")  # channels whose user ids begin with zeros


class Category(NamedTuple):
    """What is sold: how long a unit lasts (0: bought on a whim), who starts with it."""

    days: int
    share: int
    quantities: Mapping[int, int]
    products: tuple[tuple[str, int], ...]  # name, price in fen


CATEGORIES = {
    "奶粉": Category(20, 22, {1: 5, 2: 4, 3: 4, 6: 1}, (
        ("小鹿牧场3段奶粉800g", 16800), ("云朵有机2段奶粉800g", 21800), ("MilkyWay Stage 3", 18850),
    )),
    "纸尿裤": Category(12, 22, {1: 3, 2: 5, 3: 3, 4: 2}, (
        ("软云纸尿裤L码40片", 7990), ("夜安拉拉裤XL码36片", 9900), ("DryDay Pants M", 8850),
    )),
    "辅食": Category(15, 16, {1: 3, 2: 4, 4: 2}, (
        ("高铁米粉原味225g", 5800), ("果蔬泥组合6袋", 4590), ("Puffs 蓝莓溶豆", 3990),
    )),
    "零食": Category(9, 18, {2: 3, 3: 4, 5: 2, 8: 1}, (
        ("每日坚果7包", 4990), ("海苔脆片儿童装", 2590), ("鳕鱼肠12根", 3680),
    )),
    "洗护": Category(40, 14, {1: 5, 2: 3, 3: 1}, (
        ("婴儿洗发沐浴露500ml", 6900), ("Baby Lotion 300ml", 8800), ("山茶护臀膏", 5250),
    )),
    "玩具": Category(0, 8, {1: 6, 2: 1}, (
        ("木质积木100粒", 12900), ("Bath Duck 洗澡小鸭", 4900), ("儿童平衡车", 39900),
    )),
}  # fmt: skip
GIFT, GIFTS = "赠品", ("新客试用装", "会员生日礼", "Sample Kit")

GENDERS = {"female": 74, "male": 21, "unknown": 5}
AGES = {"18-24": 12, "25-29": 31, "30-34": 33, "35-39": 15, "40+": 9}
REGIONS = {
    "广东": 17, "浙江": 14, "江苏": 13, "山东": 10, "四川": 9, "河南": 8,
    "湖北": 7, "上海": 7, "北京": 6, "福建": 5, "Hong Kong": 4,
}  # fmt: skip
JOINS_GROUP = {"wechat_group": 1.0, "referral": 0.6}  # any other channel: 0.12
GROUPS = 12


@dataclass(frozen=True, slots=True)
class User:
    """A registered user; `pace` stretches every cycle of hers."""

    number: int
    user_id: str
    registered: datetime
    channel: str
    habit: str
    pace: float
    group: str
    rest: tuple[str, ...]  # gender to phone, as in users.csv
    inviter: str


class Purchase(NamedTuple):
    """What a user needs and when, before prices and mishaps."""

    time: datetime
    category: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order; money in fen."""

    user: User
    paid: datetime
    status: str
    amount: int
    refund: int
    channel: str
    category: str
    product: str
    quantity: int


class Event(NamedTuple):
    """A row of events.csv; sorts by time, then as it was made."""

    time: datetime
    made: int
    user: User
    event: str
    session: int
    duration: int | None
    channel: str
    page: str
    item: str
    value: int | None


T = TypeVar("T")


class Dice:
    """Draws made of `Random.random`, comparisons and the four operations alone.

    The other methods of `random` may change with Python, `sum` of floats did, and
    logarithms differ between C libraries in their last digit.
    """

    def __init__(self, seed: int, stream: int) -> None:
        self.draw = Random(seed * 1009 + stream).random

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.draw() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self.draw() * count)

    def between(self, low: float, high: float) -> float:
        """A number between the two."""
        return low + (high - low) * self.draw()

    def index(self, weights: Iterable[int]) -> int:
        """A place in `weights`, in proportion to them."""
        totals = list(accumulate(weights))
        return bisect(totals, self.below(totals[-1]))

    def pick(self, weights: Mapping[T, int]) -> T:
        """A key, in proportion to its weight."""
        return list(weights)[self.index(weights.values())]

    def exponential(self) -> float:
        """Exponential with mean 1, by comparisons (von Neumann 1951)."""
        whole = 0
        while True:
            first = last = self.draw()
            falls = 0
            while (following := self.draw()) < last:
                last, falls = following, falls + 1
            if falls % 2 == 0:
                return whole + first
            whole += 1

    def gamma(self, shape: int) -> float:
        """Gamma of whole shape, mean 1."""
        total = 0.0
        for _ in range(shape):
            total += self.exponential()
        return total / shape

    def clock(self, day: date) -> datetime:
        """A second of the day, more often in the evening."""
        second = self.index(HOURS) * 3600 + self.below(3600)
        return datetime(day.year, day.month, day.day) + timedelta(seconds=second)


def users(dice: Dice, count: int) -> list[User]:
    """Users in order of registration: more on sale days, and more every month."""
    arrivals = list(accumulate(relative_orders(day) * (700 + n) for n, day in enumerate(DAYS)))
    days = (DAYS[bisect(arrivals, dice.below(arrivals[-1]))] for _ in range(count))
    members: list[User] = []
    for number, registered in enumerate(sorted(dice.clock(day) for day in days)):
        channel = dice.pick({name: channel.share for name, channel in CHANNELS.items()})
        key = 1009 + 7 * number + (0 if channel in PADDED else 86_000_000)
        invited = channel == "referral" and members
        members.append(User(
            number=number,
            user_id=f"{key:08d}",
            registered=registered,
            channel=channel,
            habit=list(HABITS)[dice.index(CHANNELS[channel].habits)],
            pace=dice.gamma(14),
            group=(f"g{dice.below(GROUPS) + 1:02d}"
                   if dice.chance(JOINS_GROUP.get(channel, 0.12)) else ""),
            rest=(dice.pick(GENDERS), dice.pick(AGES), dice.pick(REGIONS),
                  f"1{dice.below(70) + 30}****{dice.below(10_000):04d}"),
            # A few early users invite most.
            inviter=members[int(dice.draw() * dice.draw() * number)].user_id if invited else "",
        ))  # fmt: skip
    return members


def relative_orders(day: date) -> int:
    """How many order on a day, relative to others."""
    return WEEKDAYS[day.weekday()] * SALES.get((day.month, day.day), 1)


def orders(dice: Dice, members: Iterable[User]) -> list[Order]:
    """All orders by time."""
    all_orders: list[Order] = []
    for user in members:
        if user.habit == "never":
            continue
        is_soon = dice.chance(0.6)
        wait = timedelta(seconds=1500 + int(dice.exponential() * (2400 if is_soon else 800_000)))
        start = user.registered + wait
        category = dice.pick({name: category.share for name, category in CATEGORIES.items()})
        purchases = list(_purchases_of(dice, user, category, start))
        if dice.chance(HABITS[user.habit].second):
            second_category = dice.pick(
                {k: c.share for k, c in CATEGORIES.items() if k != category}
            )
            later = start.date() + timedelta(3 + int(40 * dice.exponential()))
            purchases += _purchases_of(dice, user, second_category, dice.clock(later))
        for purchase in purchases:
            all_orders.append(_order(dice, user, purchase, first=purchase.time == start))
            if purchase.time.date() < LAST_DAY and dice.chance(0.015):
                all_orders.append(_gift(dice, user, purchase.time.date() + timedelta(1)))
    return sorted(all_orders, key=lambda order: (order.paid, order.user.number, order.category))


def _purchases_of(dice: Dice, user: User, name: str, start: datetime) -> Iterator[Purchase]:
    """One user's purchases in one category.

    The next comes when the last is used up, moved by up to four days to a busier day.
    """
    habit, category, time = HABITS[user.habit], CATEGORIES[name], start
    while time.date() <= LAST_DAY:
        quantity = dice.pick(category.quantities)
        yield Purchase(time, name, quantity)
        if not dice.chance(habit.keep):
            return
        cycle = category.days * quantity or 50 * dice.exponential()
        gap = cycle * user.pace * dice.between(0.8, 1.25)
        while dice.chance(habit.skip):
            gap += cycle * user.pace
        near = [time.date() + timedelta(max(1, int(gap) + shift)) for shift in range(-4, 5)]
        time = dice.clock(near[dice.index(relative_orders(day) for day in near)])


def _order(dice: Dice, user: User, purchase: Purchase, *, first: bool) -> Order:
    """An order with its price, status and channel; a user's first comes by her own channel."""
    paid, category, quantity = purchase
    products = CATEGORIES[category].products
    is_usual = dice.chance(0.8)
    product, price = products[user.number % 3 if is_usual else dice.below(len(products))]
    percent = 100 - dice.pick({0: 50, 5: 20, 10: 20, 20: 10})
    if (paid.month, paid.day) in SALES:
        percent -= 10
    coupon = dice.pick({0: 70, 500: 15, 1000: 10, 1888: 5})
    amount = price * quantity * percent // 100 - coupon
    status, refund = _outcome(dice, paid, amount)
    channel = user.channel if first or dice.chance(0.7) else "mini_program"
    return Order(user, paid, status, amount, refund, channel, category, product, quantity)


def _outcome(dice: Dice, paid: datetime, amount: int) -> tuple[str, int]:
    """Status and refund of an order."""
    draw = dice.draw()
    if draw < 0.045:
        return ("cancelled" if draw < 0.035 else "pending"), 0
    age = (LAST_DAY - paid.date()).days
    if age < 8:
        return ("paid" if age < 2 else "shipped"), 0
    if draw < 0.07:
        return "refunded", amount
    return "completed", amount * (10 + dice.below(50)) // 100 if draw < 0.095 else 0


def _gift(dice: Dice, user: User, day: date) -> Order:
    """A free order that the shop sends."""
    status = "completed" if (LAST_DAY - day).days >= 8 else "shipped"
    product = GIFTS[dice.below(len(GIFTS))]
    return Order(user, dice.clock(day), status, 0, 0, user.channel, GIFT, product, 1)


class _Log:
    """Collects events; numbers sessions."""

    def __init__(self, dice: Dice) -> None:
        self.dice, self.events, self.sessions = dice, list[Event](), 0

    def visit(
        self, user: User, channel: str, end: datetime, steps: Sequence[tuple[str, str, str, int]]
    ) -> None:
        """A session whose last step is at `end`; steps are event, page, item, fen (-1: none)."""
        self.sessions += 1
        time, gap = end, 0
        for event, page, item, value in reversed(steps):
            stays = event in ("browse", "click")
            duration = (gap or 5 + int(30 * self.dice.exponential())) if stays else None
            self.events.append(Event(
                time, -len(self.events), user, event, self.sessions, duration, channel, page, item,
                value if value >= 0 else None,
            ))  # fmt: skip
            gap = 3 + min(270, int(45 * self.dice.exponential()))
            time -= timedelta(seconds=gap)


def events(dice: Dice, members: Sequence[User], orders: Iterable[Order]) -> list[Event]:
    """What users did since EVENTS_FROM, by time."""
    log = _Log(dice)
    last: dict[str, datetime] = {}
    for order in orders:
        last[order.user.user_id] = order.paid
        if order.paid >= EVENTS_FROM and order.category != GIFT:
            log.visit(order.user, order.channel, order.paid, _order_steps(dice, order))
    groups: defaultdict[str, list[User]] = defaultdict(list)
    for user in members:
        groups[user.group].append(user)
    for user in members:
        if user.registered >= EVENTS_FROM:
            log.visit(user, user.channel, user.registered, [("register", "register", "", -1)])
        is_away = (LAST_DAY - last.get(user.user_id, user.registered).date()).days > 120
        session_count = (
            dice.exponential() * HABITS[user.habit].sessions_a_period * (0.3 if is_away else 1)
        )
        for _ in range(int(session_count + 0.5)):
            if (end := _random_time(dice, user)) is not None:
                log.visit(user, user.channel, end, _browsing_steps(dice))
        if user.group and not is_away:
            _chat(log, user, groups[user.group])
    return sorted(event for event in log.events if event.time >= EVENTS_FROM)


def _random_time(dice: Dice, user: User) -> datetime | None:
    """A time since EVENTS_FROM at which the user could have come; None: not registered yet."""
    span = (LAST_DAY - EVENTS_FROM.date()).days + 1
    time = dice.clock(EVENTS_FROM.date() + timedelta(dice.below(span)))
    return time if time >= user.registered + timedelta(hours=1) else None


def _order_steps(dice: Dice, order: Order) -> list[tuple[str, str, str, int]]:
    """The steps to an order, and to its payment unless that never came."""
    paid = order.status not in ("cancelled", "pending")
    steps = [
        ("browse", "home" if dice.chance(0.5) else "category", "", -1),
        ("click", "product", order.product, -1),
        ("cart", "cart", order.product, -1) if dice.chance(0.8) else None,
        ("order", "checkout", order.product, order.amount),
        ("pay", "checkout", order.product, order.amount) if paid else None,
    ]
    return [step for step in steps if step]


def _browsing_steps(dice: Dice) -> list[tuple[str, str, str, int]]:
    """The steps of a visit without an order."""
    category = dice.pick({name: category.share for name, category in CATEGORIES.items()})
    item = CATEGORIES[category].products[dice.below(3)][0]
    steps = [("browse", "home", "", -1)]
    if dice.chance(0.4):
        steps.append(("browse", "category", "", -1))
    if dice.chance(0.6):
        steps.append(("click", "product", item, -1))
        if dice.chance(0.3):
            steps.append(("cart", "cart", item, -1))
        elif dice.chance(0.15):
            steps.append(("share", "product", item, -1))
    return steps


def _chat(log: _Log, user: User, group: Sequence[User]) -> None:
    """Messages in the user's group: few members write most; some answer another member."""
    talkativeness = log.dice.exponential() * log.dice.exponential()
    for _ in range(int(3 * talkativeness)):
        if end := _random_time(log.dice, user):
            member = group[int(log.dice.draw() * log.dice.draw() * len(group))]
            can_answer = member.registered < EVENTS_FROM and member is not user
            answers = member.user_id if can_answer and log.dice.chance(0.5) else ""
            log.visit(user, "wechat_group", end, [("message", "group", answers, -1)])
