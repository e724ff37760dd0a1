"""Each seed with some damage: the first of what `make fuzz` goes on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.worker import Server
from fuzz.trial import Trials, seeds


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_damage(server: Server, seed: Path, tmp_path: Path) -> None:
    trials = Trials(server, tmp_path)
    for number in range(3 if seed.suffix in (".xlsx", ".xls", ".ods") else 12):
        trials.run(seed, number)
    assert trials.wrong == []
