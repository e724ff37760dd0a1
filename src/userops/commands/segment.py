"""`userops segment`."""

from __future__ import annotations

from userops import rfm
from userops.commands import cut_files
from userops.commands.cut_files import Frozen
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.core import rule_tables
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.core.params import RfmParams
from userops.core.rule_tables import RuleTable
from userops.core.table import Table
from userops.ledger import customers as ledger
from userops.settings import params

TABLES = ("users", "summary", "tiers", "cuts")


def run(
    common: Common,
    table: str | None,
    bins: int | None,
    method: str | None,
    cuts: str | None,
    save_cuts: str | None,
    new_days: int | None,
    events: list[str] | None = None,
    users: list[str] | None = None,
) -> None:
    """Score users, and write the tables asked for."""
    by_orders = not events or bool(common.exports)
    tables = (*TABLES, "two_way") if events and by_orders else TABLES
    if cuts and method == "quantile":
        raise UsageError(
            "--cuts are fixed cut points", mend="leave out --method quantile, or --cuts"
        )
    if save_cuts and not save_cuts.lower().endswith(".csv"):
        raise UsageError(
            f"--save-cuts {save_cuts}: cut points are CSV", mend="--save-cuts cuts.csv"
        )
    if users and not events:
        raise UsageError("--users is for the users of events", mend="--events FILE, too")
    with start(
        common,
        tables,
        main="orders" if by_orders else "events",
        beside={"events": events, "users": users} if events else {},
        writes=(save_cuts,),
        reads=(cuts,),
        on_spark=by_orders,
    ) as this:
        frozen = cut_files.read(cuts) if cuts else None
        told = params(
            this.settings.rfm,
            segments=table,
            bins=bins if bins is not None or frozen is None else frozen.bins,
            method=method or ("fixed" if cuts else None),
            new_days=new_days,
        )
        if this.settings.cuts and told.method == "quantile":
            this.note('[cuts] of the settings are not used: they need method = "fixed" in [rfm]')
        rules = this.settings.rule_table(told.segments)
        for overlap in (
            rule_tables.check(rules) if rules and told.segments in this.settings.segments else ()
        ):
            this.note(overlap)
        if not by_orders:
            made = _by_use(this, users, told, rules, frozen)
        else:
            made = _by_orders(this, told, rules, frozen)
        cut_points = next(one for one in made if one.name == "cuts")
        if events and by_orders:
            # Cut points of a file are of orders; use is scored by its own quantiles.
            free = told.model_copy(update={"method": "quantile"})
            used = _by_use(this, users, free, rules, None)
            from userops.analyses.segment import by_events

            both, crossed = by_events.two_way(made[0], used[0])
            made = (both, *made[1:], crossed)
        this.emit("segment", made)
        # Last, so that a run that failed hasn't changed what the next is scored by.
        if save_cuts and cut_points.frame["users"].sum():
            cut_files.save(cut_points, save_cuts, this.note)
        elif save_cuts:
            this.note(f"no users, so no cut points: {save_cuts} is as it was")


def _by_orders(
    this: Run, told: RfmParams, rules: RuleTable | None, frozen: Frozen | None
) -> tuple[Table, ...]:
    (customers,), facts = this.reduce(ledger.customers)
    if this.as_of is None and facts.window.as_of:
        this.as_of = to_day(facts.window.as_of)
    places = facts.currency.places
    return rfm.segment(
        customers,
        facts.window,
        told,
        rules=rules,
        cuts=frozen.in_units(places) if frozen else this.settings.fixed_cuts(places),
        currency=facts.currency,
        playbook=this.settings.playbook,
    )


def _by_use(
    this: Run,
    users: list[str] | None,
    told: RfmParams,
    rules: RuleTable | None,
    frozen: Frozen | None,
) -> tuple[Table, ...]:
    from userops.analyses.segment import by_events
    from userops.commands import other_exports
    from userops.ledger import sessions

    events = this.events(other_exports.links(this, users))
    silence = this.settings.activity.silence
    steps = sessions.use_steps(timed="duration_s" in events.fields, silence=silence)
    reduced, facts = this.reduce_events(events, *steps.values())
    found = dict(zip(steps, reduced, strict=True))
    return by_events.segment(
        sessions.use_by_user(found, events.again, silence=silence),
        facts.window,
        told,
        rules=rules,
        cuts=frozen.in_units(0) if frozen else None,
        playbook=this.settings.playbook,
    )
