"""What the documents show is what the program does.

`python tests/test_docs.py` writes the outputs anew.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWING = ["README.md", "README.zh.md"]
DOCUMENTS = [
    "README.md",
    "README.zh.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
]
BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", re.DOTALL)
WIDTH = "100"
# The user's own; one that mustn't be; one of any room.
MENTIONED = ("userops.toml", "utils.py", "words.toml")


def run(command: str) -> str:
    """What a terminal of some width shows, notes first."""
    program, *arguments = shlex.split(command)
    assert program == "userops"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "userops", *arguments],
        cwd=ROOT,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUTF8": "1",
            "COLUMNS": WIDTH,
            "LINES": "40",
            "NO_COLOR": "1",
        },
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end, on Linux
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert process.stderr is not None
    notes = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    lines = (notes + shown.decode().replace("\r\n", "\n")).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def console(block: str) -> str:
    """A block's commands, each with its output."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{command}\n{run(command[2:])}" for command in commands)


def pycon(block: str) -> str:
    """A block's statements, each with its value."""
    shown, names = "", dict[str, object]()
    with contextlib.chdir(ROOT):
        for line in (line[4:] for line in block.splitlines() if line.startswith(">>> ")):
            shown += f">>> {line}\n"
            (statement,) = ast.parse(line).body
            if isinstance(statement, ast.Expr):
                shown += f"{eval(line, names)!r}\n"
            else:
                exec(line, names)
    return shown


MAKERS = {"console": console, "pycon": pycon}


def renewed(document: str) -> str:
    text = (ROOT / document).read_text(encoding="utf-8")
    return BLOCK.sub(
        lambda found: f"```{found[1]}\n{MAKERS[found[1]](found[2])}```",
        text,
    )


@pytest.mark.parametrize("document", SHOWING)
def test_examples_show_the_real_output(document: str) -> None:
    assert (ROOT / document).read_text(encoding="utf-8") == renewed(document)


@pytest.mark.parametrize("folder", ["docs/reference", "docs/zh/reference"])
def test_the_reference_lists_every_command(folder: str) -> None:
    from userops.analyses import ANALYSES
    from userops.cli import app

    text = (ROOT / folder / "index.md").read_text(encoding="utf-8")
    names = [analysis.name for analysis in ANALYSES.values() if analysis.command]
    for command in app.registered_commands:
        assert command.callback is not None
        names.append(command.name or command.callback.__name__)
    assert len(names) >= 12
    for name in [*names, "report"]:
        assert f"| [`userops {name}`]({name}.md) |" in text


def test_every_room_has_its_place_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "userops"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and path.name[0] != "_"}
    flat = {path.stem for path in package.glob("*.py")}
    assert flat == {"__init__", "__main__", "cli", "rfm", "lifecycle", "ltv"}
    floors = text[text.index("## Floors") : text.index("## How a run goes")]
    assert {room for room in rooms if not re.search(rf"\b{room}\b", floors)} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w/.]+)\)", text)
    named = re.findall(r"`((?:[\w.]+/)*[\w]+\.(?:py|md|toml|j2))`", text)
    places = (
        ROOT,
        ROOT / "src" / "userops",
        ROOT / "tests",
        ROOT / "src/userops/analyses/repurchase",
    )
    missing = [
        name
        for name in [*linked, *named]
        if "NAME" not in name
        and name not in MENTIONED
        and not any((place / name).exists() for place in places)
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_that_are_named_are_made(document: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"make ([a-z-]+)\b(?=`|  )", text)) <= set(targets)


def main() -> None:
    for document in SHOWING:
        (ROOT / document).write_text(renewed(document), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()


def test_the_reference_is_what_the_declarations_say() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import json, reference; print(json.dumps(reference.pages()))"],
        cwd=ROOT / "scripts",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pages = json.loads(made)
    for path, text in pages.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, "make reference"
    for folder in ("docs/reference", "docs/zh/reference"):
        there = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).iterdir()}
        assert there <= set(pages), "make reference"


def test_the_types_of_python_functions_are_what_the_declarations_say() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import json, stubs; print(json.dumps(stubs.stubs()))"],
        cwd=ROOT / "scripts",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for path, text in json.loads(made).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, "make reference"


def test_types_and_functions_have_the_same_keywords() -> None:
    from userops import api
    from userops.analyses import ANALYSES

    tree = ast.parse((ROOT / "src/userops/api/__init__.pyi").read_text(encoding="utf-8"))
    typed = {
        node.name: [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    for name in (*ANALYSES, "open_orders", "frame"):
        assert typed[name] == list(inspect.signature(getattr(api, name)).parameters), name
