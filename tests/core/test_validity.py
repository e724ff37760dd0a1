"""How long things live."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from userops.core.validity import Validity, months_later, parse_validity


@pytest.mark.parametrize(
    ("text", "day", "end_of", "last"),
    [
        ("1 month", "2025-01-31", None, "2025-02-28"),
        ("months 1", "2024-01-31", None, "2024-02-29"),
        ("12 months", "2024-02-29", None, "2025-02-28"),
        ("1 year", "2024-02-29", None, "2025-02-28"),
        ("years 4", "2024-02-29", None, "2028-02-29"),
        ("12 months", "2020-07-06", "month", "2021-07-31"),
        ("12 months", "2020-07-06", "quarter", "2021-09-30"),
        ("1 year", "2020-07-06", "year", "2021-12-31"),
        ("365 days", "2020-01-01", None, "2020-12-31"),
        ("days 1", "2020-02-28", None, "2020-02-29"),
        # Gone on 2022-12-31: a year without activity is over then.
        ("inactivity 12 months", "2021-12-31", None, "2022-12-30"),
    ],
)
def test_the_last_day(text: str, day: str, end_of: str | None, last: str) -> None:
    validity = parse_validity(text)
    assert validity.last_day(date.fromisoformat(day), end_of) == date.fromisoformat(last)


def test_for_ever() -> None:
    assert parse_validity(" Never ").last_day(date(2025, 1, 1)) is None
    assert parse_validity("Inactivity 1 year") == Validity(12, "month", inactivity=True)


@pytest.mark.parametrize("text", ["", "12", "12 weeks", "0 days", "-1 month", "inactivity never"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_validity(text)


def test_months_never_overtake_each_other() -> None:
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(1_200)]
    for months in (1, 3, 12, -1, -12):
        ends = [months_later(day, months) for day in days]
        assert ends == sorted(ends)
