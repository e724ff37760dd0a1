"""Open any file: what the arguments name, and what each file's content is.

The content decides what a file is, never its ending. Whatever is packed or comes from
a pipe is unpacked into the run's workspace first, in bounded memory.
"""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from glob import glob, has_magic
from pathlib import Path
from typing import Protocol

from userops.core import shown
from userops.core.errors import InputError
from userops.core.messages import Note
from userops.engines import temporary
from userops.readers.files import containers

# What a folder is searched for.
ENDINGS = (
    ".csv",
    ".tsv",
    ".txt",
    ".parquet",
    ".xlsx",
    ".xls",
    ".xlsm",
    ".jsonl",
    ".ndjson",
    ".gz",
    ".zip",
)
# And where it has none of these: chats, such as of Telegram's and IRC's.
LOGS = (".json", ".log")
# No export unpacks to a thousand times its size; a bomb does.
_MAX_RATIO = 1000
_CHUNK = 1 << 20
# Times of files before 2000 are made up: of 1970 by some tools, of 1980 by zips.
_FIRST_WRITTEN = 946_684_800
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
# All that zipfile raises over a damaged archive.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Format(Enum):
    """What a file's content is."""

    TEXT = "text"
    PARQUET = "Parquet"
    EXCEL = "Excel"


@dataclass(frozen=True, slots=True)
class Source:
    """One opened export: `name` as the user knows it, `path` where its plain bytes are."""

    name: str
    path: Path
    format: Format
    notes: tuple[Note, ...] = ()
    written: float | None = None  # when, in seconds since 1970

    @property
    def latest(self) -> datetime | None:
        """A year past the time that it was written, where that's known: nothing in it should be later."""
        written = self.written
        if written is None and self.path.is_file():
            written = self.path.stat().st_mtime
        if written is None or written < _FIRST_WRITTEN:
            return None
        return datetime.fromtimestamp(written, UTC).replace(tzinfo=None) + timedelta(days=366)


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder for what a run has to keep on disk; gone afterwards."""
    with temporary.folder() as folder:
        yield folder


def expand(exports: Sequence[str]) -> list[str]:
    """Files that the arguments name, in the order of the command: files, globs, folders, `-`."""
    files: list[str] = []
    for export in exports:
        if export == "-":
            files.append(export)
        elif os.path.isdir(export):
            inside = _inside(export, ENDINGS) or _inside(export, LOGS)
            if not inside:
                raise InputError(
                    f"{export}: a folder without exports",
                    mend=f"put files there that end in {' '.join((*ENDINGS, *LOGS))}",
                )
            files.extend(inside)
        elif os.path.exists(export) or not has_magic(export):
            files.append(export)
        else:
            matches = sorted(path for path in glob(export, recursive=True) if os.path.isfile(path))
            if not matches:
                raise InputError(
                    f"{export}: no file matches", mend="check the pattern and the folder"
                )
            files.extend(matches)
    return list(dict.fromkeys(files))


def logs_beside(exports: Sequence[str]) -> dict[str, list[str]]:
    """By folder, logs that aren't read as there are exports beside them."""
    folders = [export for export in exports if export != "-" and os.path.isdir(export)]
    beside = {one: _inside(one, LOGS) for one in folders if _inside(one, ENDINGS)}
    return {folder: logs for folder, logs in beside.items() if logs}


def _inside(folder: str, endings: tuple[str, ...]) -> list[str]:
    """The exports in a folder by how their names end, in the order of these."""
    return sorted(
        str(path)
        for path in Path(folder).iterdir()
        if path.is_file()
        and path.name.lower().endswith(endings)
        and not path.name.startswith((".", "~$"))
        and not _is_archive(path)
    )


def _is_archive(path: Path) -> bool:
    """Whether it's an archive with an export's ending, such as a .tar.gz; a folder may hold such."""
    if not path.name.lower().endswith((".gz", ".zip")):
        return False
    try:
        return bool(container(path))
    except (EOFError, zlib.error, OSError):
        return False  # whoever opens it says what's wrong


def open_source(name: str, folder: Path) -> Source:
    """The export's plain content, unpacked into `folder` where needed."""
    source = _opened(name, shown.named(name), folder)
    with suppress(OSError):
        if name != "-" and os.path.isfile(name):
            source = replace(source, written=os.stat(name).st_mtime)
    try:
        os.fspath(source.path).encode()
    except UnicodeEncodeError:
        # Readers take names in UTF-8 alone.
        link = Path(tempfile.mkdtemp(dir=folder)) / "export"
        link.symlink_to(source.path.absolute())
        return replace(source, path=link)
    return source


def _opened(given: str, name: str, folder: Path) -> Source:
    """The same of a file that's called `name` to people."""
    try:
        if given == "-":
            path = _spool(sys.stdin.buffer, folder, "standard input")
            return _unpacked("standard input", path, folder)
        path = Path(given)
        if not path.is_file():
            if path.is_dir():
                raise InputError(f"{name}: is a folder", mend="name the files in it")
            if not path.exists():
                raise InputError(f"{name}: no such file", mend=_near(name, path))
            with path.open("rb") as pipe:
                return _unpacked(name, _spool(pipe, folder, name), folder)
        return _unpacked(name, path, folder)
    except OSError as error:
        if lacking := temporary.lacking(error):
            raise lacking from None
        raise InputError(
            f"{name}: can't be read: {error.strerror or error}",
            mend="check the path and its permissions",
        ) from None


def _near(name: str, path: Path) -> str:
    from difflib import get_close_matches

    if "://" in name:
        return "fetch it first: nothing is read over a network"
    try:
        others = [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return f"there is no folder {shown.named(str(path.parent))}"
    near = get_close_matches(path.name, others, 1)
    return f"did you mean {shown.named(str(path.parent / near[0]))}?" if near else "check the path"


def _unpacked(name: str, path: Path, folder: Path) -> Source:
    head, packed_as = _head(path), ""
    if head.startswith(_GZIP):
        with gzip.open(path) as packed:
            path = _spool(packed, folder, name, packed_size=path.stat().st_size)
        head, packed_as = _head(path), " in a gzip"
    elif head.startswith(_ZIP) and not _is_workbook(name, path):
        path = _from_zip(name, path, folder)
        head, packed_as = _head(path), " in a zip"
    what = containers.named(head)
    if packed_as and head.startswith(_ZIP) and not _is_workbook(name, path):
        what = "a zip"
    if what:
        raise no_export(name, f"{what}{packed_as}")
    return _sniffed(name, path, head[:8], ())


def no_export(name: str, what: str) -> InputError:
    """That a file is an archive, a database or the like."""
    return InputError(f"{name}: is {what}, and no export", mend=containers.mend(what))


def container(path: Path) -> str:
    """What a file is that holds no export, packed or not, in words; empty for what may be one.

    Raises:
        OSError: it can't be read.
        EOFError, zlib.error: it ends within what it's packed in, or is damaged.
    """
    head, packed_as = _head(path), ""
    if head.startswith(_GZIP):
        with gzip.open(path) as packed:
            head, packed_as = packed.read(containers.HEAD), " in a gzip"
    what = containers.named(head)
    return f"{what}{packed_as}" if what else ""


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(containers.HEAD)


def _misnamed(name: str, format: Format) -> Note:
    return Note(
        "{file}: named {ending}, but holds {format}; read as that",
        file=name, ending=Path(name).suffix, format=format.value,
    )  # fmt: skip


def _sniffed(name: str, path: Path, head: bytes, notes: tuple[Note, ...]) -> Source:
    if head[:4] == b"PAR1":
        format = Format.PARQUET
    elif head[:4] == b"PK\x03\x04" or head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        format = Format.EXCEL
    elif head:
        format = Format.TEXT
    else:
        raise InputError(f"{name}: is empty", mend="export it again")
    ending = {
        Format.PARQUET: (".parquet", ".pq"),
        Format.EXCEL: (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"),
    }
    for other, endings in ending.items():
        says = name.lower().endswith(endings)
        if says and other is not format:
            notes += (_misnamed(name, format),)
    if format is not Format.TEXT and name.lower().endswith((".csv", ".tsv", ".txt")):
        notes += (_misnamed(name, format),)
    return Source(name, path, format, notes)


def _is_workbook(name: str, path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if not names & {"[Content_Types].xml", "mimetype"}:
                return False
            unpacked = sum(member.file_size for member in members)
            if unpacked > max(_MAX_RATIO * path.stat().st_size, 1 << 30):
                raise InputError(
                    f"{name}: unpacks to {unpacked:,} bytes, more than a workbook can hold",
                    mend="save it again, or export it as CSV",
                )
            return True
    except ZIP_ERRORS:
        raise InputError(
            f"{name}: a damaged zip or workbook", mend="export it again, or save it anew"
        ) from None


def _from_zip(name: str, path: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
            # WhatsApp packs what was sent beside the chat, which some phones call as they do the zip.
            chats = ("_chat.txt", f"{Path(name).stem}.txt")
            members = [one for one in members if one.filename in chats] or members
            if len(members) != 1:
                raise InputError(
                    f"{name}: a zip of {len(members)} files",
                    mend="unpack it and name the file, or the folder",
                )
            with archive.open(members[0]) as packed:
                return _spool(packed, folder, name, packed_size=max(members[0].compress_size, 1))
    except ZIP_ERRORS as error:
        if lacking := temporary.lacking(error):
            raise lacking from None
        raise InputError(
            f"{name}: the zip can't be read: {error}", mend="unpack it first"
        ) from None


def _spool(stream: _Stream, folder: Path, name: str, packed_size: int = 0) -> Path:
    handle, target = tempfile.mkstemp(dir=folder)
    written = 0
    with os.fdopen(handle, "wb") as file:
        try:
            while chunk := stream.read(_CHUNK):
                written += len(chunk)
                if packed_size and written > max(_MAX_RATIO * packed_size, 1 << 28):
                    raise InputError(
                        f"{name}: unpacks to far more than an export holds", mend="unpack it first"
                    )
                if shutil.disk_usage(folder).free < _CHUNK:
                    raise InputError(
                        f"{folder.parent}: no room left on the disk to unpack {name}",
                        mend="make room there, or point TMPDIR at a folder with room",
                    )
                file.write(chunk)
        except (
            EOFError,
            zlib.error,
            lzma.LZMAError,
            gzip.BadGzipFile,
            zipfile.BadZipFile,
        ) as error:
            raise InputError(f"{name}: damaged: {error}", mend="copy or export it again") from None
    return Path(target)
