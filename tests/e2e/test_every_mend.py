"""Each mend that names an option is followed, and helps: what it says is done, and the run succeeds."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.mends import templates
from helpers.running import userops

HEAD = "order_id,user_id,order_time,amount"
ORDERS = f"{HEAD}\n1,u1,2025-01-02,5.00\n2,u2,2025-02-03,6.00\n3,u1,2025-03-04,7.00\n"
USERS = "user_id,registered_time,city\nu1,2025-01-01,A\nu2,2025-01-01,B\n"
EVENTS = "user_id,event_time,event\nu1,2025-01-02 10:00:00,view\nu1,2025-01-02 11:00:00,buy\nu2,2025-01-03 10:00:00,view\n"
MEMBERS = "group_id,user_id,joined,left\ng1,u1,2025-01-01,\ng1,u2,2025-01-02,2025-01-05\n"
MESSAGES = (
    "group_id,user_id,time,text\ng1,u1,2025-01-02 10:00:00,hello\ng1,u2,2025-01-03 10:00:00,hi\n"
)
LIST = "user_id,campaign,group,assigned_time\nu1,c,sent,2025-01-10\nu2,c,control,2025-01-10\n"


@dataclass(frozen=True)
class Case:
    """A mistake, and what its mend says to do.

    `answer` is added to the `command`, or `instead` is run in its place; `said` is what the message
    has of it where a word of it (COLUMN, FILE, NAME) is the user's to fill in.
    """

    mend: str
    command: str
    answer: str = ""
    said: str = ""
    instead: str = ""
    files: dict[str, str] = field(default_factory=dict)


def case(mend: str, command: str, answer: str = "", said: str = "", instead: str = "", **files: str) -> Case:  # fmt: skip
    """A case whose files are named without their ending."""
    return Case(mend, command, answer, said, instead, {"orders": ORDERS, **files})


DOUBLED = HEAD.replace("amount", "price") + ",qty\n1,u1,2025-01-02,5.00,2\n2,u2,2025-01-03,6.00,3\n"
CASES = [
    # The commands.
    case("commands/read_options.py: --decimal .", "segment orders.csv --decimal x", "--decimal ."),
    case("commands/report.py: --sections", "report orders.csv -o r.html --show tiers",
         said="--sections NAMES", instead="report orders.csv -o r.html --sections segments"),
    case("commands/report.py: end it in one of", "report orders.csv -o r.doc", "--format html", "--format"),
    case("render/__init__.py: end it in one of", "segment orders.csv -o r.doc", "--format csv", "--format"),
    # Reading.
    case("readers/options.py: see them with", "segment orders.csv", "--max-rejects 34%",
         orders=ORDERS.replace("2025-02-03", "someday")),
    case("readers/values/amounts.py: give --decimal", "segment orders.csv --max-rejects 50%", "--decimal .",
         orders=f"{HEAD}\n1,u1,2025-01-02,5.25\n2,u2,2025-01-03,\"6,25\"\n"),
    case("readers/values/times.py: make them one way", "segment orders.csv --max-rejects 50%",
         "--date-format %m/%d/%Y", "--date-format",
         orders=f"{HEAD}\n1,u1,01/13/2025,5.25\n2,u2,13/01/2025,6.25\n"),
    case("readers/orders.py: say what that means", "segment orders.csv", "--status =valid",
         orders=f"{HEAD},status\n1,u1,2025-01-02,5.00,\n2,u2,2025-01-02,6.00,paid\n"),
    case("readers/strict/netting.py: say which count", "segment orders.csv", "--refunds-by rows", "--refunds-by",
         orders=f"{HEAD},refund\n1,u1,2025-01-02,9.00,3.00\n1,u1,2025-01-05,-2.00,\n2,u2,2025-01-02,6.00,\n"),
    case("readers/strict/profiles.py: name a column that can", "segment orders.csv",
         "--map user_id=wx", "--map user_id=COLUMN",
         orders="order_id,buyer,order_time,amount,wx\n1,张*,2025-01-02,5.00,w1\n2,李*,2025-01-03,6.00,w2\n"),
    case("readers/strict/read.py: is the right column taken", "segment orders.csv",
         "--map amount=paid", "--map amount=COLUMN",
         orders=f"{HEAD},paid\n" + "".join(f"{n},u{n},2025-01-02,9000000000000.00,5.00\n" for n in range(5_000))),
    case("readers/events.py: are they seconds", "activity events.csv", "--map duration_s=s", "--map duration_s=COLUMN",
         events="user_id,event_time,event,duration_s,s\n" + "".join(f"u1,2025-01-02 10:00:00,e{n},9000000000000,5\n" for n in range(2_000))),
    case("readers/export_columns.py: export it again", "segment orders.csv", "--map order_id=ref", "--map order_id=COLUMN",
         orders=f"{HEAD},ref\n4.17E+18,u1,2025-01-02,5.00,a\n4.17E+18,u2,2025-01-03,6.00,b\n"),
    case("readers/export_columns.py: --map event=COLUMN", "activity sales.csv", "--map event=Name", "--map event=COLUMN",
         sales="Name,Email,Financial Status,Created at,Total,Lineitem quantity\n#1,a@x.org,paid,2025-01-02 10:00:00,5.00,1\n"),
    case("readers/from_names.py: put the day", "community --group-days groups.csv", "--map day_of=day", "--map day_of=COLUMN",
         groups="群ID,群名称,群主,群人数,day\ng1,一群,a,50,2025-01-02\n"),
    case("settings/checked.py: see --help", "segment orders.csv --bins 1", instead="segment --help", said="see --help"),
    case("readers/meaning/orders.py: --amount Total", "segment orders.csv --amount a*b*c",
         instead="segment orders.csv --amount 'qty * price'", said="--amount 'Quantity * Price'", orders=DOUBLED),
    case("readers/meaning/orders.py: --order-id 'Store", "segment orders.csv --order-id file+file",
         instead="segment orders.csv --order-id 'shop + order_id'", said="--order-id 'Store + Number'",
         orders=f"{HEAD},shop\n1,u1,2025-01-02,5.00,a\n1,u2,2025-01-03,6.00,b\n"),
    case("readers/meaning/orders.py: export it again", "segment orders.csv", "--order-id none",
         orders=HEAD + "".join(f"\n28417390246813{n}0000,u{n},2025-01-0{n},5.00" for n in range(1, 6)) + "\n"),
    case("readers/meaning/refunds.py: leave it out", "segment orders.csv --refunds net",
         instead="segment orders.csv --refunds net --amount net", said="--amount",
         orders="order_id,user_id,order_time,qty,price,refund,net\n1,u1,2025-01-02,2,5.00,1.00,9.00\n2,u2,2025-01-03,1,6.00,0,6.00\n"),
    case("readers/headers.py: --header no", "segment orders.csv",
         "--header no --map user_id=2 --map order_time=3 --map amount=4",
         orders=ORDERS.removeprefix(HEAD + "\n")),
    case("readers/headers.py: export the orders", "segment people.csv", instead="portrait orders.csv --users people.csv --by city",
         said="--users people.csv",
         people="user_id,total spent,orders count,city\nu1,12.00,2,A\nu2,6.00,1,B\n"),
    case("readers/lines.py: name the orders alone", "segment orders.csv items.csv",
         instead="segment orders.csv --lines items.csv", said="--lines items.csv",
         orders="order_id,user_id,order_time\n1,u1,2025-01-02\n2,u2,2025-01-03\n",
         items="order_id,product,amount\n1,a,5.00\n2,b,6.00\n"),
    case("readers/lines.py: --map order_id", "segment orders.csv --lines items.csv", "--map order_id=ref",
         "--map order_id=COLUMN", orders="ref,user_id,order_time\n1,u1,2025-01-02\n2,u2,2025-01-03\n",
         items="ref,product,amount\n1,a,5.00\n2,b,6.00\n"),
    case("readers/lines.py: leave out --lines", "segment orders.csv --lines items.csv", said="--lines",
         instead="segment orders.csv", orders=ORDERS + "3,u1,2025-03-04,8.00\n",
         items="order_id,product,amount\n1,a,5.00\n2,b,6.00\n"),
    case("readers/attributes.py: {}--users FILE", "cohorts orders.csv --by city", "--users users.csv",
         "--users FILE with a column city", users=USERS),
    case("readers/attributes.py: --by a column", "cohorts orders.csv --users users.csv --by user_id",
         instead="cohorts orders.csv --users users.csv --by city", said="--by", users=USERS),
    case("readers/files/encoding.py: give --encoding", "segment orders.csv", "--encoding cp1252 --max-rejects 99%",
         "--encoding", orders=f"{HEAD}\n1,u\udc9e,2025-01-02,5.00\n"),
    case("readers/files/encoding.py: two encodings", "segment orders.csv", "--encoding cp1252", "--encoding",
         orders=f"{HEAD}\n" + "".join(f"{n},用户{n},2025-01-02,5.00\n" for n in range(9)) + "10,u\udc9e,2025-01-02,5.00\n"),
    case("readers/files/encoding.py: give another --encoding", "segment orders.csv --encoding ascii",
         instead="segment orders.csv --encoding utf-8", said="--encoding", orders=ORDERS.replace("u1", "é")),
    case("inputs/reading_checks.py: see the rows", "segment orders.csv --max-rejects 100%", said="--rejects FILE",
         instead="segment orders.csv --max-rejects 100% --map amount=paid --rejects refused.csv",
         orders=f"{HEAD},paid\n1,u1,2025-01-02,much,5.00\n2,u2,2025-01-03,little,6.00\n"),
    # Who is who, groups and chats.
    case("customers/stays.py: name the column with", "community --memberships members.csv", "--map memberships.joined=time", "--map memberships.joined=COLUMN",
         members="group_id,user_id,time\ng1,u1,2025-01-01\ng1,u2,2025-01-02\n"),
    case("customers/stays.py: say what they are", "community --memberships members.csv", "--actions hop=join",
         members="group_id,user_id,time,action\ng1,u1,2025-01-01,hop\ng1,u2,2025-01-02,leave\n"),
    case("customers/identities.py: name one with", "community orders.csv --memberships members.csv --identities ids.csv",
         "--map identities.member_id=wx", "--map identities.member_id=COLUMN", members=MEMBERS, ids="user_id,wx\nu1,w1\nu2,w2\n"),
    case("customers/identities.py: name the column", "community orders.csv --memberships members.csv --identities ids.csv",
         "--map identities.user_id=buyer", "--map identities.user_id=COLUMN", members=MEMBERS,
         orders=HEAD + "\n" + "".join(f"{n},u{n},2025-01-02,5.00\n" for n in range(20)),
         ids="user_id,member_id,buyer\n" + "".join(f"{n},w{n},u{n}\n" for n in range(20))),
    case("analyses/community/sources.py: --memberships", "community orders.csv", "--memberships members.csv", "--memberships FILE", members=MEMBERS),
    case("analyses/community/sources.py: say in which", "community --group-days days.csv", "--tz Asia/Shanghai",
         days="group_id,day,members,messages\ng1,2025-01-01T16:00:00Z,5,7\ng1,2025-01-02T16:00:00Z,6,3\n"),
    case("analyses/community/regions.py: write", "community --memberships members.csv --show groups --by region", "--groups-file regions.csv",
         "--groups-file FILE", members=MEMBERS, regions="group_id,region\ng1,North\n"),
    case("analyses/community/talk.py: --wecom-counts", "community --group-days days.csv", "--wecom-counts daily", "--wecom-counts daily",
         days="group_id,day,members,active_members,messages\n" + "".join(f"g1,2025-01-{n:02},50,{n},{n * 3}\n" for n in range(1, 29))),
    case("analyses/screen/run.py: --messages", "screen orders.csv --show koc", "--messages messages.csv", "--messages FILE", messages=MESSAGES),
    # Campaigns, channels, referral.
    case("analyses/campaigns/run.py: --assignments", "campaigns orders.csv --show summary", "--assignments list.csv", "--assignments FILE", list=LIST),
    case("analyses/campaigns/run.py: --coupons", "campaigns orders.csv --show coupons", "--map coupon=slip", "--map coupon=COLUMN",
         orders=ORDERS.replace("amount\n", "amount,slip\n").replace(".00\n", ".00,A\n")),
    case("analyses/campaigns/run.py: see that both", "campaigns orders.csv --assignments list.csv --show summary", "--map assignments.user_id=buyer", "--map assignments.user_id=COLUMN",
         orders=f"{HEAD}\n" + "".join(f"{n},u{n},2025-01-02,5.00\n" for n in range(30)),
         list="user_id,buyer,campaign,group,assigned_time\n" + "".join(f"x{n},u{n},c,{'sent' if n % 2 else 'control'},2025-01-01\n" for n in range(30))),
    case("analyses/campaigns/lists.py: write yes", "campaigns orders.csv --assignments list.csv --show summary", "--map assignments.delivered=opened", "--map assignments.delivered=COLUMN",
         list="user_id,campaign,group,assigned_time,delivered,opened\nu1,c,sent,2025-01-10,perhaps,yes\nu2,c,control,2025-01-10,maybe,no\n"),
    case("analyses/split/run.py: --salt", "split users.csv", "--salt winback-2026-11", users=USERS),
    case("analyses/channels/run.py: --touches", "channels orders.csv --show attribution", "--touches touches.csv", "--touches FILE",
         touches="user_id,time,channel\nu1,2025-01-01 10:00:00,ads\nu2,2025-01-02 10:00:00,mail\n"),
    case("analyses/referral/exports.py: --users", "referral orders.csv", "--users users.csv", "--users FILE with a column inviter_id",
         users="user_id,inviter_id\nu1,\nu2,u1\n"),
    case("analyses/referral/named.py: name the column", "referral orders.csv --users users.csv", "--map inviter_id=by", "--map inviter_id=COLUMN",
         users="user_id,inviter_id,by\nu1,,\nu2,张*,u1\n"),
    # Lists, goals, points, levels.
    case("analyses/contacts/log.py: --reached", "contacts orders.csv --contacts calls.csv", "--reached chatted",
         calls="user_id,contact_time,status,reason\nu1,2025-02-01 10:00:00,chatted,winback\n"),
    case("analyses/contacts/log.py: name a column", "contacts orders.csv --contacts calls.csv", "--map contacts.status=how", "--map contacts.status=COLUMN",
         calls="user_id,contact_time,how,reason\nu1,2025-02-01 10:00:00,接通,winback\n"),
    case("analyses/contacts/run.py: --log", "contacts orders.csv --append", "--log contacts.csv"),
    case("analyses/contacts/run.py: --as-of", "contacts orders.csv --for 2025-02-10 --as-of 2025-03-04", said="--as-of 2025-02-09", instead="contacts orders.csv --for 2025-02-10 --as-of 2025-02-09"),
    case("analyses/goals/run.py: --goal", "goals orders.csv", "--goal new=400"),
    case("analyses/members/run.py: name the", "members orders.csv --show differences --config ladder.toml", "--levels levels.csv", "--levels FILE",
         levels="user_id,level\nu1,gold\nu2,basic\n", ladder='[[members.rules]]\nevent = "order"\npoints = 1\nper = 1\n[[members.ladder]]\nname = "basic"\n[[members.ladder]]\nname = "gold"\nthreshold = 10\n'),
    case("analyses/points/run.py: write", "points orders.csv", "--points ledger.csv", "--points FILE",
         ledger="user_id,time,points\nu1,2025-01-02,5\nu1,2025-01-09,-2\n"),
    case("analyses/points/run.py: name the", "points orders.csv --show reconcile --config rules.toml", "--points ledger.csv", "--points FILE",
         ledger="user_id,time,points\nu1,2025-01-02,5\n", rules='[[points.rules]]\nevent = "order"\npoints = 1\nper = 1\n'),
    case("analyses/portrait/attributes.py: --by a column", "portrait orders.csv --users users.csv --by phone", instead="portrait orders.csv --users users.csv --by city", said="--by",
         orders=f"{HEAD}\n" + "".join(f"{n},u{n},2025-01-02,5.00\n" for n in range(300)),
         users="user_id,phone,city\n" + "".join(f"u{n},138000{n:05},{'AB'[n % 2]}\n" for n in range(300))),
    case("analyses/portrait/run.py: --by {}", "portrait orders.csv --users users.csv --show cross --by tier", instead="portrait orders.csv --users users.csv --show cross --by tier,city",
         said="--by tier,ATTRIBUTE", users=USERS),
    case("analyses/portrait/tags.py: write one", "portrait orders.csv --show users --previous old.csv", said="--show users -o FILE",
         instead="portrait orders.csv --show users -o new.csv", old="a,b\n1,2\n"),
    # The first analyses.
    case("analyses/cohorts/cells.py: --max-age", "cohorts orders.csv --period week", "--max-age 3", "--max-age",
         orders=f"{HEAD}\n1,u1,1700-01-02,5.00\n2,u2,2025-02-03,6.00\n"),
    case("analyses/cohorts/run.py: userops cohorts", "cohorts orders.csv --events events.csv", said="userops cohorts --events events.csv", instead="cohorts --events events.csv", events=EVENTS),
    case("analyses/cohorts/run.py: --measure", "cohorts --events events.csv --measure revenue", "--measure retention", events=EVENTS),
    case("analyses/cohorts/tables.py: --measure", "cohorts orders.csv --returning on-or-after --measure revenue", instead="cohorts orders.csv --returning on-or-after --measure retention", said="--measure retention"),
    case("analyses/funnel/steps.py: --steps with", "funnel events.csv --steps view,pray", instead="funnel events.csv --steps view,buy", said="--steps with events there are: buy, view", events=EVENTS),
    case("analyses/funnel/steps.py: --{} FILE", "funnel events.csv --steps view,pay --config sources.toml", "--orders orders.csv", "--orders FILE", events=EVENTS,
         sources='[funnel.sources]\npay = "orders"\n'),
    case("analyses/segment/run.py: leave out", "segment orders.csv --method quantile --cuts cuts.csv", said="--method quantile", instead="segment orders.csv --cuts cuts.csv",
         cuts="metric,score,lower,upper\n" + "".join(f"{metric},{n},,{n * 5 if n < 5 else ''}\n" for metric in ("recency", "frequency", "monetary") for n in range(1, 6))),
    case("analyses/segment/run.py: --save-cuts", "segment orders.csv --save-cuts cuts.xlsx", instead="segment orders.csv --save-cuts cuts.csv", said="--save-cuts cuts.csv"),
    case("analyses/segment/run.py: --events", "segment --users users.csv orders.csv", "--events events.csv", "--events FILE", users=USERS, events=EVENTS),
    case("analyses/segment/run.py: --method", "segment --events events.csv --method fixed --config cuts.toml", instead="segment --events events.csv --method quantile --config cuts.toml",
         said="--method quantile", events=EVENTS, cuts="[cuts]\nrecency = [1,2,3,4]\nfrequency = [1,2,3,4]\nmonetary = [1,2,3,4]\n"),
    case("rfm.py: --cuts FILE", "segment orders.csv --method fixed", "--cuts cuts.csv", "--cuts FILE",
         cuts="metric,score,lower,upper\n" + "".join(f"{metric},{n},,{n * 5 if n < 5 else ''}\n" for metric in ("recency", "frequency", "monetary") for n in range(1, 6))),
    case("rfm.py: --bins", "segment orders.csv --cuts cuts.csv --bins 4", said="--bins 3", instead="segment orders.csv --cuts cuts.csv --bins 3",
         cuts="metric,score,lower,upper\n" + "".join(f"{metric},{n},,{n * 5 if n < 3 else ''}\n" for metric in ("recency", "frequency", "monetary") for n in range(1, 4))),
    case("customers/frozen_cuts.py: write one", "segment orders.csv --cuts cuts.csv", instead="segment orders.csv --save-cuts cuts.csv", said="--save-cuts FILE", cuts="a\n1\n"),
    case("customers/forecast.py: --show summary gives", "ltv orders.csv --show users", said="--show summary", instead="ltv orders.csv --show summary"),
]  # fmt: skip
# Mends that no small file gets to, and where else they're shown to help.
ELSEWHERE = {
    "analyses/segment/run.py: -o users.parquet": "Spark: tests/engines/test_users_folder.py",
    "commands/folders.py": "Spark: tests/engines/test_users_folder.py",
    "commands/room.py: raise that limit": "the shell's limit, not an option",
    "commands/wrong_words.py": "names that are none: tests/test_cli.py",
    "customers/granting_orders.py: export each line": "tests of granting",
    "customers/forecast.py: try another --model": "a fit that fails: tests of the models",
    "engines/spark.py: try --engine polars": "tests/readers/test_spark.py",
    "readers/export_columns.py: name another column": "lists in Parquet: tests/attacks/test_bombs.py",
    "readers/files/native.py: something stands far out": "tests/attacks/test_bombs.py",
    "render/__init__.py: name it with --show": "what emits asks before",
    "render/workbook.py: write it with": "a million rows: tests/render",
}


def test_each_mend_with_an_option_has_a_case() -> None:
    known = templates()
    claimed = {one for made in [*CASES] for one in known if one.startswith(made.mend)}
    left = {one for one in known if not one.startswith("readers/spark/")} - claimed
    assert left <= {one for one in known for start in ELSEWHERE if one.startswith(start)}


@pytest.mark.parametrize("made", CASES, ids=lambda made: made.mend)
def test_a_mend_helps(made: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in made.files.items():
        ending = ".toml" if text.startswith("[") else ".csv"
        (tmp_path / (name + ending)).write_bytes(text.encode("utf-8", "surrogateescape"))
    wrong = userops(*shlex.split(made.command))
    assert wrong.code in (2, 3, 4), wrong.err
    mend = wrong.err[wrong.err.index("\n  try: ") :]
    patterns = [pattern for key, pattern in templates().items() if key.startswith(made.mend)]
    assert any(pattern.search(mend) for pattern in patterns), mend
    assert (made.said or made.answer) in mend
    right = userops(*shlex.split(made.instead or f"{made.command} {made.answer}"))
    assert right.code == 0, right.err
