"""`userops funnel`."""

from __future__ import annotations

import polars as pl

from userops import funnel, path
from userops.errors import UsageError
from userops.options import Common
from userops.orders import ORDERS
from userops.params import FUNNEL_STEPS, FunnelParams
from userops.run import Run, start
from userops.settings import params
from userops.sources.event_intake import suited
from userops.sources.intake import Orders
from userops.sources.registrations import Registered, registrations
from userops.table import Result
from userops.window import Window, to_day

# Options that not all tables take.
_FOR = {
    "window": ("steps", "users", "groups"),
    "by": ("groups", "conversion"),
    "convert": ("conversion",),
    "within": ("conversion",),
}


def run(
    common: Common,
    orders: list[str] | None,
    users: list[str] | None,
    steps: str | None,
    **given: object,
) -> None:
    """Follow users along the path, and write the tables asked for."""
    with start(common, funnel.TABLES, reads_orders=False) as this:
        listed = [step.strip() for step in steps.split(",") if step.strip()] if steps else None
        for option, for_tables in _FOR.items():
            this.idle(f"--{option}", given.get(option), *for_tables)
        told = params(this.settings.funnel, steps=listed, **given)
        wanted = [name for name in funnel.TABLES if this.wants(name)]
        split = bool({"groups", "conversion"} & set(wanted))
        known = _registered(this, users, told, split, chosen=given.get("by") is not None)
        bought, bought_window = _orders(this, this.beside("orders", orders))
        events = this.events(
            common.exports or this.beside("events", None),
            None if known is None else known.links,
        )
        (names,), facts = this.reduce_events(events, path.event_names)
        beside = [
            name for name, there in (("orders", bought), ("users", known)) if there is not None
        ]
        found = path.resolve(
            told.steps,
            told.sources,
            names["event"].to_list(),
            beside=beside,
            forgiving=told.steps == FUNNEL_STEPS,
        )
        for note in found.notes:
            this.note(note)
        followed = path.follow(
            found,
            events.again,
            as_of=to_day(facts.window.as_of) if facts.window.as_of else 0,
            days=max(told.window, told.within),
            begun={"events": _first(facts.window), "orders": _first(bought_window)},
            channel=split and told.by == "channel" and "channel" in events.fields,
            users=None if known is None else known.users,
            orders=bought,
        )
        if given.get("convert") is not None:
            funnel.converting(followed, told)  # refused, whatever is shown
        tables = funnel.funnel(followed, facts.window, told, wanted)
        this.emit(Result("funnel", tables, facts.tally))


def _registered(
    this: Run, users: list[str] | None, told: FunnelParams, split: bool, *, chosen: bool
) -> Registered | None:
    names = this.beside("users", users)
    if not names:
        if split and chosen and told.by != "channel":
            raise UsageError(f"--by {told.by} needs the users export", mend="--users FILE")
        return None
    found = registrations(names, this.how, this.folder, told.by if split else None)
    for note in found.notes:
        this.note(note)
    return found


def _first(window: Window | None) -> int | None:
    return to_day(window.first_day) if window and window.first_day else None


def _orders(this: Run, names: list[str]) -> tuple[pl.DataFrame | None, Window | None]:
    """Times of valid orders. Where there are any, their last day is as_of by default."""
    if not names:
        return None, None
    mine = Orders.open(names, suited(this.how, ORDERS), this.folder)
    (times,), facts = mine.reduce([path.order_times], this.as_of)
    this.tell(facts)
    if this.as_of is None and facts.window.as_of:
        this.as_of = to_day(facts.window.as_of)
    return path.at_day_end(times), facts.window
