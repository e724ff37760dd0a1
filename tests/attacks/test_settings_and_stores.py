"""Settings, templates and stores that were made to break what reads them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attacks.test_values import good, write
from helpers.running import userops
from helpers.stores import MADE_AGAIN, store_of
from helpers.watched import watched
from userops.store.manifest import NAME


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "{b=" * 5000 + "1" + "}" * 5000,
        "[" + "a." * 5000 + "b]",
        "a = " + "1" * 5000,
        "[rfm]\nbins = " + "1" * 5000,
        "[rfm]\nbins = 1e" + "9" * 5000,
        "a = 0x" + "f" * 50_000,
    ],
    ids=["lists", "tables", "names", "digits", "a number of ours", "an exponent", "hex"],
)
def test_toml(here: Path, text: str) -> None:
    Path("userops.toml").write_text(text)
    ran = userops("segment", write(here / "o.csv", good()))
    assert ran.code == 2, ran.err
    assert "userops.toml" in ran.err
    assert "fault" not in ran.err


@pytest.mark.parametrize("name", ["rot13", "base64", "hex", "zlib", "bz2", "quopri", "uu", "idna", "punycode",
                                  "undefined", "unicode_escape", "raw_unicode_escape", "x" * 5000, "a\0b", "../x"])  # fmt: skip
def test_encodings_that_are_none(here: Path, name: str) -> None:
    ran = userops("segment", write(here / "o.csv", good()), "--encoding", name)
    assert ran.code in (2, 3), ran.err
    assert "no such encoding" in ran.err
    assert "fault" not in ran.err


@pytest.mark.parametrize(
    "text",
    ["{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "{{ " + "[" * 2000 + "]" * 2000 + " }}",
     "{% if 1 %}" * 2000 + "{% endif %}" * 2000, "{{ 1" + "+1" * 20_000 + " }}", "{% include 'report.md.j2' %}"],
    ids=["brackets", "lists", "ifs", "sums", "itself"],
)  # fmt: skip
def test_templates(here: Path, text: str) -> None:
    Path("mine").mkdir()
    Path("mine/report.md.j2").write_text(text)
    ran = userops("report", write(here / "o.csv", good()), "-f", "md", "--template", "mine")
    assert ran.code in (0, 2), ran.err[-500:]
    if ran.code:
        assert "template report.md.j2" in ran.err


class TestStores:
    """Whatever a store has become, it's made again, and what it says is what the exports say."""

    def prepared(self, here: Path, careful: bool) -> str:
        name = write(here / "o.csv", [*good(), *(["bad,u1,never,5"] if careful else [])])
        assert userops("prepare", name, "--max-rejects", "5").code == 0
        return name

    def answers(self, name: str) -> bytes:
        ran = userops("segment", name, "-f", "csv", "--max-rejects", "5", "--no-store")
        assert ran.code == 0
        return ran.out

    @pytest.mark.parametrize("careful", [False, True])
    def test_a_right_digest_and_a_wrong_shape(self, here: Path, careful: bool) -> None:
        name = self.prepared(here, careful)
        path = store_of() / NAME
        content = json.loads(path.read_bytes().partition(b"\n")[2])
        wrong: list[Any] = [None, [], {}, 7, "x", {"made_by": content["made_by"]}]
        wrong += _changes(content)
        answer = self.answers(name)
        for text in (json.dumps(one) for one in wrong):
            path = store_of() / NAME
            path.write_text(hashlib.sha256(text.encode()).hexdigest() + "\n" + text)
            ran = userops("segment", name, "-f", "csv", "--max-rejects", "5")
            assert (ran.code, ran.out) == (0, answer), (text[:300], ran.err)
            assert MADE_AGAIN in ran.err or "read from" in ran.err, ran.err

    @pytest.mark.parametrize("careful", [False, True])
    @pytest.mark.parametrize("how", ["fifo", "folder", "loop", "device"])
    def test_what_is_no_file(self, here: Path, how: str, careful: bool) -> None:
        name = self.prepared(here, careful)
        answer = self.answers(name)
        # What could hang is watched from outside.
        run = watched if how in ("fifo", "device") and not careful else userops
        for of in (NAME, "set-*/orders-*.parquet", "export-*/*.parquet"):
            _replace(next(store_of().glob(of)), how)
            ran = run("segment", name, "-f", "csv", "--max-rejects", "5")
            assert (ran.code, ran.out) == (0, answer), ran.err
            _replace(next(store_of().glob(of)), how)
            ran = run("prepare", name, "--max-rejects", "5")
            assert ran.code == 0, ran.err
            again = userops("segment", name, "-f", "csv", "--max-rejects", "5")
            assert (again.code, again.out) == (0, answer)
            assert "read from the prepared store" in again.err


def _changes(content: Any) -> list[Any]:
    """The same with one value after the other gone, or of another kind."""
    found: list[Any] = []

    def walk(place: Any, depth: int) -> None:
        keys = list(place) if isinstance(place, dict) else range(min(len(place), 1))
        for key in keys:
            kept = place[key]
            for other in (None, "x", -1, [[]]):
                if type(kept) is type(other):
                    continue
                place[key] = other
                found.append(json.loads(json.dumps(content)))
            if isinstance(place, dict):
                del place[key]
                found.append(json.loads(json.dumps(content)))
            place[key] = kept
            if isinstance(kept, (dict, list)) and depth < 4:
                walk(kept, depth + 1)

    walk(content, 0)
    return found[:: max(len(found) // 20, 1)]


def _replace(path: Path, how: str) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()
    make: dict[str, Callable[[], object]] = {
        "fifo": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "loop": lambda: path.symlink_to(path.name),
        "device": lambda: path.symlink_to("/dev/zero"),
    }
    make[how]()


def test_a_store_in_the_way(here: Path) -> None:
    """Where a store can't be, the exports are read."""
    name = write(here / "o.csv", good())
    Path(".userops").write_text("not a folder")
    ran = userops("segment", name, "-f", "csv")
    assert ran.code == 0, ran.err
    assert userops("prepare", name).code == 3
    shutil.rmtree(".userops", ignore_errors=True)
