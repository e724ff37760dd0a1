"""The program as a server: runs command lines in one process, for a start takes half a second.

Reads tasks as JSON lines (`folder, arguments, environment, stdin, out, err`) and answers each with
how it ended. What a run writes is caught at the file descriptors, past Python too. Of the program
only `userops.cli.main` is known here. Run by its path: nothing beside it is imported.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_MODES = ((0, os.O_RDONLY), (1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), (2, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))  # fmt: skip


@contextmanager
def descriptors(*paths: str) -> Iterator[None]:
    """The three standard descriptors on files."""
    kept = [os.dup(number) for number, _ in _MODES]
    try:
        for (number, mode), path in zip(_MODES, paths, strict=True):
            opened = os.open(path, mode, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        yield
    finally:
        for (number, _), saved in zip(_MODES, kept, strict=True):
            os.dup2(saved, number)
            os.close(saved)


@contextmanager
def streams() -> Iterator[None]:
    """Python's standard streams anew over the descriptors, as a process begins with them."""
    kept = sys.stdin, sys.stdout, sys.stderr
    told = {"errors": "backslashreplace", "buffering": 1}
    with (
        open(0, encoding="utf-8", closefd=False) as given,
        open(1, "w", encoding="utf-8", closefd=False) as out,
        open(2, "w", encoding="utf-8", closefd=False, **told) as err,
    ):
        sys.stdin, sys.stdout, sys.stderr = given, out, err
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = kept


@contextmanager
def surroundings(folder: str, environment: Mapping[str, str]) -> Iterator[None]:
    """The folder and the variables of a run; whatever it sets is gone after it."""
    kept = dict(os.environ)
    os.environ.update(environment)
    os.chdir(folder)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def run(main: Callable[[list[str]], Any], task: Mapping[str, Any]) -> int | str:
    """How a command line ends: its exit code, or the name of what it raised."""
    places = task["stdin"] or os.devnull, task["out"], task["err"]
    with (
        surroundings(task["folder"], task["environment"]),
        descriptors(*places),
        streams(),
    ):
        try:
            main(task["arguments"])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException as fault:
            traceback.print_exc()
            return f"raised {type(fault).__name__}"
    return 0


def remember() -> None:
    """Let Typer make the commands once and not for each run: they don't change, and it takes long."""
    from functools import cache

    import typer.main

    typer.main.get_command = cache(typer.main.get_command)


def serve() -> None:
    """Answer tasks until there are no more."""
    remember()
    tasks, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    main = importlib.import_module("userops.cli").main
    source = sys.modules["userops"].__file__
    print(json.dumps({"source": source, "python": sys.version}), file=answers, flush=True)
    for line in tasks:
        print(json.dumps({"code": run(main, json.loads(line))}), file=answers, flush=True)


if __name__ == "__main__":
    serve()
