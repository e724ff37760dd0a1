"""The package's own modules, as text: what words and their places are read from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_DOCSTRING = re.compile(r'r?"""(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL)

# As these stand in a module's text: parsing all that a report asks about takes seconds.
_IMPORT = re.compile(r"^ *from (userops[\w.]*) import (\([^)]*\)|.*)", re.MULTILINE)
_IMPORTED = re.compile(r"(?:^|[(,])\s*(\w+)")


@cache
def modules_of(room: str) -> tuple[str, ...]:
    """Dotted paths of the modules in a room and the rooms in it; of "" those in none."""
    files = (_PACKAGE / room).glob("**/*.py" if room else "*.py")
    parts = (file.relative_to(_PACKAGE).with_suffix("").parts for file in sorted(files))
    return tuple(map(".".join, parts))


@cache
def rooms_in(room: str) -> tuple[str, ...]:
    """Names of the rooms within a room."""
    inner = (_PACKAGE / room).iterdir()
    return tuple(sorted(one.name for one in inner if (one / "__init__.py").is_file()))


@cache
def _text(path: str) -> str:
    """A module by its dotted path; nothing where there's none."""
    file = _PACKAGE.joinpath(*path.split(".")).with_suffix(".py")
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def docstring(path: str) -> str:
    """What a module says of itself. Only that is parsed: of all modules it's a third of the time."""
    found = _DOCSTRING.match(_text(path))
    return ast.get_docstring(ast.parse(found[0])) or "" if found else ""


@cache
def tree(path: str) -> ast.Module:
    """A module by its dotted path; an empty one where there's none."""
    return ast.parse(_text(path))


def name_of(path: str) -> str:
    """What a module is called in keys: an analysis' main tables by the analysis."""
    *room, name = path.split(".")
    return room[-1] if name in ("tables", "__init__") and room else name


@cache
def imports(path: str) -> tuple[str, ...]:
    """Dotted paths of what a module of ours imports, and of what might be modules."""
    return tuple(dict.fromkeys(_imported(_text(path))))


def _imported(text: str) -> Iterator[str]:
    for module, names in _IMPORT.findall(text):
        room = module.removeprefix("userops").removeprefix(".")
        yield from (f"{room}.{name}".removeprefix(".") for name in _IMPORTED.findall(names))
        yield room
