"""Portraits: published numbers, independent computations, and what must hold for any data."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.portrait_shops import orders_of, random_shop
from helpers.running import SAMPLES, userops
from userops.analyses.portrait.cells import hidden_cells, hidden_grid, told
from userops.analyses.portrait.groups import tgi
from userops.api import portrait
from userops.core.errors import InputError, UsageError

SHOP = SAMPLES / "shop"
BIG = {"name": "big", "when": "revenue >= 1000"}


@pytest.fixture(scope="module")
def shop() -> tuple[pl.DataFrame, pl.DataFrame]:
    return random_shop(3)


# The index


def test_the_index_of_9_in_15_against_120_in_500_is_250() -> None:
    in_group = [f"g{number}" for number in range(15)]
    others = [f"o{number}" for number in range(485)]
    orders = orders_of(dict.fromkeys(in_group, 1000) | dict.fromkeys(others, 10))
    north = {*in_group[:9], *others[:111]}
    users = pl.DataFrame({"user_id": [*in_group, *others]}).with_columns(
        region=pl.when(pl.col("user_id").is_in(list(north))).then(pl.lit("north")).otherwise(pl.lit("south"))
    )  # fmt: skip
    found = portrait(orders, users=users, by=["region"], segment="big", tags=[BIG])
    row = found["groups"].frame.row(by_predicate=pl.col("value") == "north", named=True)
    assert (row["users"], row["segment_users"]) == (120, 9)
    assert row["index"] == pytest.approx(250)
    assert row["index_low"] < 250 < row["index_high"]


def test_a_half_against_a_fifth_is_250_and_nobody_against_some_is_0_not_left_out() -> None:
    assert tgi(50, 100, 200, 1000)[0] == pytest.approx(250)
    index, low, high = tgi(0, 30, 50, 500)
    assert (index, low) == (0, 0)
    assert high is not None
    assert 0 < high < 200
    assert tgi(0, 30, 0, 500) == (None, None, None)
    assert tgi(5, 5, 5, 5) == pytest.approx((100, 100, 100))


def test_the_index_intervals_hold_about_95_times_in_100() -> None:
    dice, held = Random(5), 0
    for _ in range(400):
        group = [dice.random() < 0.4 for _ in range(80)]
        rest = [dice.random() < 0.25 for _ in range(320)]
        _, low, high = tgi(sum(group), 80, sum(group) + sum(rest), 400)
        held += low <= 100 * 0.4 / (0.2 * 0.4 + 0.8 * 0.25) <= high
    assert 370 <= held <= 392


def test_zero_cells_stay(shop: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    orders, users = shop
    found = portrait(orders, users=users, by=["order_time", "region"], segment="none", tags=[{"name": "none", "when": "revenue > 10000000"}])  # fmt: skip
    assert set(found["groups"].frame["segment_users"]) == {0}
    assert (
        len(found["cross"].frame)
        == found["cross"].frame.select(pl.col("a").n_unique() * pl.col("b").n_unique()).item()
    )


# The cross table


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([[30, 20, 50], [35, 30, 35]], "V 0.1586"),
        ([[10, 10, 20], [20, 20, 20]], "chi-square 2.77778, df 2, p 0.2494, Cramér's V 0.1667"),
    ],
)
def test_published_associations(counts: list[list[int]], said: str) -> None:
    cells = [
        (f"r{row}", f"c{column}")
        for row, line in enumerate(counts)
        for column, count in enumerate(line)
        for _ in range(count)
    ]
    ids = [f"u{number}" for number in range(len(cells))]
    users = pl.DataFrame({"user_id": ids, "x": [a for a, _ in cells], "y": [b for _, b in cells]})
    table = portrait(orders_of({ids[0]: 1}), users=users, by=["x", "y"])["cross"]
    assert any(said in note for note in table.notes)
    got = {(a, b): users for a, b, users in table.frame.select("a", "b", "users").iter_rows()}
    assert got == {(f"r{i}", f"c{j}"): counts[i][j] for i in range(2) for j in range(3)}


def test_residuals_and_their_p_are_what_plain_arithmetic_gives(
    shop: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    orders, users = shop
    frame = portrait(orders, users=users, by=["gender", "region"])["cross"].frame
    counts = {(a, b): n for a, b, n in frame.select("a", "b", "users").iter_rows()}
    rows, columns, everyone = Counter(), Counter(), sum(counts.values())
    for (a, b), n in counts.items():
        rows[a] += n
        columns[b] += n
    for row in frame.iter_rows(named=True):
        expected = rows[row["a"]] * columns[row["b"]] / everyone
        spread = expected * (1 - rows[row["a"]] / everyone) * (1 - columns[row["b"]] / everyone)
        assert row["expected"] == pytest.approx(expected)
        assert row["residual"] == pytest.approx((row["users"] - expected) / spread**0.5)
        assert row["index"] == pytest.approx(100 * row["users"] / expected)
        assert row["share"] == pytest.approx(row["users"] / rows[row["a"]])


# Small cells


def ways(counts: list[int], hidden: list[bool], least: int) -> dict[int, set[int]]:
    """Of each hidden small cell, every value that the total and what's shown leave possible."""
    total = sum(count for count, one in zip(counts, hidden, strict=True) if one)
    places = [place for place, one in enumerate(hidden) if one]
    ranges = [
        range(1, least) if counts[place] < least else range(least, total + 1) for place in places
    ]
    possible: dict[int, set[int]] = {place: set() for place in places if counts[place] < least}
    for values in itertools.product(*ranges):
        if sum(values) == total:
            for place, value in zip(places, values, strict=True):
                if place in possible:
                    possible[place].add(value)
    return possible


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(2, 5))
@settings(max_examples=60)
def test_no_small_cell_can_be_worked_out_from_its_total(counts: list[int], least: int) -> None:
    hidden = hidden_cells(counts, least)
    for place, count in enumerate(counts):
        if 0 < count < least:
            assert hidden[place]
    if not all(one or not count for one, count in zip(hidden, counts, strict=True)):
        assert all(len(values) > 1 for values in ways(counts, hidden, least).values())


@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=4))
@settings(max_examples=60)
def test_a_hidden_cell_of_a_table_is_never_alone_in_its_row_or_column(
    grid: list[list[int]],
) -> None:
    hidden = hidden_grid(grid, 5)
    lines = [*zip(grid, hidden, strict=True)]
    lines += zip(zip(*grid, strict=True), zip(*hidden, strict=True), strict=True)
    for counts, flags in lines:
        shown = [count for count, one in zip(counts, flags, strict=True) if count and not one]
        assert sum(flags) != 1 or not shown


def fillings(
    counts: list[list[int]], hidden: list[list[bool]], least: int, *, labelled: bool
) -> Iterator[dict[tuple[int, int], int]]:
    """Every way to fill hidden cells that totals, what's shown and labels leave."""
    places = [(r, c) for r, row in enumerate(hidden) for c, one in enumerate(row) if one]
    rows = Counter[int]()
    columns = Counter[int]()
    for r, c in places:
        rows[r] += counts[r][c]
        columns[c] += counts[r][c]

    def fill(at: int, got: dict[tuple[int, int], int]) -> Iterator[dict[tuple[int, int], int]]:
        if at == len(places):
            if not any(rows.values()) and not any(columns.values()):
                yield dict(got)
            return
        r, c = places[at]
        low, high = 1, min(rows[r], columns[c])
        if labelled:
            low, high = (1, min(high, least - 1)) if counts[r][c] < least else (least, high)
        for value in range(low, high + 1):
            got[r, c] = value
            rows[r] -= value
            columns[c] -= value
            yield from fill(at + 1, got)
            rows[r] += value
            columns[c] += value

    yield from fill(0, {})


@given(
    st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=3),
    st.integers(2, 4),
)
@settings(max_examples=80, deadline=None)
def test_no_small_cell_can_be_worked_out_from_rows_and_columns(
    grid: list[list[int]], least: int
) -> None:
    hidden = hidden_grid(grid, least)
    labelled = not told(grid, hidden, least, labelled=True)
    small = [(r, c) for r, row in enumerate(grid) for c, n in enumerate(row) if 0 < n < least]
    values: dict[tuple[int, int], set[int]] = {place: set() for place in small}
    for filling in itertools.islice(fillings(grid, hidden, least, labelled=labelled), 2_000):
        for place in small:
            values[place].add(filling[place])
    for row, column in small:
        assert hidden[row][column]
        beside = [(row, c) for c in range(3)] + [(r, column) for r in range(len(grid))]
        if any(grid[r][c] and not hidden[r][c] for r, c in beside):
            assert len(values[row, column]) > 1


def test_a_table_whose_labels_would_tell_a_small_cell_has_one_label() -> None:
    """M is 6, and of B's M there are 5 or more: so of A's there'd be 1."""
    people = [("M", "A")] + [("M", "B")] * 5 + [("F", "A"), ("F", "B")] * 30
    ids = [f"u{number:03}" for number in range(len(people))]
    users = pl.DataFrame(
        {"user_id": ids, "gender": [one for one, _ in people], "x": [one for _, one in people]}
    )
    tables = portrait(orders_of(dict.fromkeys(ids, 1)), users=users, by=["gender", "x"], min_cell=5)
    got = {(a, b): n for a, b, n in tables["cross"].frame.select("a", "b", "users").iter_rows()}
    assert (got["M", "A"], got["M", "B"]) == ("hidden", "hidden")


def test_small_cells_say_that_they_are_hidden_and_nothing_beside(
    shop: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    orders, users = shop
    whole = portrait(orders, users=users, by=["preferred_category"])["groups"].frame
    table = portrait(orders, users=users, by=["preferred_category"], min_cell=15)["groups"]
    hidden = table.frame.filter(pl.col("revenue").is_null())
    assert "<15" in set(hidden["users"])
    assert len(hidden) >= 2
    small = whole.filter(pl.col("users").is_between(1, 14))["value"]
    assert set(small) <= set(hidden["value"])
    assert any("hidden" in note for note in table.notes)


# Independent computations


def test_groups_are_what_sql_gives(shop: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    orders, users = shop
    frame = portrait(orders, users=users, by=["gender"])["groups"].frame
    database = duckdb.connect()
    database.register("orders", orders.to_arrow())
    database.register("users", users.to_arrow())
    wanted = database.execute("""
        with bought as (
            select user_id, count(*) n, sum(round(cast(amount as double) * 100)) paid,
                count(*) filter (channel in ('web', 'app')) online,
                sum(round(cast(amount as double) * 100)) filter (channel in ('web', 'app')) online_paid
            from orders group by user_id),
        said as (select user_id, nullif(gender, 'unknown') gender from users
            where registered_time < (select cast(max(order_time) as date) + 1 from orders)),
        everyone as (select user_id from bought union select user_id from said)
        select coalesce(gender, 'unknown'), count(*), cast(coalesce(sum(n), 0) as bigint),
            cast(coalesce(sum(paid), 0) as bigint), sum(online_paid) / sum(online)
        from everyone left join said using (user_id) left join bought using (user_id)
        group by 1""").fetchall()
    got = frame.select("value", "users", "orders", "revenue", "online_average_order").rows()
    assert {row[:4] for row in got} == {row[:4] for row in wanted}
    online = {row[0]: row[4] for row in wanted}
    assert {row[0]: row[4] for row in got} == pytest.approx(online)
    assert frame["share"].sum() == pytest.approx(1)


@given(st.integers(0, 10**6), st.integers(60, 250))
@settings(max_examples=6)
def test_as_of_is_cutting_the_files_and_the_rows_order_never_matters(seed: int, days: int) -> None:
    orders, users = random_shop(seed, 30)
    day = date(2025, 1, 1) + timedelta(days=days)
    options = {"by": ["gender", "channel"], "segment": "big", "tags": [BIG]}
    travelled = portrait(orders, users=users, as_of=day, **options)
    cut = portrait(
        orders.filter(pl.col("order_time").dt.date() <= day).sample(
            fraction=1, shuffle=True, seed=1
        ),
        users=users.filter(pl.col("registered_time").dt.date() <= day).reverse(),
        as_of=day,
        **options,
    )
    for name in ("groups", "cross", "tags", "missing", "users"):
        assert travelled[name].frame.equals(cut[name].frame), name


# Tags


def test_tags_say_who_changed_who_bears_two_and_since_when(tmp_path: Path) -> None:
    orders = pl.DataFrame(
        {
            "user_id": ["a", "a", "b", "c"],
            "order_time": ["2025-01-01", "2025-02-10", "2025-01-01", "2025-01-05"],
            "amount": ["600", "600", "2000", "10"],
        }
    )
    tags = [
        BIG | {"group": "size"},
        {"name": "small", "when": "revenue < 1500", "group": "size"},
        {"name": "lasting", "when": "recency_days > 20"},
    ]
    options = {"as_of": "2025-02-12", "since": "2025-02-01", "tags": tags}
    found = portrait(orders, **options)
    rows = {row["tag"]: row for row in found["tags"].frame.iter_rows(named=True)}
    assert (rows["big"]["users"], rows["big"]["gained"], rows["big"]["lost"]) == (2, 1, 0)
    assert rows["big"]["conflicts"] == rows["small"]["conflicts"] == 1  # a is both
    assert (rows["lasting"]["users"], rows["lasting"]["changed"]) == (2, 1)
    assert rows["lasting"]["coverage"] == pytest.approx(2 / 3)
    borne = {(user, tag): since for user, tag, since in found["users"].frame.iter_rows()}
    assert borne["a", "big"] == date(2025, 2, 12)
    assert borne["b", "big"] == date(2025, 2, 1)
    earlier = tmp_path / "tags.csv"
    earlier.write_text("user_id,tag,since\nb,big,2025-01-07\na,lasting,2025-01-30\n")
    found = portrait(orders, previous=earlier, **options)
    borne = {(user, tag): since for user, tag, since in found["users"].frame.iter_rows()}
    assert borne["b", "big"] == date(2025, 1, 7)
    assert ("a", "lasting") not in borne  # it holds no more
    spread = portrait(orders, form="wecom", **options)["users"].frame
    assert spread.rows() == [
        ("a", "big、small", None),
        ("b", "big", "lasting"),
        ("c", "small", "lasting"),
    ]


def test_shares_of_all_are_1_to_the_last_bit() -> None:
    orders = orders_of({f"u{number}": 2000 for number in range(49)})
    users = pl.DataFrame({"user_id": [f"u{number}" for number in range(49)]}).with_columns(
        region=pl.lit("north")
    )
    tags = [BIG, {"name": "small", "when": "revenue < 1000"}]
    found = portrait(orders, users=users, by=["region"], segment="big", tags=tags)
    row = found["groups"].frame.row(0, named=True)
    shares = [row[name] for name in ("share", "segment_share", "revenue_share")]
    assert shares == [1, 1, 1]
    assert found["tags"].frame["coverage"].to_list() == [1, 0]


def test_what_is_hidden_of_groups_is_hidden_of_missing() -> None:
    regions_ = ["north"] * 40 + ["south"] * 3 + [None] * 9
    users = pl.DataFrame(
        {
            "user_id": [f"u{number}" for number in range(52)],
            "region": regions_,
            "gender": ["f"] * 26 + ["m"] * 24 + [None] * 2,
        }
    )
    orders = orders_of({"u0": 1})
    options = {"users": users, "by": ["region", "gender"], "min_cell": 5}
    table = portrait(orders, **options)["missing"]
    # The 9 would give the 3 away.
    assert table.frame["unknown"].to_list() == ["hidden", "<5"]
    assert table.frame["share"].to_list() == [None, None]
    assert any("hidden" in note for note in table.notes)
    assert table.frame["users"].to_list() == [52, 52]


def test_a_tag_that_was_lost_and_came_back_holds_since_it_came_back(tmp_path: Path) -> None:
    orders = pl.DataFrame(
        {"user_id": ["a", "a"], "order_time": ["2025-01-01", "2025-02-10"], "amount": ["1", "1"]}
    )
    tags = [{"name": "fresh", "when": "recency_days < 10"}]
    earlier = tmp_path / "tags.csv"
    for listed, wanted in (("2025-01-03", date(2025, 2, 12)), ("2025-02-11", date(2025, 2, 11))):
        earlier.write_text(f"user_id,tag,since\na,fresh,{listed}\n")
        options = {"as_of": "2025-02-12", "since": "2025-02-01", "previous": earlier}
        assert portrait(orders, tags=tags, **options)["users"].frame["since"].to_list() == [wanted]


def test_tags_that_cannot_be_say_why(
    shop: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path
) -> None:
    orders, users = shop
    with pytest.raises(UsageError, match="no column incme"):
        portrait(orders, users=users, tags=[{"name": "x", "when": "incme > 3"}])
    with pytest.raises(UsageError, match="more than one"):
        portrait(orders, users=users, tags=[BIG, BIG])
    with pytest.raises(UsageError, match="unknown segment"):
        portrait(orders, users=users, segment="hihg")
    many = pl.DataFrame({"user_id": [f"u{n}" for n in range(300)]}).with_columns(x="user_id")
    with pytest.raises(UsageError, match="nearly a group each"):
        portrait(orders, users=many, by=["x"])
    bad = tmp_path / "bad.csv"
    bad.write_text("who,what\n1,2\n")
    with pytest.raises(InputError, match="user_id, tag and since"):
        portrait(orders, users=users, tags=[BIG], previous=bad)


def test_through_the_command_line_in_both_languages(here: Path) -> None:
    (here / "userops.toml").write_text('[[tags]]\nname = "大客户"\nwhen = "revenue >= 1000"\n')
    files = (SHOP / "orders.csv", "--users", SHOP / "users.csv")
    ran = userops("portrait", *files, "--by", "region", "--segment", "大客户", "-f", "csv")
    assert ran.code == 0, ran.err
    assert ran.text.startswith(
        "attribute,value,users,share,orders,revenue,revenue_share,average_order"
    )
    assert "region,广东,552," in ran.text
    ran = userops(
        "portrait", *files, "--show", "cross", "--by", "age_band", "--lang", "zh", "-f", "md"
    )
    assert ran.code == 0, ran.err
    assert "调整残差" in ran.text
    assert "卡方" in ran.text
    ran = userops("portrait", *files, "--show", "tags", "--lang", "zh", "-f", "md")
    assert "大客户" in ran.text
    assert "覆盖率" in ran.text


def test_in_a_report_a_value_that_is_somebodys_number_is_masked(here: Path) -> None:
    (here / "orders.csv").write_text("user_id,order_time,amount\na,2025-01-03,5\nb,2025-02-03,6\n")
    (here / "users.csv").write_text("user_id,channel\na,13911112222\nb,shop\n")
    files = ("report", "orders.csv", "--users", "users.csv", "--sections", "portrait", "-f", "md")
    ran = userops(*files, "-q")
    assert ran.code == 0, ran.err
    assert "| shop |" in ran.text
    assert "13911112222" not in ran.text


@pytest.mark.parametrize(
    ("lang", "shown", "key"),
    [("en", ["| age band | age band |", "| online share | orders |"], "age_band"),
     ("zh", ["| 年龄段 | 年龄段 |", "| 线上占比 | 订单 |"], "age band")],
)  # fmt: skip
def test_people_read_what_attributes_are_called(lang: str, shown: list[str], key: str) -> None:
    files = (SAMPLES / "shop" / "orders.csv", "--users", SAMPLES / "shop" / "users.csv")
    ran = userops("portrait", *files, "--show", "missing", "--lang", lang, "-f", "md")
    assert all(line in ran.text for line in shown), ran.text
    assert key not in ran.text.replace("\\_", "_")
    assert "age_band" in userops("portrait", *files, "--show", "missing", "--lang", lang).text


def test_a_segment_by_its_chinese_word_is_told_its_name() -> None:
    files = (SHOP / "orders.csv", "--users", SHOP / "users.csv")
    ran = userops("portrait", *files, "--segment", "忠诚用户", "--lang", "zh")
    assert ran.code == 2
    assert "Loyal？" in ran.err.replace(" ", "")
    assert "high" in userops("portrait", *files, "--segment", "高").err.split("There are")[0]
