"""What rules grant for, as a run's exports tell it: payments, events, registrations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.core.messages import Note, Word
from userops.customers.granting import (
    asks_for_lines,
    asks_for_orders,
    columns_asked_of,
    events_of,
    granted,
)
from userops.customers.granting_rules import ORDER, REGISTER, GrantingRule, names_of
from userops.engines.reductions import Reduction
from userops.ledger.customers import CUSTOMERS

if TYPE_CHECKING:
    from userops.analyses.analysis import Inputs

_BESIDE = ("value", "channel", "page", "item", "group_id")


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is for rules. `customers` are as `CUSTOMERS` gives them; `as_of` is a day's number."""

    facts: Facts
    as_of: int
    customers: pl.DataFrame
    payments: pl.DataFrame | None
    lines: pl.DataFrame | None  # payments by line item, where a rule asks for it
    events: pl.DataFrame | None
    registered: pl.DataFrame | None  # `user_id, event_time, day` of the users export
    notes: tuple[Note, ...] = ()

    def valued(self, event: str | None, start: int | None = None) -> pl.DataFrame | None:
        """The events of a name, from a first day on, whose `value` says how many points; None without such."""
        if not event or self.events is None or "value" not in self.events.columns:
            return None
        found = self.events.filter(pl.col("event") == event.strip().casefold())
        return found if start is None else found.filter(pl.col("day") >= start)

    def granted(self, rules: Sequence[GrantingRule], start: int | None = None) -> pl.DataFrame:
        """The entries that rules make of it, from a first day on."""
        payments, lines, events = self.payments, self.lines, self.events
        if start is not None:
            if payments is not None:
                late = payments.filter((pl.col("day") >= start) & (pl.col("amount") >= 0))
                payments = payments.join(late.select("order").unique(), on="order", how="semi")
                if lines is not None:
                    lines = lines.join(payments.select("order").unique(), on="order", how="semi")
            events = events.filter(pl.col("day") >= start) if events is not None else None
        return granted(rules, payments, events, self.facts.currency.places, lines)


def payments_of(inputs: Inputs, as_of: int) -> pl.DataFrame:
    """What was paid and given back up to a day, as `Orders.payments` gives it."""
    return inputs.once(("payments", as_of), lambda: inputs.orders.payments(as_of))


def sources(
    inputs: Inputs,
    rules: Sequence[GrantingRule],
    also: Collection[str] = (),
    as_of: int | None = None,
) -> Sources | None:
    """What a run's exports tell that rules grant for; None where there are no orders up to as_of.

    Args:
        inputs: the run's.
        rules: what's to be granted.
        also: events that are asked for besides, in small letters.
        as_of: the last day that counts; by default the run's.
    """
    (customers,), facts = inputs.reduce(CUSTOMERS)
    if facts.window.as_of is None:
        return None
    as_of = to_day(facts.window.as_of) if as_of is None else as_of
    names = [*events_of(rules), *also]
    registered = _registered(inputs) if REGISTER in names else None
    events = _events(inputs, names, as_of) if names and inputs.has("events") else None
    notes = []
    unknown = [name for name in events_of(rules) if name != REGISTER or registered is None]
    if events is None and unknown:
        notes.append(
            Note("no events export: nothing is granted for {events}", events=tuple(unknown))
        )
    if events is not None:
        there = {*events["event"].unique()}
        if never := tuple(name for name in unknown if name not in there):
            notes.append(
                Note("no {events} in the events export: nothing is granted for them", events=never)
            )
    payments = payments_of(inputs, as_of) if rules and asks_for_orders(rules) else None
    notes += _lacking(rules, inputs, events)
    lines = None
    if payments is not None and asks_for_lines(rules):
        lines = inputs.orders.line_payments(as_of)
    if registered is not None:
        events = _with_registrations(events, registered)
    return Sources(facts, as_of, customers, payments, lines, events, registered, tuple(notes))


def _lacking(
    rules: Sequence[GrantingRule], inputs: Inputs, events: pl.DataFrame | None
) -> list[Note]:
    """What rules ask for that no export has a column for."""
    notes = []
    for rule, name in zip(rules, names_of(tuple(rules)), strict=True):
        is_order = rule.event.strip().casefold() == ORDER
        if not is_order and events is None:
            continue
        there = inputs.orders.fields if is_order or events is None else {*events.columns}
        if lacking := [asked for asked in columns_asked_of(rule) if asked not in there]:
            notes.append(
                Note(
                    "rule {rule} asks for {columns}, which the {exports} don't have: it's empty there",
                    rule=name,
                    columns=tuple(lacking),
                    exports=Word("orders" if is_order else "events"),
                )
            )
    return notes


def _registered(inputs: Inputs) -> pl.DataFrame | None:
    rows = inputs.dataset("users")
    if rows is None or "registered_time" not in rows.fields:
        return None
    time = pl.col("registered_time")
    return (
        rows.frame.filter(time.is_not_null())
        .select("user_id", event_time=time, day=time.dt.date().cast(pl.Int32))
        .sort("user_id")
    )


def _with_registrations(events: pl.DataFrame | None, registered: pl.DataFrame) -> pl.DataFrame:
    """Events with the registrations of the users export, but of those who registered there, too."""
    rows = registered.with_columns(event=pl.lit(REGISTER))
    if events is None:
        return rows
    there = events.filter(pl.col("event") == REGISTER).select("user_id").unique()
    return pl.concat([events, rows.join(there, on="user_id", how="anti")], how="diagonal_relaxed")


def _events(inputs: Inputs, names: Collection[str], as_of: int) -> pl.DataFrame:
    """The events of some names, up to a day: in small letters, with seconds."""

    def of_names(events: pl.LazyFrame) -> pl.LazyFrame:
        columns = events.collect_schema().names()
        name = pl.col("event").str.strip_chars().str.to_lowercase()
        beside = [column for column in _BESIDE if column in columns]
        seconds = [(pl.col("ms") / 1000).alias("seconds")] if "ms" in columns else []
        return events.filter(name.is_in(list(names))).select(
            "user_id", "event_time", "day", name.alias("event"), *seconds, *beside
        )

    opened = inputs.events(inputs.links())
    (frame,), _ = inputs.reduce_events(opened, Reduction(of_names), as_of=as_of)
    return frame.with_columns(pl.col("event_time").cast(pl.Datetime("us")))
