"""Exports beside those that a command is about: users and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from userops.commands.run import Run
from userops.core.errors import InputError, UsageError
from userops.core.table import Currency
from userops.customers.acquisition import Costs
from userops.engines.reductions import Step
from userops.ledger import customers as ledger
from userops.ledger.attributes import Attribute
from userops.readers import costs as spending
from userops.readers.columns import serving
from userops.readers.exports import Export
from userops.readers.users import People


def people(this: Run, *attributes: str | None) -> People | None:
    """The users export, read; None without one. `attributes` may be asked of it.

    Raises:
        InputError: it can't be used.
        TooManyRejects: more rows than allowed were refused.
    """
    if not this.named["users"]:
        return None
    asked = [name for name in attributes if name]
    found = People.open(this.named["users"], this.how, this.folder, asked)
    this.account("users", found.facts, found.rejects)
    return found


def links(this: Run, named: Sequence[str] | None) -> pl.DataFrame | None:
    """Whom the users export says that anonymous ids are; it's only read if it says so.

    Where one was `named` for that and doesn't, a note tells.

    Raises:
        InputError: it can't be used.
        TooManyRejects: more rows than allowed were refused.
    """
    if not this.named["users"]:
        return None
    found = People.open(this.named["users"], this.how, this.folder)
    if found.field("anonymous_id") is None:
        if named:
            this.note(
                f"{', '.join(named)}: no column for anonymous_id, so none is linked to a user"
            )
        return None
    this.account("users", found.facts, found.rejects)
    return found.links()


def costs(this: Run, buyers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
    """What was spent, beside buyers' orders in a currency; None without an export or buyers.

    Raises:
        InputError: it can't be used, or is in another kind of currency.
        TooManyRejects: more rows than allowed were refused.
    """
    if not this.named["costs"] or buyers.is_empty():
        return None
    how = replace(this.how, currency=money.code or this.how.currency)
    found = spending.load(this.named["costs"], how, this.folder)
    this.account("costs", found.facts, found.rejects)
    if found.facts.currency.places != money.places:
        raise InputError(
            f"costs are in {found.facts.currency.code}, orders in a currency of {money.places} decimals",
            mend="name the orders' with [currency] code in userops.toml",
        )
    first: int = buyers["first_day"].min()  # type: ignore[assignment]
    return Costs.of(found.rows, first, as_of)


def split(
    name: str, known: People | None, exports: Sequence[Export], first: Mapping[str, Step]
) -> Attribute | None:
    """An attribute by its field's name or its column's; None where nothing knows it.

    Args:
        name: as the user says it.
        known: the users export, opened with that attribute.
        exports: the orders or events.
        first: what those know of users, as `attributes.of_orders` or `of_events` gives it.

    Raises:
        UsageError: it tells every user from all others.
    """
    own = next((one for export in exports if (one := serving(export.taken, name)) in first), None)
    theirs = known.field(name) if known else None
    if own is None and theirs in first:
        own = theirs
    if known and theirs is None and own is not None:
        theirs = known.field(own)
    label = own or theirs
    if label is None:
        return None
    if label == "user_id":
        raise UsageError(
            f"--by {name}: every user would be a group", mend="--by a column of fewer values"
        )
    said = None
    if known and theirs:
        said = known.attribute(theirs).rename({theirs: label})
    return Attribute(label, said, first.get(label))


def unknown(name: str, known: People | None, of: str) -> UsageError:
    """Neither the orders (or events) nor the users export know an attribute."""
    if known is not None:
        return UsageError(
            f"no column for {name} in the {of}, nor in the users export",
            mend=f"the users export has: {', '.join(known.header)}",
        )
    named = f"--map {name}=COLUMN, or " if name in ledger.ATTRIBUTES else ""
    return UsageError(
        f"no column for {name} in the {of}",
        mend=f"{named}--users FILE with a column {name}",
    )


def registered(known: People | None, by: Attribute | None) -> pl.DataFrame | None:
    """`user_id, time` (microseconds, null for unknown) of registered users, and their `group` if known."""
    if known is None:
        return None
    users = known.users().select("user_id", time=pl.col("registered_time").to_physical())
    if by is None or by.known is None:
        return users
    return users.join(by.known.rename({by.name: "group"}), on="user_id", how="left")
