"""What the steps of a path are.

A step is an event of its own name or of one that is usual for it, or what the settings
say: other events, `orders` or `users`. With an orders export, order, pay and reorder are
valid orders; with a users export, register is the registration. Where nothing is named
reorder, it's one more pay, or else order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from userops.core.errors import UsageError
from userops.core.messages import Note, Word

EVENTS, ORDERS, USERS = "events", "orders", "users"
_Source = tuple[str, tuple[str, ...]]  # kind, and names of events
_ORDER_STEPS = ("order", "pay", "reorder")

# Names that events go by, folded: lower case, without spaces, `_`, `-` and `$`.
_USUAL_NAMES: dict[str, tuple[str, ...]] = {
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
        is_payment = kind == ORDERS and step == "pay" and "order" in self.steps
        return "paid" if is_payment else "\n".join((kind, *names))

    def of(self, kind: str, since: int = 0) -> list[int]:
        """Which steps come from there, from one on."""
        return [
            index
            for index, step_kind in enumerate(self.kinds)
            if step_kind == kind and index >= since
        ]


def resolve_steps(
    steps: Sequence[str],
    settled: Mapping[str, str | Sequence[str]],
    event_names: Sequence[str],
    *,
    other_kinds: Sequence[str] = (),
    skip_missing: bool = False,
) -> Sources:
    """What each step is.

    Args:
        steps: the path.
        settled: what the settings say of a step.
        event_names: names of all events there are.
        other_kinds: which other exports there are: orders, users.
        skip_missing: leave out steps that aren't found, and say so.

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
    by_step: dict[str, _Source] = {}
    for step in steps:
        source = _source(step, settled.get(step), event_names, other_kinds)
        if source is None and step == "reorder":
            source = by_step.get("pay") or by_step.get("order")
        if source is not None:
            by_step[step] = source
    notes = [note for step, source in by_step.items() for note in _source_notes(step, source)]
    missing = [step for step in steps if step not in by_step]
    if missing and (not skip_missing or len(by_step) < 2):
        if event_names:
            raise _step_not_found(missing[0], event_names)
        # No event counts, so that there's no telling names: the path is as it's written, and nobody on it.
        by_step = {step: by_step.get(step, ("events", (step,))) for step in steps}
    elif missing:
        notes.append(Note("not found, left out of the path: {steps}", steps=tuple(missing)))
    kinds, names = zip(*by_step.values(), strict=True)
    return Sources(tuple(by_step), kinds, names, tuple(notes))


def _source_notes(step: str, source: _Source) -> Iterator[Note]:
    """What a step is, where that isn't an event of its own name."""
    kind, names = source
    if names and names != (step,):
        yield Note("{step} is {events}", step=step, events=tuple(names))
    elif not names:
        yield Note("{step} comes from the {kind}", step=step, kind=Word(kind))


def _step_not_found(step: str, event_names: Sequence[str]) -> UsageError:
    return UsageError(
        Note("no event named {step}", step=step),
        mend=Note(
            '--steps with events there are: {events}; or [funnel.sources] {step} = "EVENT"',
            events=tuple(sorted(event_names)[:30]),
            step=step,
        ),
    )


def _source(
    step: str,
    settled: str | Sequence[str] | None,
    event_names: Sequence[str],
    other_kinds: Sequence[str],
) -> _Source | None:
    if settled in (ORDERS, USERS):
        if settled not in other_kinds:
            raise UsageError(
                Note("{step} is of the {kind}, and none are given", step=step, kind=Word(settled)),
                mend=Note("--{kind} FILE", kind=settled),
            )
        return str(settled), ()
    if settled is None and step in _ORDER_STEPS and ORDERS in other_kinds:
        return ORDERS, ()
    if settled is None and step == "register" and USERS in other_kinds:
        return USERS, ()
    own_names = (
        [step] if settled is None else [settled] if isinstance(settled, str) else list(settled)
    )
    folded = {_fold(name) for name in own_names}
    names = tuple(sorted(name for name in event_names if _fold(name) in folded))
    if not names and settled is None:
        usual_names = set(_USUAL_NAMES.get(step, ()))
        names = tuple(sorted(name for name in event_names if _fold(name) in usual_names))
    return ("events", names) if names else None


def _fold(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in " _-$")
