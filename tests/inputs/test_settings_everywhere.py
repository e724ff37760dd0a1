"""What settings say holds for a command, in the report and in Python alike."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from helpers.running import SAMPLES, userops
from userops import api
from userops.analyses import ANALYSES
from userops.analyses.goals.params import Goal
from userops.core.errors import UsageError
from userops.inputs import days
from userops.inputs.reading import read_options
from userops.readers.options import ReadOptions
from userops.settings import ReadingSettings, load

SHOP = SAMPLES / "shop"
ORDERS, EVENTS, USERS = (SHOP / f"{name}.csv" for name in ("orders", "events", "users"))
SMALL = "客人,下单,实付,情形\na,2024-01-01,5.00,ok\na,2024-01-03,7.00,ok\nb,2024-01-02,9.00,bad\n"
OF_SMALL = """
[exports]
orders = ["small.csv"]
[columns]
user_id = "客人"
order_time = "下单"
amount = "实付"
status = "情形"
[status]
ok = "valid"
bad = "void"
[currency]
code = "CNY"
"""


def config(folder: Path, text: str) -> Path:
    file = folder / "userops.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands at the day after the sample shop's last but ten."""
    monkeypatch.setattr(days, "today", lambda timezone: date(2025, 12, 21))


class TestCutPoints:
    def test_a_file_of_them_scores_the_report_too(self, tmp_path: Path) -> None:
        cuts = ("segment", ORDERS, "--as-of", "2025-06-30", "--bins", 4, "-q")
        assert userops(*cuts, "--save-cuts", tmp_path / "cuts.csv").code == 0
        settings = config(tmp_path, '[rfm]\ncuts = "cuts.csv"\n')
        known = ("--config", settings, "-q")
        asked = ("report", ORDERS, "--sections", "segments", "--lists", *known)
        assert userops(*asked, "-o", tmp_path / "r.md").code == 0
        listed = pl.read_csv(tmp_path / "r-segments.csv", infer_schema=False)
        segmented = pl.read_csv(userops("segment", ORDERS, *known, "-f", "csv").out, infer_schema=False)  # fmt: skip
        assert listed.equals(segmented)
        otherwise = pl.read_csv(userops("segment", ORDERS, "-q", "-f", "csv").out, infer_schema=False)  # fmt: skip
        assert not listed["r_score"].equals(otherwise["r_score"])

    def test_a_list_is_not_written_over_them(self, tmp_path: Path) -> None:
        cuts = tmp_path / "r-winback.csv"
        assert userops("segment", ORDERS, "--save-cuts", cuts, "-q").code == 0
        settings, before = config(tmp_path, f'[rfm]\ncuts = "{cuts.name}"\n'), cuts.read_bytes()
        asked = ("report", ORDERS, "--config", settings, "--lists", "-o", tmp_path / "r.md")
        ran = userops(*asked)
        assert (ran.code, "is read by this run" in ran.err) == (2, True)
        assert cuts.read_bytes() == before

    def test_fixed_ones_of_orders_are_not_those_of_use(self, tmp_path: Path) -> None:
        points = "recency = [9]\nfrequency = [1]\nmonetary = [1]\n"
        settings = config(tmp_path, f'[rfm]\nmethod = "fixed"\nbins = 2\n[cuts]\n{points}')
        ran = userops("segment", "--events", EVENTS, "--config", settings)
        assert ran.code == 2
        assert "[cuts] of the settings are of orders" in ran.err
        assert "none are given" not in ran.err


def test_templates_stand_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "report.md.j2").write_text("mine", encoding="utf-8")
    settings = config(tmp_path, '[report]\ntemplate = "own"\n')
    ran = userops("report", ORDERS, "--sections", "run", "-f", "md", "--config", settings, "-q")
    assert (ran.code, ran.text.strip()) == (0, "mine"), ran.err


class TestDays:
    @pytest.mark.usefixtures("at")
    def test_yesterday_is_one_for_the_report(self, tmp_path: Path) -> None:
        settings = config(tmp_path, '[ltv]\ncalibration_end = "yesterday"\n')
        asked = ("report", ORDERS, "--sections", "ltv", "-f", "md", "--config", settings, "-q")
        assert userops(*asked).code == 0

    def test_dates_of_toml_are_days(self, tmp_path: Path) -> None:
        shown = ("lifecycle", ORDERS, "--show", "transitions", "-q", "-f", "csv")
        expected = userops(*shown, "--since", "2025-11-30").out
        for day in ("2025-11-30", "2025-11-30T12:00:00", '"2025-11-30"'):
            settings = config(tmp_path, f"[lifecycle]\nsince = {day}\n")
            assert userops(*shown, "--config", settings).out == expected

    @pytest.mark.parametrize("day", ['"soon"', "7", "07:00:00"])
    def test_what_is_no_day_names_its_line(self, tmp_path: Path, day: str) -> None:
        ran = userops("segment", ORDERS, "--config", config(tmp_path, f"[lifecycle]\nsince = {day}\n"))  # fmt: skip
        assert (ran.code, "userops.toml, line 2: lifecycle.since: must be" in ran.err) == (2, True)

    @pytest.mark.usefixtures("at")
    def test_python_knows_them_as_dates_and_as_words(self) -> None:
        expected = api.lifecycle(ORDERS, since="2025-12-20")["transitions"].frame
        for day in ("yesterday", date(2025, 12, 20), datetime(2025, 12, 20, 9, tzinfo=UTC)):
            assert api.lifecycle(ORDERS, since=day)["transitions"].frame.equals(expected)
            assert api.segment(ORDERS, as_of=day)["users"].window.as_of == date(2025, 12, 20)
        with pytest.raises(UsageError, match="since soon is not a day"):
            api.lifecycle(ORDERS, since="soon")
        with pytest.raises(UsageError, match="as_of soon is not a day"):
            api.lifecycle(ORDERS, as_of="soon")


@pytest.mark.parametrize("analysis", ["cohorts", "ltv", "funnel"])
def test_a_column_to_split_by_may_be_named_in_the_settings(analysis: str, tmp_path: Path) -> None:
    header, *rows = USERS.read_text(encoding="utf-8").splitlines()
    (tmp_path / "users.csv").write_text("\n".join([header.replace("gender", "性别"), *rows]), encoding="utf-8")  # fmt: skip
    settings = config(tmp_path, f'[columns]\ngender = "性别"\n[{analysis}]\nby = "gender"\n')
    about = EVENTS if analysis == "funnel" else ORDERS
    ran = userops(analysis, about, "--users", tmp_path / "users.csv", "--config", settings, "-q")
    assert ran.code == 0, ran.err
    assert userops("segment", ORDERS, "--config", settings, "-q").code == 0


class TestTheStartOfWeeks:
    def test_it_is_an_option_a_setting_and_a_keyword(self, tmp_path: Path) -> None:
        shown = ("cohorts", ORDERS, "--period", "week", "--show", "long", "-q")
        settings = config(tmp_path, 'week_start = "sunday"\n')
        assert userops(*shown, "--config", settings, "-o", tmp_path / "a.parquet").code == 0
        assert userops(*shown, "--week-start", "sunday", "-o", tmp_path / "b.parquet").code == 0
        one, other = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in "ab")
        assert one.equals(other)
        assert not one.equals(api.frame(api.cohorts(ORDERS, period="week")["long"]))
        found = api.cohorts(ORDERS, period="week", week_start="sunday")["long"]
        assert api.frame(found).equals(one)

    def test_init_writes_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert userops("init", ORDERS, "-q").code == 0
        text = (tmp_path / "userops.toml").read_text(encoding="utf-8")
        assert '# week_start = "monday"' in text

    def test_python_knows_the_days(self) -> None:
        with pytest.raises(UsageError, match="unknown week_start: sonntag"):
            api.cohorts(ORDERS, week_start="sonntag")

    def test_commands_without_weeks_do_not_offer_it(self) -> None:
        assert "--week-start" in userops("cohorts", "--help").text
        assert "--week-start" not in userops("repurchase", "--help").text


class TestPythonReadsAsTheSettingsSay:
    @pytest.fixture
    def settled(self, tmp_path: Path) -> Path:
        (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
        return config(tmp_path, OF_SMALL)

    def test_exports_columns_statuses_and_currency(self, settled: Path) -> None:
        found = api.segment(config=settled)
        assert found.tally is not None
        assert (found.tally.used, found.tally.left_out) == (2, {"cancelled, unpaid or closed": 1})
        assert found["users"].currency.code == "CNY"
        out = settled.with_name("out.parquet")
        assert userops("segment", "--config", settled, "-q", "-o", out).code == 0
        assert api.frame(found["users"]).equals(pl.read_parquet(out))

    def test_what_is_given_goes_first(self, settled: Path) -> None:
        frame = pl.DataFrame({"who": ["z"], "下单": ["2024-01-01"], "实付": ["5"], "情形": ["ok"]})
        found = api.segment(frame, config=settled, columns={"user_id": "who"})
        assert found["users"].frame["user_id"].to_list() == ["z"]
        with api.open_orders(settled.with_name("small.csv"), config=settled) as orders:
            assert len(api.segment(orders, config=settled)["users"].frame) == 1

    def test_how_to_read_in_full_is_in_their_place(self, settled: Path) -> None:
        named = {"user_id": "客人", "order_time": "下单", "amount": "实付"}
        reading = ReadOptions(named=named, statuses={"ok": "valid", "bad": "valid"})
        found = api.segment(settled.with_name("small.csv"), config=settled, reading=reading)
        assert len(found["users"].frame) == 2

    def test_rejects_and_the_maker(self, tmp_path: Path) -> None:
        rows = "user_id,order_time,amount\na,2024-01-01,5\n,2024-01-01,5\n"
        (tmp_path / "o.csv").write_text(rows, encoding="utf-8")
        settings = config(tmp_path, '[reading]\nmax_rejects = "60%"\n')
        assert api.segment(tmp_path / "o.csv", config=settings).tally.used == 1

    def test_every_setting_of_reading_is_known(self, tmp_path: Path) -> None:
        """A key of [reading] that only the command line knows would be passed over in silence."""
        others = {
            "tz": "UTC", "decimal": ",", "totals": "order", "refunds": "net", "refunds_by": "rows",
            "date_format": "%d.%m.%Y", "header": False, "nobody": ["desk"], "source": "shopify",
            "lines": str(tmp_path / "lines.csv"),
        }  # fmt: skip
        for name, field in ReadingSettings.model_fields.items():
            value = others.get(name, "x")
            settings = load(str(config(tmp_path, f"[reading]\n{name} = {json.dumps(value)}\n")))[0]
            read = getattr(read_options(settings), {"tz": "timezone"}.get(name, name))
            assert (list(read) if isinstance(value, list) else read) == value != field.default

    def test_a_column_of_no_dataset(self) -> None:
        with pytest.raises(UsageError, match="unknown field in columns: usr_id"):
            api.segment(ORDERS, columns={"usr_id": "x"})


class TestPythonSaysWhatIsWrong:
    def test_cut_points_are_kept(self, tmp_path: Path) -> None:
        assert userops("segment", ORDERS, "-q", "--save-cuts", tmp_path / "a.csv").code == 0
        api.segment(ORDERS, save_cuts=tmp_path / "b.csv")
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
        scored = api.segment(ORDERS, as_of="2025-06-30", cuts=tmp_path / "b.csv")
        text = api.segment(ORDERS, as_of="2025-06-30", cuts=str(tmp_path / "b.csv"))
        assert scored["users"].frame.equals(text["users"].frame)

    def test_nothing_is_written_over_what_is_read(self, tmp_path: Path) -> None:
        orders = tmp_path / "orders.csv"
        orders.write_bytes(ORDERS.read_bytes())
        with pytest.raises(UsageError, match="one of the exports"):
            api.segment(orders, save_cuts=orders)
        assert orders.read_bytes() == ORDERS.read_bytes()

    @pytest.mark.parametrize(
        ("cuts", "said"),
        [
            ({"recency": [9, 1], "frequency": [1], "monetary": [1]}, "cuts.recency: must be asc"),
            ({"recency": [9], "frequency": [1]}, "cuts.monetary: is missing"),
            ({"recency": 9, "frequency": [1], "monetary": [1]}, "cuts.recency: must be a list"),
            ({"r": [9]}, "cuts"),
            (9, "cuts 9: must be text"),
        ],
    )
    def test_what_are_no_cut_points(self, cuts: object, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            api.segment(ORDERS, cuts=cuts)

    def test_goals_are_goals(self) -> None:
        goal = Goal(target=1000.0)
        one = api.goals(ORDERS, goals={"revenue": goal})["goals"].frame
        assert one.equals(api.goals(ORDERS, goals={"revenue": {"target": 1000}})["goals"].frame)
        with pytest.raises(UsageError, match="goals"):
            api.goals(ORDERS, goals={"revenue": {"target": -1}})

    def test_what_is_given_twice(self) -> None:
        with pytest.raises(TypeError, match="several values for 'orders'"):
            api.segment(ORDERS, orders=ORDERS)
        assert api.segment(orders=ORDERS).tally == api.segment(ORDERS).tally

    def test_users_that_are_not_read(self) -> None:
        said = api.cohorts(ORDERS, users=pl.read_csv(USERS, infer_schema=False)).messages
        assert "the users export isn't read: it's for by, or beside events" in said
        nobody = pl.DataFrame({"user_id": ["a"], "registered_time": ["2024-01-01"]})
        assert any("no column for anonymous_id" in text for text in api.activity(EVENTS, users=nobody).messages)  # fmt: skip

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda: api.segment(ORDERS, bins=1), "^bins 1: must be"),
            (
                lambda: api.lifecycle(ORDERS, slump_days=70),
                "slump_days 70: must be less than churn",
            ),
            (lambda: api.segment(ORDERS, users=USERS), "^users is for the users of events"),
            (
                lambda: api.ltv(ORDERS, calibration_end="2026-06-01"),
                "^calibration_end isn't before",
            ),
        ],
    )
    def test_it_speaks_of_keywords(self, call, said: str) -> None:
        with pytest.raises(UsageError, match=said) as caught:
            call()
        assert "--" not in str(caught.value)

    def test_refused_rows_can_be_seen(self) -> None:
        orders = pl.DataFrame(
            {"user_id": ["a", None], "order_time": ["2024-01-01"] * 2, "amount": ["5", "6"]}
        )
        assert len(api.check(orders)["rejects"].frame) == 1


def test_the_package_offers_what_the_registry_has() -> None:
    import userops as package

    offered = {name for name in ANALYSES if name not in ("ltv", "lifecycle")}
    assert offered <= set(package.__all__)
    names: dict[str, object] = {}
    exec("from userops import *", names)
    assert offered | {"api", "frame", "open_orders"} <= names.keys()
    with pytest.raises(AttributeError):
        _ = package.nothing


def test_the_limits_of_rhythms_ascend(tmp_path: Path) -> None:
    ran = userops("activity", EVENTS, "--weekly-days", 2)
    assert ran.code == 2
    assert "--weekly-days 2: must be less than --monthly-days" not in ran.err
    assert "--weekly-days 2: must be more than --daily-days, which is 3" in ran.err
    settings = config(tmp_path, "[activity]\nmonthly_days = 14\n")
    assert "weekly_days 14 must be less than monthly_days 14" in userops("segment", ORDERS, "--config", settings).err  # fmt: skip


def test_parts_may_be_per_cent(tmp_path: Path) -> None:
    shown = ("ltv", ORDERS, "--show", "cohorts", "-f", "csv", "-q")
    expected = userops(*shown, "--margin", 0.4)
    assert userops(*shown, "--margin", "40%") == expected
    settings = config(tmp_path, '[ltv]\nmargin = "40%"\nlevel = "90%"\n')
    assert userops(*shown, "--config", settings).out == expected.out
    for margin in ("much", "x%", "140%"):
        ran = userops(*shown, "--margin", margin)
        assert (ran.code, f"--margin {margin}: must be" in ran.err) == (2, True)
