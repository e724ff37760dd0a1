"""Wrong uses: options and settings that can't be, exports that aren't there, outputs that can't."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import makers
from .asked import line

if TYPE_CHECKING:
    from .running import Cases

_ORDERS = "o.csv"
USES: tuple[tuple[str, ...], ...] = (
    ("nothing",), ("segmnt", "@"), ("segment",), ("activity",), ("funnel",), ("report",), ("prepare",),
    ("init",), ("demo",), ("check",), ("explain", "recency_dys"), ("explain", "Champins", "--lang", "zh"),
    ("explain", "a", "b"), ("demo", "out/x", "--users", "few"), ("demo", "@"),
    ("segment", "@", "--shwo", "users"), ("segment", "@", "--show", "usres"),
    ("segment", "@", "--show", "all", "-f", "csv"), ("segment", "@", "-f", "cvs"),
    ("segment", "@", "-o", "out/x.what"), ("segment", "@", "-o", "nowhere/x.csv"), ("segment", "@", "-o", "out"),
    ("segment", "@", "-o", "@"), ("segment", "@", "-o", "out/a.csv", "--rejects", "out/a.csv"),
    ("segment", "@", "--lang", "fr"), ("segment", "@", "--bins", "1"), ("segment", "@", "--bins", "many"),
    ("segment", "@", "--segments", "gird"), ("segment", "@", "--new-days", "-1"),
    ("segment", "@", "--method", "magic"), ("segment", "@", "--method", "fixed"),
    ("segment", "@", "--cuts", "none.csv"), ("segment", "@", "--cuts", "@"),
    ("segment", "@", "--save-cuts", "out/cuts.txt"), ("segment", "@", "--users", "u.csv"),
    ("segment", "@", "--as-of", "soon"), ("segment", "@", "--as-of", "1990-01-01"),
    ("segment", "@", "--as-of", "2024-02-30"), ("segment", "@", "--map", "user=who"),
    ("segment", "@", "--map", "user_id"), ("segment", "@", "--map", "user_id=nobody"),
    ("segment", "@", "--map", "amount=order_id", "--show", "summary"), ("segment", "@", "--source", "shopfy"),
    ("segment", "@", "--status", "paid=good"), ("segment", "@", "--status", "paid=void"),
    ("segment", "@", "--encoding", "utf-99"), ("segment", "@", "--encoding", "utf-16"),
    ("segment", "@", "--date-format", "%Q"), ("segment", "@", "--date-format", "%d/%m/%Y"),
    ("segment", "@", "--decimal", ";"), ("segment", "@", "--tz", "Mars/Base"), ("segment", "@", "--totals", "both"),
    ("segment", "@", "--max-rejects", "much"), ("segment", "@", "--config", "none.toml"),
    ("segment", "@", "--memory", "lots"), ("segment", "@", "--memory", "1MB"), ("segment", "@", "--memory", "2GB"),
    ("segment", "@", "--engine", "abacus"), ("segment", "@", "--engine", "spark", "--rejects", "out/r.csv"),
    ("activity", "e.csv", "--engine", "spark"), ("segment", "none.csv"), ("segment", "none/*.csv"),
    ("segment", "out"), ("segment", "@", "none.csv"), ("segment", "narrow.csv"), ("segment", "masked.csv"),
    ("segment", "damaged.csv"), ("segment", "empty.csv"), ("segment", "header-only.csv"),
    ("segment", "not-text.csv"), ("segment", "day-or-month.csv"), ("segment", "mystery.csv"),
    ("segment", "rejected.csv"), ("segment", "rejected.csv", "--rejects", "out/r.csv", "-o", "out/x.csv"),
    ("check", "rejected.csv"), ("check", "rejected.csv", "--show", "all", "-f", "json"),
    ("report", "rejected.csv", "-o", "out/r/"), ("segment", "e.csv"), ("activity", "@"),
    ("lifecycle", "@", "--growth-orders", "6"), ("lifecycle", "@", "--churn-days", "20"),
    ("lifecycle", "@", "--since", "2031-01-01", "--show", "transitions"), ("lifecycle", "@", "--since", "then"),
    ("lifecycle", "@", "--users", "none.csv"), ("lifecycle", "@", "--period", "day"),
    ("cohorts", "@", "--measure", "joy"), ("cohorts", "@", "--period", "year"), ("cohorts", "@", "--by", "colour"),
    ("cohorts", "@", "--by", "user_id"), ("cohorts", "@", "--max-age", "-1"), ("cohorts", "@", "--events", "e.csv"),
    ("cohorts", "--events", "e.csv", "--measure", "revenue"), ("cohorts", "@", "--users", "u.csv"),
    ("cohorts", "@", "--by", "colour", "--users", "u.csv"), ("repurchase", "@", "--grain", "year"),
    ("repurchase", "@", "--within", "-1"), ("repurchase", "@", "--show", "categories"),
    ("ltv", "@"), ("ltv", "@", "--show", "users"), ("ltv", "@", "--show", "backtest"),
    ("ltv", "@", "--show", "channels"), ("ltv", "@", "--margin", "2"), ("ltv", "@", "--level", "1"),
    ("ltv", "@", "--horizon", "0"), ("ltv", "@", "--model", "tarot"), ("ltv", "@", "--costs", "@"),
    ("ltv", "@", "--calibration-end", "2031-01-01", "--show", "backtest"), ("ltv", "@", "--discount-rate", "-1"),
    ("activity", "e.csv", "--period", "year"), ("activity", "e.csv", "--users", "u.csv"),
    ("funnel", "e.csv", "--steps", "browse"), ("funnel", "e.csv", "--steps", "browse,dance"),
    ("funnel", "e.csv", "--convert", "dance"), ("funnel", "e.csv", "--window", "-1"),
    ("funnel", "e.csv", "--by", "colour"), ("funnel", "e.csv", "--within", "3"),
    ("report", "@", "--show", "users"), ("report", "@", "-f", "csv"), ("report", "@", "-o", "out/x.csv"),
    ("report", "@", "--lists"), ("report", "@", "--sections", "headlne"), ("report", "@", "--sections", ","),
    ("report", "@", "--pii", "hash"), ("report", "@", "--pii", "veil"), ("report", "@", "--template", "none"),
    ("report", "@", "--period", "day"), ("report", "@", "--against", "us"), ("report", "@", "-o", "o.csv/"),
    ("prepare", "@", "--as-of", "2024-01-01"), ("prepare", "-"), ("prepare", "none.csv"), ("prepare", "@", "--clear"),
    ("check", "none.csv"), ("init", "none.csv"), ("init", "narrow.csv"), ("init", "not-text.csv"),
)  # fmt: skip
SETTINGS = (
    "lnag = 'zh'", "lang = 'fr'", "[rfm]\nbin = 3", "[rfm]\nbins = 1", "not toml at all",
    "[reading]\ndecimal = ';'", "[status]\nok = 'fine'", "[segments.x]\nrules = []",
    "[[segments.x.rules]]\nname = 'A'\nr = 3", "[cuts]\nrecency = [1]\nfrequency = [1]",
    "[exports]\norder = ['a.csv']", "[lifecycle]\nslump_days = 70", "[goals.users]\nperiod = 'week'",
    "[goals.user]\ntarget = 3", "[playbook]\nChampins = 'x'", "[columns]\nuser = 'who'",
    "[currency]\nrates = { USD = 'much' }", "[cuts]\nrecency = [9]\nfrequency = [2]\nmonetary = [7.5]",
    "[rfm]\nmethod = 'fixed'\n[cuts]\nrecency = [9, 30]\nfrequency = [1, 2]\nmonetary = [7.5, '9.99']",
    "[rfm]\nsegments = 'x'\n[[segments.x.rules]]\nname = 'A'\n[[segments.x.rules]]\nname = 'B'\nf = [1, 2]",
    "[engine]\nname = 'abacus'", "memory = '1'", "[reading]\ntz = 'Mars/Base'", "[ltv]\nmodel = 'tarot'",
)  # fmt: skip


def cases(folder: Path) -> Cases:
    """Every wrong use, and settings that can't be."""
    (folder / _ORDERS).write_bytes(makers.exports()["plain.csv"])
    for name in makers.FORMS:
        if name.endswith(".csv"):
            (folder / name).write_bytes(makers.exports()[name])
    plain = (folder / _ORDERS).read_text("utf-8")
    (folder / "mystery.csv").write_text(plain.replace(",paid", ",perhaps", 5), "utf-8")
    (folder / "rejected.csv").write_text(plain.replace("2024-03", "soon"), "utf-8")
    events = "".join(
        f"u{n % 9},2024-03-{n % 28 + 1:02} 10:00,{'browse' if n % 3 else 'pay'}\n"
        for n in range(90)
    )
    (folder / "e.csv").write_text(f"user_id,event_time,event\n{events}", "utf-8")
    people = "".join(f"u{n},2024-02-01\n" for n in range(9))
    (folder / "u.csv").write_text(f"user_id,registered_at\n{people}", "utf-8")
    for words in USES:
        yield line("use", *(_ORDERS if word == "@" else word for word in words))
    for number, text in enumerate(SETTINGS):
        (folder / "userops.toml").write_text(text, "utf-8")
        yield line(f"settings {number:02}", "segment", _ORDERS, "--show", "all", "-f", "json")
    (folder / "userops.toml").write_text("[exports]\norders = ['none.csv']\n", "utf-8")
    yield line("settings of none", "segment")
    yield line("settings of none", "activity")
