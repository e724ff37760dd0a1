"""How the tables of `userops check` are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.check import ANALYSIS, findings, suspects, tables
from userops.analyses.check.params import CheckParams
from userops.core.dates import to_date
from userops.core.errors import TooOld, UsageError
from userops.core.facts import Facts
from userops.core.table import Table
from userops.datasets import DATASETS
from userops.engines.reductions import Query
from userops.readers.exports import Export
from userops.readers.overview import Overview, overviews
from userops.readers.strict.read import REJECTS


def scope(given: Given) -> Scope:
    """Check is about the dataset that it's told; only orders are judged.

    Raises:
        UsageError: there's no such dataset.
    """
    name = str(given.params.get("dataset") or "orders")
    if name not in DATASETS:
        raise UsageError.unknown("dataset", name, list(DATASETS))
    return Scope(name, _tables_of(name), ())


def _tables_of(dataset: str) -> tuple[str, ...]:
    only_orders = "findings"  # nothing else is judged
    return tuple(name for name in ANALYSIS.tables if dataset == "orders" or name != only_orders)


def run(inputs: Inputs, params: CheckParams) -> Iterator[Table]:
    """What the exports hold, what was refused and left out, and what looks wrong."""
    wanted = [name for name in _tables_of(params.dataset) if inputs.wants(name)]
    check_exports = (
        _checked_orders if params.dataset == "orders" else partial(_checked_rows, params.dataset)
    )
    checked = check_exports(inputs, wanted)
    yield from tables.check(checked, wanted)
    if params.max_age is not None:
        _check_age(inputs, params.dataset, params.max_age, checked.last_row)


def _check_age(inputs: Inputs, dataset: str, limit: int, last_row: int | None) -> None:
    """Fail where the last row is too long before as_of, or before today.

    Raises:
        UsageError: rows of the dataset have no day.
    """
    if DATASETS[dataset].time is None:
        raise UsageError(f"--max-age: {dataset} have no time of their rows", mend="leave it out")
    as_of = inputs.as_of if inputs.as_of is not None else inputs.day("as_of", "today")
    if last_row is None or as_of is None or as_of - last_row <= limit:
        return
    inputs.fail(
        TooOld(
            f"{dataset}: the last row is of {to_date(last_row)}, {as_of - last_row:,} days before "
            f"{to_date(as_of)}, more than --max-age {limit}",
            mend="export it again",
        )
    )


def _checked_orders(inputs: Inputs, wanted: Sequence[str]) -> tables.Checked:
    orders = inputs.orders
    suspect_frames, facts = _suspect_frames(inputs, with_findings="findings" in wanted)
    rejects = pl.DataFrame(schema=REJECTS)
    if facts.tally.refused:
        rejects = orders.rejects(inputs.as_of)
    origins: list[tables.Origin] = []
    if not {"summary", "columns"}.isdisjoint(wanted):
        export_overviews = orders.overviews(fields="columns" in wanted)
        origins = list(map(_origin, orders.exports, export_overviews))
    checked = tables.Checked(
        origins=origins,
        contents=list(tables.order_contents(suspect_frames["users"], facts.currency)),
        statuses=orders.statuses() if "summary" in wanted else {},
        window=facts.window,
        last_row=facts.last_row,
        named=not inputs.lenient,  # a report may be passed on
        row_facts=findings.CheckedRows(
            tally=facts.tally,
            rejects=rejects,
            currency=facts.currency,
            suspects=suspect_frames,
            replaced=facts.replaced,
            loose_refunds=facts.loose_refunds,
            equal_rows=facts.equal_rows,
        ),
    )
    inputs.account("orders", facts, lambda: rejects)
    return checked


def _checked_rows(name: str, inputs: Inputs, wanted: Sequence[str]) -> tables.Checked:
    """The same of another dataset, of which nothing is judged."""
    dataset = DATASETS[name]
    rows = inputs.dataset(dataset.name)
    assert rows is not None
    facts = rows.facts
    export_overviews = overviews(rows.exports, dataset, fields="columns" in wanted)
    return tables.Checked(
        origins=list(map(_origin, rows.exports, export_overviews)),
        contents=list(tables.row_contents(rows.frame, dataset, facts.currency)),
        statuses={},
        window=facts.window,
        last_row=facts.last_row,
        dated=dataset.time is not None,
        row_facts=findings.CheckedRows(
            tally=facts.tally,
            rejects=rows.rejects() if facts.tally.refused else pl.DataFrame(schema=REJECTS),
            currency=facts.currency,
            suspects={},
        ),
    )


def _suspect_frames(
    inputs: Inputs, *, with_findings: bool
) -> tuple[dict[str, pl.DataFrame], Facts]:
    """The frames of `suspects` by name; without findings, the users' alone."""
    first_pass = dict(suspects.FIRST_PASS)
    if not with_findings:
        first_pass = {"users": first_pass["users"]}
    if inputs.lenient:  # a report: by its one reading
        frames, facts = inputs.reduce(*first_pass.values())
    else:  # refused rows are counted, however many there are
        with inputs.working("reading orders"):
            frames, facts = inputs.orders.reduce(list(first_pass.values()), inputs.as_of)
    suspect_frames = dict(zip(first_pass, frames, strict=True))
    del frames  # the sort keys go as soon as they've been looked at
    if not with_findings:
        return suspect_frames, facts
    pointers = suspects.Pointers.of(suspect_frames.pop("sort_keys"))
    by_id = suspects.by_id(suspect_frames, loose=bool(facts.loose_refunds))
    try:
        suspect_frames |= _looked_again(inputs, pointers, by_id)
    except suspects.OtherNumbersError:  # the store went away, or was made again: by ids alone
        (keys,), _ = inputs.orders.reduce([suspects.sort_keys], inputs.as_of)
        suspect_frames |= _looked_again(inputs, suspects.Pointers.of(keys), by_id)
    return suspect_frames, facts


def _looked_again(
    inputs: Inputs, pointers: suspects.Pointers, by_id: Mapping[str, Query]
) -> dict[str, pl.DataFrame]:
    """What the passes after the first find."""
    found: dict[str, pl.DataFrame] = {}
    for queries in pointers.passes(by_id):
        with inputs.working("looking again"):
            frames, _ = inputs.orders.reduce(list(queries.values()), inputs.as_of)
        found |= dict(zip(queries, frames, strict=True))
    return pointers.checked(found)


def _origin(export: Export, overview: Overview) -> tables.Origin:
    delimiters = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
    return tables.Origin(
        file=export.name,
        format=export.source.format.value,
        encoding=export.encoding,
        delimiter=delimiters.get(export.delimiter, ""),
        source=export.preset,
        columns=[
            (
                column.field,
                " + ".join(column.columns) if column.joined else column.column,
                column.why,
                ", ".join(column.unused),
                str(column.reason),
            )
            for column in export.taken.values()
        ],
        rows=overview.rows,
        filled=overview.filled,
    )
