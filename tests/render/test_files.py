from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from userops.core.errors import Busy, InputError
from userops.render.files import deliver, holding

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def hello(sink: BinaryIO) -> tuple[str, ...]:
    sink.write(b"new")
    return ("said",)


def full(sink: BinaryIO) -> tuple[str, ...]:
    sink.write(b"half")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def python(code: str, **options: object):
    process = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert deliver(hello, str(tmp_path / "out")) == ("said",)
    finally:
        os.umask(before)
    assert (tmp_path / "out").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["out"]


def test_an_old_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "out"
    target.write_bytes(b"old")
    target.chmod(0o604)
    link = tmp_path / "link"
    link.symlink_to(target)
    deliver(hello, str(link))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with pytest.raises(InputError, match="no room left on the disk"):
        deliver(full, str(target))
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


def test_a_real_full_disk_says_so() -> None:
    with pytest.raises(InputError, match="No space left"):
        deliver(hello, "/dev/full")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make its folder"):
        deliver(hello, str(tmp_path / "no" / "out"))
    with pytest.raises(InputError, match="it's a folder"):
        deliver(hello, str(tmp_path))


def test_a_kill_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    target = tmp_path / "out"
    code = f"""
from userops.render.files import deliver
def write(sink):
    for _ in range(200): sink.write(b"n" * 10_000); sink.flush()
    return ()
print(flush=True)
while True: deliver(write, {str(target)!r})
"""
    for wait in (0.0, 0.003, 0.01, 0.02, 0.05, 0.08):
        target.write_bytes(b"old")
        with python(code, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        assert target.read_bytes() in (b"old", b"n" * 2_000_000)


def test_the_second_run_is_told(tmp_path: Path) -> None:
    target = tmp_path / "out"
    code = f"""
import sys
from userops.render.files import holding
with holding({str(target)!r}): print(flush=True); sys.stdin.read()
"""
    with python(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Busy, match="another run"):
            deliver(hello, str(target))
        link = tmp_path / "link"
        link.symlink_to(target)
        with pytest.raises(Busy):
            deliver(hello, str(link))
        deliver(hello, str(tmp_path / "other"))
        process.stdin.close()
        process.wait()
        process.stdout.close()
    deliver(hello, str(target))
    assert sorted(os.listdir(tmp_path)) == ["link", "other", "out"]


def test_holding_nests(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with holding(path), holding(path):
        deliver(hello, str(path))
    with holding(None), holding("-"), holding("-"):
        pass


def test_a_planted_lock_is_refused(tmp_path: Path) -> None:
    with holding(tmp_path / "out"):
        (lock,) = tmp_path.glob(".userops-*.lock")
    (tmp_path / "theirs").write_text("theirs")
    lock.symlink_to(tmp_path / "theirs")
    with pytest.raises(InputError, match="can't be written"):
        deliver(hello, str(tmp_path / "out"))
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert not (tmp_path / "out").exists()


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    deliver(hello, str(pipe))
    reader.join()
    assert read == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_closed_pipe_ends_quietly(size: int) -> None:
    code = f"""
import sys
from userops.render.files import deliver
sys.stdin.readline()
deliver(lambda sink: (sink.write(b"x" * {size}), ())[1], None)
"""
    with python(
        code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait() == 0


def test_a_full_standard_output_is_told_once() -> None:
    code = """
from userops.render.files import deliver
from userops.core.errors import InputError
try: deliver(lambda sink: (sink.write(b"x"), ())[1], None)
except InputError as told: raise SystemExit(int(told.exit))
"""
    with (
        open("/dev/full", "wb") as sink,
        python(code, stdout=sink, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait() == 3
