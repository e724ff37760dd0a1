"""The documentation's commands run, its Python too; the tables that it shows are the program's.

`python tests/test_documentation.py` writes the tables anew.
"""

from __future__ import annotations

import contextlib
import doctest
import re
import shlex
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from corpus.makers import ORDERS as MAKERS
from corpus.makers import shop as small_shop
from helpers.running import userops
from userops import api
from userops.demo import write_demo

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# The reference is written from the declarations.
PAGES = sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "reference")
ALL = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "sample_data" / "README.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# A comment, and the table that its command gives.
RESULT = re.compile(r"<!-- result: (userops .*?) -->\n\n?(?:(?:\|.*\n)+\n?)?")
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")
USERS = 600  # of the shop that commands run in; tables are of the whole demo shop


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [body for kind, body in BLOCK.findall(text) if kind == language]


PAGES_OF = {kind: [page for page in PAGES if blocks(page, kind)] for kind in ("sh", "python")}
RESULTS = [page for page in PAGES if RESULT.search(page.read_text(encoding="utf-8"))]


def name_of(page: object) -> str:
    return page.relative_to(DOCS).as_posix() if isinstance(page, Path) else str(page)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that the documentation speaks of, smaller; with the exports of two makers."""
    folder = tmp_path_factory.mktemp("docs") / "shop"
    write_demo(folder, users=USERS)
    for maker in ("youzan", "shopify"):
        (folder / f"{maker}.csv").write_bytes(MAKERS[maker](small_shop()))
    return folder


@pytest.fixture
def in_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shop)
    monkeypatch.delenv("LANG", raising=False)
    return shop


@pytest.mark.parametrize("page", PAGES_OF["sh"], ids=name_of)
def test_commands_run(page: Path, in_shop: Path) -> None:
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line, comments=True)
        assert program == "userops", line
        ran = userops(*arguments)
        assert ran.code == 0, f"{line}\n{ran.err}"


def test_the_chinese_tutorial_has_the_commands_of_the_english_one() -> None:
    """Which are run: so these run, too."""

    def commands(page: str, *kinds: str) -> set[str]:
        lines = [
            line
            for kind in kinds
            for block in blocks(DOCS / page, kind)
            for line in block.splitlines()
        ]
        return {re.sub(r" --lang zh| -o \S+|(?<=explain ).*", "", line) for line in lines}

    assert len(commands("zh/tutorial.md", "text")) > 12
    assert commands("zh/tutorial.md", "text") <= commands("tutorial.md", "sh", "text")


@pytest.mark.parametrize("page", PAGES_OF["python"], ids=name_of)
def test_python_runs(page: Path, in_shop: Path) -> None:
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)


@pytest.mark.parametrize("name", sorted(api.__all__))
def test_docstrings_have_an_example_that_runs(name: str, in_shop: Path) -> None:
    (test,) = doctest.DocTestFinder(recurse=False).find(getattr(api, name), name, globs={})
    assert test.examples
    with contextlib.redirect_stdout(None):
        runner = doctest.DocTestRunner()
    said: list[str] = []
    assert runner.run(test, out=said.append).failed == 0, "".join(said)


@cache
def table(command: str) -> str:
    """The table that a command gives in the demo shop, as Markdown."""
    with contextlib.chdir(ROOT / "sample_data" / "shop"):  # the demo's files
        ran = userops(*shlex.split(command)[1:], "-q", "-f", "md")
    assert ran.code == 0, ran.err
    lines = [line for line in ran.text.splitlines() if line.startswith("|")]
    return "\n".join(lines)


def renewed(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return RESULT.sub(lambda found: f"<!-- result: {found[1]} -->\n\n{table(found[1])}\n\n", text)


@pytest.mark.parametrize("page", RESULTS, ids=name_of)
def test_tables_are_what_the_commands_give(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == renewed(page)


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / target).resolve()
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings]
            assert anchor[1:] in slugs, f"{target}{anchor}"


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_source_archive_holds_what_the_readme_links_to(page: str) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    held = {
        path.lstrip("/")
        for path in declared["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    }
    targets = {target for target, _ in LINK.findall((ROOT / page).read_text(encoding="utf-8"))}
    assert len(targets) > 8
    assert {target.split("/")[0] for target in targets} <= held


def main() -> None:
    for page in RESULTS:
        page.write_text(renewed(page), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
