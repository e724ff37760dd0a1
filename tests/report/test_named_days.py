"""The headline says where one of two periods had days that aren't like others, and the other hadn't."""

from __future__ import annotations

import pytest

from helpers.running import SAMPLES, userops

ORDERS = SAMPLES / "shop" / "orders.csv"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--period", "month", "--as-of", "2025-12-31"),
         "2025-12 had double 12, 2025-11 had double 11: part of the change may be theirs."),
        (("--period", "month", "--as-of", "2025-10-31"),
         "2025-10 had national day, 2025-09 hadn't: part of the change may be theirs."),
        (("--period", "month", "--as-of", "2025-08-31"), ""),
        (("--period", "month", "--as-of", "2025-07-31"),
         "2025-06 had 618, 2025-07 hadn't: part of the change may be theirs."),
        # Spring festival moves between the months.
        (("--period", "month", "--against", "year", "--as-of", "2025-02-28"),
         "2025-02 had spring festival (4 days), 2024-02 had spring festival (8 days): part of the "
         "change may be theirs."),
        (("--as-of", "2025-11-16"),
         "2025-11-10 – 11-16 had double 11 (3 days), 2025-11-03 – 11-09 had double 11 (1 day): part "
         "of the change may be theirs."),
        (("--as-of", "2025-11-16", "--lang", "zh"),
         "2025-11-10 – 11-16 有双 11（3 天），2025-11-03 – 11-09 有双 11（1 天）：变化可能部分由此而来。"),
    ],
)  # fmt: skip
def test_days_of_one_period_alone(options: tuple[str, ...], said: str) -> None:
    text = userops("report", ORDERS, "--sections", "headline", "-f", "md", *options).text
    assert said in text
    assert ("part of the change" in text or "变化可能" in text) == bool(said)


def test_a_change_is_no_news_and_has_no_cents_in_a_section_by_itself() -> None:
    asked = ("report", ORDERS, "--sections", "changes", "--as-of", "2024-01-20", "-f", "md")
    text = userops(*asked).text
    assert "The change is within noise" in text
    assert "Net revenue changed by −¥733: −¥713 from active users" in text
    assert "(−¥733)" in text
