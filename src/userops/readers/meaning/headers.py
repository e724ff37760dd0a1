"""Headers as they're compared: without what spellings of one name differ in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What stands behind a name and is no part of it: brackets, and the code of a currency.
_BRACKETS = re.compile(r"\s*[(\[【][^)\]】]*[)\]】]\s*$")
_CURRENCY = re.compile(
    r"[\s_-]+(?:usd|eur|gbp|cny|rmb|jpy|hkd|twd|sgd|aud|cad|inr|idr|vnd|thb|brl|mxn|krw|[$€£¥₹])$",
    re.IGNORECASE,
)
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


def bare(header: str) -> str:
    """The same without a unit: what brackets behind it hold, or a currency's code."""
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING)
    shorter = _CURRENCY.sub("", _BRACKETS.sub("", plain))
    return folded(shorter or plain)


def words(header: str) -> list[str]:
    """The words of a header: parted by spaces and marks, and where capitals begin."""
    plain = unicodedata.normalize("NFKC", header).strip(_PADDING)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return [folded(word) for word in re.split(r"[\W_]+", parted) if word]
