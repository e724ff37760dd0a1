"""Which encoding a text is in, and the same text as UTF-8; strict, never lossy.

Tried in turn: what `--encoding` says; a byte order mark; UTF-16's zero bytes; strict
UTF-8; strict GB18030; the word of charset-normalizer. A file whose lines are partly
UTF-8 and partly not is no file in another encoding: it's damaged, and stops.
"""

from __future__ import annotations

import codecs
import mmap
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from userops.core.errors import InputError
from userops.core.messages import Note

_SAMPLE = 1 << 20
# A quoted field: between separators, and no longer than any.
_QUOTED = re.compile(rb'(?:(?<=[,;\t|\r\n])|\A)"(?:[^"]|""){0,65536}+"(?=[,;\t|\r\n]|\Z)')
# Share of non-ASCII lines that must look like UTF-8 for a broken text to count as UTF-8.
_WITNESSES = 0.01
# Share of characters that are common ones, for bytes to be Chinese.
_COMMON = 0.75
_NO_TEXTS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
# Control characters that no text has, and of what share of them bytes are none.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY = 0.05
# Fewer bytes than this say too little about their encoding.
_ENOUGH = 32


def declared(encoding: str) -> str:
    """The codec's own name for what the user wrote; GBK and GB2312 are read as GB18030."""
    try:
        name = codecs.lookup(encoding).name
        # Others change bytes to bytes or text to text; these are of domains' names and of sources.
        if name.replace("_", "-") in _NO_TEXTS or not isinstance(b"x".decode(name, "ignore"), str):
            raise LookupError
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        raise InputError(
            f"--encoding {encoding}: no such encoding of texts",
            mend="utf-8, gb18030, utf-16, big5, cp1252, ...",
        ) from None
    return "gb18030" if name in ("gbk", "gb2312", "cp936") else name


def from_mark(head: bytes) -> str | None:
    """The encoding that a byte order mark, or UTF-16's zero bytes, give away; None without."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(head) % 4 == 0:
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # ASCII delimiters in UTF-16 without a mark: every other byte is zero.
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        every_other = head[start:4096:2]
        if len(every_other) > 8 and every_other.count(0) > 0.4 * len(every_other):
            return name
    return None


def check_text(name: str, head: bytes) -> None:
    """That bytes which are no UTF-8 are a text, for all that their beginning says.

    Raises:
        InputError: they're an image, a program or the like.
    """
    found = [match.start() for match in _CONTROLS.finditer(head[:4096])]
    if len(found) > _BINARY * len(head[:4096]):
        raise InputError(
            f"{name}: not a text file (binary data at byte {found[0]:,})",
            mend="export the data as CSV, Excel or Parquet",
        )


def invalid_at(path: Path) -> int | None:
    """The offset of the first byte that isn't UTF-8; None where all are."""
    decoder, position = codecs.getincrementaldecoder("utf-8")("strict"), 0
    with path.open("rb") as file:
        while True:
            block = file.read(_SAMPLE)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return position - pending + error.start
            if not block:
                return None
            position += len(block)


def guess(name: str, path: Path, invalid_at: int) -> tuple[str, Note]:
    """The encoding of a text that isn't UTF-8, and why it is that one.

    Raises:
        InputError: nothing fits, and where the text stops to be UTF-8, or it's no text.
    """
    with path.open("rb") as file:
        check_text(name, file.read(_SAMPLE))
        file.seek(max(0, invalid_at - _SAMPLE // 2))
        sample = file.read(_SAMPLE)
    lines = [line for line in sample.splitlines() if not line.isascii()]
    witnesses = sum(map(_is_utf8_witness, lines))
    place = Note("byte {at:,} (0x{byte:02x})", at=invalid_at, byte=_byte_at(path, invalid_at))
    if lines and witnesses > _WITNESSES * len(lines):
        raise InputError(
            f"{name}: {place} isn't UTF-8, though the text around it is",
            mend="two encodings in one file, or a damaged one: export it again, or give --encoding",
        )
    because = Note("{place} isn't UTF-8", place=place)
    if _decodes(path, "gb18030") and _is_chinese(b"\n".join(lines)):
        return "gb18030", because
    from charset_normalizer import from_bytes

    best = from_bytes(b"\n".join(lines)).best() if sum(map(len, lines)) > _ENOUGH else None
    if best is not None and best.encoding != "ascii" and _decodes(path, best.encoding):
        return best.encoding, Note("{place} isn't UTF-8; it looks like this", place=place)
    raise InputError(
        f"{name}: {place} is neither UTF-8 nor surely anything else",
        mend="give --encoding (gb18030, big5, cp1252, ...), or export it again as UTF-8",
    )


def read_as(name: str, codec: str, why: Note) -> Note:
    """Which encoding a text is read in, and why."""
    return Note(
        "{file}: read as {codec} ({why}); --encoding overrides it", file=name, codec=codec, why=why
    )


def not_all_through(name: str, path: Path, encoding: str, offset: int) -> InputError:
    """A text isn't in the encoding that it should be in."""
    return InputError(
        f"{name}: byte {offset:,} (0x{_byte_at(path, offset):02x}) isn't {encoding}",
        mend="give another --encoding, or export it again",
    )


def _is_chinese(text: bytes) -> bool:
    """Bytes that GB18030 can read are Chinese where most are GB2312's common characters.

    GB18030 gives nearly any two bytes a character; Latin and Big5 texts come out as rare ones.
    """
    read = "".join(c for c in text.decode("gb18030", errors="ignore") if not c.isascii())
    return len(read.encode("gb2312", errors="ignore")) >= 2 * _COMMON * len(read)


def _is_utf8_witness(line: bytes) -> bool:
    """A whole line of UTF-8 with two characters or more of three bytes: no accident."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return False
    return sum("\u0800" <= character <= "\uffff" for character in text) >= 2


def _byte_at(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(1)[0]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_SAMPLE):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def transcode(name: str, path: Path, encoding: str, folder: Path) -> Path:
    """The text as UTF-8, in the workspace; strict.

    Raises:
        InputError: it isn't in that encoding all through; says where.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    handle, target = tempfile.mkstemp(dir=folder, suffix=".txt")
    position = pending = 0
    with path.open("rb") as file, open(handle, "w", encoding="utf-8", newline="") as out:
        try:
            while block := file.read(_SAMPLE):
                pending = len(decoder.getstate()[0])
                out.write(decoder.decode(block))
                position += len(block)
            pending = len(decoder.getstate()[0])
            out.write(decoder.decode(b"", final=True))
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            offset = min(max(0, position - pending + start), path.stat().st_size - 1)
            raise not_all_through(name, path, encoding, offset) from None
    return Path(target)


def ends_in_returns(head: bytes) -> bool:
    """Whether lines of a text that begins so end in returns alone; those within quotes are no ends."""
    return b"\r" in _QUOTED.sub(b"", head).replace(b"\r\n", b"")


def with_line_feeds(path: Path, folder: Path) -> Path:
    """The same bytes, each line with a line feed at its end; what stands within quotes stays.

    For encodings in which a return is a byte of its own.
    """
    handle, target = tempfile.mkstemp(dir=folder, suffix=".txt")
    with (
        path.open("rb") as file,
        open(handle, "wb") as out,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        at = 0
        for quoted in _QUOTED.finditer(text):
            if b"\r" in quoted[0]:
                _write_lines(out, text, at, quoted.start())
                out.write(quoted[0])
                at = quoted.end()
        _write_lines(out, text, at, len(text))
    return Path(target)


def _write_lines(out: BinaryIO, text: mmap.mmap, start: int, end: int) -> None:
    carry = b""
    for at in range(start, end, _SAMPLE):
        block = carry + text[at : min(at + _SAMPLE, end)]
        carry = b"\r" if block.endswith(b"\r") else b""
        block = block.removesuffix(b"\r")
        out.write(block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    out.write(carry and b"\n")
