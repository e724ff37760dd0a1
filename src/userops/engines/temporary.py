"""What a run puts beside its results for a while: known here, so that it goes however the run ends.

A function that ends removes what it made. A run that's told to stop while native code works can't
wait for that: `remove_all` is for whoever ends it from another thread.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from userops.core.errors import InputError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = "userops-"
# A file in a run's folder, locked for as long as the run lives.
_RUNS = ".userops-run"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_SAYS = ("no space left on device", "disk quota exceeded", "os error 28)", "os error 122)")
_NO_MEMORY_SAYS = (
    "cannot allocate memory", "out of memory", "memory allocation", "unable to allocate",
    "failed to map segment", "can't start new thread", "resource temporarily unavailable",
    "os error 12)", "os error 11)", "failed to reserve",
)  # fmt: skip
_MUCH_SPACE = 4 << 30
_paths: set[Path] = set()
_processes: set[subprocess.Popen[bytes]] = set()


def place() -> str:
    """Where runs put what they keep for a while.

    Raises:
        InputError: nowhere.
    """
    try:
        return tempfile.gettempdir()
    except OSError:
        raise InputError(
            "no temporary place can be written to", mend="point TMPDIR at a folder with room"
        ) from None


def lacking(error: BaseException) -> InputError | None:
    """What the system refused, where an error comes of that: room on a disk, or memory.

    What writes elsewhere than to temporary places has to look at its errors before.
    """
    said, number = str(error).lower(), getattr(error, "errno", None)
    if number in _FULL or any(words in said for words in _FULL_SAYS):
        where = getattr(error, "filename", None) or place()
        return InputError(
            f"{where}: no room left on the disk",
            mend="make room there, or point TMPDIR at a folder with room",
        )
    if (
        isinstance(error, MemoryError)
        or number == errno.ENOMEM
        or any(words in said for words in _NO_MEMORY_SAYS)
    ):
        return InputError(
            "there isn't enough memory for this run",
            mend="allow it more (ulimit -v, the container's limit), or name fewer exports",
        )
    return None


def space_is_bounded() -> bool:
    """Whether this process may have only so little address space that allocating may fail."""
    try:
        import resource
    except ImportError:  # not on Windows
        return False
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return limit != resource.RLIM_INFINITY and limit < _MUCH_SPACE


@contextmanager
def folder() -> Iterator[Path]:
    """A private folder in the temporary place; gone afterwards, with those of runs that were killed.

    Raises:
        InputError: it can't be made.
    """
    _sweep(Path(place()))
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        known(Path(name)) as path,
        _running_in(path),
    ):
        yield path


@contextmanager
def _running_in(path: Path) -> Iterator[None]:
    """Within, a folder is known to be a run's that lives."""
    if fcntl is None:
        yield
        return
    unlocked = path / f"{_RUNS}.new"
    with unlocked.open("wb") as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        unlocked.rename(path / _RUNS)  # only now others may look whether it's locked
        yield


@cache
def _sweep(where: Path) -> None:
    """Remove what runs of this user have left that were killed (`kill -9`), once a process."""
    if fcntl is None:
        return
    for marker in where.glob(f"{_PREFIX}*/{_RUNS}"):
        with suppress(OSError):
            if marker.lstat().st_uid != os.getuid():
                continue
            handle = os.open(marker, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(marker.parent, ignore_errors=True)
            finally:
                os.close(handle)


@contextmanager
def known(path: Path) -> Iterator[Path]:
    """A file or folder that goes if the run is ended; whoever made it removes it else."""
    _paths.add(path)
    try:
        yield path
    finally:
        _paths.discard(path)


@contextmanager
def process(started: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that ends with the run."""
    _processes.add(started)
    try:
        yield
    except BaseException:
        started.kill()
        raise
    finally:
        _processes.discard(started)


def remove_all() -> None:
    """Remove all that's known, and end what runs; for a run that ends now."""
    for one in tuple(_processes):
        with suppress(OSError):
            one.kill()
    for path in tuple(_paths):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()
