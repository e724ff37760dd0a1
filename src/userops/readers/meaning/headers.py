"""Headers as they're compared: without what spellings of one name differ in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# What stands behind a name and is no part of it: a currency, or that taxes are in it. Any other
# bracket says something else, as a tax; what amounts are counted in is `_COUNTED_IN`.
_BRACKET = re.compile(r"(?P<name>.*[^\s(])\s*[(\[【]\s*(?P<unit>[^()\[\]【】]{1,16}?)\s*[)\]】]\s*")
_CODES = "usd|eur|gbp|cny|rmb|jpy|hkd|twd|sgd|aud|cad|inr|idr|vnd|thb|brl|mxn|krw"
_BEHIND = re.compile(
    rf"(?P<name>.*[^\s_-])[\s_-]+(?P<unit>{_CODES}|[$€£¥₹])",
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
# What amounts are counted in: so many of the currency's own unit are 10 to this power.
_COUNTED_IN = {
    "分": -2, "cents": -2, "cent": -2, "¢": -2, "十": 1, "百": 2, "千": 3, "k": 3, "thousand": 3, "thousands": 3, "000": 3, "000s": 3, "万": 4, "萬": 4,
    "十万": 5, "百万": 6, "million": 6, "millions": 6, "千万": 7, "亿": 8, "億": 8,
}  # fmt: skip
# Behind a slash a number alone is what a price is of: per hundred, per thousand.
_BEHIND_A_SLASH = re.compile(
    r"(?P<name>.*[^\s/])\s*/\s*(?P<unit>[^\s/]{0,3}(?:元|人民币|万|萬|亿|億))"
)
_AT_THE_END = re.compile(
    r"(?P<name>.*?[^\s_:：-])[\s_:：-]*(?P<unit>(?:[十百千]?[万萬]|千|[亿億])元)"
)
_IN_UNITS = re.compile(
    rf"(?:in\s+|单位\s*[:：]?\s*|['’])*(?P<of>[$€£¥₹]?)\s*(?P<count>{'|'.join(_COUNTED_IN)})\s*"
    rf"(?P<more>元|人民币|元人民币|円|{_CODES})?",
    re.IGNORECASE,
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
    name, _, _, code = _counted(plain)
    if name:
        return name, code
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


@lru_cache(16_384)
def power_of_ten(header: str) -> tuple[int, str]:
    """What amounts below a header are counted in, as a power of ten of the currency's unit, and that unit.

    >>> power_of_ten("金额（万元）"), power_of_ten("金额/千元"), power_of_ten("Total (tax)")
    ((4, '万元'), (3, '千元'), (0, ''))
    """
    _, power, unit, _ = _counted(unicodedata.normalize("NFKC", header).strip(_PADDING))
    return power, unit


def _counted(plain: str) -> tuple[str, int, str, str | None]:
    """A header without the unit behind it that its amounts are counted in; that unit's power, itself, and its currency."""
    for pattern in (_BRACKET, _BEHIND_A_SLASH, _AT_THE_END):
        found = pattern.fullmatch(plain) if len(plain) < _LONGEST else None
        if found is None:
            continue
        power, code = _unit(found["unit"])
        if power or (pattern is _BEHIND_A_SLASH and found["unit"] in ("元", "人民币")):
            return found["name"], power, found["unit"] if power else "", code
    return "", 0, "", None


def _unit(unit: str) -> tuple[int, str | None]:
    """The power of ten of a unit such as 万元, thousands or 000 USD, 0 for none; and its currency, where it says one."""
    found = _IN_UNITS.fullmatch(unit.strip())
    if found is None:
        return 0, "CNY" if unit in ("元", "人民币") else None
    of = (found["more"] or found["of"] or "").casefold()
    code = (
        None
        if of in ("", *_SHARED)
        else "CNY"
        if of == "元人民币"
        else _CURRENCIES.get(of, of.upper())
    )
    return _COUNTED_IN[found["count"].casefold()], code


def spellings(header: Sequence[str]) -> set[str]:
    """The names that a header's columns go by, folded: their own, and without a unit behind."""
    return {folded(column) for column in header} | {bare(column) for column in header}


def words(header: str) -> list[str]:
    """The words of a header: parted by spaces and marks, and where capitals begin."""
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return [folded(word) for word in re.split(r"[\W_]+", parted) if word]
