"""How exports are read: by the options, else by the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from userops.analyses import ANALYSES
from userops.core.errors import UsageError
from userops.datasets.orders import Status
from userops.readers.options import ReadOptions

if TYPE_CHECKING:
    from userops.commands.options import Common
    from userops.settings import Settings


def read_options_of(common: Common, settings: Settings) -> ReadOptions:
    """How to read, by the options and then by the settings.

    Raises:
        UsageError: an option can't be.
    """
    reading = settings.reading
    timezone = common.tz or reading.tz
    if timezone:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UsageError(
                f"--tz {timezone}: no such time zone", mend="such as Asia/Shanghai or UTC"
            ) from None
    decimal = common.decimal or reading.decimal
    if decimal not in (None, ".", ","):
        raise UsageError(
            f"--decimal {decimal}: not a decimal mark", mend="--decimal . or --decimal ,"
        )
    totals = common.totals or reading.totals
    if totals not in (None, "lines", "order"):
        raise UsageError.unknown("--totals", totals, ["lines", "order"])
    refunds = common.refunds or reading.refunds
    if refunds not in (None, "gross", "net"):
        raise UsageError.unknown("--refunds", refunds, ["gross", "net"])
    statuses = {word.strip().casefold(): meaning for word, meaning in settings.status.items()}
    for word, meaning in pairs("--status", common.status):
        if meaning not in list(Status):
            raise UsageError.unknown(f"meaning of the status {word!r}", meaning, list(Status))
        statuses[word.casefold()] = Status(meaning)
    return ReadOptions(
        named=dict(settings.columns) | columns_named(common),
        source=common.source or reading.source,
        encoding=common.encoding or reading.encoding,
        date_format=common.date_format or reading.date_format,
        decimal=decimal,
        timezone=timezone,
        statuses=statuses,
        currency=settings.currency.code,
        rates=settings.currency.rates,
        totals=totals,
        amount=common.amount or reading.amount,
        refunds=refunds,
        order_id=common.order_id or reading.order_id,
        max_rejects=common.max_rejects or reading.max_rejects,
    )


def columns_named(common: Common) -> dict[str, str]:
    """Columns that `--map` names, by field.

    Raises:
        UsageError: it doesn't name one.
    """
    return dict(pairs("--map", common.map))


def check_engine(common: Common) -> None:
    """That Spark isn't asked for where it reads nothing.

    Raises:
        UsageError: it is.
    """
    if common.engine == "spark":
        *names, last = [analysis.name for analysis in ANALYSES.values() if analysis.on_spark]
        raise UsageError(
            f"--engine spark isn't for this: it's for the orders of {', '.join(names)} and {last}",
            mend="leave it out: this is read on this machine",
        )


def pairs(option: str, texts: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """Names and values of an option that is repeated as NAME=VALUE.

    Raises:
        UsageError: it isn't.
    """
    for text in texts or ():
        left, equals, right = text.partition("=") if option == "--map" else text.rpartition("=")
        if not equals or not right.strip():
            raise UsageError(
                f"{option} {text}: not NAME=VALUE", mend=f"{option} {text or 'NAME'}=VALUE"
            )
        yield left.strip(), right.strip()
