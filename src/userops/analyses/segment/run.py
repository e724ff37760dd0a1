"""How the tables of `userops segment` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from userops import rfm
from userops.analyses.activity.params import ActivityParams
from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.segment import ANALYSIS, at_large, by_events
from userops.analyses.segment.params import SegmentParams
from userops.core import rule_tables
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.rule_tables import RuleTable
from userops.core.table import Table
from userops.customers import frozen_cuts
from userops.customers.frozen_cuts import Cuts, FrozenCuts
from userops.customers.truncation import begins_midway
from userops.ledger import sessions
from userops.ledger.customers import CUSTOMERS


def scope(given: Given) -> Scope:
    """Whether users are scored by purchases, by use, or by both.

    Raises:
        UsageError: what is given doesn't go together.
    """
    by_orders = not given.has("events") or bool(given.exports)
    both = given.has("events") and by_orders
    tables = tuple(name for name in ANALYSIS.tables if both or name != "two_way")
    if given.params.get("cuts") and given.params.get("method") == "quantile":
        raise UsageError(
            "--cuts are fixed cut points", mend="leave out --method quantile, or --cuts"
        )
    save_cuts = given.params.get("save_cuts")
    if save_cuts and not save_cuts.lower().endswith(".csv"):
        raise UsageError(
            f"--save-cuts {save_cuts}: cut points are CSV", mend="--save-cuts cuts.csv"
        )
    if given.has("users") and not given.has("events"):
        raise UsageError("--users is for the users of events", mend="--events FILE, too")
    reads = ("events", "users") if given.has("events") else ()
    about = "orders" if by_orders else "events"
    return Scope(about, tables, reads, on_spark=True, as_folder="users" if by_orders else "")


def run(inputs: Inputs, params: SegmentParams) -> Iterator[Table]:
    """Scores, segments and tiers by purchases, by use, or by both."""
    frozen = frozen_cuts.read(params.cuts, inputs.rows_of) if params.cuts else None
    if frozen:
        params = _params_for_cuts(inputs, params, frozen)
    if inputs.settings.cuts and params.method == "quantile":
        inputs.message('[cuts] of the settings are not used: they need method = "fixed" in [rfm]')
    rules = inputs.settings.rule_table(params.segments)
    if rules and params.segments in inputs.settings.segments:
        for overlap in rule_tables.check(rules):
            inputs.message(overlap)
    if not inputs.has("orders"):
        yield from _by_use(inputs, params, rules, frozen, inputs.as_of)
        return
    if inputs.orders.users_to:
        yield from _at_large(inputs, params, rules, frozen)
        return
    users, *others = _by_orders(inputs, params, rules, frozen)
    if not inputs.has("events"):
        yield from (users, *others)
        return
    # Cut points of a file are of orders; use is scored by its own quantiles.
    last_day = users.window.as_of
    as_of = to_day(last_day) if inputs.as_of is None and last_day else inputs.as_of
    use_users, *_ = _by_use(inputs, replace(params, method="quantile"), rules, None, as_of)
    users_table, two_way_table = by_events.two_way(users, use_users)
    yield from (users_table, *others, two_way_table)


def _params_for_cuts(inputs: Inputs, params: SegmentParams, frozen: FrozenCuts) -> SegmentParams:
    """Parameters as cut points of a file need them, where nothing else is given."""
    values_given = inputs.given
    return inputs.settings.params(
        SegmentParams,
        segments=params.segments,
        new_days=params.new_days,
        cuts=params.cuts,
        save_cuts=params.save_cuts,
        bins=frozen.bins if values_given.get("bins") is None else params.bins,
        method=values_given.get("method") or "fixed",
    )


def _by_orders(
    inputs: Inputs, params: SegmentParams, rules: RuleTable | None, frozen: FrozenCuts | None
) -> tuple[Table, ...]:
    (customers,), facts = inputs.reduce(CUSTOMERS)
    if facts.window.as_of:
        for note in begins_midway(customers["first_day"], to_day(facts.window.as_of)):
            inputs.message(note)
    return rfm.segment(
        customers,
        facts.window,
        params,
        rules=rules,
        cuts=_cuts(inputs, facts, frozen),
        currency=facts.currency,
        playbook=inputs.settings.playbook,
    )


def _cuts(inputs: Inputs, facts: Facts, frozen: FrozenCuts | None) -> Cuts | None:
    """The cut points of a file, else those of the settings, in the orders' minor units."""
    places = facts.currency.places
    return frozen.in_units(places) if frozen else inputs.settings.fixed_cuts(places)


def _at_large(
    inputs: Inputs, params: SegmentParams, rules: RuleTable | None, frozen: FrozenCuts | None
) -> tuple[Table, ...]:
    """The same of users that stay where they are."""
    if rules is None:
        raise UsageError(
            "rfm8 compares with means over users, which a folder of users isn't written by",
            mend="-o users.parquet, or another --segments",
        )
    if inputs.has("events"):
        raise UsageError(
            "users by orders and by use aren't written as a folder", mend="-o users.parquet"
        )
    with inputs.working("reading orders"):
        users, facts = inputs.orders.large_users(inputs.as_of)
    inputs.account("orders", facts, partial(inputs.orders.rejects, inputs.as_of))
    if facts.window.as_of:
        came = users.first_days()
        as_of = to_day(facts.window.as_of)
        for note in begins_midway(came["first_day"], as_of, came["users"]):
            inputs.message(note)
    return at_large.segment(
        users,
        facts.window,
        params,
        rules=rules,
        cuts=_cuts(inputs, facts, frozen),
        currency=facts.currency,
        playbook=inputs.settings.playbook,
    )


def _by_use(
    inputs: Inputs,
    params: SegmentParams,
    rules: RuleTable | None,
    frozen: FrozenCuts | None,
    as_of: int | None,
) -> tuple[Table, ...]:
    if params.method == "fixed" and frozen is None and inputs.settings.cuts:
        raise UsageError(
            "[cuts] of the settings are of orders: use is scored by cut points of its own",
            mend="--method quantile, or --cuts FILE, which --save-cuts wrote of events",
        )
    events = inputs.events(inputs.links())
    silence = inputs.settings.params(ActivityParams).silence
    reductions = sessions.use_steps(
        timed="duration_s" in events.fields, silence=silence, on_spark=events.on_spark
    )
    frames, facts = inputs.reduce_events(events, *reductions.values(), as_of=as_of)
    users = sessions.use_by_user(
        dict(zip(reductions, frames, strict=True)), events.again, silence=silence
    )
    return by_events.segment(
        users,
        facts.window,
        params,
        rules=rules,
        cuts=frozen.in_units(0) if frozen else None,
        playbook=inputs.settings.playbook,
    )
