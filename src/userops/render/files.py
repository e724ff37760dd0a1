"""Where bytes go: standard output, a pipe, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from userops.core.errors import InputError
from userops.engines import temporary
from userops.render import locks
from userops.render.guarded import Guarded

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
        return _written(write, sys.stdout.buffer)
    except OSError as error:
        _abandon_stdout()
        if _reader_left(error):
            return ()
        raise _unwritable("standard output", error) from error


def stdout_failure() -> InputError | None:
    """Why what was printed can't get out; None where it can."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _abandon_stdout()
        return _unwritable("standard output", error)
    except (AttributeError, ValueError):  # closed
        pass
    return None


def _written(write: Write, sink: BinaryIO) -> tuple[str, ...]:
    """Write to a sink.

    Raises:
        OSError: the sink takes no more, whatever those that write make of it.
    """
    with Guarded(sink) as guarded:
        notes = write(cast("BinaryIO", guarded))
        guarded.flush()
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


def check_writable(path: str) -> None:
    """See that a file may be written there, before anything is read for it.

    Raises:
        InputError: it may not.
    """
    if is_special(path):
        return
    target = Path(os.path.realpath(path))
    try:
        _check_replaceable(target)
        if not target.parent.is_dir():
            there = errno.ENOTDIR if target.parent.exists() else errno.ENOENT
            raise OSError(there, os.strerror(there))
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unwritable(path, error) from error


def _to_special(write: Write, path: str) -> tuple[str, ...]:
    try:
        with open(path, "wb") as sink:
            return _written(write, sink)
    except OSError as error:
        if _reader_left(error):
            return ()
        raise _unwritable(path, error) from error


def _to_file(write: Write, path: str) -> tuple[str, ...]:
    """Write beside the target and take its place in one step: it's the old file or the new.

    While it's written it's this user's alone, and of runs that were killed nothing stays.
    """
    target = Path(os.path.realpath(path))
    try:
        old_state = _check_replaceable(target)
        locks.sweep(target.parent)
        handle, part_file = locks.new_part(target.parent, secrets.token_hex(6))
        with temporary.known(part_file), open(handle, "wb") as sink:
            try:
                notes = _written(write, sink)
                os.fsync(sink.fileno())
                _give_mode(part_file, old_state)
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


def _give_mode(part_file: Path, old_state: os.stat_result | None) -> None:
    """Give the new file the old one's owner, where that's allowed, and mode; else those of any new file."""
    if old_state is None:
        part_file.chmod(0o666 & ~_umask(part_file.parent))
        return
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(part_file, old_state.st_uid, old_state.st_gid)
    part_file.chmod(stat.S_IMODE(old_state.st_mode))


def _umask(folder: Path) -> int:
    """What a new file here isn't allowed. A process' mask is only told when it's set, for all threads."""
    probe = folder / f"{locks.PART_PREFIX}{secrets.token_hex(6)}.part"
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return 0o666 & ~stat.S_IMODE(os.fstat(handle).st_mode)
    finally:
        os.close(handle)
        with suppress(OSError):  # swept by another run
            probe.unlink()


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
        errno.ENOTDIR: "what should be its folder is a file",
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
    """
    path = as_path(output)
    if path is None or is_special(path):
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.held(path))
        except OSError as error:
            raise _unwritable(path, error) from error
        yield
