"""The demo's groups: who joined and left them, what was said, and who people of the chats are.

Who joined was drawn given the orders that are there. First a user's weight is how much she buys, a
large selection: those who join would have bought more anyway. Then weights are tilted by how spending
changed about the day, so that joiners spend `EFFECT` more in the 90 days after joining than others
like them do, and no more in the 90 days before: the joint distribution is that of a shop where
joining has that effect.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from userops.demo.shop import LAST_DAY, Dice, Order, User

EFFECT = 4000  # fen in the 90 days after joining
_DAYS = 90
_OPEN, _LAST = date(2024, 2, 1), date(2025, 12, 28)
PROVINCES = (
    "浙江", "江苏", "广东", "山东", "四川", "河南", "湖北", "上海", "北京", "福建", "湖南",
    "安徽", "河北", "江西", "陕西", "重庆", "辽宁", "云南", "广西", "天津", "山西",
)  # fmt: skip
INTERESTS = ("辅食交流群", "绘本共读群", "亲子运动群", "育儿问答群")
_FOUNDED = date(2025, 3, 8)  # 山西妈妈群
_DISSOLVED = date(2025, 9, 30)  # 亲子运动群
STAFF = (("zhoumin", "1"), ("linyue", "1"))
ROBOT = "robot01"
_NAMES = {"zhoumin": "周敏", "linyue": "林悦", ROBOT: "小助手"}
_CHILDREN = ("糖糖", "豆豆", "果果", "米粒", "安安", "朵朵", "一一", "小鱼")
_TENURES = (1, 31, 91, 181, 366)
_SHARE = 0.42  # of customers who could join, about
_MOST = 0.95  # of any chance
_ROUNDS = 4
_SAID = (
    "这款奶粉什么时候有货", "宝宝很喜欢", "今天发货吗", "谢谢", "有没有优惠", "收到了，包装很好",
    "纸尿裤码数偏大吗", "辅食怎么做", "一起拼单吗", "求推荐绘本", "已下单", "晚上好", "哈哈",
    "Is stage 3 back?", "thanks!",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the demo."""

    group_id: str
    name: str
    owner: str
    created: datetime
    dissolved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A member's time in a group; `person` is what the chat calls the member."""

    group: Group
    person: str
    joined: datetime
    left: datetime | None
    reason: str = ""


def groups() -> list[Group]:
    """21 groups of provinces and four of interests."""
    made: list[Group] = []
    for number, name in enumerate((*(f"{one}妈妈群" for one in PROVINCES), *INTERESTS), start=1):
        founded = _FOUNDED if name == "山西妈妈群" else _OPEN + timedelta(number % 5)
        ends = datetime(_DISSOLVED.year, _DISSOLVED.month, _DISSOLVED.day, 20, 0, 0)
        made.append(Group(
            f"wr{number:04d}", name, STAFF[number % 2][0],
            datetime(founded.year, founded.month, founded.day, 10, number % 60, 0),
            ends if name == "亲子运动群" else None,
        ))  # fmt: skip
    return made


class _Spent:
    """What a customer bought, by day: for sums over some days."""

    def __init__(self, orders: Sequence[tuple[int, int]]) -> None:
        self.days = [day for day, _ in orders]
        self.sums = [0]
        for _, fen in orders:
            self.sums.append(self.sums[-1] + fen)

    def between(self, low: int, high: int) -> int:
        """Fen spent from a day to another, both whole."""
        return self.sums[bisect_right(self.days, high)] - self.sums[bisect_left(self.days, low)]


@dataclass(frozen=True, slots=True)
class _Chance:
    """A user who may join on a day: like whom, how much she buys, and how that changed."""

    user: User
    day: int
    like: tuple[bool, int, int]
    level: int
    change: int
    earlier: int


def _bought(orders: Sequence[Order]) -> dict[str, _Spent]:
    """What each customer bought net in orders that count."""
    by_user: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for order in orders:
        if order.status in ("paid", "shipped", "completed"):
            day = order.paid.date().toordinal()
            by_user[order.user.user_id].append((day, order.amount - order.refund))
    return {user: _Spent(sorted(bought)) for user, bought in by_user.items()}


def _chance(user: User, spent: _Spent, day: int) -> _Chance:
    """How a user stands about a day."""
    first, last = _OPEN.toordinal() - 31, LAST_DAY.toordinal()
    day = min(max(day, first), last)
    after = spent.between(day + 1, day + _DAYS)
    before = spent.between(day - _DAYS, day - 1)
    sooner = spent.between(day - 1 - 2 * _DAYS, day - 2 - _DAYS)
    bought = bisect_right(spent.days, day) > bisect_left(spent.days, day)
    tenure = bisect_right(_TENURES, day - spent.days[0])
    month = date.fromordinal(day).month + 12 * date.fromordinal(day).year
    return _Chance(
        user, day, (bought, tenure, month), sooner + before + after, after - before, before - sooner
    )


def _mean(values: Sequence[float]) -> float:
    total = 0.0
    for value in values:  # one after the other: what `sum` gives of floats changed with Python
        total += value
    return total / max(len(values), 1)


def joiners(dice: Dice, members: Sequence[User], orders: Sequence[Order]) -> list[tuple[User, int]]:
    """Who joined on which day."""
    bought = _bought(orders)
    customers = [user for user in members if user.user_id in bought]
    known = [
        _chance(user, bought[user.user_id], _day(dice, bought[user.user_id])) for user in customers
    ]
    other_days = [bought[user.user_id].days[0] + dice.below(700) for user in customers]
    draws = [dice.draw() for _ in known]
    weights = [_weight(one) for one in known]
    if not weights:
        return []
    scale = _SHARE / _mean(weights)
    odds = [min(weight * scale, _MOST) for weight in weights]
    for _ in range(_ROUNDS):  # whom joiners are compared with are those who don't join
        out = {
            one.user.user_id for one, p, draw in zip(known, odds, draws, strict=True) if draw >= p
        }
        usual = _usual(customers, other_days, bought, out)
        odds = _tilted([min(weight * scale, _MOST) for weight in weights], known, usual)
    return [
        (one.user, one.day) for one, p, draw in zip(known, odds, draws, strict=True) if draw < p
    ]


def _weight(one: _Chance) -> float:
    """How likely somebody is to join, beside others: whoever buys much is."""
    return min(one.level, 400_000) / 400_000 + 0.02


def _day(dice: Dice, spent: _Spent) -> int:
    """A day on which a user may join: more often than not one with an order."""
    first, last = _OPEN.toordinal() + 6, _LAST.toordinal()
    within = [day for day in spent.days if first <= day <= last]
    if within and dice.chance(0.7):
        return within[dice.below(len(within))]
    low = max(first, spent.days[0])
    return low + dice.below(max(last - low, 0) + 1)


_Usual = Mapping[tuple[bool, int, int], tuple[float, float]]


def _usual(
    customers: Sequence[User],
    other_days: Sequence[int],
    bought: Mapping[str, _Spent],
    out: set[str],
) -> _Usual:
    """How spending changes about a day, of customers who are alike then and don't join."""
    found: defaultdict[tuple[bool, int, int], list[tuple[int, int]]] = defaultdict(list)
    for user, other in zip(customers, other_days, strict=True):
        if user.user_id not in out:
            continue
        spent = bought[user.user_id]
        for day in dict.fromkeys(
            [*spent.days, *range(other % 61 + spent.days[0], LAST_DAY.toordinal(), 61)]
        ):
            one = _chance(user, spent, day)
            found[one.like].append((one.change, one.earlier))
    return {
        like: (_mean([change for change, _ in rows]), _mean([earlier for _, earlier in rows]))
        for like, rows in found.items()
    }


def _tilted(odds: Sequence[float], known: Sequence[_Chance], usual: _Usual) -> list[float]:
    """The odds, tilted so that joiners' changes are `EFFECT` more than usual, and earlier ones as usual.

    Of those alone whose windows lie within the orders.
    """
    tilted = list(odds)
    last, first = LAST_DAY.toordinal() - _DAYS, date(2024, 1, 1).toordinal() + 2 * _DAYS + 1
    places = [at for at, one in enumerate(known) if first <= one.day <= last and one.like in usual]
    apart = [
        (known[at].change - usual[known[at].like][0], known[at].earlier - usual[known[at].like][1])
        for at in places
    ]
    if not places:
        return tilted
    for _ in range(20):  # odds are cut at both ends, so that it takes more than once
        heavy = [tilted[at] for at in places]
        more, same, uu, vv, uv = _moments(heavy, apart)
        whole = uu * vv - uv * uv
        if whole <= 0:
            break
        up, down = EFFECT - more, -same
        x, y = (up * vv - down * uv) / whole, (down * uu - up * uv) / whole
        for at, (change, earlier) in zip(places, apart, strict=True):
            factor = 1 + x * (change - more) + y * (earlier - same)
            tilted[at] = min(max(tilted[at] * max(factor, 0.1), 0.01), _MOST)
    return tilted


def _moments(
    heavy: Sequence[float], apart: Sequence[tuple[float, float]]
) -> tuple[float, float, float, float, float]:
    """Weighted means of both changes, their variances and covariance."""
    total = _mean(heavy)

    def mean(values: Iterator[float]) -> float:
        return _mean([weight * value for weight, value in zip(heavy, values, strict=True)]) / total

    more, same = mean(a for a, _ in apart), mean(b for _, b in apart)
    uu = mean((a - more) * (a - more) for a, _ in apart)
    vv = mean((b - same) * (b - same) for _, b in apart)
    return more, same, uu, vv, mean((a - more) * (b - same) for a, b in apart)


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a group; `number` tells it from the others."""

    number: int
    group: Group
    person: str
    time: datetime
    kind: str
    text: str
    reply_to: int | None = None
    mentions: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """All that the demo says of its groups."""

    stays: Sequence[Stay]
    messages: Sequence[Message]
    identities: Sequence[tuple[str, str]]  # what the chat and what the shop calls a person


def made(dice: Dice, members: Sequence[User], orders: Sequence[Order]) -> Groups:
    """The demo's groups, for the users and orders that are there."""
    every = groups()
    by_name = {one.name[:2]: one for one in every[: len(PROVINCES)]}
    interests = every[len(PROVINCES) :]
    stays: list[Stay] = []
    identities: list[tuple[str, str]] = []
    for user, day in joiners(dice, members, orders):
        person = f"wm{user.number * 7919 % 100_000:05d}"
        joined = dice.clock(date.fromordinal(day))
        own = user.rest[2] in by_name and dice.chance(0.7)
        home = by_name[user.rest[2] if own else PROVINCES[dice.below(len(PROVINCES))]]
        if joined < home.created:
            home = by_name["浙江"]
        stays += _stays(dice, home, person, max(joined, home.created))
        if dice.chance(0.3):
            other = interests[dice.below(len(interests))]
            stays += _stays(dice, other, person, joined + timedelta(days=1 + dice.below(60)))
        if dice.chance(0.97):
            identities.append((person, user.user_id))
    stays += _founders(dice, by_name["山西"], stays)
    strangers = [_stranger(dice, number, by_name) for number in range(60)]
    stays = [stay for stay in (*stays, *strangers) if _is_in_time(stay)]
    ordered = sorted(stays, key=lambda one: (one.joined, one.group.group_id, one.person))
    return Groups(ordered, _messages(dice, ordered), sorted(identities))


def _is_in_time(stay: Stay) -> bool:
    ends = stay.group.dissolved
    return stay.joined.date() <= LAST_DAY and (ends is None or stay.joined < ends)


def _stays(dice: Dice, group: Group, person: str, joined: datetime) -> Iterator[Stay]:
    """A member's stays in a group: some leave, and some of them come back."""
    time: datetime = joined
    while True:
        left = time + timedelta(hours=6 + int(dice.exponential() * 24 * 700))
        reason = "removed" if dice.chance(0.1) else "left"
        end = group.dissolved
        if end is not None and left >= end:
            left, reason = end, "dissolved"
        if left.date() > LAST_DAY:
            yield Stay(group, person, time, None)
            return
        yield Stay(group, person, time, left, reason)
        if reason != "left" or not dice.chance(0.15):
            return
        time = left + timedelta(hours=30 + dice.below(24 * 40))


def _founders(dice: Dice, group: Group, stays: Sequence[Stay]) -> Iterator[Stay]:
    """Those invited as a group was made: members of other groups."""
    known = dict.fromkeys(
        one.person
        for one in stays
        if one.joined < group.created and (one.left is None or one.left > group.created)
    )
    there = {one.person for one in stays if one.group is group}
    for person in [one for one in known if one not in there][:12]:
        yield next(_stays(dice, group, person, group.created))


def _stranger(dice: Dice, number: int, by_name: Mapping[str, Group]) -> Stay:
    """A member whom the shop doesn't know."""
    group = by_name[PROVINCES[dice.below(len(PROVINCES) - 1)]]
    joined = dice.clock(_OPEN + timedelta(days=7 + dice.below(650)))
    return Stay(group, f"wx{number:04d}", joined, None)


def _messages(dice: Dice, stays: Sequence[Stay]) -> list[Message]:
    """Since September 2025: few members write most; some quote, answer or mention another."""
    begin = datetime(2025, 9, 1)
    last = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 23, 59, 59)
    written: list[tuple[datetime, Group, str]] = []
    for stay in stays:
        low, high = max(stay.joined, begin), min(stay.left or last, last)
        talkative = dice.exponential() * dice.exponential()
        span = int((high - low).total_seconds())
        for _ in range(int(2.6 * talkative * max(span, 0) / 10_500_000)):
            day = (low + timedelta(seconds=dice.below(span))).date()
            time = dice.clock(day)
            if low <= time <= high:
                written.append((time, stay.group, stay.person))
    for group in groups():
        for month in range(9, 13):
            if group.dissolved is None or month < group.dissolved.month:
                written.append((datetime(2025, month, 1, 9, 0, 0), group, ROBOT))
                written.append((datetime(2025, month, 2, 20, 15, 0), group, group.owner))
    written.sort(key=lambda one: (one[0], one[1].group_id, one[2]))
    return list(_told(dice, written))


def _told(dice: Dice, written: Sequence[tuple[datetime, Group, str]]) -> Iterator[Message]:
    """Times and people as messages, with what each of them says and whom it answers."""
    before: defaultdict[str, list[Message]] = defaultdict(list)
    staff = {ROBOT, *(name for name, _ in STAFF)}
    for number, (time, group, person) in enumerate(written, start=1):
        text, reply_to, mentions, kind = _SAID[dice.below(len(_SAID))], None, "", "text"
        earlier = before[group.group_id]
        if person in staff:
            text = "早上好，本周上新" if person == ROBOT else "有问题请找我"
        elif earlier and dice.chance(0.45):
            whom = earlier[len(earlier) - 1 - int(dice.draw() * dice.draw() * len(earlier))]
            way = dice.below(3)
            if way == 0:
                reply_to = whom.number
            elif way == 1:
                mentions = whom.person
            else:
                text = (
                    f"这是一条引用/回复消息：“{_name(whom.person)}：{whom.text[:12]}”------{text}"
                )
        elif dice.chance(0.02):
            kind = "recall"
        message = Message(number, group, person, time, kind, text, reply_to, mentions)
        if person not in staff and kind == "text":
            earlier.append(message)
        yield message


MEMBERSHIPS = (
    "group_id", "group", "owner", "user_id", "member_type", "joined", "left", "reason",
    "group_created", "group_dissolved",
)  # fmt: skip
MESSAGES = (
    "message_id", "group_id", "user_id", "name", "time", "kind", "text", "reply_to", "mentions",
)  # fmt: skip
IDENTITIES = ("external_userid", "user_id")


def _name(person: str) -> str:
    """What somebody is called in the groups; some share a name."""
    if person in _NAMES:
        return _NAMES[person]
    number = int(person[2:])
    return f"{_CHILDREN[number % 8]}妈妈{number // 8 % 700}"


def membership_rows(stays: Sequence[Stay]) -> Iterator[Sequence[object]]:
    """Rows of memberships.csv: staff and the robot, then members by when they joined."""
    for group in groups():
        for person in (*(name for name, _ in STAFF), ROBOT):
            yield (
                group.group_id, group.name, group.owner, person, 1, group.created,
                group.dissolved, "dissolved" if group.dissolved else "", group.created,
                group.dissolved,
            )  # fmt: skip
    for one in stays:
        yield (
            one.group.group_id, one.group.name, one.group.owner, one.person, 2, one.joined,
            one.left, one.reason, one.group.created, one.group.dissolved,
        )  # fmt: skip


def message_rows(messages: Sequence[Message]) -> Iterator[Sequence[object]]:
    """Rows of messages.csv, by time."""
    for one in messages:
        yield (
            f"m{one.number:05d}", one.group.group_id, one.person, _name(one.person), one.time, one.kind,
            one.text, "" if one.reply_to is None else f"m{one.reply_to:05d}", one.mentions,
        )  # fmt: skip
