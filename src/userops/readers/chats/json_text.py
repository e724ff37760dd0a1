"""JSON as programs export chats in it: a whole text, and what a value says."""

from __future__ import annotations

import json
from typing import Any


def parsed(text: str) -> Any:
    """What a text holds; None where it's no JSON, or says nothing.

    >>> parsed("[1, 2]"), parsed("[1,")
    ([1, 2], None)
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def said(value: object) -> str | None:
    """A value as text; None where it's empty."""
    return None if value is None or value == "" else str(value)
