"""How people can be reached, folded so that two spellings of one are equal; read, and never shown."""

from __future__ import annotations

import polars as pl

from userops.readers.values.text import MASKED

KINDS = ("phone", "email", "device", "address")
# Of a phone's digits the last four tell people apart, the others where and when it was issued.
_OWN_DIGITS = 4
_FEWEST_DIGITS = 7
# Of an address: fewer characters, or none of them a digit, name a town.
_SHORTEST_ADDRESS = 6


def folded(kind: str) -> pl.Expr:
    """A column of contacts in one spelling; null where it says nobody's, or a part is masked."""
    column = pl.col(kind).str.strip_chars()
    plain = pl.when(~column.str.contains(MASKED) & ~column.str.contains(r"\*")).then(column)
    expression = {"phone": _phone, "email": _email, "device": _device, "address": _address}[kind]
    return expression(plain).alias(kind)


def phone_prefix() -> pl.Expr:
    """A folded phone without its last four digits."""
    prefix = pl.col("phone").str.head(pl.col("phone").str.len_chars().cast(pl.Int64) - _OWN_DIGITS)
    return pl.when(pl.col("phone").str.len_chars() > _FEWEST_DIGITS).then(prefix)


def _phone(text: pl.Expr) -> pl.Expr:
    """Its digits, without China's code or zeros before."""
    digits = text.str.replace_all(r"\D", "").str.replace(r"^(?:00)?86(1\d{10})$", "$1")
    digits = digits.str.strip_chars_start("0")
    return pl.when(digits.str.len_chars() >= _FEWEST_DIGITS).then(digits)


def _email(text: pl.Expr) -> pl.Expr:
    """In lower case, without dots in its name and what follows a plus there."""
    lower = text.str.to_lowercase()
    name = lower.str.extract(r"^([^@+]+)(?:\+[^@]*)?@[^@]+$").str.replace_all(".", "", literal=True)
    host = lower.str.extract(r"@([^@]+)$").str.replace(r"^googlemail\.com$", "gmail.com")
    return pl.when(name.str.len_chars() > 0).then(name + "@" + host)


def _device(text: pl.Expr) -> pl.Expr:
    """In lower case; zeros alone are what a phone says that tells nothing."""
    lower = text.str.to_lowercase()
    return pl.when(~lower.str.contains(r"^[0\-:]+$")).then(lower)


def _address(text: pl.Expr) -> pl.Expr:
    """Its letters and digits alone, in lower case; a town is no address."""
    letters = text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    tells = (letters.str.len_chars() >= _SHORTEST_ADDRESS) & letters.str.contains(r"\p{N}")
    return pl.when(tells).then(letters)
