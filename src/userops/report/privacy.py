"""Personal data: user ids, phone numbers and e-mail addresses, as a report may show them.

mask
    The first and last characters stay, the rest are dots: enough to recognise, too little
    to know. Equal masks need not be one user.
hash
    HMAC-SHA-256 of the text under the key in the environment variable USEROPS_PII_KEY, the
    first 16 hexadecimal digits: equal for equal texts, and to be had from no list of phone
    numbers without the key.
raw
    As it is.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256

import polars as pl

from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.table import Kind, Table

KEY = "USEROPS_PII_KEY"
# Columns that hold who someone is, whatever their values look like.
PERSONAL = frozenset({"user_id", "inviter_id", "phone", "mobile", "email", "openid", "unionid"})
_DOT = "•"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Eleven digits of a mobile in China, or an international number; dashes and spaces allowed.
_PHONE = re.compile(r"(?<![\d.])(?:\+\d[\d ()-]{6,18}\d|1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?![\d.])")


class Mode(StrEnum):
    """What becomes of personal data."""

    MASK = "mask"
    HASH = "hash"
    RAW = "raw"


def mask(text: str) -> str:
    """A text of which only the ends can be read."""
    if "@" in text:
        name, _, host = text.partition("@")
        return f"{name[:1]}{_DOT * 3}@{host}"
    edge = 0 if len(text) < 4 else 1 if len(text) < 7 else 2 if len(text) < 10 else 3
    if not edge:
        return _DOT * 4
    return f"{text[:edge]}{_DOT * 4}{text[-edge:]}"


def hashed(text: str, key: str) -> str:
    """The keyed hash of a text."""
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()[:16]


def treatment(mode: Mode, key: str | None) -> Callable[[str], str]:
    """What is done to a personal text.

    Raises:
        UsageError: hashes without a key.
    """
    if mode is Mode.RAW:
        return lambda text: text
    if mode is Mode.MASK:
        return mask
    if not key:
        raise UsageError(
            f"--pii hash needs a key in the environment variable {KEY}",
            mend=f'export {KEY}="$(openssl rand -hex 32)", and keep it: another key, other hashes',
        )
    return lambda text: hashed(text, key)


def cover(table: Table, treatment_: Callable[[str], str]) -> Table:
    """The table with its personal columns treated, and phones and e-mails within other text.

    Its notes too.
    """
    changes = {
        name: treatment_ if name in PERSONAL else _within(treatment_)
        for name, kind in table.columns.items()
        if name in PERSONAL or kind is Kind.TEXT
    }
    notes = tuple(cover_note(note, treatment_) for note in table.notes)
    if not changes:
        return table.but(notes=notes)
    frame = table.frame.with_columns(
        pl.Series(name, [None if text is None else change(text) for text in texts.cast(pl.String)])
        for name, change in changes.items()
        for texts in (table.frame[name],)
    )
    kinds = {
        name: Kind.TEXT if name in PERSONAL and kind is not Kind.ID else kind
        for name, kind in table.columns.items()
    }
    frame = frame.cast({name: pl.String for name in changes if frame.schema[name] == pl.Null})
    return table.but(frame=frame, columns=kinds, notes=notes)


def cover_note(note: str, treat: Callable[[str], str]) -> str:
    """A sentence with the phones and e-mails in its facts treated."""
    treat_within = _within(treat)
    return note.but(treat_within) if isinstance(note, Note) else treat_within(note)


def _within(treat: Callable[[str], str]) -> Callable[[str], str]:
    def cover_found(text: str) -> str:
        for pattern in (_EMAIL, _PHONE):
            text = pattern.sub(lambda match: treat(match[0]), text)
        return text

    return cover_found
