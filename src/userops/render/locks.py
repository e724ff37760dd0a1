"""One run at a time on one output, whatever environment each has: the lock stands beside the output.

A lock's file is there while it's held. It's taken away under the lock; whoever has opened it
meanwhile sees that it's gone and begins again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from userops.core.errors import Busy
from userops.engines import temporary

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_held: dict[Path, int] = {}  # by this process, and how often
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
PART_PREFIX, _PART_SUFFIX = ".userops-", ".part"


@contextmanager
def held(path: str) -> Iterator[None]:
    """Hold an output; may be nested.

    Raises:
        Busy: another run does.
        OSError: the lock can't be made there.
    """
    place = _place(path)
    if _held.get(place):
        _held[place] += 1
        try:
            yield
        finally:
            _held[place] -= 1
        return
    with _taken(place, path), temporary.known(place):
        _held[place] = 1
        try:
            yield
        finally:
            del _held[place]


def _place(path: str) -> Path:
    """Where the lock of an output stands: in the folder that it's in, or that it is."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        return target / ".userops.lock"
    digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
    return target.with_name(f".userops-{digest}.lock")


@contextmanager
def _taken(place: Path, path: str) -> Iterator[None]:
    if fcntl is None:
        with _taken_elsewhere(place, path):
            yield
        return
    handle = _opened(place, path)
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink()
        os.close(handle)


def _opened(place: Path, path: str) -> int:
    """The lock's file, locked."""
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | _NO_LINKS | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise _busy(path) from None
        except BaseException:
            os.close(handle)
            raise
        if _is_at(place, handle):
            return handle
        os.close(handle)


def _busy(path: str) -> Busy:
    return Busy(f"another run is writing {path}", mend="wait for it, or choose another file")


def _is_at(place: Path, handle: int) -> bool:
    """Whether an open file is still the one at a place."""
    try:
        there = place.lstat()
    except OSError:
        return False
    here = os.fstat(handle)
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


@contextmanager
def _taken_elsewhere(place: Path, path: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(place, timeout=0):
            yield
    except Timeout:
        raise _busy(path) from None


# Parts: what an output is written to before it takes its place


def new_part(folder: Path, token: str) -> tuple[int, Path]:
    """A new file of this user's alone, held as long as it's open: nobody sweeps it."""
    part = folder / f"{PART_PREFIX}{token}{_PART_SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS | getattr(os, "O_BINARY", 0)
    while True:
        handle = os.open(part, flags, 0o600)
        if fcntl is None:
            return handle, part
        with suppress(OSError):  # not every system can
            fcntl.flock(handle, fcntl.LOCK_EX)
        # A sweep may have come between.
        if _is_at(part, handle):
            return handle, part
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove parts and locks that runs have left there which were killed: nobody holds those."""
    if fcntl is None:
        return
    for ending in (_PART_SUFFIX, ".lock"):
        for path in folder.glob(f"{PART_PREFIX}*{ending}"):
            with suppress(OSError):
                _sweep(path)


def _sweep(path: Path) -> None:
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.getuid():
        return
    handle = os.open(path, os.O_RDONLY | _NO_LINKS | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(path, handle):
            path.unlink()
    finally:
        os.close(handle)
