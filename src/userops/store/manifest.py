"""What a store was made from and what it's made of, so that nothing in it has to be believed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

import polars as pl

from userops import __version__
from userops.render import files as outputs

T = TypeVar("T")
NAME = "manifest.json"
FORMAT = 5
# Of an export's bytes as many are looked at in its beginning, and in its end.
_ENDS = 64 << 10
_CHUNK = 4 << 20


class DamagedError(Exception):
    """Something in a store isn't what was written."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells that an export is the one that was read.

    Times are in nanoseconds. The time of the last change of state can't be set back by who
    copies a file over another with its old time of modification.
    """

    path: str
    size: int
    modified: int
    changed: int
    ends: str  # a hash of its first and last bytes

    @classmethod
    def of(cls, name: str) -> Self | None:
        """A file's; None of what is no file, such as a pipe, which reading would empty."""
        try:
            state = os.stat(name)
            if not stat.S_ISREG(state.st_mode):
                return None
            with open(name, "rb") as file:
                ends = hashlib.sha256(file.read(_ENDS))
                file.seek(max(state.st_size - _ENDS, 0))
                ends.update(file.read(_ENDS))
        except OSError:
            return None
        times = (state.st_mtime_ns, state.st_ctime_ns)
        return cls(os.path.abspath(name), state.st_size, *times, ends.hexdigest())

    @classmethod
    def said(cls, content: Any) -> Self:
        """The one that a manifest says."""
        size, modified, changed = (
            _a(int, content[name]) for name in ("size", "modified", "changed")
        )
        return cls(_a(str, content["path"]), size, modified, changed, _a(str, content["ends"]))


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a store: its size and the CRC-32 of its bytes, against damage."""

    size: int
    crc: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Of a file as it is."""
        crc = size = 0
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe may never end
            raise OSError(f"{path} is no file")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        return cls(size, crc)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a store and the files in it."""

    name: str
    files: Mapping[str, Written]

    @classmethod
    def of(cls, path: Path) -> Self:
        """Of a folder as it is."""
        return cls(path.name, {one.name: Written.of(one) for one in sorted(path.iterdir())})

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files.values())

    def checked(self, store: Path, names: Sequence[str]) -> list[Path]:
        """Paths of some of its files, each as it was written.

        Raises:
            DamagedError: one isn't, or is gone.
        """
        paths = [store / self.name / name for name in names]
        for path in paths:
            try:
                same = Written.of(path) == self.files[path.name]
            except (OSError, KeyError):
                same = False
            if not same:
                raise DamagedError(str(path))
        return paths


@dataclass(frozen=True, slots=True)
class Entry:
    """An export: `facts` is what was found out about it, `kept` its rows."""

    name: str  # as it was named
    print: Fingerprint
    rows: int
    kept: Folder
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A store. `whole` is what all exports together give, `facts` what there is to tell of it."""

    entries: Sequence[Entry]
    whole: Folder
    facts: Mapping[str, Any]

    def save(self, store: Path) -> None:
        """Write it: from now on the store is what it says."""
        text = json.dumps({"made_by": made_by(), **asdict(self)}).encode()
        digest = hashlib.sha256(text).hexdigest().encode()

        def write(sink: BinaryIO) -> tuple[str, ...]:
            sink.write(digest + b"\n" + text)
            return ()

        _make_way(store / NAME)
        outputs.deliver(write, str(store / NAME))

    @classmethod
    def load(cls, store: Path) -> Self | None:
        """The one that stands there; None where there's none.

        Raises:
            DamagedError: it isn't whole, or of another version.
        """
        path = store / NAME
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise DamagedError(f"{NAME} is no file")
            digest, _, text = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as failure:
            raise DamagedError(str(failure)) from failure
        if hashlib.sha256(text).hexdigest().encode() != digest:
            raise DamagedError(NAME)
        try:
            return cls._of(json.loads(text))
        except _MISSHAPEN as error:
            raise DamagedError(f"{NAME}: {error}") from error

    @classmethod
    def _of(cls, content: Any) -> Self:
        """The one that JSON says; any error of `_MISSHAPEN` where it says none."""
        if content["made_by"] != made_by():
            raise DamagedError("of another version")
        entries = [
            Entry(
                _a(str, one["name"]),
                Fingerprint.said(one["print"]),
                _a(int, one["rows"]),
                _folder(one["kept"]),
                _a(dict, one["facts"]),
            )
            for one in _a(list, content["entries"])
        ]
        return cls(entries, _folder(content["whole"]), _a(dict, content["facts"]))

    @property
    def folders(self) -> set[str]:
        """Names of the folders that belong to the store."""
        return {self.whole.name, *(one.kept.name for one in self.entries)}


# What comes of JSON that doesn't hold what it should.
_MISSHAPEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError)


def _a(kind: type[T], value: Any) -> T:
    """A value that is of a kind; TypeError where it isn't."""
    if type(value) is not kind:
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
    return value


def _folder(content: Any) -> Folder:
    name = _a(str, content["name"])
    if name != Path(name).name or not name:
        raise ValueError(f"{name!r} is no folder of the store")
    files = {
        _a(str, file): Written(_a(int, written["size"]), _a(int, written["crc"]))
        for file, written in content["files"].items()
    }
    return Folder(name, files)


def _make_way(path: Path) -> None:
    """Remove what stands where a manifest should, if it's none: a folder, a link, a pipe."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    elif not stat.S_ISREG(mode):
        path.unlink()


def made_by() -> dict[str, Any]:
    """Whose hashes and rules a store holds: no other's will do."""
    return {"format": FORMAT, "userops": __version__, "polars": pl.__version__}
