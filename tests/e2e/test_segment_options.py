"""Options, cut points and settings."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpers.running import userops
from helpers.segments import CDNOW, CHINESE, SHOP, csv_of


def recency(ran: object) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(ran.text))
    return {row["user_id"]: row["last_order"] for row in rows}


class TestOptions:
    def test_status(self, here) -> None:
        (here / "o.csv").write_text(
            "user,date,amount,status\na,2024-01-01,1,Gut\nb,2024-01-02,1,schlecht\nc,2024-01-03,1,weg\n"
        )
        stopped = userops("segment", "o.csv")
        assert stopped.code == 3
        for part in ("Gut (1)", "schlecht (1)", "weg (1)", "--status"):
            assert part in stopped.err
        ran = userops(
            "segment", "o.csv", "--status", "gut=valid", "--status", "schlecht=void",
            "--status", "WEG=refunded", "-f", "csv",
        )  # fmt: skip
        assert recency(ran) == {"a": "2024-01-01"}
        assert "1 cancelled, unpaid or closed, 1 fully refunded" in ran.err

    def test_a_status_left_blank(self, here) -> None:
        (here / "o.csv").write_text(
            "user,date,amount,status\na,2024-01-01,1,paid\nb,2024-01-02,1,\n"
        )
        stopped = userops("segment", "o.csv")
        assert stopped.code == 3
        assert "--status =valid" in stopped.err
        assert len(recency(userops("segment", "o.csv", "--status", "=valid", "-f", "csv"))) == 2
        assert len(recency(userops("segment", "o.csv", "--status", "=void", "-f", "csv"))) == 1

    def test_map(self, here) -> None:
        (here / "o.csv").write_text("who,day,money,user\na,2024-01-01,1,x\nb,2024-01-02,1,x\n")
        maps = ["--map", "user_id=who", "--map", "order_time=day", "--map", "amount=money"]
        ran = userops("segment", "o.csv", *maps, "-f", "csv")
        assert recency(ran) == {"a": "2024-01-01", "b": "2024-01-02"}
        assert "user_id from 'who'" in ran.err

    def test_date_format(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,01/02/2024,1\n")
        assert userops("segment", "o.csv").code == 3
        day, month = (
            recency(userops("segment", "o.csv", "--date-format", format, "-f", "csv"))
            for format in ("%d/%m/%Y", "%m/%d/%Y")
        )
        assert (day, month) == ({"a": "2024-02-01"}, {"a": "2024-01-02"})

    def test_a_column_that_settles_the_day(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,01/02/2024,1\nb,13/02/2024,1\n")
        ran = userops("segment", "o.csv", "-f", "csv")
        assert recency(ran) == {"a": "2024-02-01", "b": "2024-02-13"}

    def test_tz(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,2024-01-01T20:00:00Z,1\n")
        ran = userops("segment", "o.csv", "--tz", "Asia/Shanghai", "-f", "csv")
        assert recency(ran) == {"a": "2024-01-02"}

    def test_yesterday_is_the_shops(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,2024-01-01,1\n")
        zone = "Pacific/Kiritimati"
        before = datetime.now(ZoneInfo(zone)).date()
        ran = userops("segment", "o.csv", "--tz", zone, "--as-of", "today", "-f", "csv")
        after = datetime.now(ZoneInfo(zone)).date()
        days = int(ran.text.splitlines()[1].split(",")[3])
        assert (before - date(2024, 1, 1)).days <= days <= (after - date(2024, 1, 1)).days

    def test_decimal(self, here) -> None:
        (here / "o.csv").write_text('user,date,amount\na,2024-01-01,"1.234"\n')
        for mark, spent in ((",", "1234.00"), (".", "1.23")):
            ran = userops("segment", "o.csv", "--decimal", mark, "-f", "csv", "-q")
            assert ran.text.splitlines()[1].split(",")[5] == spent

    def test_encoding(self, here) -> None:
        (here / "o.csv").write_bytes("user,date,amount\n臺灣,2024-01-01,1\n".encode("big5"))
        ran = userops("segment", "o.csv", "--encoding", "big5", "-f", "csv")
        assert recency(ran) == {"臺灣": "2024-01-01"}

    def test_quiet(self) -> None:
        assert userops("segment", CHINESE, "-q", "-f", "csv").err == ""

    def test_tiers_new_days(self, plain) -> None:
        found = {}
        for days in (0, 30, 9999):
            text = csv_of(SHOP, "--show", "tiers", "--new-days", days).decode()
            found[days] = {
                row["tier"]: int(row["users"]) for row in csv.DictReader(io.StringIO(text))
            }
        assert found[0]["new"] <= found[30]["new"] <= found[9999]["new"]
        users = csv.DictReader(io.StringIO(plain["users"].decode()))
        assert found[9999]["new"] == sum(user["frequency"] == "1" for user in users)


class TestCuts:
    def test_saved_and_read_back_they_score_the_same(self, plain, here) -> None:
        assert csv_of(SHOP, "--save-cuts", "cuts.csv") == plain["users"]
        assert csv_of(SHOP, "--cuts", "cuts.csv") == plain["users"]
        assert csv_of(SHOP, "--cuts", "cuts.csv", "--show", "cuts") == plain["cuts"]

    @pytest.mark.parametrize("bins", [2, 3, 7, 10])
    def test_the_file_says_how_many_bins(self, here, bins) -> None:
        before = csv_of(SHOP, "--bins", bins, "--save-cuts", "cuts.csv")
        assert csv_of(SHOP, "--cuts", "cuts.csv") == before

    def test_other_data_by_them(self, here) -> None:
        csv_of(SHOP, "--as-of", "2025-06-30", "--save-cuts", "cuts.csv")
        with open("cuts.csv", encoding="utf-8-sig") as file:
            cuts = list(csv.DictReader(file))
        points = {
            metric: sorted(
                float(row["upper"]) for row in cuts if row["metric"] == metric and row["upper"]
            )
            for metric in ("recency", "frequency", "monetary")
        }
        text = csv_of(CDNOW, "--cuts", "cuts.csv").decode()
        for user in csv.DictReader(io.StringIO(text)):
            below = {
                metric: sum(point < float(user[column]) for point in points[metric])
                for metric, column in (
                    ("recency", "recency_days"), ("frequency", "frequency"), ("monetary", "monetary")
                )
            }  # fmt: skip
            assert int(user["r_score"]) == 5 - below["recency"]
            assert int(user["f_score"]) == 1 + below["frequency"]
            assert int(user["m_score"]) == 1 + below["monetary"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("", 3),
            ("a,b\n1,2\n", 3),
            ("metric,score,lower,upper,users\nrecency,1,,x,\n", 3),
            ("metric,score,lower,upper,users\nrecency,1,,1,\n", 3),
        ],
    )
    def test_not_a_file_of_cuts(self, here, content, code) -> None:
        (here / "cuts.csv").write_text(content)
        assert userops("segment", SHOP, "--cuts", "cuts.csv").code == code

    def test_bins_that_dont_fit(self, here) -> None:
        csv_of(SHOP, "--save-cuts", "cuts.csv")
        ran = userops("segment", SHOP, "--cuts", "cuts.csv", "--bins", "4")
        assert ran.code == 2
        assert "--bins 5" in ran.err


TOML = """
lang = "zh"

[exports]
orders = ["data/*.csv"]

[columns]
user_id = "wer"
order_time = "wann"
amount = "wieviel"
status = "was"

[status]
gut = "valid"
schlecht = "void"

[rfm]
bins = 2
segments = "mine"
new_days = 0

[playbook]
Good = "call"
high = "thank"

[segments.mine]
rules = [
  { name = "Good", f = [3, 5] },
  { name = "Rest" },
]
"""


class TestSettings:
    @pytest.fixture
    def project(self, here: Path) -> Path:
        (here / "data").mkdir()
        (here / "data/a.csv").write_text(
            "wer,wann,wieviel,was\na,2024-01-01,1,gut\na,2024-01-02,3,gut\nb,2024-01-02,1,gut\n"
            "c,2024-01-03,1,schlecht\n"
        )
        (here / "userops.toml").write_text(TOML)
        return here

    def test_without_arguments(self, project) -> None:
        ran = userops("segment", "-f", "csv")
        assert ran.code == 0, ran.err
        rows = list(csv.DictReader(io.StringIO(ran.text)))
        assert [(row["user_id"], row["segment"], row["tier"], row["action"]) for row in rows] == [
            ("a", "Good", "high", "call"),
            ("b", "Rest", "low", ""),
        ]
        assert "'Good' and 'Rest' overlap; 'Good' wins" in ran.err
        tiers = userops("segment", "-f", "csv", "--show", "tiers", "-q").text
        assert ",thank\n" in tiers
        assert userops("segment", "-f", "md", "-q", "--show", "summary").text.count("分群") == 1

    def test_from_elsewhere(self, project, monkeypatch, tmp_path_factory) -> None:
        before = userops("segment", "-f", "csv", "-q").out
        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
        after = userops("segment", "-f", "csv", "-q", "--config", project / "userops.toml")
        assert after.out == before

    def test_options_win(self, project) -> None:
        ran = userops("segment", "-f", "csv", "-q", "--segments", "grid", "--bins", "5")
        assert {row["segment"] for row in csv.DictReader(io.StringIO(ran.text))} <= {
            "Champions", "Loyal", "Potential loyalists", "New", "Promising", "Need attention",
            "About to sleep", "Can't lose", "At risk", "Hibernating",
        }  # fmt: skip
        assert userops("segment", CDNOW, "-f", "csv", "-q").code == 3  # its columns are others

    @pytest.mark.parametrize(
        ("old", "new", "line", "said"),
        [
            ("bins = 2", "bin = 2", "bin = 2", "did you mean bins?"),
            ("[rfm]", "[frm]", "[frm]", "did you mean rfm?"),
            ("new_days = 0", "new_days = -1", "new_days", "new_days"),
            ("bins = 2", 'bins = "two"', "bins", "bins"),
            ('gut = "valid"', 'gut = "good"', "gut", "gut"),
            ('{ name = "Rest" }', '{ nam = "Rest" }', "rules", "did you mean name?"),
            ('Good = "call"', 'Goood = "call"', "Goood", "did you mean Good?"),
            ("[rfm]", "[rfm", "", "not TOML"),
        ],
    )
    def test_an_error_names_its_line(self, project, old, new, line, said) -> None:
        (project / "userops.toml").write_text(TOML.replace(old, new))
        ran = userops("segment", "--lang", "en")
        assert ran.code == 2
        assert "userops.toml" in ran.err
        assert said in ran.err
        lines = (project / "userops.toml").read_text().splitlines()
        number = next(n for n, text in enumerate(lines, start=1) if text.startswith(line))
        assert not line or f"line {number}:" in ran.err

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ('[{ name = "Good", f = [1, 3] }]', "match no rule, such as 1-4-1"),
            ('[{ name = "Good" }, { name = "Rest", f = [1, 3] }]', "nothing can reach 'Rest'"),
            ('[{ name = "Good", f = [4, 2] }, { name = "Rest" }]', "nothing can reach 'Good'"),
        ],
    )
    def test_a_rule_table_that_cant_be(self, project, rules, said) -> None:
        text = TOML[: TOML.index("rules = ")] + f"rules = {rules}\n"
        (project / "userops.toml").write_text(text)
        ran = userops("segment", "--lang", "en")
        assert ran.code == 2
        assert said in ran.err

    def test_fixed_cuts(self, project) -> None:
        text = TOML.replace("bins = 2", 'bins = 2\nmethod = "fixed"') + (
            "\n[cuts]\nrecency = [0]\nfrequency = [1]\nmonetary = [3.99]\n"
        )
        (project / "userops.toml").write_text(text)
        rows = list(csv.DictReader(io.StringIO(userops("segment", "-f", "csv", "-q").text)))
        assert [row["rfm_score"] for row in rows] == ["122", "111"]

    def test_exports_that_match_nothing(self, project) -> None:
        (project / "data/a.csv").unlink()
        ran = userops("segment", "--lang", "en")
        assert ran.code == 3
        assert "no file matches" in ran.err
