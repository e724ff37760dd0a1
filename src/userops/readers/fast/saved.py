"""Clean exports whose rows are kept: written by one pass, judged beside others by what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from userops.core.table import Currency
from userops.engines import query as engine
from userops.engines.duplicates import duplicated
from userops.readers import assumptions
from userops.readers.exports import Export
from userops.readers.fast import expressions
from userops.readers.fast.keys import Keys
from userops.readers.fast.order_expressions import (
    GIVEN,
    REFUNDED,
    VALID,
    VOID,
    canonical,
    currency_of,
    order_ids_are_integers,
)
from userops.readers.fast.orders import LARGEST_SUM, PassFacts, facts_of, is_doubtful, witness_of
from userops.readers.options import ReadOptions


@dataclass(frozen=True, slots=True)
class SavedExport:
    """What a pass over one export saw that kept its rows: all that judging it beside others takes.

    `days` are rows by day: `day, used, void, refunded`. `code` is the currency that its amounts
    were read in, `codes` are those that its rows name. Of order keys, `numbers` says whether they
    are the ids themselves, not their hashes, and `span` is the least and
    the largest where they rise, so that no other export's in between means no equal ones.
    """

    rows: int
    largest: float
    days: Mapping[str, Sequence[int]]
    code: str | None
    codes: Sequence[str]
    by_id: bool
    numbers: bool
    span: Sequence[int] | None

    @property
    def places(self) -> int:
        """Decimal places that its amounts were read with."""
        return (Currency.named(self.code) if self.code else Currency()).places


def save(export: Export, options: ReadOptions, rows: Path, keys: Path) -> SavedExport | None:
    """Write an export's valid orders to `rows` and all its order keys to `keys`; None in any doubt."""
    if options.rates or options.timezone or export.fast is None:
        return None
    by_id = "order_id" in export.taken
    try:
        currency = currency_of([export], options)
        refunds = "refund" in export.taken
        numbers = order_ids_are_integers([export])
        whole = canonical(
            export, options, currency.places, refunds, None, by_id=by_id, numbers=numbers
        )
    except expressions.DoubtError:
        return None
    # As in `_reduced`: one read for all that is asked.
    whole = whole.cache()
    names = whole.collect_schema().names()
    standing = pl.col("standing")
    valid = whole.filter(standing == VALID).select(name for name in names if name in GIVEN)
    order_keys = Keys(whole.select("order_key")) if by_id else None
    queries = [
        whole.select(witness_of(names, None, currency.places, options.no_user, None)),
        whole.group_by("day").agg(
            used=(standing == VALID).sum(),
            void=(standing == VOID).sum(),
            refunded=(standing == REFUNDED).sum(),
        ),
        _written(valid, rows),
    ]
    if order_keys:
        queries += [order_keys.watch(), _written(whole.select("order_key"), keys)]
    try:
        witnesses, days, *_ = engine.collect_all(queries)
    except pl.exceptions.PolarsError:
        return None
    counts = witnesses.row(0, named=True)
    if is_doubtful(counts) or (order_keys and not order_keys.differ()):
        return None
    return SavedExport(
        rows=counts["rows"],
        largest=counts["largest"] or 0,
        days=days.sort("day").to_dict(as_series=False),
        code=currency.code,
        codes=sorted({counts["currency"], counts["other_currency"]} - {None}),
        by_id=by_id,
        numbers=numbers,
        span=order_keys.span if order_keys else None,
    )


def _written(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    query = frame.sink_parquet(
        path, compression="zstd", compression_level=1, statistics=False, lazy=True
    )
    assert query is not None
    return query


def joint_currency(
    exports: Sequence[SavedExport], options: ReadOptions, keys: Sequence[Path]
) -> Currency | None:
    """The currency of kept exports taken together; None where anything is in doubt, as in `reduce`."""
    if len(exports) > 1 and not all(one.by_id for one in exports):
        return None
    codes = {one.code for one in exports} - {None}
    currency = Currency.named(str(min(map(str, codes)))) if codes else Currency()
    days = pl.concat(pl.DataFrame(dict(one.days)) for one in exports)
    if (
        len(codes) > 1
        or len({one.numbers for one in exports}) > 1  # one order has two keys
        or any(one.places != currency.places for one in exports)
        or {code for one in exports for code in one.codes} - {currency.code}
        or max(one.largest for one in exports) * sum(one.rows for one in exports) > LARGEST_SUM
        or assumptions.of_days(
            days.group_by("day").agg(pl.sum("used") + pl.sum("void") + pl.sum("refunded"))
        )
    ):
        return None
    return currency if len(exports) == 1 or _differ(exports, keys) else None


def _differ(exports: Sequence[SavedExport], keys: Sequence[Path]) -> bool:
    """Whether no order key of one export stands in another."""
    spans = sorted(tuple(one.span) for one in exports if one.span is not None)
    if len(spans) == len(exports) and all(
        before[1] < after[0] for before, after in pairwise(spans)
    ):
        return True
    return duplicated(
        engine.collect(pl.scan_parquet(list(keys), glob=False)).to_series()
    ).is_empty()


def joint_facts(exports: Sequence[SavedExport], currency: Currency, as_of: int | None) -> PassFacts:
    """What a pass over all kept exports finds, as of a day."""
    rows = sum(one.rows for one in exports)
    days = [day for one in exports for day in one.days["day"]]
    counts = {
        what: sum(
            count
            for one in exports
            for day, count in zip(one.days["day"], one.days[what], strict=True)
            if as_of is None or day <= as_of
        )
        for what in ("used", "void", "refunded")
    }
    witness = {"rows": rows, "first": min(days, default=None), "last": max(days, default=None)}
    return facts_of({**witness, **counts}, currency)
