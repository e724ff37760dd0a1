"""Any bytes at all: a result whose rows add up, or one message; never more than that.

Damaged files are read in a process of their own, whose memory and time are watched.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import makers
from corpus.worker import Answer, Server
from helpers.running import userops

FLIPS = 240
HEADER = "order_id,user_id,order_time,amount,status\n"
_MAX_GROWTH = 800  # MB, by one file of some kilobytes


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def frame() -> pl.DataFrame:
    random = Random(5)
    return pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(200)],
            "user_id": [f"用户{random.randrange(40)}" for _ in range(200)],
            "order_time": [f"2024-01-{random.randint(1, 28):02d} 10:00:00" for _ in range(200)],
            "amount": [makers.money(random.randrange(10_000)) for _ in range(200)],
            "status": random.choices(["已完成", "已取消"], [9, 1], k=200),
        }
    )


def as_csv(rows: pl.DataFrame) -> bytes:
    return rows.write_csv().encode()


def as_parquet(rows: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    rows.write_parquet(data, row_group_size=70)
    return data.getvalue()


def as_workbook(rows: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    rows.write_excel(data)
    return data.getvalue()


def as_json_lines(rows: pl.DataFrame) -> bytes:
    return rows.write_ndjson().encode()


def assert_sound(answer: Answer) -> None:
    """A result with a balanced tally, or one message."""
    assert answer.code in (0, 3, 4), answer
    assert answer.noise == "", answer.noise[:300]
    assert answer.grown < _MAX_GROWTH, answer
    problems = [line for line in answer.err.splitlines() if not line.startswith("note:")]
    if answer.code:
        assert answer.out == ""
        labels = [line.split(":")[0].strip() for line in problems]
        assert labels[0] == "error", answer.err
        assert labels.count("error") == labels.count("try") == 1, answer.err
    if answer.code != 3:
        assert_balanced(answer.err)


def assert_balanced(said: str) -> None:
    found = re.search(r"([\d,]+) rows? read: ([\d,]+) used(.*)", said)
    assert found, said
    read, used = (int(number.replace(",", "")) for number in found.groups()[:2])
    others = re.findall(r", ([\d,]+) (?:refused|left out) \(", found[3])
    assert read == used + sum(int(number.replace(",", "")) for number in others), said


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("write", [as_csv, as_parquet, as_workbook, as_json_lines])
def test_flipped_bits(write, seed: int, server: Server, tmp_path: Path) -> None:
    whole = write(frame())
    random = Random(seed)
    path = tmp_path / "orders"
    # Most flips in the middle of data look alike: half of them go to both ends.
    for number in range(FLIPS // 4):
        size = len(whole) * 8
        near = random.randrange(min(size, 4000))
        bit = random.randrange(size) if number % 2 else (near if number % 4 else size - 1 - near)
        data = bytearray(whole)
        data[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(data)
        assert_sound(server.run("segment", path, "-f", "json", "--max-rejects", "50%"))


@pytest.mark.parametrize("write", [as_csv, as_parquet, as_workbook, as_json_lines])
def test_cut_short(write, server: Server, tmp_path: Path) -> None:
    whole = write(frame())
    path = tmp_path / "orders"
    for part in range(1, 30):
        path.write_bytes(whole[: len(whole) * part // 30])
        assert_sound(server.run("segment", path, "-f", "json"))


@pytest.mark.parametrize("seed", range(120))
def test_random_bytes(seed: int, server: Server, tmp_path: Path) -> None:
    random = Random(seed)
    alphabets = [
        [bytes([byte]) for byte in range(256)],
        [b",", b'"', b"\n", b"\r", b"\r\n", b"a", b"1", b";", b"\t", b"\0", "王".encode(), b"\xff"],
        [
            b",",
            b'"',
            b"\n",
            b"\n",
            b"2024-01-0",
            b"1",
            b"2",
            b"-",
            b".",
            b" ",
            b"paid",
            "中".encode("gbk"),
        ],
    ]
    starts = [
        b"",
        HEADER.encode(),
        HEADER.encode() + b"o1,u1,2024-01-01,5,paid\n",
        b"PAR1",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"{",
        b"\xff\xfe",
        b"sep=;\n",
    ]
    body = b"".join(random.choices(random.choice(alphabets), k=random.randrange(2000)))
    path = tmp_path / "orders"
    path.write_bytes(random.choice(starts) + body)
    assert_sound(server.run("segment", path, "-f", "json", "--max-rejects", "100%"))


USERS = [
    "u1",
    "007",
    "王芳",
    "a,b",
    'say "hi"',
    "x;y",
    "tab\there",
    "two\nlines",
    "1234567890123456789",
]


@st.composite
def dialects(draw: st.DrawFn) -> tuple[bytes, dict[str, int]]:
    """Orders in some dialect, and what each user spent in cents."""
    rows = draw(
        st.lists(st.tuples(st.sampled_from(USERS), st.integers(0, 10**7)), min_size=1, max_size=20)
    )
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    if end == "\r":  # the writer leaves line feeds bare then
        rows = [(user.replace("\n", " "), cents) for user, cents in rows]
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
    decimal = draw(st.sampled_from([".", ","]))
    before = draw(st.sampled_from(["", "sep", "preamble"]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["订单编号", "user_id", "Order Time", "AMOUNT"])
    for number, (user, cents) in enumerate(rows):
        writer.writerow(
            [f"o{number}", user, "2024-01-02 03:04:05", makers.money(cents).replace(".", decimal)]
        )
    head = {"": "", "sep": f"sep={delimiter}{end}", "preamble": f"店铺订单{end}导出时间{end}"}[
        before
    ]
    spent: dict[str, int] = {}
    for user, cents in rows:
        spent[user] = spent.get(user, 0) + cents
    return (head + text.getvalue()).encode(codec), spent


@settings(max_examples=150)
@given(dialects())
def test_random_dialects(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[bytes, dict[str, int]]
) -> None:
    content, spent = case
    path = tmp_path_factory.mktemp("dialect") / "orders.csv"
    path.write_bytes(content)
    ran = userops("segment", path, "-f", "json")
    assert ran.code == 0, ran.err
    assert_balanced(ran.err)
    found = {row["user_id"]: round(row["monetary"] * 100) for row in json.loads(ran.out)}
    assert found == spent
