"""Masks and hashes: what stays readable, and what doesn't."""

from __future__ import annotations

import polars as pl
import pytest

from userops.core.dates import Window
from userops.core.errors import UsageError
from userops.core.table import Kind, Table
from userops.report import privacy
from userops.report.privacy import Mode


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("", "••••"),
        ("ab", "••••"),
        ("12345", "1••••5"),
        ("86001009", "86••••09"),
        ("13800138000", "138••••000"),
        ("li.na@example.com", "l•••@example.com"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert privacy.mask(text) == masked


def test_hashes_are_keyed() -> None:
    one, other = (privacy.treatment(Mode.HASH, key) for key in ("k1", "k2"))
    assert one("86001009") == one("86001009")
    assert one("86001009") != other("86001009")
    assert len(one("86001009")) == 16


@pytest.mark.parametrize("key", [None, ""])
def test_a_hash_without_a_key_is_refused(key: str | None) -> None:
    with pytest.raises(UsageError, match="USEROPS_PII_KEY"):
        privacy.treatment(Mode.HASH, key)


def test_columns_of_persons_and_what_stands_in_other_text() -> None:
    frame = pl.DataFrame(
        {
            "user_id": ["86001009", None],
            "rfm_score": ["555", "111"],
            "channel": ["call 13800138000", "to a.b@example.org, soon"],
            "users": [3, 4],
        }
    )
    kinds = {"user_id": Kind.ID, "rfm_score": Kind.ID, "channel": Kind.TEXT, "users": Kind.COUNT}
    covered = privacy.cover(Table("t", frame, kinds, Window(None, None)), privacy.mask).frame
    assert covered["user_id"].to_list() == ["86••••09", None]
    assert covered["rfm_score"].to_list() == ["555", "111"]
    assert covered["channel"].to_list() == ["call 138••••000", "to a•••@example.org, soon"]
    assert covered["users"].to_list() == [3, 4]
