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
PERSONAL = frozenset(
    {
        "user_id",
        "inviter_id",
        "leader_id",
        "root_id",
        "phone",
        "name",
        "mobile",
        "email",
        "openid",
        "unionid",
    }
)
_DOT = "•"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
# What stands between the digits of a number, and what a number doesn't stand right beside: more
# digits, or a point with digits, as in an amount.
_GAP = r"[ .-]{0,2}"
_START, _END = r"(?<!\d)(?<!\d\.)", r"(?!\d|\.\d)"
_NUMBERS = (
    # A mobile in China, with the country's code or without.
    rf"(?:(?:\+|00)?{_GAP}\(?86\)?{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}",
    # Anywhere: a plus and up to fifteen digits, or 00 and the country's code by itself.
    r"\+\(?\d[\d ().-]{6,20}\d",
    rf"00[1-9]\d{{0,2}}[ -](?:{_GAP}\d){{6,12}}",
    # A fixed line in China.
    rf"\(?0\d{{2,3}}\)?(?:[ -]|(?<=\))){_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}",
    # North America, and elsewhere with such groups.
    rf"(?:\(\d{{3}}\){_GAP}|\d{{3}}[ .-])\d{{3}}[ .-]\d{{4}}",
)
_PERSONAL_TEXT = re.compile(rf"{_EMAIL}|{_START}(?:{'|'.join(_NUMBERS)}){_END}")
# The same signs as others write them, each in its place: full-width ones, dashes, spaces of any width.
_PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63"), "-")
    | dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\t"), " ")
    | dict.fromkeys(map(ord, "\u3002\uff61\u00b7\u30fb\u2022"), ".")
    | {ord("\ufe6b"): "@"}
)


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
        # Words may be the data's own: a channel that is a person's number.
        if name in PERSONAL or kind in (Kind.TEXT, Kind.WORD, Kind.SENTENCE)
    }
    notes = tuple(cover_note(note, treatment_) for note in table.notes)
    if not changes:
        return table.but(notes=notes)
    frame = table.frame.with_columns(
        _changed(table.frame[name].cast(pl.String), change) for name, change in changes.items()
    )
    kinds = {
        name: Kind.TEXT if name in PERSONAL and kind is not Kind.ID else kind
        for name, kind in table.columns.items()
    }
    frame = frame.cast({name: pl.String for name in changes if frame.schema[name] == pl.Null})
    return table.but(frame=frame, columns=kinds, notes=notes)


def _changed(texts: pl.Series, change: Callable[[str], str]) -> pl.Series:
    """Texts with a change to each of them, made once where they repeat."""
    known = {text: change(text) for text in texts.unique() if text is not None}
    return texts.replace(known) if known else texts


def cover_note(note: str, treat: Callable[[str], str]) -> str:
    """A sentence with the phones and e-mails in its facts treated."""
    treat_within = _within(treat)
    return note.but(treat_within) if isinstance(note, Note) else treat_within(note)


def cover_text(text: str, treat: Callable[[str], str]) -> str:
    """A text, such as a file's name, with the phones and e-mails in it treated."""
    return _within(treat)(text)


def _within(treat: Callable[[str], str]) -> Callable[[str], str]:
    def cover_found(text: str) -> str:
        # Signs are made plain one by one, so that places stay what they are.
        for found in reversed(list(_PERSONAL_TEXT.finditer(text.translate(_PLAIN)))):
            text = text[: found.start()] + treat(found[0]) + text[found.end() :]
        return text

    return cover_found
