"""Which language a run speaks: `--lang`, else the settings, else the system's, as gettext reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.running import SAMPLES, spawned
from userops.language.spoken import of_environment

ORDERS = SAMPLES / "shop/orders.csv"
CHINESE = {"LANG": "zh_CN.UTF-8"}


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        # LANGUAGE goes before the locale, unless that is C; languages that we haven't are passed over.
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_GB:en"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "ja:ko"}, "zh"),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, "en"),
        ({"LANGUAGE": "zh_CN"}, "en"),
    ],
)
def test_the_systems_language_is_read_as_gettext_does(
    environment: dict[str, str], lang: str
) -> None:
    assert of_environment(environment) == lang


def ran(*arguments: object, cwd: Path | None = None, **environment: str):
    """A process in an environment of its own."""
    given = {**os.environ, "PYTHONPATH": str(SAMPLES.parent / "src"), "PYTHONIOENCODING": "utf-8"}
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        given.pop(name, None)
    return spawned(*arguments, cwd=cwd, env={**given, **environment})


def test_the_system_sets_what_people_read_and_nothing_that_programs_do(tmp_path: Path) -> None:
    table = ("segment", ORDERS, "--show", "summary", "--as-of", "2025-12-17")
    english, chinese = ran(*table, "-f", "csv"), ran(*table, "-f", "csv", **CHINESE)
    assert english.out == chinese.out
    assert "rows read" in english.err
    assert "提示：读取" in chinese.err
    people = ran(*table, "-f", "md", **CHINESE)
    assert people.out == ran(*table, "-f", "md", "--lang", "zh").out
    assert ran(*table, "-f", "md", "--lang", "en", **CHINESE).out == ran(*table, "-f", "md").out
    # The settings go before the system, and the command line before both.
    tmp_path.joinpath("userops.toml").write_text('# ours\nlang = "en"\n[exports]\n')
    assert b"Segment" in ran(*table, "-f", "md", cwd=tmp_path, **CHINESE).out
    tmp_path.joinpath("userops.toml").write_text('lang = "zh"  # ours\n')
    assert ran(*table, "-f", "md", cwd=tmp_path).out == people.out
    assert "no such" in ran("segment", "x.csv", "--lang", "en", cwd=tmp_path).err
    assert "没有这个文件" in ran("segment", "x.csv", cwd=tmp_path).err


@pytest.mark.parametrize(
    "arguments",
    [("--lang", "zh", "segment", "--help"), ("segment", "--help", "--lang=zh"), ("segment", "-h")],
)
def test_help_is_in_the_language_wherever_it_is_asked_for(arguments: tuple[str, ...]) -> None:
    environment = {} if "zh" in " ".join(arguments) else CHINESE
    text = ran(*arguments, **environment).text
    assert text.startswith("用法：userops segment [选项]")
    assert "截止日" in text
    assert "Default" not in text
