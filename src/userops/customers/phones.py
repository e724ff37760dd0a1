"""Phones: one spelling of them, and whose they are.

A user's phones are the users export's, and the user's own id where that is a mobile's number, as in shops
whose customers are known by it. A phone that two users have is nobody's where a call has to be one user's.
"""

from __future__ import annotations

import polars as pl

from userops.core.messages import Note

UNKNOWN = Note(
    "nobody's phone is known: --users FILE adds phones from an export with user ids and phones, which may be the orders' own"
)
# What stands between digits: spaces, dots, brackets, dashes of any width, and a plus before them.
_BETWEEN = r"[\s().+\p{Pd}]"
_CHINA = r"^(?:00)?86(1\d{10})$"
# Of ids a mobile's number is one, in China or with a plus and the country's code: other digits are nobody's phone.
_MOBILE = r"^(?:(?:(?:\+|00)?86)?1[3-9]\d{9}|\+[1-9]\d{7,14})$"
_NUMBERS = {"user_id": pl.String, "phone": pl.String}


def plain(phone: pl.Expr) -> pl.Expr:
    """A phone's digits alone, without China's code; null for one that is masked or none."""
    digits = phone.cast(pl.String).str.replace_all(_BETWEEN, "").str.replace(_CHINA, "$1")
    return pl.when(digits.str.contains(r"^\d{5,15}$")).then(digits)


def of_id(user_id: pl.Expr) -> pl.Expr:
    """An id that is a mobile's number, as it's written; null for any other."""
    text = user_id.cast(pl.String)
    return pl.when(text.str.replace_all(r"[\s().\p{Pd}]", "").str.contains(_MOBILE)).then(text)


def written(phone: pl.Expr, user_id: pl.Expr) -> pl.Expr:
    """How to call a user: the phone as it's written, or the id that is one where that's masked or unknown."""
    whole = pl.when(plain(phone).is_not_null()).then(phone.cast(pl.String))
    return pl.coalesce(whole, of_id(user_id), phone.cast(pl.String))


def numbers(told: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """`user_id, phone`, each once: every plain number of users, in order.

    Args:
        told: `user_id, phone` of a users export, as it writes them.
        ids: of the shop's users.
    """
    user, both = pl.col("user_id").cast(pl.String), pl.DataFrame(schema=_NUMBERS)
    of_ids = ids.unique().alias("user_id").to_frame().select(user, phone=plain(of_id(user)))
    of_export = told.select(user, phone=plain(pl.col("phone")))
    return pl.concat([both, of_export, of_ids]).drop_nulls().unique().sort("user_id", "phone")


def own(of_users: pl.DataFrame) -> pl.DataFrame:
    """Of the numbers of users those that are nobody else's."""
    return of_users.filter(pl.len().over("phone") == 1)
