"""What the steps of a path are.

A step is an event of its own name or of one that is usual for it, or what the settings
say: other events, `orders` or `users`. With an orders export, order, pay and reorder are
valid orders; with a users export, register is the registration. Where nothing is named
reorder, it's one more pay, or else order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from userops.core.errors import UsageError
from userops.core.messages import Note, Word

EVENTS, ORDERS, USERS = "events", "orders", "users"
_OF_ORDERS = ("order", "pay", "reorder")

# Names that events go by, folded: lower case, without spaces, `_`, `-` and `$`.
_NAMES: dict[str, tuple[str, ...]] = {
    "register": ("registration", "signup", "registered", "signedup", "completeregistration", "userregister", "createaccount", "注册"),
    "browse": ("view", "pageview", "viewitem", "productview", "productviewed", "viewproduct", "viewpage", "itemview", "detailpageview", "pv", "浏览", "访问"),
    "click": ("clicked", "clickitem", "selectitem", "itemclick", "productclick", "productclicked", "点击"),
    "cart": ("addtocart", "addcart", "cartadd", "productadded", "carted", "加购", "加入购物车", "加购物车"),
    "order": ("placeorder", "orderplaced", "createorder", "submitorder", "checkout", "begincheckout", "checkoutstarted", "下单", "提交订单"),
    "pay": ("payment", "purchase", "paid", "purchased", "buy", "transaction", "paymentdone", "paysuccess", "ordercompleted", "orderpaid", "付款", "支付", "购买", "成交"),
    "reorder": ("repurchase", "buyagain", "orderagain", "复购", "再次购买"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """What each step of a path is: names of events, or ("orders",) or ("users",) as `kind` says."""

    steps: tuple[str, ...]
    kinds: tuple[str, ...]  # events, orders or users
    names: tuple[tuple[str, ...], ...]
    notes: tuple[Note, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Equal for steps that are the same events; an order and its payment are two."""
        return tuple(map(self._key, self.steps, self.kinds, self.names))

    def _key(self, step: str, kind: str, names: tuple[str, ...]) -> str:
        paid = kind == ORDERS and step == "pay" and "order" in self.steps
        return "paid" if paid else "\n".join((kind, *names))

    def of(self, kind: str, since: int = 0) -> list[int]:
        """Which steps come from there, from one on."""
        return [at for at, other in enumerate(self.kinds) if other == kind and at >= since]


def resolve(
    steps: Sequence[str],
    told: Mapping[str, str | Sequence[str]],
    listed: Sequence[str],
    *,
    beside: Sequence[str] = (),
    forgiving: bool = False,
) -> Sources:
    """What each step is.

    Args:
        steps: the path.
        told: what the settings say of a step.
        listed: names of all events there are.
        beside: which other exports there are: orders, users.
        forgiving: leave out steps that aren't found, and say so.

    Raises:
        UsageError: a step isn't found, or stands twice.
    """
    if len(set(steps)) < len(steps):
        raise UsageError(
            Note("a step stands twice on the path"),
            mend=Note(
                'give it another name, and say in [funnel.sources] what it is: again = "view"'
            ),
        )
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    notes = []
    lost = []
    for step in steps:
        source = _source(step, told.get(step), listed, beside)
        if source is None and step == "reorder":
            source = found.get("pay") or found.get("order")
        if source is None:
            lost.append(step)
            continue
        found[step] = source
        kind, names = source
        if names and names != (step,):
            notes.append(Note("{step} is {events}", step=step, events=tuple(names)))
        elif not names:
            notes.append(Note("{step} comes from the {kind}", step=step, kind=Word(kind)))
    if lost and not listed and (not forgiving or len(found) < 2):
        # No event counts, so that there's no telling names: the path is as it's written, and nobody on it.
        found = {step: found.get(step, ("events", (step,))) for step in steps}
        lost = []
    if lost and (not forgiving or len(found) < 2):
        shown = tuple(sorted(listed)[:30])
        raise UsageError(
            Note("no event named {step}", step=lost[0]),
            mend=Note(
                '--steps with events there are: {events}; or [funnel.sources] {step} = "EVENT"',
                events=shown,
                step=lost[0],
            ),
        )
    if lost:
        notes.append(Note("not found, left out of the path: {steps}", steps=tuple(lost)))
    kinds, names_of = zip(*found.values(), strict=True)
    return Sources(tuple(found), kinds, names_of, tuple(notes))


def _source(
    step: str, told: str | Sequence[str] | None, listed: Sequence[str], beside: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    if told in (ORDERS, USERS):
        if told not in beside:
            raise UsageError(
                Note("{step} is of the {kind}, and none are given", step=step, kind=Word(told)),
                mend=Note("--{kind} FILE", kind=told),
            )
        return str(told), ()
    if told is None and step in _OF_ORDERS and ORDERS in beside:
        return ORDERS, ()
    if told is None and step == "register" and USERS in beside:
        return USERS, ()
    wanted = [step] if told is None else [told] if isinstance(told, str) else list(told)
    folded = {_folded(name) for name in wanted}
    names = tuple(sorted(name for name in listed if _folded(name) in folded))
    if not names and told is None:
        usual = set(_NAMES.get(step, ()))
        names = tuple(sorted(name for name in listed if _folded(name) in usual))
    return ("events", names) if names else None


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in " _-$")
