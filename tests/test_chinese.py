"""Under `--lang zh` nothing on the terminal is English but what is typed, named or quoted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.running import SAMPLES, Ran, userops
from helpers.sentences import english_in
from userops.analyses import ANALYSES
from userops.language.lines import width

SHOP = SAMPLES / "shop"
ORDERS = SHOP / "orders.csv"
COMMANDS = [
    *(name for name, analysis in ANALYSES.items() if analysis.command),
    "report", "init", "prepare", "explain", "demo",
]  # fmt: skip


def left_in_english(text: str, *quoted: str) -> list[str]:
    """Lines with three or more words of English in a row: not commands, nor what is quoted from files."""
    for part in quoted:
        text = text.replace(part, "。")
    lines = (line for line in text.splitlines() if not line.startswith("  userops "))
    return [line for line in lines if english_in(line)]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help(command: tuple[str, ...]) -> None:
    ran = userops(*command, "--help", "--lang", "zh")
    assert ran.code == 0
    assert ran.text.startswith("用法：")
    assert not left_in_english(ran.text)
    told = [line for line in ran.text.splitlines() if re.search("[\u4e00-\u9fff]", line)]
    assert max(map(width, told)) <= 80


def test_bare_it_is_the_help() -> None:
    ran = userops("--lang", "zh")
    assert ran.code == 2
    assert "重复购买" not in ran.err
    assert "\n  segment" in ran.err
    assert not left_in_english(ran.err)
    assert "\n  segment" in userops().err


EXPORT = "user,time,amount,status\na,2025-01-01,10,paid\nb,2025-01-02,20,shipped\n"
FILES = {
    "orders.csv": EXPORT,
    "empty.csv": "",
    "header.csv": "user,time,amount\n",
    "no_amount.csv": "user,time,what\na,2025-01-01,x\n",
    "words.csv": EXPORT.replace("paid", "on the way"),
    "blank_status.csv": EXPORT.replace("paid", ""),
    "days.csv": "user,time,amount\na,01/02/2025,10\nb,03/04/2025,20\n",
    "void.csv": EXPORT.replace("paid", "cancelled").replace("shipped", "cancelled"),
    "refused.csv": EXPORT + "c,never,5,paid\n",
    "masked.csv": "user,time,amount\n138****1234,2025-01-01,10\n139****1234,2025-01-02,20\n",
    "data.csv": "a,2025-01-01,10\nb,2025-01-02,20\n",
    "binary.csv": "a\x00b\x00\x15\n",
    "array.json": '[{"user": 1}]',
    "broken.toml": "lang = \n",
    "unknown.toml": "[rmf]\nbins = 5\n",
    "bounds.toml": "[rfm]\nbins = 1\n",
    "type.toml": '[rfm]\nbins = "many"\n',
}
O = "orders.csv"  # noqa: E741
WRONG = [
    ("segmnt",), ("segment", "--nope"), ("segment", "--show"), ("segment", O, "--bins", "x"),
    ("segment", O, "--bins", "1"), ("segment", O, "--bins", "99"), ("segment", O, "--show", "nope"),
    ("segment", O, "-f", "excel"), ("segment", O, "--as-of", "soon"), ("segment", "none.csv"),
    ("segment", "nowhere/none.csv"), ("segment", "*.none"), ("segment", "empty.csv"), ("segment", "header.csv"),
    ("segment", "no_amount.csv"), ("segment", "words.csv"), ("segment", "blank_status.csv"), ("segment", "days.csv"),
    ("segment", "void.csv"), ("segment", "refused.csv"), ("segment", "masked.csv"), ("segment", "data.csv"),
    ("segment", "binary.csv"), ("segment", "array.json"), ("segment", O, "--config", "none.toml"),
    ("segment", O, "--config", "broken.toml"), ("segment", O, "--config", "unknown.toml"),
    ("segment", O, "--config", "bounds.toml"), ("segment", O, "--config", "type.toml"),
    ("segment", O, "--map", "buyer=user"), ("segment", O, "--map", "user_id=buyer"), ("segment", O, "--map", "user"),
    ("segment", O, "--status", "paid=good"), ("segment", O, "--source", "acme"), ("segment", O, "--encoding", "x"),
    ("segment", O, "--date-format", "x"), ("segment", O, "--decimal", ";"), ("segment", O, "--tz", "Mars"),
    ("segment", O, "--totals", "x"), ("segment", O, "--max-rejects", "few"), ("segment", O, "--memory", "big"),
    ("segment", O, "-o", "x.doc"), ("segment", O, "-o", "nowhere/x.csv"), ("segment", O, "-o", O),
    ("segment", O, "--show", "all", "-f", "csv"), ("segment", O, "--cuts", "none.csv"), ("segment", O, "--segments", "x"),
    ("segment",), ("lifecycle", O, "--since", "2030-01-01"), ("cohorts", O, "--period", "era"),
    ("cohorts", O, "--by", "channel"), ("cohorts", O, "--events", O), ("funnel", O, "--steps", "a"),
    ("channels", O), ("referral", O), ("community",), ("goals", O), ("goals", O, "--goal", "x=1"), ("screen", O, "--koc"),
    ("split", O), ("campaigns", O), ("members", O), ("points", O), ("business", O, "--team", "x"),
    ("portrait", O, "--by", "nope"), ("contacts", O, "--for", "soon"), ("check", "none.csv"), ("check", O, "--dataset", "x"),
    ("report", O, "--show", "x"), ("report", O, "--sections", "x"), ("report", O, "-o", "x.doc"), ("init",),
    ("prepare",), ("explain", "nothing so called"), ("demo", ".", "--users", "0"), ("demo",), ("demo", "a", "b"),
]  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrong(arguments: tuple[str, ...]) -> Ran:
    return userops(*arguments, "--lang", "zh")


@pytest.mark.usefixtures("here")
def test_mistakes() -> None:
    lacking = {}
    for arguments in WRONG:
        ran = wrong(arguments)
        told = left_in_english(ran.err, "on the way", "nothing so called")
        if ran.code not in (0, 2, 3, 4) or told:
            lacking[arguments] = ran.code, told
    assert not lacking


ASKED = {
    "segment": (ORDERS,),
    "lifecycle": (ORDERS,),
    "cohorts": (ORDERS,),
    "repurchase": (ORDERS,),
    "ltv": (ORDERS, "--costs", SHOP / "costs.csv"),
    "activity": (SHOP / "events.csv",),
    "funnel": (SHOP / "events.csv", "--orders", ORDERS),
    "check": (ORDERS,),
}


@pytest.mark.parametrize("command", ASKED)
def test_notes_and_tables(command: str) -> None:
    ran = userops(
        command, *ASKED[command], "--as-of", "2025-12-17", "-v", "-f", "md", "--lang", "zh"
    )
    assert "提示：读取" in ran.err
    assert not left_in_english(ran.err + ran.text)


@pytest.mark.usefixtures("here")
def test_what_init_and_demo_write_for_people(tmp_path: Path) -> None:
    assert not left_in_english(userops("init", ORDERS, "--lang", "zh").err)
    settings = tmp_path.joinpath("userops.toml").read_text(encoding="utf-8")
    comments = re.findall(r"^# (?!\W*\[|[\w\"]+ = )(.*)|  # (.*)", settings, re.MULTILINE)
    assert len(comments) > 100
    assert not [text for found in comments if english_in(text := "".join(found))]
    assert '\nlang = "zh"\n' in settings  # asked once, it's the project's
    assert "提示：读取" in userops("segment", ORDERS).err
    ran = userops("demo", tmp_path / "shop", "--users", "20", "--lang", "zh")
    assert "接着试试" in ran.err
    read = (tmp_path / "shop/README.md").read_text(encoding="utf-8")
    assert "# 示例店铺" in read
    assert not left_in_english(re.sub(r"`[^`]*`", "", read))


def test_sentences_in_lists_are_in_the_language_that_was_asked_for() -> None:
    def actions(*options: str) -> list[str]:
        ran = userops("segment", ORDERS, "--show", "summary", "-q", *options)
        return [line.rsplit(",", 1)[1] for line in ran.text.splitlines()[1:] if '"' not in line]

    assert re.search("[a-z]", "".join(actions()))
    assert not re.search("[a-z]", "".join(actions("--lang", "zh")))
    table = ("segment", ORDERS, "-q", "--lang", "zh")
    header, *_ = userops(*table).text.splitlines()
    assert header.startswith("user_id,first_order")
    assert '"segment": "Champions"' in userops(*table, "-f", "json").text.replace('":"', '": "')


def test_columns_of_a_file_stay_as_they_are(tmp_path: Path) -> None:
    names = ["amount", "paid", "orders", *(f"col{n}" for n in range(60))]
    path = tmp_path / "o.csv"
    path.write_text(f"{','.join(names)}\n{','.join('x' for _ in names)}\n", encoding="utf-8")
    ran = userops("segment", path, "--lang", "zh")
    assert "--map user_id=列名" in ran.err
    assert "：amount, paid, orders, col0, " in ran.err
    assert re.search(r"，另有 \d+ 列$", ran.err.strip())
