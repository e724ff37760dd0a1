"""What options choose from."""

from __future__ import annotations

from enum import StrEnum

from userops.core.dates import WEEKDAYS


class Language(StrEnum):
    """Languages of labels."""

    EN = "en"
    ZH = "zh"


class OutputFormat(StrEnum):
    """Output formats."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    MD = "md"
    HTML = "html"
    PARQUET = "parquet"
    XLSX = "xlsx"


class Engine(StrEnum):
    """What reads orders and reduces them."""

    POLARS = "polars"
    SPARK = "spark"


WeekStart = StrEnum("WeekStart", {day.upper(): day for day in WEEKDAYS})  # type: ignore[misc]


class YesNo(StrEnum):
    """What's so or isn't."""

    YES = "yes"
    NO = "no"
