"""Which encoding a text is in, and the same text as UTF-8; strict, never lossy.

Tried in turn: what `--encoding` says; a byte order mark; UTF-16's zero bytes; strict
UTF-8; strict GB18030; the word of charset-normalizer. A file whose lines are partly
UTF-8 and partly not is no file in another encoding: it's damaged, and stops.
"""

from __future__ import annotations

import codecs
import tempfile
from pathlib import Path

from userops.errors import InputError

_SAMPLE = 1 << 20
# Share of non-ASCII lines that must look like UTF-8 for a broken text to count as UTF-8.
_WITNESSES = 0.01


def declared(encoding: str) -> str:
    """The codec's own name for what the user wrote; GBK and GB2312 are read as GB18030."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise InputError(
            f"--encoding {encoding}: no such encoding",
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


def guess(name: str, path: Path, invalid_at: int, delimiter: str) -> str:
    """The encoding of a text that isn't UTF-8, or stop with the offset of what isn't."""
    with path.open("rb") as file:
        file.seek(max(0, invalid_at - _SAMPLE // 2))
        sample = file.read(_SAMPLE)
    lines = [line for line in sample.splitlines() if not line.isascii()]
    witnesses = sum(map(_is_utf8_witness, lines))
    byte = _byte_at(path, invalid_at)
    if lines and witnesses > _WITNESSES * len(lines):
        raise InputError(
            f"{name}: byte {invalid_at:,} (0x{byte:02x}) isn't UTF-8, though the text around it is",
            mend="two encodings in one file, or a damaged one: export it again, or give --encoding",
        )
    if _decodes(path, "gb18030"):
        return "gb18030"
    from charset_normalizer import from_bytes

    best = from_bytes(b"\n".join(lines)).best() if sum(map(len, lines)) > 32 else None
    if best is not None and _decodes(path, best.encoding):
        return best.encoding
    raise InputError(
        f"{name}: byte {invalid_at:,} (0x{byte:02x}) is neither UTF-8 nor GB18030",
        mend="give --encoding, or export it again as UTF-8",
    )


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
    """The text as UTF-8 with `\\n` line ends, in the workspace; strict."""
    handle, target = tempfile.mkstemp(dir=folder, suffix=".txt")
    with (
        path.open(encoding=encoding, errors="strict", newline=None) as text,
        open(handle, "w", encoding="utf-8", newline="\n") as out,
    ):
        try:
            while block := text.read(_SAMPLE):
                out.write(block)
        except UnicodeError as error:
            at = f" near byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else ""
            raise InputError(
                f"{name}: isn't {encoding} all through{at}: {getattr(error, 'reason', error)}",
                mend="export it again, or give --encoding",
            ) from None
    return Path(target)
