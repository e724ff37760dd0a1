"""Order numbers that aren't one order's: of several users, of days far apart, of several shops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from userops.core.messages import Note
from userops.core.shell import quoted
from userops.readers.exports import Export
from userops.readers.meaning.headers import words
from userops.readers.meaning.profile import Profiles
from userops.readers.meaning.questions import Question
from userops.readers.strict.rows import FILE

# Where so large a part of the numbers that repeat clash, numbers aren't orders. Orders of several
# lines repeat, too, and clash with nobody: where numbers begin again, they're most of those left.
_RULE, _OF_USERS = 0.5, 0.2
# Lines of one order don't lie so many days apart, not even where a part is paid later.
_FAR = 31
_PLACES = {
    *("store", "shop", "branch", "outlet", "location", "terminal", "register", "pos", "site"),
    *("device", "station", "market", "website", "filiale", "magasin", "tienda", "loja", "negozio"),
}
_PLACE_PARTS = ("店", "门店", "店铺", "终端", "站点", "机号", "店舗", "매장")


@dataclass(frozen=True, slots=True)
class Clashes:
    """How many order numbers repeat, and of these what can't be one order.

    Of numbers on several rows of one export: `several` of all, `users` of two users, `days` of
    several days (`far` of days far apart). Of numbers in several exports: `shared` of all,
    `strangers` of other users in each.
    """

    several: int = 0
    users: int = 0
    days: int = 0
    far: int = 0
    shared: int = 0
    strangers: int = 0

    def __add__(self, other: Self) -> Clashes:
        """Both together: no number is in both."""
        return Clashes(
            *(
                getattr(self, name) + getattr(other, name)
                for name in ("several", "users", "days", "far", "shared", "strangers")
            )
        )


def clashes_of(rows: pl.DataFrame) -> Clashes:
    """What can't be one order, of some canonical rows with their `day`: before any is left out."""
    # Orders that don't count have numbers, too; what is given back may come on any day.
    bought = rows.lazy().filter(pl.col("order_id").is_not_null(), pl.col("amount") >= 0)
    day = pl.col("day").filter(pl.col("amount") > 0)
    in_one = (
        bought.group_by(FILE, "order_id")
        .agg(
            lines=pl.len(),
            users=pl.col("user_id").n_unique(),
            span=day.max() - day.min(),
            user=pl.col("user_id").first(),
        )
        .collect()
    )
    several = in_one.filter(pl.col("lines") > 1)
    one_user = several.filter(pl.col("users") == 1)
    in_all = (
        in_one.group_by("order_id")
        .agg(files=pl.len(), users=pl.col("user").n_unique())
        .filter(pl.col("files") > 1)
    )
    return Clashes(
        several=len(several),
        users=len(several) - len(one_user),
        days=int((one_user["span"] > 1).sum()),
        far=int((one_user["span"] > _FAR).sum()),
        shared=len(in_all),
        strangers=int((in_all["users"] > 1).sum()),
    )


def question_of(clashes: Clashes, exports: Sequence[Export]) -> Question | None:
    """What to ask where numbers aren't orders as a rule; None where they are."""
    export = next((one for one in exports if "order_id" in one.taken), None)
    if export is None or export.taken["order_id"].joined:
        return None
    number = export.taken["order_id"].column
    if clashes.strangers > 1 and clashes.strangers >= _RULE * clashes.shared:
        return Question(
            f"{clashes.strangers:,} of {clashes.shared:,} numbers in {number!r} that stand in several "
            "exports are of other users in each, as those of several shops",
            (f"--order-id {quoted(f'file + {number}')}", "--order-id none"),
        )
    if clashes.users > 1 and clashes.users + clashes.days >= _OF_USERS * clashes.several:
        what = f"{clashes.users:,} of {clashes.several:,} numbers that repeat are of several users"
    elif clashes.far and clashes.days >= _RULE * clashes.several:
        what = f"{clashes.days:,} of {clashes.several:,} numbers that repeat are of days far apart"
    else:
        return None
    options = [f"--order-id {quoted(f'{one} + {number}')}" for one in _beside(export)]
    return Question(f"{number!r} isn't one order's: {what}", (*options[:2], "--order-id none"))


def notes_of(clashes: Clashes) -> list[Note]:
    """What is assumed of numbers that clash without being asked about."""
    if not clashes.days:
        return []
    return [
        Note(
            "{count:order has|orders have} lines on several days: each counts as one order, on its first day; --order-id overrides it",
            count=clashes.days,
        )
    ]


def _beside(export: Export) -> list[str]:
    """Columns that make a number one order's: those of a shop that do, else the order's day."""
    profiles = Profiles(export.content)
    number, user = (profiles[export.taken[name].position].texts for name in ("order_id", "user_id"))
    places = []
    for at, column in enumerate(export.header[:200]):
        named = bool(_PLACES & set(words(column))) or any(part in column for part in _PLACE_PARTS)
        if named and profiles[at].filled > 0.9 and profiles[at].distinct < 1:
            rows = pl.DataFrame({"number": number, "place": profiles[at].texts, "user": user})
            users = rows.group_by("number", "place").agg(users=pl.col("user").n_unique())
            if (users["users"] == 1).mean() > _RULE:  # type: ignore[operator]
                places.append(column)
    return places or [export.taken["order_time"].column]
