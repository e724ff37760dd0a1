"""The recorder gives the same recording twice, and tells what differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recording import shelf
from recording.compare import compare
from recording.record import record

SOME = (
    "shop-000/csv/segment orders.csv --show ??? *",
    "shop-000/csv/cohorts orders.csv --show * -f csv",
    "shop-000/store/prepare *",
    "shop-000/store/repurchase *",
    "shop-000/csv/report *",
    "help/page/cohorts *",
    "wrong/use/segment o.csv -f cvs",
)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    places = tuple(tmp_path_factory.mktemp(name) for name in ("before", "after"))
    for place in places:
        assert record(place, shops=1, jobs=1, only=SOME) > 10
    return places


def test_a_recording_is_the_same_again(twice: tuple[Path, Path]) -> None:
    before, after = twice
    assert compare(before, after, (), (), 9) == 0
    assert (before / shelf.NAME).read_bytes() == (after / shelf.NAME).read_bytes()


def test_runs_end_as_they_should(twice: tuple[Path, Path]) -> None:
    codes = {name: found["code"] for name, found in shelf.get(twice[0]).items()}
    assert codes.pop("wrong/use/segment o.csv -f cvs") == 2
    assert {*codes.values()} == {0}


def test_a_difference_is_told(
    twice: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shelf.get(twice[0])
    name = "shop-000/csv/segment orders.csv --show all -f json"
    changed = json.loads(json.dumps(found))
    changed[name] |= {"code": 3, "stderr": "note: other\n", "stdout": shelf.content(b"[]")}
    shelf.put(tmp_path, changed.values())
    assert compare(twice[0], tmp_path, (), (), 9) == 1
    told = capsys.readouterr().out
    assert "exit code: 0 -> 3" in told
    assert "+note: other" in told
    assert compare(twice[0], tmp_path, ("shop-*/csv/segment *",), (), 9) == 0
    del changed[name]
    shelf.put(tmp_path, changed.values())
    assert compare(twice[0], tmp_path, (), (), 9) == 1
    assert "is gone" in capsys.readouterr().out
