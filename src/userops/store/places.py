"""Where stores are, which one is a run's, and how a run comes by it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from userops.core.errors import Busy, InputError, UsageError, UseropsError
from userops.readers.files.open import expand
from userops.readers.options import ReadOptions
from userops.render import files as outputs
from userops.store.build import Build, ChangedError
from userops.store.manifest import NAME, DamagedError, Fingerprint, Manifest
from userops.store.prepared import Prepared, loaded

KEPT, ADDED, REBUILT = "kept", "added", "rebuilt"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Store:
    """The store of some exports, whether there is one or not.

    Args:
        place: the folder of all stores.
        names: files, globs and folders as they were named.
        options: how they're read.
        folder: the run's workspace.
        say: told what became of it.
    """

    place: Path
    names: Sequence[str]
    options: ReadOptions
    folder: Path
    say: Say

    @property
    def path(self) -> Path:
        """The store's own folder."""
        options = asdict(self.options)
        for about_the_run in ("max_rejects", "about", "datasets", "shared"):
            del options[about_the_run]  # not about the rows
        asked = {"names": [os.path.abspath(name) for name in self.names], "how": options}
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return self.place / digest[:32]

    def open(self) -> Prepared | None:
        """The orders as the store has them, made again if it's out of date; None without one.

        Nothing that's wrong with a store is an error: it's as if there were none.
        """
        if "-" in self.names or not _is_ours(self.path) or not os.path.lexists(self.path / NAME):
            return None
        try:
            names = expand(self.names)
            manifest, text = self._current(names), "read from the prepared store"
            if manifest is None:
                manifest, changes = self._built(names)
                counts = Counter(changes)
                parts = [
                    f"{counts[what]:,} {what}" for what in (ADDED, REBUILT, KEPT) if counts[what]
                ]
                text = f"the prepared store was out of date: made again ({', '.join(parts)})"
        except _UNUSABLE:
            return None
        return self._prepared(manifest, names, f"{text}; --no-store reads the exports")

    def refresh(self) -> tuple[Prepared, Manifest, list[str]]:
        """Make the store, or bring it up to date; with what was done to each export's rows.

        Raises:
            UsageError: standard input was named, or what is no file.
            InputError: an export can't be used, or the store can't be written.
            Busy: another run is making it.
        """
        names = expand(self.names)
        other = [name for name in names if name == "-" or not os.path.isfile(name)]
        if other:
            if other[0] != "-" and not os.path.exists(other[0]):
                raise InputError(f"{other[0]}: no such file", mend="check the path")
            raise UsageError(f"{other[0]} can't be kept", mend="name files, globs or folders")
        manifest = self._current(names) if _is_ours(self.path) else None
        changes = [KEPT] * len(names)
        try:
            if manifest is None or not _is_whole(self.path, manifest):
                manifest, changes = self._built(names, whole=manifest is None)
        except ChangedError:
            raise InputError("an export changed while it was read", mend="try again") from None
        except (OSError, pl.exceptions.PolarsError) as failure:
            raise InputError(
                f"{self.path}: can't be written: {str(failure).splitlines()[0]}",
                mend="check its permissions, and the room on the disk",
            ) from failure
        return self._prepared(manifest, names, ""), manifest, changes

    def clear(self) -> bool:
        """Remove the store; whether there was one.

        Raises:
            Busy: another run is making it.
        """
        if not _is_ours(self.path):
            return False
        with self._held():
            shutil.rmtree(self.path)
        return True

    def _prepared(self, manifest: Manifest, names: Sequence[str], text: str) -> Prepared:
        def mend() -> Manifest | None:
            try:
                return self._built(names, whole=False)[0]
            except _UNUSABLE:
                return None

        def used() -> None:
            if text:
                self.say(text)

        return Prepared(self.path, manifest, names, self.options, self.folder, mend, used)

    def _current(self, names: Sequence[str]) -> Manifest | None:
        """What the store holds, if it was made of these exports as they are."""
        try:
            manifest = loaded(self.path, self.options)
        except DamagedError:
            return None
        if manifest is None:
            return None
        prints = [Fingerprint.of(name) for name in names]
        return manifest if prints == [entry.print for entry in manifest.entries] else None

    def _built(self, names: Sequence[str], *, whole: bool = True) -> tuple[Manifest, list[str]]:
        """Make the store, with what is good of the old one; or without, if that isn't `whole`."""
        self._make_place()
        with self._held():
            # Another run may have done it by now.
            if whole and (manifest := self._current(names)) is not None:
                return manifest, [KEPT] * len(names)
            try:
                old = loaded(self.path, self.options)
            except DamagedError:
                old = None
            manifest = Build(self.path, names, self.options, self.folder, old).run()
        before = {entry.print.path: entry.kept.name for entry in old.entries} if old else {}
        return manifest, [
            ADDED
            if entry.print.path not in before
            else KEPT
            if before[entry.print.path] == entry.kept.name
            else REBUILT
            for entry in manifest.entries
        ]

    def _make_place(self) -> None:
        """The folders: users' ids are in them, so they're nobody else's and in no repository."""
        for folder in (self.place, self.path):
            folder.mkdir(mode=0o700, exist_ok=True)
            if not _is_ours(folder):
                raise PermissionError(1, "belongs to someone else", str(folder))
        self._ignore()

    def _ignore(self) -> None:
        """Keep the store out of repositories, before anything is in it: whole, or there's no store."""
        ignore = self.place / ".gitignore"
        # An empty one was left by a full disk.
        if not ignore.is_file() or not ignore.stat().st_size:
            outputs.deliver(lambda sink: (sink.write(b"*\n"), ())[1], str(ignore))

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the store against other runs that would make it."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Busy("another run is preparing these exports", mend="wait for it") from None
        try:
            yield
        finally:
            lock.release()


def _is_whole(path: Path, manifest: Manifest) -> bool:
    """Whether every file of a store is what was written."""
    try:
        for folder in (manifest.whole, *(entry.kept for entry in manifest.entries)):
            folder.checked(path, list(folder.files))
    except DamagedError:
        return False
    return True


# What makes a run go on without its store.
_UNUSABLE = (UseropsError, ChangedError, DamagedError, OSError, pl.exceptions.PolarsError)


def _is_ours(folder: Path) -> bool:
    """Whether a folder is there, and this user's: another's could say what it likes."""
    try:
        owner = folder.lstat().st_uid
    except OSError:
        return False
    return not hasattr(os, "getuid") or owner == os.getuid()
