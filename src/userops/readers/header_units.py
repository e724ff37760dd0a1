"""Units that headers carry: `Amount spent (USD)`, `消耗(元)`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from userops.readers.meaning.headers import folded

_UNIT = re.compile(r"(?P<name>.*[^\s(])\s*[(\[]\s*(?P<unit>[^()\[\]]{1,12}?)\s*[)\]]\s*")
_CURRENCIES = {
    "元": "CNY", "人民币": "CNY", "rmb": "CNY", "円": "JPY", "€": "EUR", "£": "GBP", "₹": "INR",
    "₫": "VND", "฿": "THB", "rp": "IDR", "r$": "BRL",
}  # fmt: skip
# Marks that several currencies share: a unit, but none that says which.
_SHARED = ("¥", "￥", "$")
_LONGEST = 200  # characters of a header that's looked at
_CODE = re.compile("[A-Z]{3}")


def split(header: str) -> tuple[str, str | None]:
    """A header without a currency in brackets behind it, and that currency's code where it's sure.

    A header with none, or with other words in brackets, is as it was.
    """
    plain = header.rstrip()
    if not plain.endswith((")", "）", "]", "］")) or len(plain) > _LONGEST:
        return header, None
    found = _UNIT.fullmatch(unicodedata.normalize("NFKC", plain).strip())
    if found is None:
        return header, None
    unit = found["unit"]
    if _CODE.fullmatch(unit):
        return found["name"], unit
    if unit in _SHARED:
        return found["name"], None
    code = _CURRENCIES.get(unit.casefold())
    return (found["name"], code) if code else (header, None)


def spellings(header: Sequence[str]) -> set[str]:
    """The names that a header's columns go by, folded: their own, and without a currency behind."""
    return {folded(column) for column in header} | {folded(split(column)[0]) for column in header}
