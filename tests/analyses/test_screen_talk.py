"""High-value users who talk: values of messages, influence and KOC, by plain Python."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import polars as pl
import pytest

from helpers.running import SAMPLES, userops

START = datetime(2025, 1, 6, 9)  # a Monday
MEMBERS = [f"c{n}" for n in range(12)]  # c0 to c9 are s0 to s9 in the shop; two are unknown
STAFF = "boss"
Message = tuple[str, datetime, str, str | None]  # who, when, its id, what it answers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("talk")


def messages_of(random: Random, count: int = 250) -> list[Message]:
    made: list[Message] = []
    for number in range(count):
        answers = random.choice(made)[2] if made and random.random() < 0.4 else None
        when = START + timedelta(minutes=random.randrange(100 * 24 * 60))
        made.append((random.choice([*MEMBERS, STAFF]), when, f"m{number}", answers))
    return made


def write(folder: Path, random: Random, messages: list[Message]) -> list[str]:
    """Exports of orders, messages and identities; the command's arguments."""
    orders = ["order_id,user_id,paid_at,amount"]
    for user in range(15):  # five buyers aren't in the groups
        for _ in range(random.randint(1, 6)):
            day = START.date() + timedelta(random.randrange(110))
            orders.append(f"{len(orders)},s{user},{day},{random.randint(1, 50)}.00")
    orders.append(f"{len(orders)},s14,{START.date() + timedelta(115)},1.00")
    said = ["group_id,user_id,time,message_id,reply_to,member_type"]
    said += [
        f"g{int(who[-1], 36) % 2},{who},{when},{number},{answers or ''},{'1' if who == STAFF else ''}"
        for who, when, number, answers in messages
    ]
    pairs = ["user_id,member_id", *(f"s{n},c{n}" for n in range(10))]
    paths = [folder / name for name in ("orders.csv", "messages.csv", "identities.csv")]
    for path, lines in zip(paths, (orders, said, pairs), strict=True):
        path.write_text("\n".join(lines) + "\n")
    return [str(paths[0]), "--messages", str(paths[1]), "--identities", str(paths[2])]


def asked(folder: Path, arguments: list[str], show: str, *options: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops("screen", *arguments, "--show", show, "-o", out, *options)
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def expected(messages: list[Message], last: date, window: int) -> dict[str, dict[str, object]]:
    """Of each member what counts in the days up to one. A reply answers a message of its own group."""
    author = {number: who for who, _, number, _ in messages}
    group = {who: int(who[-1], 36) % 2 for who in [*MEMBERS, STAFF]}
    inside = [m for m in messages if last - timedelta(window) < m[1].date() <= last]
    until = {m[2] for m in messages if m[1].date() <= last}
    found = {}
    for member in MEMBERS[:10]:
        days = sorted({when.date() for who, when, _, _ in inside if who == member})
        answers = [
            (who, when)
            for who, when, _, answered in inside
            if answered in until and author[answered] == member and who not in (member, STAFF)
            and group[who] == group[member]
        ]  # fmt: skip
        if not days:
            continue
        gaps = [(b - a).days for a, b in pairwise(days)]
        found[f"s{member[1:]}"] = {
            "messages": sum(who == member for who, *_ in inside),
            "chat_days": len(days),
            "speak_gap_days": float(median(gaps)) if gaps else None,
            "responders": len({who for who, _ in answers}),
            "responses": len(set(answers)),
        }
    return found


@pytest.mark.parametrize("seed", range(3))
def test_values_are_what_plain_python_says(folder: Path, seed: int) -> None:
    random = Random(seed)
    messages = messages_of(random)
    arguments = write(folder, random, messages)
    for last, window in ((START.date() + timedelta(115), 365), (START.date() + timedelta(70), 30)):
        users = asked(folder, arguments, "users", "--as-of", last, "--window", window)
        wanted = expected(messages, last, window)
        for row in users.to_dicts():
            theirs = wanted.get(row["user_id"], dict.fromkeys(("messages", "responders")))
            assert {name: row[name] for name in theirs} == theirs, row["user_id"]


def test_as_of_is_cutting_the_files(folder: Path) -> None:
    random, last = Random(7), START.date() + timedelta(60)
    messages = messages_of(random)
    arguments = write(folder, random, messages)
    whole = [
        asked(folder, arguments, show, "--as-of", last, "--influence", influence)
        for show in ("users", "near", "criteria", "koc")
        for influence in ("responders", "pagerank")
    ]
    for path, column in ((arguments[0], 2), (arguments[2], 2)):
        header, *lines = Path(path).read_text().splitlines()
        kept = [line for line in lines if line.split(",")[column][:10] <= str(last)]
        Path(path).write_text("\n".join([header, *random.sample(kept, len(kept))]) + "\n")
    cut = [
        asked(folder, arguments, show, "--as-of", last, "--influence", influence)
        for show in ("users", "near", "criteria", "koc")
        for influence in ("responders", "pagerank")
    ]
    assert all(mine.equals(theirs) for mine, theirs in zip(whole, cut, strict=True))


def test_messages_that_begin_late_are_said(folder: Path) -> None:
    random = Random(1)
    late = [("c1", START + timedelta(days=50), "m1", None)]
    ran = userops("screen", *write(folder, random, late), "--show", "criteria", "-f", "csv")
    assert "the messages begin on 2025-02-25" in ran.err
    early = [("c1", START - timedelta(days=9), "m1", None)]
    ran = userops("screen", *write(folder, random, early), "--show", "criteria", "-f", "csv")
    assert "the messages begin" not in ran.err


def test_an_answer_in_a_group_that_goes_by_its_name_there(folder: Path) -> None:
    """One log has the group's id, the other its name alone: memberships tell that they're one."""
    exports = {
        "orders.csv": "order_id,user_id,paid_at,amount\n1,a,2025-01-09,5\n2,b,2025-01-09,5\n",
        "members.csv": "group_id,group,user_id,joined\ng1,Tea,a,2025-01-01\ng1,Tea,b,2025-01-01\n",
        "one.csv": "group_id,group,user_id,time,message_id,reply_to\ng1,,a,2025-01-07 09:00:00,m1,\n",
        "other.csv": "group_id,group,user_id,time,message_id,reply_to\n,Tea,b,2025-01-07 10:00:00,m2,m1\n",
    }
    for name, text in exports.items():
        (folder / name).write_text(text)
    orders, members, *logs = [str(folder / name) for name in exports]
    given = [
        orders,
        "--memberships",
        members,
        *(arg for log in logs for arg in ("--messages", log)),
    ]
    found = asked(folder, given, "users")
    assert dict(found.select("user_id", "responders").rows()) == {"a": 1, "b": 0}


def test_who_is_unknown_has_nothing_and_is_counted(folder: Path) -> None:
    random = Random(1)
    messages = [m for m in messages_of(random) if m[0] != "c9"]
    arguments = write(folder, random, messages)
    criteria = {row["criterion"]: row for row in asked(folder, arguments, "criteria").to_dicts()}
    assert (criteria["messages"]["people"], criteria["messages"]["matched"]) == (11, 9)
    assert criteria["messages"]["coverage"] == pytest.approx(9 / 11)
    assert criteria["messages"]["eligible"] == 9
    assert criteria["orders"]["matched"] is None
    users = asked(folder, arguments, "users")
    unknown = users.filter(pl.col("user_id").is_in(["s9", "s10", "s14"]))
    assert unknown["messages"].null_count() == len(unknown)
    assert not unknown["screened"].any()
    assert users.filter("matched")["user_id"].sort().to_list() == [f"s{n}" for n in range(9)]


def test_members_who_never_write_have_zero_and_pass_nothing_by_it(folder: Path) -> None:
    random = Random(1)
    arguments = write(folder, random, [("c1", START, "m1", None), ("c2", START, "m2", None)])
    members = folder / "members.csv"
    rows = [f"g0,{member},2025-01-01" for member in (*MEMBERS, STAFF)]
    members.write_text("\n".join(["group_id,user_id,joined", *rows]) + "\n")
    arguments += ["--memberships", str(members), "--staff", STAFF]
    users = {row["user_id"]: row for row in asked(folder, arguments, "users").to_dicts()}
    assert (users["s3"]["messages"], users["s3"]["chat_days"], users["s1"]["messages"]) == (0, 0, 1)
    criteria = {row["criterion"]: row for row in asked(folder, arguments, "criteria").to_dicts()}
    assert (criteria["messages"]["eligible"], criteria["messages"]["passed"]) == (10, 2)
    assert (criteria["responders"]["cut"], criteria["responders"]["passed"]) == (0, 0)


def koc_exports(folder: Path, *, staff: str = "") -> list[str]:
    """b is answered by many in two weeks, a by many on one day, c buys on one day alone."""
    orders = ["order_id,user_id,paid_at,amount"]
    for user in "abde":
        orders += [f"{user}{n},{user},2025-02-0{n},100.00" for n in (1, 3, 5)]
    orders += ["c1,c,2025-02-01,900.00", "e9,e,2025-02-20,1.00"]
    said = ["group_id,user_id,time,message_id,reply_to,member_type"]
    said += [
        f"g,{who},2025-02-03 09:0{n}:00,{who}{n},,{'1' if who == staff else ''}"
        for who in "abc"
        for n in (1, 2)
    ]
    for n, reader in enumerate("vwxyz"):
        said.append(f"g,{reader},2025-02-03 1{n}:00:00,,a1,")
        said.append(f"g,{reader},2025-02-{'03' if n % 2 else '12'} 1{n}:00:00,,b1,")
        said.append(f"g,{reader},2025-02-{'03' if n % 2 else '12'} 1{n}:30:00,,c1,")
    files = {"koc_orders.csv": orders, "koc_messages.csv": said}
    for name, lines in files.items():
        folder.joinpath(name).write_text("\n".join(lines) + "\n")
    orders_path, messages_path = (str(folder / name) for name in files)
    return [orders_path, "--messages", messages_path, "--share", "100%", "--koc-share", "1"]


class TestKoc:
    def test_answered_in_two_weeks_with_two_purchase_days(self, folder: Path) -> None:
        told = ("--criteria", "orders,responders")
        found = asked(folder, koc_exports(folder), "koc", *told).to_dicts()
        assert [row["user_id"] for row in found] == ["b"]
        assert (found[0]["responders"], found[0]["responses"], found[0]["weeks"]) == (5, 5, 2)
        alone = asked(folder, koc_exports(folder), "koc", *told, "--koc-weeks", "1")
        assert alone["user_id"].to_list() == ["a", "b"]

    def test_never_staff(self, folder: Path) -> None:
        told = ("--criteria", "orders,responders")
        assert asked(folder, koc_exports(folder, staff="b"), "koc", *told).is_empty()
        assert asked(folder, koc_exports(folder), "koc", *told, "--staff", "b").is_empty()

    def test_influence_may_be_pagerank(self, folder: Path) -> None:
        told = ("--influence", "pagerank", "--criteria", "orders,pagerank")
        found = asked(folder, koc_exports(folder), "koc", *told)
        assert found["user_id"].to_list() == ["b"]
        # Eight people; a, b and c have the same five readers, who give a third to each.
        rest = (1 - sum(found["pagerank"]) * 3) / 5
        assert found["pagerank"][0] == pytest.approx(rest + 0.85 * 5 * rest / 3)

    def test_without_messages_it_is_an_error_that_helps(self, folder: Path) -> None:
        ran = userops("screen", koc_exports(folder)[0], "--show", "koc")
        assert ran.code == 2
        assert "--messages FILE" in ran.err
        ran = userops("screen", koc_exports(folder)[0], "--show", "all", "-f", "json")
        assert ran.code == 0


def test_of_which_days_people_in_groups_are() -> None:
    """`community` counts everyone who ever was there; here it's the window's, and is said."""
    shop = SAMPLES / "shop"
    asked_of = [shop / "orders.csv", *(part for name in ("memberships", "messages", "identities")
                                       for part in (f"--{name}", shop / f"{name}.csv"))]  # fmt: skip
    told = "people in the groups: who was a member or wrote in the last 365 days"
    assert told in userops("screen", *asked_of, "--show", "criteria").err
    assert told not in userops("screen", *asked_of, "--show", "criteria", "--window", "0").err
