"""A list is drawn by hash: the same people every time, and each stratum its part."""

from __future__ import annotations

import random
from hashlib import sha256

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import userops
from userops.api import campaigns, split
from userops.core.errors import UsageError
from userops.customers.holdout import held_back
from userops.stats.hash_draw import hash_share

SALT = "winback-2026-11"


def people(count: int) -> pl.DataFrame:
    tiers = ["high", "middle", "low"]
    ids = [f"u{number}" for number in range(count)]
    return pl.DataFrame({"user_id": ids, "tier": [tiers[len(i) % 3] for i in ids], "phone": ids})


def groups(result) -> dict[str, str]:
    return dict(result["list"].frame.select("user_id", "group").iter_rows())


def test_whoever_is_below_the_share_is_held_back():
    frame = people(3000)
    drawn = groups(split(frame, salt=SALT, control=0.1))
    for user, group in drawn.items():
        number = int.from_bytes(sha256(f"{SALT}|{user}".encode()).digest()[:8], "big")
        assert (group == "control") == (number * 10 < 2**64)
        assert (group == "control") == (hash_share(SALT, user) < 0.1)
    assert 240 < sum(group == "control" for group in drawn.values()) < 360


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=10)
def test_no_order_of_rows_changes_who(chance: random.Random, by: bool):
    frame = people(200)
    order = list(range(200))
    chance.shuffle(order)
    strata = ("tier",) if by else ()
    assert groups(split(frame[order], salt=SALT, control=0.2, by=strata)) == groups(
        split(frame, salt=SALT, control=0.2, by=strata)
    )


def test_others_on_the_list_change_nobodys_group():
    whole, part = (groups(split(people(count), salt=SALT, control=0.3)) for count in (500, 90))
    assert all(whole[user] == group for user, group in part.items())


def test_strata_have_their_parts_by_largest_remainder():
    sizes = {"a": 473, "b": 311, "c": 216}
    names = [name for name, size in sizes.items() for _ in range(size)]
    frame = pl.DataFrame({"user_id": [f"u{n}" for n in range(1000)], "s": names})
    held = frame.filter(held_back(frame, SALT, 0.08, ["s"]))
    assert dict(held.group_by("s").len().sort("s").iter_rows()) == {"a": 38, "b": 25, "c": 17}
    # Of each stratum those with the lowest numbers.
    shares = frame.with_columns(
        share=pl.col("user_id").map_elements(lambda u: hash_share(SALT, u), pl.Float64),
        held=held_back(frame, SALT, 0.08, ["s"]),
    )
    ends = shares.group_by("s").agg(
        pl.col("share").filter("held").max().alias("in"),
        pl.col("share").filter(~pl.col("held")).min().alias("out"),
    )
    assert (ends["in"] < ends["out"]).all()


def test_the_list_keeps_its_columns_and_is_one_of_assignments():
    found = split(people(20), salt=SALT, as_of="2026-11-02")["list"].frame
    names = ["user_id", "phone", "tier", "campaign", "group", "assigned_time"]
    assert sorted(found.columns) == sorted(names)
    assert found["campaign"].unique().to_list() == [SALT]
    assert str(found["assigned_time"][0]) == "2026-11-02"


def test_campaigns_reads_what_split_wrote(tmp_path):
    people(400).write_csv(tmp_path / "who.csv")
    ran = userops(
        "split", tmp_path / "who.csv", "--control", "25%", "--salt", SALT, "--as-of", "2026-11-02",
        "-o", tmp_path / "list.csv",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    orders = pl.DataFrame({
        "user_id": ["u1", "u2", "u3", "later"],
        "order_time": ["2026-11-03", "2026-11-04", "2026-11-05", "2026-12-01"],
        "amount": [10.0, 20.0, 30.0, 1.0],
    })  # fmt: skip
    found = campaigns(orders, assignments=tmp_path / "list.csv")["summary"].frame
    assert found["group"].to_list() == ["treatment", "control"]
    assert found["users"].sum() == 400
    assert found["srm_p"][0] > 0.01


def test_a_user_twice_on_the_list_is_drawn_once():
    frame = pl.concat([people(10), people(10)])
    assert split(frame, salt=SALT)["list"].frame.height == 10


def test_a_name_is_needed_and_a_column_that_is_there():
    with pytest.raises(UsageError, match="no name"):
        split(people(3))
    with pytest.raises(UsageError, match="tir"):
        split(people(3), salt=SALT, by=["tir"])


def test_on_the_command_line(tmp_path):
    people(30).write_csv(tmp_path / "who.csv")
    ran = userops(
        "split", tmp_path / "who.csv", "--control", "20%", "--salt", SALT, "--by", "tier",
        "--as-of", "2026-11-02", "-o", tmp_path / "list.csv", "--lang", "zh",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    written = pl.read_csv(tmp_path / "list.csv")
    assert (written["group"] == "control").sum() == 6
