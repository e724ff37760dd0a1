"""Whether the column taken for the user tells people apart, and brings their orders together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from userops.core.messages import Note
from userops.core.shell import quoted
from userops.datasets.orders import CONTACT_PHONES, ORDERS
from userops.readers.meaning.evidence import Evidence
from userops.readers.meaning.headers import bare, folded, words
from userops.readers.meaning.people import is_contact, is_name, speaks_of_users
from userops.readers.meaning.profile import Column
from userops.readers.meaning.questions import Question

# So many rows, each of another user, are no chance.
_MANY = 30
# A column that repeats, but isn't a kind of user, has so large a part of different values.
_REPEATS = (0.3, 0.9)
# Another's phone, maybe: it's the user's only where no column is.
_RECEIVERS = frozenset(map(folded, CONTACT_PHONES))
_IDS = {"id", "no", "number", "unique", "编号", "号"}


def settle_user(evidence: Evidence) -> None:
    """Take the user's column with the others that say who it is where it's blank; ask what's odd."""
    taken, user = evidence.taken.get("user_id"), evidence.of("user_id")
    if taken is None or user is None or taken.why == "map":
        return
    _check_repeats(evidence, user)
    if not taken.blank and taken.passed_over:
        _fall_back(evidence, user)


def _check_repeats(evidence: Evidence, user: Column) -> None:
    """An id that's another on every row, beside one that repeats, may be the order's."""
    if user.texts.count() < _MANY or user.distinct < 1:
        return
    least, most = _REPEATS
    for other in _other_users(evidence, user):
        if other.filled >= 0.9 and least <= other.distinct <= most:
            evidence.questions.append(
                Question(
                    f"no {user.name!r} stands on two rows, and {other.name!r} does",
                    (f"--map user_id={quoted(other.name)}", f"--map user_id={quoted(user.name)}"),
                )
            )
            return


def _other_users(evidence: Evidence, user: Column) -> Iterator[Column]:
    """Columns that may tell who the user is, too."""
    known = {folded(name) for name in ORDERS["user_id"].names}
    for at, column in enumerate(evidence.header[:200]):
        if at == user.position or is_name(column):
            continue
        by_name = bare(column) in known
        by_words = speaks_of_users(column) and _IDS & _parts(column)
        if by_name or by_words:
            yield evidence.profiles[at]


def _parts(column: str) -> set[str]:
    return {*words(column), *(part for part in ("编号", "号") if part in column)}


def _fall_back(evidence: Evidence, user: Column) -> None:
    """Rows that leave the user blank are those of another column that tells."""
    nobody = user.texts.to_frame("user").select(evidence.options.no_user.is_it(pl.col("user")))
    blank = user.texts.is_null() | nobody.to_series().fill_null(False)
    # Below the first rows there may be others: what says who it is says it there, too.
    more = not evidence.profiles.whole
    if not blank.any() and not more:
        return
    taken = evidence.taken["user_id"]
    behind: list[tuple[str, int]] = []
    left = blank
    for column in taken.passed_over:
        at = evidence.header.index(column)
        other = evidence.profiles[at]
        said = other.texts.is_not_null()
        if (
            not ((left & said).any() or (more and said.any()))
            or not is_contact(column)
            or bare(column) in _RECEIVERS
            or other.masked > 0
            or _of_one_order(evidence, user, said)
        ):
            continue
        behind.append((column, at))
        left = left & ~said
    if behind:
        evidence.change("user_id", replace(taken, blank=tuple(behind)))
    if behind and blank.any():
        evidence.notes.append(
            Note(
                "{file}: where {column!r} is blank or nobody, the user is told by {columns}",
                file=evidence.name,
                column=user.name,
                columns=tuple(repr(column) for column, _ in behind),
            )
        )


def _of_one_order(evidence: Evidence, user: Column, said: pl.Series) -> bool:
    """Whether an order names its user on one line and leaves that blank on others, as exports of lines do."""
    order = evidence.of("order_id")
    if order is None:
        return False
    rows = pl.DataFrame(
        {"order": order.texts, "named": user.texts.is_not_null(), "said": said}
    ).drop_nulls("order")
    mixed = rows.group_by("order").agg(
        both=pl.col("named").any() & (~pl.col("named") & pl.col("said")).any()
    )
    return bool(mixed["both"].any())
