"""An analysis that is laid out in a copy is there for all: nothing else has to know of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDERS = ROOT / "sample_data" / "shop" / "orders.csv"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for name in ("src", "scripts", "reports", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    laid = subprocess.run(
        [sys.executable, root / "scripts" / "new_analysis.py", "basket"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    changed = {
        path for path in root.rglob("*") if path.is_file() and path.read_bytes() != before.get(path)
    }
    assert {str(path.relative_to(root)) for path in changed} == set(laid)
    assert len(laid) == 8  # five files, a test, the registry, the changelog
    return root


@pytest.fixture
def run(copy: Path, tmp_path: Path) -> Run:
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
    }

    def start(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=True, **more,
        )  # fmt: skip

    return start


def test_it_is_a_command(run: Run) -> None:
    assert "basket" in run("-m", "userops", "--help").stdout
    shown = run("-m", "userops", "basket", "--help").stdout
    assert "--most" in shown
    assert "Default: 5" in shown
    table = run("-m", "userops", "basket", ORDERS, "-q", "-f", "csv", "--most", 3).stdout
    assert table.splitlines()[0] == "times,users,users_share"
    assert len(table.splitlines()) == 4


def test_its_words_are_known_in_both_languages(run: Run) -> None:
    assert "userops basket" in run("-m", "userops", "explain", "times").stdout
    shown = run("-m", "userops", "basket", ORDERS, "-q", "-f", "md", "--lang", "zh").stdout
    assert "订单数" in shown


def test_its_parameters_are_settings(run: Run, tmp_path: Path) -> None:
    run("-m", "userops", "init", ORDERS)
    settings = tmp_path / "userops.toml"
    assert "[basket]" in settings.read_text(encoding="utf-8")
    settings.write_text("[basket]\nmost = 2\n", encoding="utf-8")
    assert len(run("-m", "userops", "basket", ORDERS, "-q", "-f", "csv").stdout.splitlines()) == 3
    settings.write_text("[basket]\nmots = 2\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as wrong:
        run("-m", "userops", "basket", ORDERS)
    assert "did you mean most?" in wrong.value.stderr


def test_it_is_a_python_function(run: Run) -> None:
    code = f"from userops import api; print(api.basket({str(ORDERS)!r}, most=2)['summary'].frame.height)"
    assert run("-c", code).stdout.strip() == "2"
    assert (
        "orders from which users are counted together"
        in run("-c", "from userops import api; print(api.basket.__doc__)").stdout
    )


def test_it_is_a_section_of_the_report(run: Run) -> None:
    report = run("-m", "userops", "report", ORDERS, "--sections", "basket").stdout
    assert "Basket" in report
    assert "Share of users" in report


def test_it_is_in_the_documents(run: Run, copy: Path) -> None:
    run(copy / "scripts" / "reference.py", "--root", copy)
    reference = (copy / "docs" / "reference" / "basket.md").read_text(encoding="utf-8")
    assert "userops basket" in reference
    assert "--most" in reference


def test_its_own_test_passes(run: Run, copy: Path) -> None:
    run(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        copy / "tests" / "analyses" / "test_basket.py",
    )
