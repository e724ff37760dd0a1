"""Texts as a shell takes them for one word: what a message shows can be pasted."""

from __future__ import annotations

import re
from shlex import quote

_PLAIN = re.compile(r"[\w@%+=:,./-]+")


def quoted(text: str) -> str:
    """A text as one word of a command line; letters of any script stay as they are.

    >>> quoted("Order Total"), quoted("金额")
    ("'Order Total'", '金额')
    """
    return text if _PLAIN.fullmatch(text) else quote(text)
