"""What signs are looked for in, and what finding one says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.analyses.referral import contacts
from userops.core.messages import Note


@dataclass(frozen=True)
class Case:
    """What signs are looked for in.

    Attributes:
        users: as of `outcomes.outcomes`.
        tree: as of `edges.Invited`.
        known: `leader_id, joined_day` of every leader.
        people: `user_id, phone, email, device, address` as written, of leaders and the invited.
        of_leaders: orders that belong to leaders, as of `outcomes.owned`.
        given_back: the same of orders that were given back in full.
        paid: `leader_id, user_id, commission`.
        recovered: the same of what was paid for orders given back.
        last_seen: `user_id, day` of the last event; None without events.
        seen_from: the first day of the events; None without.
        as_of: the last day that counts.
        shared: users on one device and the like, from more than which on it's a sign.
        minimum: the smallest order that earns anything, in minor units; None where nobody says.
    """

    users: pl.DataFrame
    tree: pl.DataFrame
    known: pl.DataFrame
    people: pl.DataFrame
    of_leaders: pl.DataFrame
    given_back: pl.DataFrame
    paid: pl.DataFrame
    recovered: pl.DataFrame
    last_seen: pl.DataFrame | None
    seen_from: int | None
    as_of: int
    shared: int
    minimum: int | None

    @cached_property
    def reached(self) -> pl.DataFrame:
        """Contacts of people in one spelling: `user_id` and each kind."""
        return self.people.select("user_id", *map(contacts.folded, contacts.KINDS))


@dataclass(frozen=True, slots=True)
class Found:
    """A leader with a sign: how many users, why, and the users where they're known."""

    leader_id: str
    users: int
    evidence: Note
    concerned: tuple[str, ...] | None = None
