"""Masks and hashes: what stays readable, and what doesn't."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
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


@pytest.mark.parametrize(
    "personal",
    [
        "8613512345678", "008613512345678", "+86 135 1234 5678", "+86-13512345678", "(+86)13512345678",
        "13512345678.", "tel.13512345678", "135.1234.5678", "135\u00a01234\u00a05678",
        "１３５１２３４５６７８", "135－1234－5678", "010-62345678", "(010) 62345678", "0755 8234 5678",
        "(415) 555-2671", "415-555-2671", "+1 415 555 2671", "+1 (415) 555-2671", "0044 20 7946 0958",
        "bob＠x.cn", "bob@x.cn.", "ｂｏｂ@x.cn", "13512345678.csv", "bob@x.cn.csv",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "渠道{}（", "from {} of May"])
def test_however_it_is_written(personal: str, around: str) -> None:
    covered = privacy.cover_text(around.format(personal), privacy.mask)
    plain = covered.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    assert "1234" not in plain.replace("1234567", "1234")
    assert "2345" not in plain
    assert "555" not in plain
    assert "7946" not in plain
    assert "bob" not in plain
    start, end = around.split("{}")
    assert covered.startswith(start[:1])
    assert covered.endswith(end[-1:])


@pytest.mark.parametrize(
    "text",
    ["2024-01-05", "2024-01-05 10:20:30", "1,234.50", "0.13512345678", "13512345678.5", "SKU-0012345678905",
     "1735689600000", "100 g", "7-11", "12 x 250 ml", "orders-2024.csv", "order 20240105123456"],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert privacy.cover_text(text, privacy.mask) == text


def test_names_of_files_are_covered(here: Path) -> None:
    rows = [f"o{n},u{n % 9},2024-{1 + n % 12:02}-{1 + n % 28:02},{n}.50" for n in range(100)]
    name = "13512345678.csv"
    Path(name).write_text("order_id,user_id,order_time,amount\n" + "\n".join(rows) + "\n")
    for form in ("html", "md", "xlsx"):
        ran = userops("report", name, "-o", f"r.{form}")
        assert ran.code == 0, ran.err
        content = Path(f"r.{form}").read_bytes()
        if form == "xlsx":
            with zipfile.ZipFile(f"r.{form}") as book:
                content = b"".join(book.read(one) for one in book.namelist())
        assert b"13512345678" not in content
        assert "135••••678".encode() in content
