"""What a run used: its inputs, its settings, and the definitions of its words."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from userops.analyses.report_params import ReportParams
from userops.core import shown
from userops.core.params import PATHS
from userops.inputs import RunInputs
from userops.language import definitions, explain
from userops.language.words import Lang
from userops.readers.exports import Export
from userops.readers.files.open import expand
from userops.report.material import Input
from userops.report.privacy import Mode
from userops.settings import Settings, taken_as

# What the tables of inputs and columns say already.
_ELSEWHERE = frozenset({"exports", "columns", "status"})


def inputs(run_inputs: RunInputs) -> tuple[Input, ...]:
    """Every file that was read, by the bytes it holds."""
    files = [(_path_of(export), export.name, "orders") for export in run_inputs.orders.exports]
    for dataset, dataset_exports in run_inputs.exports.items():
        names = [name for name in dataset_exports if isinstance(name, str)]
        if dataset != "orders" and names:
            files += [(Path(name), name, dataset) for name in expand(names)]
    return tuple(
        Input(shown.named(Path(name).name), dataset, _digest(path)) for path, name, dataset in files
    )


def _path_of(export: Export) -> Path:
    """An export as the user has it, packed or not; what came through a pipe, where it was put."""
    path = Path(export.name)
    return path if path.is_file() else export.source.path


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def settings(project: Settings, params: ReportParams) -> tuple[tuple[str, str], ...]:
    """What was asked, and what is set otherwise than by default, by its name in the settings."""
    lines: list[tuple[str, str]] = [
        ("--period", params.period),
        ("--against", params.against),
        ("--pii", params.pii or Mode.MASK.value),
    ]
    changed = project.model_dump(exclude_defaults=True, mode="json")
    for one in taken_as(*PATHS):  # by their names, as exports are
        if path := changed.get(one.table, {}).get(one.name):
            changed[one.table][one.name] = Path(path).name
    lines += [(name, _flat(value)) for name, value in changed.items() if name not in _ELSEWHERE]
    return tuple(lines)


def _flat(value: object) -> str:
    """A value of the settings in a line; tables within tables in braces, as TOML has them."""
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_inner(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_flat, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _inner(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{_flat(value)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{_flat(value)}]"
    return _flat(value)


def define(lang: Lang, modules: Sequence[str], name: str) -> tuple[str, str] | None:
    """A column's label and definition, from the first module that has one."""
    for module in modules:
        for definition in definitions.definitions():
            if (
                definition.kind == definitions.TERM
                and definition.module == module
                and definition.name == name
            ):
                return explain.label(definition, lang), explain.text(definition, lang)
    return None
