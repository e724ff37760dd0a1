"""What is recorded of a run, and how recordings are kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = "recording.jsonl.gz"
# Longer texts are told by their hash alone.
_LONGEST = 1 << 20
# A store is named by a hash of where its exports lie, which is a temporary folder.
_STORE = re.compile(rb"\.userops/[0-9a-f]{32}")
# What it holds is in an order that changes from run to run, and so packs into a byte more or less.
_SIZE = re.compile(rb"[\d,]+ bytes in (?=\.userops/)")


@dataclass(frozen=True, slots=True)
class Case:
    """A command line. What it writes goes once it's recorded, unless it's `kept` for others."""

    name: str
    arguments: tuple[str, ...]
    stdin: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False
    fresh: bool = False  # in a process of its own


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    code: int | str
    out: bytes
    err: str
    files: Mapping[str, bytes] = field(default_factory=dict)

    def record(self, name: str) -> dict[str, Any]:
        """It as it's kept."""
        return {
            "case": name,
            "code": self.code,
            "stderr": self.err,
            "stdout": content(self.out),
            "files": {path: content(written) for path, written in sorted(self.files.items())},
        }


def neutral(written: bytes, folder: Path) -> bytes:
    """Bytes without the name of the temporary folder, and what is reckoned from it."""
    for place in {str(folder), str(folder.resolve())}:
        written = written.replace(place.encode(), b"<work>")
    return _SIZE.sub(b"<n> bytes in ", _STORE.sub(b".userops/<store>", written))


def content(written: bytes) -> dict[str, Any]:
    """The hash and size of what was written, and where it's text, that."""
    found: dict[str, Any] = {"sha256": hashlib.sha256(written).hexdigest(), "bytes": len(written)}
    if written and len(written) <= _LONGEST and _is_text(written):
        found["text"] = base64.b85encode(zlib.compress(written, 6)).decode()
    return found


def _is_text(written: bytes) -> bool:
    try:
        return "\0" not in written.decode()
    except UnicodeDecodeError:
        return False


def text_of(kept: Mapping[str, Any]) -> str | None:
    """The text of a content, where it was kept."""
    if not kept["bytes"]:
        return ""
    packed = kept.get("text")
    return zlib.decompress(base64.b85decode(packed)).decode() if packed else None


def put(folder: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """Write a recording, sorted by case."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    # Without a name and a time in it, equal recordings are equal files.
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        for record in sorted(records, key=lambda one: one["case"]):
            packed.write(json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return path


def get(folder: Path) -> dict[str, dict[str, Any]]:
    """A recording's records by case."""
    path = folder / NAME if folder.is_dir() else folder
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return {record["case"]: record for record in map(json.loads, file)}
