"""`userops check`."""

from __future__ import annotations

import polars as pl

from userops.analyses.check import findings, suspects
from userops.analyses.check import tables as check
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.readers.exports import Export
from userops.readers.orders import Facts
from userops.readers.overview import Overview
from userops.readers.strict.read import REJECTS


def run(common: Common) -> None:
    """Say what the exports hold; exit 4 where too many rows are refused."""
    with start(common, check.TABLES, raw=True) as this:
        wanted = [name for name in check.TABLES if this.wants(name)]
        found, facts = _signs(this, judged="findings" in wanted)
        refused = bool(facts.tally.refused)
        rejects = this.orders.rejects(this.as_of) if refused else pl.DataFrame(schema=REJECTS)
        overviews = this.orders.overviews(fields="columns" in wanted)
        data = check.Checked(
            origins=[
                _origin(export, seen)
                for export, seen in zip(this.orders.exports, overviews, strict=True)
            ],
            statuses=this.orders.statuses() if "summary" in wanted else {},
            window=facts.window,
            seen=findings.Seen(
                tally=facts.tally,
                rejects=rejects,
                currency=facts.currency,
                signs=found,
                replaced=facts.replaced,
                loose_refunds=facts.loose_refunds,
            ),
        )
        # Too many refused rows are what is asked about: they're shown, and end the run after.
        with this.judging("orders", facts, lambda: rejects):
            this.emit("check", check.check(data, wanted))


def _signs(this: Run, *, judged: bool) -> tuple[dict[str, pl.DataFrame], Facts]:
    """The orders' signs: no more than the users where nothing is judged by them."""
    first = suspects.FIRST if judged else {"users": suspects.users}
    with this.working("reading orders"):
        frames, facts = this.orders.reduce(list(first.values()), this.as_of)
    found = dict(zip(first, frames, strict=True))
    del frames  # the marks go as soon as they've been looked at
    if judged and (more := suspects.second(found)):
        with this.working("looking again"):
            again, _ = this.orders.reduce(list(more.values()), this.as_of)
        found |= dict(zip(more, again, strict=True))
    return found, facts


def _origin(export: Export, seen: Overview) -> check.Origin:
    marks = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
    return check.Origin(
        file=export.name,
        format=export.source.format.value,
        encoding=export.encoding,
        delimiter=marks.get(export.delimiter, ""),
        source=export.preset,
        columns=[
            (one.field, one.column, one.why, ", ".join(one.unused)) for one in export.taken.values()
        ],
        rows=seen.rows,
        filled=seen.filled,
    )
