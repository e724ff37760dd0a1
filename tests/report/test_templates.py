"""One's own templates: file by file, in a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.running import userops
from report.conftest import SHOP

ORDERS = SHOP / "orders.csv"


def run(folder: Path, fmt: str = "html") -> object:
    return userops(
        "report", ORDERS, "--sections", "headline", "--template", folder, "-f", fmt, "-q"
    )


def test_one_file_stands_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "headline.html.j2").write_text(
        "<p>{{ section.figures[0].value }} <b>{{ report.title }}</b></p>", encoding="utf-8"
    )
    ran = run(tmp_path)
    assert ran.code == 0  # type: ignore[attr-defined]
    assert "<p>¥26,232 <b>The week in user operations</b></p>" in ran.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "reach",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ report.__init__.__globals__ }}",
        "{{ section.figures.__class__ }}",
        "{{ '{0.__class__}'.format(report) }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
        "{{ missing }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../../etc/passwd' %}",
    ],
)
def test_python_is_out_of_reach(tmp_path: Path, reach: str) -> None:
    for name in ("section.html.j2", "report.md.j2"):
        (tmp_path / name).write_text(reach, encoding="utf-8")
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "headline.html.j2").write_text(reach, encoding="utf-8")
    for fmt in ("html", "md"):
        ran = run(tmp_path, fmt)
        assert ran.code == 2, ran.text[:300]  # type: ignore[attr-defined]
        assert ran.err.startswith("error: template")  # type: ignore[attr-defined]
        assert "root:" not in ran.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
        ("{{ 'a' + 1 }}", "TypeError: "),
        ("{% for n in range(10 ** 9) %}{% endfor %}", "OverflowError: "),
        ("{{ 'x' * report.title | length * 10 ** 17 }}", "MemoryError"),
        ("{% include 'report.md.j2' %}", "RecursionError: "),
        ("{{ missing }}", "'missing' is undefined"),
        ("{{ report.facts | nothing }}", "No filter named 'nothing'"),
        ("{% if %}", "Expected an expression"),
        ("{% include '../../etc/passwd' %}", "no template ../../etc/passwd in "),
        ("{% include ['a.j2', 'b.j2'] %}", "no template a.j2 or b.j2 in "),
        ("\xff", "not UTF-8"),
    ],
)
def test_faults_have_their_place(fault: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "report.md.j2").write_text(f"# One\n\n{fault}\n", encoding="latin-1")
    ran = run(tmp_path, "md")
    assert ran.code == 2, ran.err  # type: ignore[attr-defined]
    assert ran.err.startswith(f"error: template report.md.j2, line 3: {said}")  # type: ignore[attr-defined]
    assert ran.out == b""  # type: ignore[attr-defined]


def test_faults_in_what_a_template_includes(tmp_path: Path) -> None:
    (tmp_path / "report.css").write_bytes(b"body {\n  color: \xff;\n}\n")
    assert "template report.css, line 2: not UTF-8" in run(tmp_path).err  # type: ignore[attr-defined]
    (tmp_path / "report.css").unlink()
    (tmp_path / "sections").mkdir()
    part = tmp_path / "sections" / "headline.html.j2"
    part.write_text("\n\n<p>{{ 1 / 0 }}</p>", encoding="utf-8")
    assert f"template {Path('sections/headline.html.j2')}, line 3: Zero" in run(tmp_path).err  # type: ignore[attr-defined]


def test_a_folder_that_holds_the_program_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    own = tmp_path.relative_to("/")
    (own / "report.md.j2").write_text("{{ 1 / 0 }}", encoding="utf-8")
    assert "template report.md.j2, line 1: Zero" in run(own, "md").err  # type: ignore[attr-defined]
    from userops.report.page import _error_place

    with pytest.raises(ValueError, match="invalid literal") as stopped:
        int("x")
    assert _error_place(stopped.value, Path("/")) is None


def test_a_fault_of_our_templates_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from userops.report import page

    monkeypatch.setattr(page, "_without_tables", lambda _: None)
    assert run(tmp_path).code == 1  # type: ignore[attr-defined]


def test_no_frame_can_be_reached(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "headline.html.j2").write_text(
        "{{ section.tables | length }}", encoding="utf-8"
    )
    assert ">\n0" in run(tmp_path).text  # type: ignore[attr-defined]


def test_a_folder_that_isnt_there(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere").code == 2  # type: ignore[attr-defined]
