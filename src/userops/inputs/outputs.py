"""Files that a run writes: over nothing that it reads, nor over each other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from userops.core.errors import UsageError
from userops.readers.files.open import expand
from userops.render import files


def check_outputs(
    exports: Mapping[str, Sequence[object]],
    written: Sequence[str | None],
    others: Iterable[str | None],
    project: Iterable[str] = (),
) -> None:
    """Nothing is written over what a run reads, over the project's exports, nor over another output.

    `exports` and `others` are what the run reads, `project` the exports that its settings name.

    Raises:
        UsageError: something would be.
        InputError: a place can't be written.
    """
    if not any(written):
        return
    paths_read = [name for names in exports.values() for name in names if isinstance(name, str)]
    export_paths = {
        os.path.realpath(path) for path in (expand(paths_read) if paths_read else ()) if path != "-"
    }
    other_paths = {os.path.realpath(other) for other in others if other}
    project_paths = {os.path.realpath(path) for path in project}
    for output in filter(None, written):
        if os.path.realpath(output) in export_paths:
            raise UsageError(f"{output} is one of the exports", mend="write to another file")
        if os.path.realpath(output) in other_paths:
            raise UsageError(f"{output} is read by this run", mend="write to another file")
        if os.path.realpath(output) in project_paths:
            raise UsageError(
                f"{output} is an export that the settings name", mend="write to another file"
            )
    places: set[str] = set()
    for path in (path for output in written if (path := files.as_path(output))):
        place = os.path.realpath(path)
        if place in places and not files.is_special(path):
            raise UsageError(
                f"{path} would be written twice, one thing over the other",
                mend="write one of them to another file",
            )
        places.add(place)
        files.check_writable(path)
