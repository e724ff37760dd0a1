"""What a store was made from and what it's made of, so that nothing in it has to be believed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import polars as pl

from userops import __version__
from userops.render import files as outputs

NAME = "manifest.json"
FORMAT = 3
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


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a store: its size and the CRC-32 of its bytes, against damage."""

    size: int
    crc: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Of a file as it is."""
        crc = size = 0
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
        text = json.dumps({"made_by": made_by(), **asdict(self)}, ensure_ascii=False).encode()
        digest = hashlib.sha256(text).hexdigest().encode()

        def write(sink: BinaryIO) -> tuple[str, ...]:
            sink.write(digest + b"\n" + text)
            return ()

        outputs.deliver(write, str(store / NAME))

    @classmethod
    def load(cls, store: Path) -> Self | None:
        """The one that stands there; None where there's none.

        Raises:
            DamagedError: it isn't whole, or of another version.
        """
        try:
            digest, _, text = (store / NAME).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as failure:
            raise DamagedError(str(failure)) from failure
        if hashlib.sha256(text).hexdigest().encode() != digest:
            raise DamagedError(NAME)
        content = json.loads(text)
        if content["made_by"] != made_by():
            raise DamagedError("of another version")
        entries = [
            Entry(
                one["name"],
                Fingerprint(**one["print"]),
                one["rows"],
                _folder(one["kept"]),
                one["facts"],
            )
            for one in content["entries"]
        ]
        return cls(entries, _folder(content["whole"]), content["facts"])

    @property
    def folders(self) -> set[str]:
        """Names of the folders that belong to the store."""
        return {self.whole.name, *(one.kept.name for one in self.entries)}


def _folder(content: Mapping[str, Any]) -> Folder:
    return Folder(
        content["name"], {name: Written(**written) for name, written in content["files"].items()}
    )


def made_by() -> dict[str, Any]:
    """Whose hashes and rules a store holds: no other's will do."""
    return {"format": FORMAT, "userops": __version__, "polars": pl.__version__}
