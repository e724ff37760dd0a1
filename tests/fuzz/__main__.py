"""`python -m fuzz SECONDS [FIRST]`: damage seeds for so long, and say how many held; those that didn't stay.

A file that didn't hold is put among the seeds, with what it showed, so that it's tried again each time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from corpus.worker import Server
from fuzz.trial import Trials, seeds


def main(seconds: float = 60, first: int = 0) -> int:
    folder = Path(tempfile.mkdtemp(prefix="userops-fuzz-"))
    end = time.monotonic() + seconds
    by_kind: dict[str, Trials] = {}
    with Server() as server:
        for number in count(first):
            for seed in seeds():
                if time.monotonic() > end:
                    break
                by_kind.setdefault(seed.suffix, Trials(server, folder)).run(seed, number)
            else:
                continue
            break
    print("kind      tried   held   read")
    for kind, trials in sorted(by_kind.items()):
        print(f"{kind:8} {trials.tried:6} {trials.held:6} {trials.read:6}")
    wrong = [one for trials in by_kind.values() for one in trials.wrong]
    for one in wrong:
        print(one, file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:2]), *map(int, sys.argv[2:3])))
