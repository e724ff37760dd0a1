"""Signals end a run, and take with them what it has put into temporary places.

Python's own handlers wait for native code to return, which may take minutes. So a thread watches,
too: where the run hasn't ended a moment later, it removes what has to go and ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
# Time for the run to end by itself, in seconds.
_GRACE = 1.0
# Whether a signal has told the process to end.
_stopped = threading.Event()


@contextmanager
def watched() -> Iterator[None]:
    """Within, signals end the run within two seconds. Those that whoever started us ignores stay so."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    numbers = [one for one in numbers if signal.getsignal(one) is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return
    before = {one: signal.getsignal(one) for one in numbers}
    for one in numbers:
        signal.signal(one, _interrupt if one == signal.SIGINT else _stop)
    hook = sys.unraisablehook
    sys.unraisablehook = _without_stops(hook)
    reader, writer = os.pipe()
    with suppress(AttributeError):  # not on Windows before Python 3.12; a few bytes never wait
        os.set_blocking(writer, False)
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        # What was being written when the run was told to stop is put away later, and may complain.
        if not _stopped.is_set():
            sys.unraisablehook = hook
        signal.set_wakeup_fd(woken)
        os.close(writer)
        for one, handler in before.items():
            signal.signal(one, handler)


def _without_stops(hook: Callable[[Any], Any]) -> Callable[[Any], None]:
    """A hook that says nothing of signals that came where nothing can be raised: the thread ends the run.

    Nor of what's broken off by one, as a workbook that ends before its parts are there.
    """

    def unraisable(told: Any) -> None:
        is_stop = issubclass(told.exc_type, (KeyboardInterrupt, SystemExit))
        if not is_stop and not _stopped.is_set():
            hook(told)

    return unraisable


def _stop(number: int, _frame: object) -> None:
    _stopped.set()
    sys.exit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _stopped.set()
    signal.default_int_handler(number, frame)


def _watch(reader: int, done: threading.Event) -> None:
    """Wait for a signal, then for the run to end; else end it."""
    with suppress(OSError):
        number = os.read(reader, 1)
        if number and not done.wait(_GRACE):
            end(number[0])
    with suppress(OSError):
        os.close(reader)


def end(number: int) -> None:
    """Remove what a run has put into temporary places, and end the process at once."""
    temporary = sys.modules.get("userops.engines.temporary")
    if temporary is not None:
        temporary.remove_all()
    os._exit(128 + number)
