"""Ways of damaging a file."""

from __future__ import annotations

import io
import zipfile
from random import Random

_NUMBERS = (
    b"\0",
    b"\xff",
    b"\x80",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"9" * 20,
    b"-1",
    b"1e999",
)
_TEXTS = ("\"", "\r", "\n", ",", ";", "\t", "\0", "=1+1", "\u202e", "\x1b[31m", "0000-00-00", "NaN", "'", "{", "[",
          "99999-01-01", "23:59:60", "\ufeff", "，", "\\ud800")  # fmt: skip
PACKED = (".xlsx", ".ods", ".zip")


def damaged(content: bytes, ending: str, random: Random) -> tuple[bytes, bool]:
    """A file with some damage, and whether its format's checksums must tell."""
    if ending in PACKED and random.random() < 0.5:
        return _repacked(content, random), False
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        content = _once(content, ending, random)
    return content, ending in (*PACKED, ".gz")


def _once(content: bytes, ending: str, random: Random) -> bytes:
    if not content:
        return content
    at = random.randrange(len(content))
    end = min(len(content), at + random.choice((1, 2, 8, 64, 1024)))
    text = ending in (".csv", ".tsv", ".jsonl")
    ways = [
        lambda: content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :],
        lambda: content[:at] + bytes([random.randrange(256)]) + content[at + 1 :],
        lambda: content[:at] + content[end:],
        lambda: content[:at] + content[at:end] * random.choice((2, 3, 50)) + content[end:],
        lambda: content[:at],
        lambda: content[:at] + (word := random.choice(_NUMBERS)) + content[at + len(word) :],
    ]
    if text:
        ways += [lambda: content[:at] + random.choice(_TEXTS).encode() + content[at:]] * 4
    return random.choice(ways)()


def _repacked(content: bytes, random: Random) -> bytes:
    """A zip with one of its parts damaged, its checksums right."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        chosen = random.choice(archive.namelist())
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as out:
            for name in archive.namelist():
                part = archive.read(name)
                if name == chosen:
                    for _ in range(random.choice((1, 1, 3))):
                        part = _once(part, ".csv", random)
                out.writestr(name, part)
    return sink.getvalue()
