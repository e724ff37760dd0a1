"""Chance by hash: the same users every time, whatever the order of rows.

SHA-256 of `salt|user_id` (UTF-8), the first 8 bytes as a big-endian number: 0 up to 2^64. Divided
by 2^64 it's compared with a share.
"""

from __future__ import annotations

import hashlib

import polars as pl

_WHOLE = 2**64


def hash_number(salt: str, user_id: str) -> int:
    """A user's number, 0 up to 2^64."""
    return int.from_bytes(hashlib.sha256(f"{salt}|{user_id}".encode()).digest()[:8], "big")


def hash_share(salt: str, user_id: str) -> float:
    """A user's number as a share of the whole, 0 up to 1.

    >>> round(hash_share("winback-2026-11", "u1"), 6)
    0.519433
    """
    return hash_number(salt, user_id) / _WHOLE


def hash_numbers(salt: str, user_ids: pl.Series) -> pl.Series:
    """The number (UInt64) of each user, in their order."""
    start, sha256 = f"{salt}|".encode(), hashlib.sha256
    ids = user_ids.cast(pl.String).cast(pl.Binary)
    digests = pl.Series(user_ids.name, [sha256(start + one).digest() for one in ids], pl.Binary)
    return digests.bin.head(8).bin.reinterpret(dtype=pl.UInt64, endianness="big")


def hash_shares(salt: str, user_ids: pl.Series) -> pl.Series:
    """The share (0 up to 1) of each user, in their order: those below .1 are a tenth."""
    return hash_numbers(salt, user_ids).cast(pl.Float64) / _WHOLE
