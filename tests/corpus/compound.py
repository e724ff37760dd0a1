"""Compound files (MS-CFB) with one stream: what old and encrypted workbooks come in."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(name: str, stream: bytes) -> bytes:
    """A compound file with one stream, of at least 4096 bytes: shorter ones have other rules."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    # Sector 0: the table of sectors; 1: the directory; the stream from 2 on.
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
        + struct.pack("<109I", 0, *[_FREE] * 108)
    )
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, 2, len(stream))
    directory += _entry("", 0, _FREE, 0, 0) * 2
    return header + table + directory + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + (b"\0\0" if name else b"")
    links = struct.pack("<III", _FREE, _FREE, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def encrypted() -> bytes:
    """What an encrypted workbook looks like from outside."""
    return compound("EncryptedPackage", b"\x5a" * 5000)


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of Excel 97 (BIFF8), all cells text."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def opening(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 6))

    cells = b"".join(
        record(0x204, struct.pack("<HHHHB", row, at, 0, len(text), 0) + text.encode("latin-1"))
        for row, line in enumerate(rows)
        for at, text in enumerate(line)
    )
    sheet = opening(0x10) + cells + record(0x0A, b"")
    start = opening(0x05)
    end = record(0x0A, b"")
    offset = len(start) + 4 + 8 + len("Sheet1") + len(end)
    named = record(0x85, struct.pack("<IHBB", offset, 0, len("Sheet1"), 0) + b"Sheet1")
    return compound("Workbook", start + named + end + sheet)
