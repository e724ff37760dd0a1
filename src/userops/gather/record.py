"""What a run used: its inputs, its settings, and the definitions of its words."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from userops.commands.run import Run
from userops.gather.wanted import Wanted
from userops.language import definitions, explain
from userops.language.words import Lang
from userops.readers.exports import Export
from userops.readers.files.open import expand
from userops.report import Input
from userops.report.privacy import Mode

# What the tables of inputs and columns say already.
_ELSEWHERE = frozenset({"exports", "columns", "status"})


def inputs(this: Run) -> tuple[Input, ...]:
    """Every file that was read, by the bytes it holds."""
    files = [(_file(export), export.name, "orders") for export in this.orders.exports]
    for dataset in ("events", "users", "costs"):
        names = this.named[dataset]
        files += [(Path(name), name, dataset) for name in (expand(names) if names else ())]
    return tuple(Input(Path(name).name, dataset, _digest(path)) for path, name, dataset in files)


def _file(export: Export) -> Path:
    """An export as the user has it, packed or not; what came through a pipe, where it was put."""
    named = Path(export.name)
    return named if named.is_file() else export.source.path


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def settings(this: Run, wanted: Wanted) -> tuple[tuple[str, str], ...]:
    """What was asked, and what is set otherwise than by default, by its name in the settings."""
    told = [
        ("--period", wanted.period.value),
        ("--against", "year" if wanted.year else "previous"),
        ("--pii", (wanted.pii or Mode.MASK).value),
    ]
    set_so = this.settings.model_dump(exclude_defaults=True, mode="json")
    told += [(name, _flat(value)) for name, value in set_so.items() if name not in _ELSEWHERE]
    return tuple(told)


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_flat, value))
    return str(value)


def define(lang: Lang, modules: Sequence[str], name: str) -> tuple[str, str] | None:
    """A column's label and definition, from the first module that has one."""
    for module in modules:
        for one in definitions.definitions():
            if one.kind == definitions.TERM and one.module == module and one.name == name:
                return explain.label(one, lang), explain.text(one, lang)
    return None
