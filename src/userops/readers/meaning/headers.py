"""Headers as they're compared: without what spellings of one name differ in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# What stands behind a name and is no part of it: a currency, or that taxes are in it. Any other
# bracket says something else: a tax, thousands, cents.
_BRACKET = re.compile(r"(?P<name>.*[^\s(])\s*[(\[【]\s*(?P<unit>[^()\[\]【】]{1,16}?)\s*[)\]】]\s*")
_BEHIND = re.compile(
    r"(?P<name>.*[^\s_-])[\s_-]+"
    r"(?P<unit>usd|eur|gbp|cny|rmb|jpy|hkd|twd|sgd|aud|cad|inr|idr|vnd|thb|brl|mxn|krw|[$€£¥₹])",
    re.IGNORECASE,
)
_CURRENCIES = {
    "元": "CNY", "人民币": "CNY", "rmb": "CNY", "円": "JPY", "€": "EUR", "£": "GBP", "₹": "INR",
    "₫": "VND", "฿": "THB", "rp": "IDR", "r$": "BRL",
}  # fmt: skip
# Marks that several currencies share: a unit, but none that says which.
_SHARED = ("¥", "￥", "$")
_WITH_TAX = re.compile(
    r"(?i)(?:inc|incl|including|with)\.?\s*(?:of\s*)?(?:tax|taxes|vat|gst)|ttc|含税|税込"
)
_CODE = re.compile("[A-Z]{3}")
_LONGEST = 200  # characters of a header that's looked at
_PADDING = "\ufeff \t\r\n'\""


# Many rows are looked at that may be headers, each held to all names that are known.
@lru_cache(16_384)
def folded(header: str) -> str:
    """A header without width, case, accents, padding, spaces, `_` and `-`."""
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING).casefold()
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return "".join(character for character in plain if character not in " _-\t\u3000")


@lru_cache(16_384)
def bare(header: str) -> str:
    """The same without a unit behind it."""
    return folded(without_unit(header)[0])


def without_unit(header: str) -> tuple[str, str | None]:
    """A header without the currency behind it, and that currency's code where it's sure.

    Also without the words that taxes are in it. A header with none, or with other words in
    brackets, is as it was.

    >>> without_unit("Amount spent (USD)"), without_unit("金额(元)"), without_unit("Total (tax)")
    (('Amount spent', 'USD'), ('金额', 'CNY'), ('Total (tax)', None))
    """
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING)
    found = (
        (_BRACKET.fullmatch(plain) or _BEHIND.fullmatch(plain)) if len(plain) < _LONGEST else None
    )
    if found is None:
        return header, None
    unit = found["unit"]
    if unit in _SHARED or _WITH_TAX.fullmatch(unit):
        return found["name"], None
    if _CODE.fullmatch(unit) or found.re is _BEHIND:
        return found["name"], _CURRENCIES.get(unit.casefold(), unit.upper())
    code = _CURRENCIES.get(unit.casefold())
    return (found["name"], code) if code else (header, None)


def spellings(header: Sequence[str]) -> set[str]:
    """The names that a header's columns go by, folded: their own, and without a unit behind."""
    return {folded(column) for column in header} | {bare(column) for column in header}


def words(header: str) -> list[str]:
    """The words of a header: parted by spaces and marks, and where capitals begin."""
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return [folded(word) for word in re.split(r"[\W_]+", parted) if word]
