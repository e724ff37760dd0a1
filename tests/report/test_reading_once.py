"""A report reads each export once, whatever its analyses ask of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from helpers.running import ROOT, SAMPLES, userops
from userops.analyses import ANALYSES
from userops.core.periods import Period
from userops.datasets.messages import MESSAGES
from userops.inputs import RunInputs
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS
from userops.readers.dataset import Opened
from userops.readers.fast.integer_ids import number_of
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.report.shared import NotYetRead, SharedInputs, SharedReading
from userops.settings import Settings

SHOP = SAMPLES / "shop"
COSTS = (
    "channel,period,cost,team,place\nads,2025-01,5.00,red,north\nsearch,2025-01,7.00,blue,south\n"
)


@pytest.fixture
def shared(tmp_path: Path):
    (tmp_path / "costs.csv").write_text(COSTS, encoding="utf-8")
    exports = {"orders": [str(SHOP / "orders.csv")], "costs": [str(tmp_path / "costs.csv")]}
    with workspace() as folder:
        options = ReadOptions()
        orders = Orders.open(exports["orders"], options, folder)
        source = RunInputs(Settings(), orders, None, options, folder, exports)
        yield SharedReading(source, None)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each dataset was read by its declaration."""
    counts: Counter[str] = Counter()
    rows = Opened.rows

    def counted(self, *given):
        counts[self.dataset.name] += 1
        return rows(self, *given)

    monkeypatch.setattr(Opened, "rows", counted)
    return counts


def inputs_of(shared: SharedReading) -> SharedInputs:
    return SharedInputs.of(shared, ("orders", "costs"), ())


def asked(call) -> object:
    """What stopped a call, as it hasn't been read yet."""
    with pytest.raises(NotYetRead) as stopped:
        call()
    return stopped.value.request


def test_attributes_of_several_analyses_are_read_together(shared, opened) -> None:
    shared.read_orders([])
    one, other = inputs_of(shared), inputs_of(shared)
    shared.read_rows([
        asked(lambda: one.dataset("costs", "team")),
        asked(lambda: other.dataset("costs", "place")),
    ])  # fmt: skip
    teams, places = one.dataset("costs", "team"), other.dataset("costs", "place")
    assert opened == {"costs": 1}
    assert teams is not None
    assert places is not None
    assert {"team", "place"} & set(teams.frame.columns) == {"team"}
    assert {"team", "place"} & set(places.frame.columns) == {"place"}
    alone = shared.source.dataset("costs", "team")
    assert alone is not None
    assert alone.frame.equals(teams.frame)


def test_what_customers_spent_is_asked_of_the_one_pass(shared) -> None:
    inputs = inputs_of(shared)
    request = asked(lambda: inputs.spending(Period.MONTH))
    (answer,) = shared.read_orders([request])
    inputs.answers.append(answer)
    inputs.begin()
    customers, spending, more, facts = inputs.spending(Period.MONTH)
    expected, spent, _, _ = shared.source.spending(Period.MONTH)
    assert (more, facts.tally) == ([], shared.facts.tally)
    assert customers.sort("user_id").equals(expected.sort("user_id"))
    ours, theirs = (
        one.added_up(frame["user_id"].rank("dense").to_numpy().astype("int64") - 1,
                     one.first, (len(frame), 24), "amount")
        for one, frame in ((spending, customers), (spent, expected))
    )  # fmt: skip
    assert (ours == theirs).all()


def test_costs_and_users_are_read_once(opened: Counter[str]) -> None:
    ran = userops(
        "report", SHOP / "orders.csv", "--costs", SHOP / "costs.csv", "--users", SHOP / "users.csv",
        "--sections", "headline,ltv,lifecycle", "-f", "md",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert opened == {"costs": 1, "users": 1}


def test_what_a_report_does_otherwise_is_declared() -> None:
    """No analysis is named where a report runs them; what is declared are parameters and tables."""
    for analysis in ANALYSES.values():
        how, names = analysis.in_report, set(analysis.params.__dataclass_fields__)
        assert {*how.follows, *how.fixed, *how.at_most, *filter(None, [how.since])} <= names
        assert set(how.needs) <= set(analysis.tables)
    text = (ROOT / "src/userops/report/gather.py").read_text(encoding="utf-8")
    assert not [name for name in ANALYSES if f'"{name}"' in text]


def test_the_timeline_serves_who_asks_for_customers(shared) -> None:
    one, other = inputs_of(shared), inputs_of(shared)
    requests = [asked(lambda run=run: run.timeline(CUSTOMERS, timeline.SORT_KEYS)) for run in (one, other)]  # fmt: skip
    first, second = shared.read_orders(requests)
    assert isinstance(first[0], pl.DataFrame)
    assert first[0] is second[0]


def test_messages_whose_ids_are_numbers_are_asked_once_they_have_been_read(tmp_path: Path) -> None:
    """A report reads messages before anybody asks of them; a command asks in the pass that reads them."""
    exports = {
        "orders.csv": "order_id,user_id,order_time,amount\nE1,wm1,2026-10-20,100\nE2,wm2,2026-11-29,50\n",
        "m.csv": "群ID,群名称,成员ID,入群时间\nwr0,宝妈群,wm1,2026-06-01\nwr1,吃货群,wm2,2026-06-01\n",
        "g.csv": "群ID,发送人ID,发送时间,内容\nwr0,wm1,2026-10-01 10:00:00,hi\nwr0,wm1,2026-11-27 10:00:00,hi\n",
    }
    for name, text in exports.items():
        (tmp_path / name).write_text(text, "utf-8")
    given = [tmp_path / "orders.csv", "--memberships", tmp_path / "m.csv", "--messages", tmp_path / "g.csv"]  # fmt: skip
    report = userops("report", *given, "--sections", "community,screen", "-f", "md")
    alone = userops("community", *given, "--show", "groups")
    assert (report.code, alone.code) == (0, 0), (report.err, alone.err)
    assert "宝妈群" in report.text


def test_rows_for_queries_have_the_numbers_of_the_forms_they_tell_of(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text(
        "群ID,发送人ID,发送时间\nwr0,wm1,2026-10-01 10:00:00\n", "utf-8"
    )
    with workspace() as folder:
        opened = Opened.open([str(tmp_path / "g.csv")], MESSAGES, ReadOptions(), folder)
        rows = opened.lazily()
        assert {*rows.forms} == {"group_id", "user_id"}
        asked = rows.asked(lambda frame, forms: [frame.select(map(number_of, forms))])
        assert "number of user_id" not in rows.frame.collect_schema()
    assert asked.answers[0].rows() == [(0, 1)]
