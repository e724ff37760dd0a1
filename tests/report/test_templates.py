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


def test_no_frame_can_be_reached(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "headline.html.j2").write_text(
        "{{ section.tables | length }}", encoding="utf-8"
    )
    assert ">\n0" in run(tmp_path).text  # type: ignore[attr-defined]


def test_a_folder_that_isnt_there(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere").code == 2  # type: ignore[attr-defined]
