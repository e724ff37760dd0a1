"""One damaged export through the program, watched: what must hold of whatever comes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from corpus.worker import Server
from fuzz.damage import damaged

SEEDS = Path(__file__).parent / "seeds"
_MEGABYTES = 1024
_HOW = ("--show", "all", "-f", "json", "--max-rejects", "100%")


def seeds() -> list[Path]:
    return sorted(SEEDS.iterdir())


@dataclass
class Trials:
    """Damages seeds and runs the program over them."""

    server: Server
    folder: Path
    tried: int = 0
    held: int = 0
    read: int = 0  # of which the program read something
    wrong: list[str] = field(default_factory=list)

    def run(self, seed: Path, number: int) -> None:
        """One trial: the same for the same seed and number."""
        content, checked = damaged(seed.read_bytes(), seed.suffix, Random(f"{seed.name} {number}"))
        path = self.folder / f"{number}-{seed.name}"
        path.write_bytes(content)
        self.tried += 1
        try:
            problem = self._problem(path, seed, checked)
        except AssertionError as died:
            problem = str(died)
        if problem:
            self.wrong.append(f"{path}: {problem}")
        else:
            self.held += 1
            path.unlink()

    def _problem(self, path: Path, seed: Path, checked: bool) -> str:
        answer = self.server.run("segment", path, *_HOW)
        if answer.code not in (0, 2, 3, 4):
            return f"exit {answer.code}: {answer.err[-500:]}"
        if "Traceback" in answer.err + answer.noise or "fault in userops" in answer.err:
            return answer.err[-500:]
        if answer.grown > _MEGABYTES:
            return f"{answer.grown} MB"
        if answer.code:
            lines = [line for line in answer.err.splitlines() if not line.startswith("note:")]
            starts = [line.split(":")[0].strip() for line in lines]
            return "" if starts == ["error", "try"] and not answer.out else f"said {lines}"
        self.read += 1
        found = json.loads(answer.out)
        tally = found["tally"]
        gone = sum(tally["refused"].values()) + sum(tally["left_out"].values())
        if tally["used"] + gone != tally["read"]:
            return f"rows are lost: {tally}"
        if checked and found["tables"] != self.whole(seed):
            return "its checksums don't fit, and it's read as something else"
        return ""

    def whole(self, seed: Path) -> Any:
        """What the undamaged file gives."""
        return _whole(self.server, seed)


@cache
def _whole(server: Server, seed: Path) -> Any:
    return json.loads(server.run("segment", seed, *_HOW).out)["tables"]
