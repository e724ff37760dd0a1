"""`userops segment`."""

from __future__ import annotations

from userops import cuts as cut_files
from userops import ledger, rfm, segments
from userops.options import Common
from userops.run import start
from userops.settings import params
from userops.table import Result

TABLES = ("users", "summary", "tiers", "cuts")


def run(
    common: Common,
    table: str | None,
    bins: int | None,
    method: str | None,
    cuts: str | None,
    save_cuts: str | None,
    new_days: int | None,
) -> None:
    """Score users, and write the tables asked for."""
    with start(common, TABLES) as this:
        frozen = cut_files.read(cuts) if cuts else None
        told = params(
            this.settings.rfm,
            segments=table,
            bins=bins if bins is not None or frozen is None else frozen.bins,
            method=method or ("fixed" if cuts else None),
            new_days=new_days,
        )
        rules = this.settings.rule_table(told.segments)
        for overlap in (
            segments.check(rules) if rules and told.segments in this.settings.segments else ()
        ):
            this.note(overlap)
        (customers,), facts = this.reduce(ledger.customers)
        places = facts.currency.places
        fixed = frozen.in_units(places) if frozen else this.settings.fixed_cuts(places)
        result = Result(
            "segment",
            rfm.segment(
                customers,
                facts.window,
                told,
                rules=rules,
                cuts=fixed,
                currency=facts.currency,
                playbook=this.settings.playbook,
            ),
            facts.tally,
        )
        if save_cuts:
            cut_files.save(result["cuts"], save_cuts, this.note)
        this.emit(result)
