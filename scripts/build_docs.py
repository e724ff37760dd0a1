"""Builds the documentation as a site, from docs/ and the documents beside it: `make docs`.

    python scripts/build_docs.py --output build/site

Nothing is fetched: fonts, scripts and the search index are in the site. Links that lead nowhere are errors.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

from userops.analyses import ANALYSES

ROOT = Path(__file__).parents[1]
# Documents that stand elsewhere than in docs/, and what they're called in the site.
BESIDE = {
    "README.md": "index.md",
    "README.zh.md": "zh/index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changes.md",
    "sample_data/README.md": "sample-data.md",
}
COMMANDS = [*ANALYSES, "report", "check", "prepare", "init", "explain", "demo"]
LINK = re.compile(r"(\]\()([^)#:\s]+)(#[^)\s]*)?\)")
CONFIG = """\
[project]
site_name = "userops"
site_description = "Customer segments, retention, LTV, call lists and reports from a shop's exports"
docs_dir = "docs"
site_dir = "site"
use_directory_urls = false
nav = {nav}

[project.theme]
font = false
language = "en"
features = ["content.code.copy", "navigation.indexes", "navigation.sections", "navigation.top", "search.highlight"]

[[project.theme.palette]]
scheme = "default"
media = "(prefers-color-scheme: light)"

[[project.theme.palette]]
scheme = "slate"
media = "(prefers-color-scheme: dark)"

[project.markdown_extensions]
admonition = {{}}
attr_list = {{}}
tables = {{}}
toc.permalink = true
pymdownx.highlight = {{}}
pymdownx.superfences = {{}}
"""


def assemble(folder: Path) -> None:
    """Put every page where it stands in the site, with the links between them."""
    places = dict(BESIDE)
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.is_file():
            places[path.relative_to(ROOT).as_posix()] = path.relative_to(ROOT / "docs").as_posix()
    for source, target in places.items():
        there = folder / target
        there.parent.mkdir(parents=True, exist_ok=True)
        if source.endswith(".md"):
            text = (ROOT / source).read_text(encoding="utf-8")
            there.write_text(relinked(text, source, target, places), encoding="utf-8")
        else:
            shutil.copy(ROOT / source, there)


def relinked(text: str, source: str, target: str, places: dict[str, str]) -> str:
    """A page whose links lead to the places of other pages.

    Raises:
        SystemExit: a link leads to a file that's no page.
    """

    def link(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        if path not in places:
            sys.exit(f"{source}: {found[2]} is no page of the site")
        there = posixpath.relpath(places[path], posixpath.dirname(target) or ".")
        return f"{found[1]}{there}{found[3] or ''})"

    return LINK.sub(link, text)


def navigation() -> list[object]:
    """The site's contents."""
    recipes = sorted(path.stem for path in (ROOT / "docs" / "recipes").glob("*.md"))
    return [
        {"Home": "index.md"},
        {"Tutorial": "tutorial.md"},
        {"Recipes": [f"recipes/{name}.md" for name in recipes]},
        {"Python": "python.md"},
        {"Large exports": "large.md"},
        {"Reference": _reference("reference")},
        {"What is asked, and why": "questions.md"},
        {"Safety": "safety.md"},
        {
            "Project": [
                "architecture.md",
                "contributing.md",
                "security.md",
                "changes.md",
                "sample-data.md",
            ]
        },
        {
            "中文": [
                {"说明": "zh/index.md"},
                {"教程": "zh/tutorial.md"},
                {"参考手册": _reference("zh/reference")},
            ]
        },
    ]


def _reference(folder: str) -> list[object]:
    names = ("index", *dict.fromkeys(COMMANDS), "options", "settings", "exports", "definitions")
    return [f"{folder}/{name}.md" for name in names]


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)} = {_toml(inner)}"
                for key, inner in value.items()
            )
            + " }"
        )
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Assemble the pages and build the site."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "site")
    output = parser.parse_args().output.resolve()
    work = output.parent / f"{output.name}-pages"
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(output, ignore_errors=True)
    (work / "docs").mkdir(parents=True)
    assemble(work / "docs")
    config = CONFIG.format(nav=_toml(navigation()))
    (work / "zensical.toml").write_text(config, encoding="utf-8")
    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict"], cwd=work, check=False
    )
    if built.returncode == 0:
        shutil.move(work / "site", output)
    shutil.rmtree(work)
    sys.exit(built.returncode)


if __name__ == "__main__":
    main()
