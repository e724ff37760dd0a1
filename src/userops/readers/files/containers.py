"""Archives, databases, web pages and the like, told by their content: none is an export, all are named."""

from __future__ import annotations

import re

# As much of a file tells what it is: a tar's header.
HEAD = 512
_BEGINNINGS = (
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "packed with xz"),
    (b"\x04\x22\x4d\x18", "packed with lz4"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"PK\x05\x06", "an empty zip"),
    (b"PK\x07\x08", "a part of a zip in several files"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"ARROW1\x00\x00", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89PNG\r\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
)
# What shops' back offices write as .xls, among others.
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|meta|body|table|div)[\s>]", re.I
)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s")
_BZIP = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
_OCTAL = re.compile(rb"[ 0]*[0-7]{1,7}[ \0]{0,2}")


def named(head: bytes) -> str:
    """What a file with such a beginning is, where it's no export; empty for what may be one."""
    if _BZIP.match(head):
        return "packed with bzip2"
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "a tar archive"
    if head[8:12] == b"DUCK":
        return "a DuckDB database"
    if _PAGE.match(head):
        return "a web page (HTML)"
    if _XML.match(head):
        return "an XML file"
    return next((name for start, name in _BEGINNINGS if head.startswith(start)), "")


def mend(what: str) -> str:
    """How to come to an export from what is none."""
    if "database" in what:
        return "export a table of it as CSV or Parquet"
    if what.startswith(("a web page", "an XML file")):
        return "open it in Excel or WPS, and save it as .xlsx or CSV"
    if what.startswith(("a PDF", "an image", "an Arrow", "an Avro")):
        return "export the data as CSV, Excel or Parquet"
    return "unpack it, and name the files in it or their folder"


def _is_old_tar(head: bytes) -> bool:
    """Whether it's a header of a tar without a magic number: its checksum fits."""
    told = head[148:156]
    if len(head) < HEAD or not _OCTAL.fullmatch(told):
        return False
    return int(told.strip(b" \0") or b"0", 8) == sum(head[:148]) + 8 * ord(" ") + sum(head[156:512])
