"""What a maker's cells mean beyond which column they stand in: its preset's rules over raw rows.

A rule changes no more than the cells that a field is read from, so that the ways of reading
needn't know of it; what stands in the file is still what a refused row shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from userops.core.messages import Note
from userops.datasets.orders import Status
from userops.readers.files.contents import Content
from userops.readers.meaning.headers import folded
from userops.readers.meaning.taken import Taken
from userops.readers.presets import Preset

_TOTAL = "合计"
_EXACT = pl.Decimal(24, 6)  # of amounts that are subtracted


@dataclass(slots=True)
class _Rules:
    """What a maker's rules change: the columns taken, cells, and what is said of that."""

    name: str
    header: Sequence[str]
    taken: dict[str, Taken]
    maker: Preset
    where: dict[str, int]
    notes: list[Note]


def applied(
    name: str, content: Content, taken: Mapping[str, Taken], maker: Preset
) -> tuple[Content, dict[str, Taken], list[Note]]:
    """An export's rows and columns by its maker's rules, and what they did."""
    rules = _Rules(name, content.header, dict(taken), maker, _positions(content.header), [])
    if maker.nulls:
        cells = pl.col(pl.String)
        content = _careful(
            content, [pl.when(~cells.str.strip_chars().is_in(maker.nulls)).then(cells)]
        )
    _take_product(rules)
    changes = [*_adjusted(rules), *_totals(rules)]
    if changes:
        content = _careful(content, changes)
    status = _status(rules)
    if status is not None:
        fast = content.fast.with_columns(status) if content.fast is not None else None
        content = replace(content, rows=content.rows.with_columns(status), fast=fast)
    return content, rules.taken, rules.notes


def _careful(content: Content, changes: Sequence[pl.Expr]) -> Content:
    """The content with changed cells, to be read with care."""
    return replace(content, rows=content.rows.with_columns(changes), fast=None)


def _positions(header: Sequence[str]) -> dict[str, int]:
    """Where each column stands first, by its folded name."""
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        found.setdefault(folded(name), at)
    return found


def _text(at: int) -> pl.Expr:
    return pl.col(f"c{at}").cast(pl.String).str.strip_chars()


def _take_product(rules: _Rules) -> None:
    """An amount that is a product of columns: the price of one, times how many."""
    amount, where = rules.taken.get("amount"), rules.where
    if amount is None:
        return
    for product in rules.maker.products:
        quantity, price = (name.strip() for name in product.split("*"))
        # Whoever names that very column means it as its maker does; another one is as it stands.
        if folded(quantity) in where and where.get(folded(price)) == amount.position:
            at = where[folded(quantity)]
            rules.taken["amount"] = replace(amount, times=(rules.header[at], at))
            rules.notes.append(
                Note(
                    "{file}: amount is {quantity!r} x {price!r}; --amount overrides it",
                    file=rules.name,
                    quantity=rules.header[at],
                    price=amount.column,
                )
            )
            return


def _adjusted(rules: _Rules) -> list[pl.Expr]:
    """A refund as what an order came to less what it came to after refunds.

    That column is then the refund's.
    """
    taken, where = rules.taken, rules.where
    adjusted = [where[folded(name)] for name in rules.maker.adjusted if folded(name) in where]
    if not adjusted or "amount" not in taken:
        return []
    at = adjusted[0]
    if "refund" in taken and taken["refund"].position != at:
        return []
    taken["refund"] = Taken("refund", rules.header[at], at, "source")
    rules.notes.append(
        Note(
            "{file}: a refund is {amount!r} less {adjusted!r}, where that was adjusted",
            file=rules.name,
            amount=taken["amount"].column,
            adjusted=rules.header[at],
        )
    )
    changed = pl.any_horizontal(_says_more_than_0(one) for one in adjusted)
    back = _exact(taken["amount"].position) - _exact(at)
    cell = pl.coalesce(back.cast(pl.String), pl.format("{} adjusted", _text(at)))
    return [pl.when(changed).then(cell).otherwise(pl.lit("0")).alias(f"c{at}")]


def _exact(at: int) -> pl.Expr:
    """A plain amount, its currency's mark and marks of thousands aside; null for any other text."""
    plain = _text(at).str.replace_all(r"[,$€£¥\s]", "")
    return plain.cast(_EXACT, strict=False).cast(pl.Decimal(38, 6))


def _totals(rules: _Rules) -> list[pl.Expr]:
    """Rows of totals, called so in their first cell."""
    wanted = map(folded, rules.maker.total_where_blank)
    at = [rules.where[name] for name in wanted if name in rules.where]
    if not at:
        return []
    blank = pl.all_horizontal((_text(one).fill_null("") == "") for one in at)
    return [pl.when(blank).then(pl.lit(_TOTAL)).otherwise(_text(0)).alias("c0")]


def _says_more_than_0(at: int) -> pl.Expr:
    """Whether a cell holds any digit but 0, whichever currency and marks stand around it."""
    return _text(at).str.contains(r"[1-9]").fill_null(False)


def _status(rules: _Rules) -> pl.Expr | None:
    """The status as other columns overrule it: the sales part of an order, and what came after.

    Where there is no column of statuses, one that overrules says all there is to say. Where the
    column of refunds says how much was given back, that is what holds.
    """
    taken, maker = rules.taken, rules.maker
    overruling = {
        rules.where[folded(name)]: meanings
        for name, meanings in maker.overrules.items()
        if folded(name) in rules.where
    }
    status = taken.get("status")
    own = {folded(name) for name in maker.columns.get("status", ())}
    if not overruling or (status is not None and folded(status.column) not in own):
        return None
    said: pl.Expr = pl.lit(str(Status.VALID))
    if status is None:
        at = next(iter(overruling))
        status = taken["status"] = Taken("status", rules.header[at], at, "source")
    else:
        said = pl.col(f"c{status.position}").cast(pl.String)
    silent = ~_says_more_than_0(taken["refund"].position) if "refund" in taken else pl.lit(True)
    for position, meanings in overruling.items():
        for meaning in dict.fromkeys(meanings.values()):
            words = [word for word, means in meanings.items() if means is meaning]
            overruled = _text(position).is_in(words) & silent
            said = pl.when(overruled).then(pl.lit(str(meaning))).otherwise(said)
    rules.notes.append(
        Note(
            "{file}: {columns} overrules the status, where it speaks of a return",
            file=rules.name,
            columns=tuple(repr(rules.header[at]) for at in overruling),
        )
    )
    return said.alias(f"c{status.position}")
