"""Where bytes go: standard output, a pipe, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from userops.core.errors import Busy, InputError

_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
# Writes to what it's given, and returns what the user should be told.
Write = Callable[[BinaryIO], tuple[str, ...]]


def as_path(output: str | os.PathLike[str] | None) -> str | None:
    """The path of an output; None is standard output, however it was written."""
    path = None if output is None else os.fspath(output)
    return None if path in _STDOUT else path


def deliver(write: Write, path: str | None) -> tuple[str, ...]:
    """Write to a path or to standard output (None); returns what `write` has to say.

    A file is locked, written beside the target, and put in its place in one step.

    Raises:
        InputError: It can't be written.
        Busy: Another run is writing it.
    """
    if path is None:
        return _to_stdout(write)
    if is_special(path):
        return _to_special(write, path)
    with holding(path):
        return _to_file(write, path)


# Standard output


def is_terminal() -> bool:
    """Whether standard output is one."""
    try:
        return sys.stdout is not None and sys.stdout.isatty()
    except ValueError:  # closed
        return False


def _to_stdout(write: Write) -> tuple[str, ...]:
    if sys.stdout is None or sys.stdout.closed:
        raise InputError("standard output is closed", mend="add -o FILE")
    try:
        sys.stdout.flush()
        sink = sys.stdout.buffer
        notes = write(sink)
        sink.flush()
    except OSError as error:
        _abandon_stdout()
        if _reader_left(error):
            return ()
        raise _unwritable("standard output", error) from error
    return notes


def _reader_left(error: OSError) -> bool:
    # Windows reports a closed pipe as an invalid argument.
    pipe_errors = {errno.EPIPE, errno.EINVAL} if sys.platform == "win32" else {errno.EPIPE}
    return error.errno in pipe_errors


def _abandon_stdout() -> None:
    """Point standard output at nothing, or Python complains of it once more when it ends."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


# Files


def is_special(path: str) -> bool:
    """Whether it's a pipe or a device, that is written to rather than replaced."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return path.startswith(("/dev/fd/", "/dev/std", "/proc/")) or not (
        stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    )


def _to_special(write: Write, path: str) -> tuple[str, ...]:
    try:
        with open(path, "wb") as sink:
            return write(sink)
    except OSError as error:
        if _reader_left(error):
            return ()
        raise _unwritable(path, error) from error


def _to_file(write: Write, path: str) -> tuple[str, ...]:
    """Write beside the target and take its place in one step: it's the old file or the new."""
    target = Path(os.path.realpath(path))
    try:
        old_state = _check_replaceable(target)
        part_file = target.with_name(f".userops-{secrets.token_hex(6)}.part")
        # Mode 666 less the user's umask, as any new file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(part_file, flags, 0o666)
        try:
            with open(handle, "wb") as sink:
                notes = write(sink)
                sink.flush()
                os.fsync(sink.fileno())
            if old_state is not None:
                _copy_owner_and_mode(part_file, old_state)
            os.replace(part_file, target)
        except BaseException:
            with suppress(OSError):
                part_file.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    return notes


def _check_replaceable(target: Path) -> os.stat_result | None:
    """What is at the target now, if anything; an error if it may not be replaced."""
    try:
        old_state = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old_state.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return old_state


def _copy_owner_and_mode(part_file: Path, old_state: os.stat_result) -> None:
    """Give the new file the owner, where that's allowed, and the mode of the old one."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(part_file, old_state.st_uid, old_state.st_gid)
    part_file.chmod(stat.S_IMODE(old_state.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the new name last; not every system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(name: str, error: OSError) -> InputError:
    mends = {
        errno.ENOSPC: "make room on the disk; nothing there was changed",
        errno.EDQUOT: "make room on the disk; nothing there was changed",
        errno.ENOENT: "make its folder first",
        errno.EISDIR: "it's a folder: name a file in it",
        errno.EACCES: "choose a place where you may write",
        errno.EROFS: "choose a place where you may write",
    }
    reason = error.strerror or str(error)
    return InputError(f"{name} can't be written: {reason}", mend=mends.get(error.errno or 0, ""))


# One run at a time


@contextmanager
def holding(output: str | os.PathLike[str] | None) -> Iterator[None]:
    """Hold an output for this process; Busy if another does. May be nested.

    A command enters this before it computes, so that of two runs the second stops at once.
    The lock's file is in the user's own part of the temporary folder, and stays there.
    """
    path = as_path(output)
    if path is None or is_special(path):
        yield
        return
    from filelock import FileLock, Timeout

    try:
        digest = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
        lock = FileLock(_lock_folder() / f"{digest}.lock", is_singleton=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise Busy(
            f"another run is writing {path}", mend="wait for it, or choose another file"
        ) from None
    except OSError as error:
        raise InputError(
            f"{path} can't be locked: {error}", mend="point TMPDIR at a folder of yours"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _lock_folder() -> Path:
    """A folder of this user alone, so that nobody else can plant what we open."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"userops-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.lstat().st_uid != user:
        raise PermissionError(errno.EACCES, f"{folder} belongs to someone else")
    return folder
