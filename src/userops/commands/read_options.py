"""How exports are read: by the options, else by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from userops.analyses import ANALYSES
from userops.commands.own_options import pairs
from userops.core.errors import UsageError
from userops.datasets.orders import Status
from userops.inputs.reading import read_options
from userops.readers.options import ReadOptions

if TYPE_CHECKING:
    from userops.commands.options import Common
    from userops.settings import Settings


def read_options_of(common: Common, settings: Settings) -> ReadOptions:
    """How to read, by the options and then by the settings.

    Raises:
        UsageError: an option can't be.
    """
    if common.decimal not in (None, ".", ","):
        raise UsageError(
            f"--decimal {common.decimal}: not a decimal mark", mend="--decimal . or --decimal ,"
        )
    if common.totals not in (None, "lines", "order"):
        raise UsageError.unknown("--totals", common.totals, ["lines", "order"])
    if common.refunds not in (None, "gross", "net"):
        raise UsageError.unknown("--refunds", common.refunds, ["gross", "net"])
    if common.refunds_by not in (None, "column", "rows", "both"):
        raise UsageError.unknown("--refunds-by", common.refunds_by, ["column", "rows", "both"])
    statuses: dict[str, Status] = {}
    for word, meaning in pairs("--status", common.status):
        if meaning not in list(Status):
            raise UsageError.unknown(f"meaning of the status {word!r}", meaning, list(Status))
        statuses[word.casefold()] = Status(meaning)
    return read_options(
        settings,
        named=dict(settings.columns) | columns_named(common),
        source=common.source,
        encoding=common.encoding,
        date_format=common.date_format,
        decimal=common.decimal,
        timezone=common.tz,
        statuses=statuses,
        totals=common.totals,
        amount=common.amount,
        refunds=common.refunds,
        refunds_by=common.refunds_by,
        order_id=common.order_id,
        nobody=tuple(common.nobody or ()),
        header=common.header == "yes" if common.header else None,
        lines=common.lines,
        channel=next((text for text in common.channel or () if "=" not in text), None),
        channels=_channels(common),
        max_rejects=common.max_rejects,
    )


def _channels(common: Common) -> dict[str, str]:
    """Channels that `--channel` names, by the files that are theirs.

    Raises:
        UsageError: it doesn't name one.
    """
    return dict(pairs("--channel", [text for text in common.channel or () if "=" in text]))


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
            f"--engine spark isn't for this: it's for {', '.join(names)} and {last}",
            mend="leave it out: this is read on this machine",
        )
