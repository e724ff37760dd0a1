"""The report shows the campaigns whose windows ended in its period, and colours no noise."""

from __future__ import annotations

import re

import pytest

from helpers.running import SAMPLES, userops

SHOP = SAMPLES / "shop"


@pytest.mark.parametrize(
    ("as_of", "shown", "verdict"),
    [("2025-11-16", "double-11", "works"), ("2025-10-26", "new-toys", "can't tell")],
)
def test_of_the_period(tmp_path, as_of, shown, verdict) -> None:
    html = tmp_path / "report.html"
    ran = userops(
        "report", SHOP / "orders.csv", "--assignments", SHOP / "assignments.csv",
        "--coupons", SHOP / "coupons.csv", "--sections", "campaigns", "--as-of", as_of, "-o", html,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    text = html.read_text(encoding="utf-8")
    others = {"double-11", "new-toys", "winback"} - {shown}
    assert shown in text
    assert not any(f">{other}<" in text for other in others)
    cells = re.findall(r'<td class="([^"]*)">([^<]*)</td>', text)
    styles = {word.replace("&#39;", "'"): style for style, word in cells}
    assert ("good" in styles[verdict]) == (verdict == "works")
    # What to do is said without options, which a reader of the page can't give.
    assert "One user weighs much in revenue" in text
    assert "--cap" not in text


def test_without_lists_it_says_what_is_needed() -> None:
    ran = userops("report", SHOP / "orders.csv", "--sections", "campaigns", "-f", "md")
    assert "--assignments" in ran.out.decode()
