"""Lines of chats counted in one grouping: what counting them one by one gives."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers.ways import carefully
from userops.customers import chat_lines, chats
from userops.customers.chat_lines import Lines, Pairs
from userops.datasets.messages import MESSAGES
from userops.readers.dataset import Opened
from userops.readers.fast.integer_ids import IdForm, number_of
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

START = datetime(2025, 3, 1, 9)
SYSTEM, RECALLED, STAFF = {"system", "SYSTEM", "系统消息"}, {"recall", "撤回"}, {"1", "Staff"}
FORMS = {"group_id": IdForm("g", 2), "user_id": IdForm("wx", 3)}


def log(random: Random, *, odd: bool) -> pl.DataFrame:
    """Rows of messages as the reader gives them, some of the system, of staff and recalled."""
    kinds = ["text", "text", "image", None, *SYSTEM, *RECALLED, *([" SyStem\t"] if odd else [])]
    rows = [
        {
            "group_id": f"g{random.randrange(3):02}",
            "user_id": random.choice([None, *(f"wx{one:03}" for one in (0, 1, 7, 42, 999))]),
            "message_id": f"m{at:05}",
            "time": START + timedelta(hours=random.randrange(400)),
            "kind": random.choice(kinds),
            "member_type": random.choice([None, None, None, "2", "2", "2", *STAFF]),
        }
        for at in range(random.choice((1, 8, 60)))
    ]
    frame = pl.DataFrame(
        rows, schema_overrides={"user_id": pl.String, "kind": pl.String, "member_type": pl.String}
    )
    return frame.with_columns(
        pl.col("time").cast(pl.Datetime("us")), day=pl.col("time").dt.date().cast(pl.Int32)
    )


def by_hand(frame: pl.DataFrame) -> dict[tuple[str, str | None], tuple[object, int, bool]]:
    """The first time, how many messages, and whether staff wrote one, by group and member."""
    times, staff = defaultdict(list), defaultdict(bool)
    for row in frame.iter_rows(named=True):
        key = row["group_id"], row["user_id"]
        times[key] += []
        if (row["kind"] or "").strip().lower() not in {one.lower() for one in SYSTEM | RECALLED}:
            times[key].append(row["time"])
            staff[key] |= row["member_type"] in STAFF
    return {key: (min(all_, default=None), len(all_), staff[key]) for key, all_ in times.items()}


@pytest.mark.parametrize("seed", range(40))
def test_one_grouping_counts_as_by_hand_whatever_is_spelled_how(seed) -> None:
    frame = log(Random(seed), odd=seed % 2 == 1)
    hand = by_hand(frame)
    numbers = {number_of(name): form.number(pl.col(name)) for name, form in FORMS.items()}
    for forms, rows in ((None, frame.lazy()), (FORMS, frame.lazy().with_columns(**numbers))):
        lines = Lines.of(frame.lazy(), pl.collect_all(chat_lines.queries(rows, forms)))
        names = ("group_id", "member_id", "time", "messages", "of_staff")
        counted = {
            (group, member): tuple(rest)
            for group, member, *rest in lines.written.select(names).rows()
        }
        assert counted == hand
        assert lines.days.to_list() == sorted({*frame["day"]})


def test_pairs_are_of_ids_that_have_forms_and_of_no_others() -> None:
    rows = pl.LazyFrame(schema=["group_id", "user_id"])
    assert Pairs.of(rows, FORMS) == Pairs(*FORMS.values())
    assert Pairs.of(rows, FORMS | {"user_id": IdForm("", 17)}) == Pairs()  # too many digits
    assert Pairs.of(rows, {"user_id": FORMS["user_id"]}) == Pairs()
    # A name may stand in for an id.
    assert Pairs.of(rows.with_columns(group=pl.lit("x")), FORMS) == Pairs()


@pytest.mark.parametrize("seed", range(12))
def test_what_is_asked_in_the_pass_is_what_the_careful_way_gives(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    frame = log(random, odd=seed % 2 == 1).drop("day")
    if seed % 3 == 0:  # a row far down that the fast way can't be trusted with
        odd = {
            "group_id": "g 1",
            "user_id": random.choice(["guest", "WX001", "'wx002"]),
            "message_id": "m99999",
        }
        frame = pl.concat(
            [
                frame,
                frame.head(1).with_columns(pl.lit(one).alias(name) for name, one in odd.items()),
            ]
        )
    form = random.choice((pl.DataFrame.write_parquet, pl.DataFrame.write_csv))
    form(frame, path := tmp_path / ("log.csv" if form is pl.DataFrame.write_csv else "log.parquet"))
    found = []
    as_of = random.choice((None, 20_153))
    for way in (nullcontext, carefully):
        with workspace() as folder, way():
            opened = Opened.open([str(path)], MESSAGES, ReadOptions(), folder)
            rows = opened.lazily(as_of, chat_lines.queries)
            chat = chats.read(rows.frame, ["wx007"], answers=rows.answers, days=rows.days)
            found.append(
                [
                    chat.writers.sort(pl.all()),
                    chat.counts.sort(pl.all()),
                    chat.staff,
                    chat.groups,
                    chat.days,
                ]
                + [one.collect().sort(pl.all()) for one in (chat.messages, chat.of_staff)]
            )
    for fast, careful in zip(*found, strict=True):
        assert fast.equals(careful)
