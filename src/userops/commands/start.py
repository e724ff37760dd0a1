"""How a run starts: options joined with settings, the output held, the exports opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from userops import store
from userops.commands import folders
from userops.commands.read_options import check_engine, columns_named, read_options_of
from userops.commands.run import Run
from userops.commands.wrong_kind import pointed_out
from userops.core.errors import UsageError, UseropsError
from userops.datasets.orders import ORDERS
from userops.engines import allocators, memory
from userops.inputs.days import day_of
from userops.inputs.outputs import check_outputs
from userops.inputs.reading import project_files, settled_exports, with_columns
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions, suited
from userops.readers.orders import Orders
from userops.render import emit, files
from userops.settings import Settings, load

if TYPE_CHECKING:
    from userops.commands.options import Common
    from userops.readers.spark import OnSpark
    from userops.store.places import Store


@contextmanager
def start(
    common: Common,
    tables: Sequence[str] = (),
    *,
    about: str = "orders",
    others: Mapping[str, Sequence[str] | None] | None = None,
    writes: Sequence[str | None] = (),
    reads: Sequence[str | None] = (),
    on_spark: bool = False,
    as_folder: str = "",
    without_amount: bool = False,
    stored: bool = True,
    prepares: bool = False,
    attributes: Sequence[str] = (),
    given: Mapping[str, object] | None = None,
    shows_rejects: bool = False,
) -> Iterator[Run]:
    """Open what a command was given.

    Args:
        common: the options that all commands share.
        tables: those that the command has.
        about: the dataset that its arguments name; orders are opened here.
        others: the other datasets that it can read, with what its options name of them.
        writes: what it writes beside the output and the rejects.
        reads: what it reads beside exports and settings.
        on_spark: whether its orders and events can be read on Spark.
        as_folder: the table that Spark can write as a folder.
        without_amount: whether its orders needn't say what they came to.
        stored: whether a store can tell; else it's about the exports as they are.
        prepares: whether it's about the store itself, and opens what it needs.
        attributes: what it splits users by: maybe columns of the users export.
        given: its own options, by name.
        shows_rejects: whether refused rows are what it shows.

    Raises:
        UsageError: an option or a setting can't be, or an output is one of the exports,
            or of the files.
        InputError: an export can't be used.
        Busy: another run holds the output.
    """
    settings, file = load(common.config)
    spark = on_spark and (common.engine or settings.engine.name) == "spark"
    users_to = common.output if spark and folders.is_folder(common.output) else None
    if users_to:
        common = folders.checked(common, as_folder)
    elif as_folder and folders.is_folder(common.output):
        raise folders.without_spark(common.output)
    _check_choices(common, tables, on_spark=on_spark)
    if common.week_start:
        settings = settings.model_copy(update={"week_start": common.week_start.value})
    exports = _exports_by_dataset(common, settings, file, about, others or {})
    options = _options(common, settings, exports, about, attributes)
    as_of = day_of(common.as_of, options.timezone, "--as-of")
    outputs = (common.output, common.rejects, *writes)
    inputs = (*reads, options.lines, str(file) if file else None)
    check_outputs(exports, outputs, inputs, project_files(settings, file))
    with ExitStack() as stack:
        stack.enter_context(emit.holding(common.output))
        folder = stack.enter_context(workspace())
        stack.enter_context(pointed_out(exports, folder))
        memory.bound(common.memory or settings.memory, folder)
        allocators.keep_for_arrays()
        run = Run(
            settings, Orders([], options), as_of, options, folder, exports, common=common, tables=tables,
            about=about, given=given or {}, shows_rejects=shows_rejects,
        )  # fmt: skip
        if spark:
            run.spark = stack.enter_context(_on_spark(run))
        if exports.get("orders"):
            place = (file.parent if file else Path()) / store.FOLDER
            how = replace(suited(options, ORDERS), without_amount=without_amount)
            _open_orders(run, how, place, stack, stored=stored, prepares=prepares)
            run.orders.users_to = users_to
        try:
            yield run
        except UseropsError:
            run.write_rejects()
            raise


def _check_choices(common: Common, tables: Sequence[str], *, on_spark: bool) -> None:
    """That what's chosen can be had: said before anything is read.

    Raises:
        UsageError: it can't.
    """
    emit.choose_format(common.format, files.as_path(common.output))
    if common.show and tables and common.show not in (*tables, "all"):
        raise UsageError.unknown("table", common.show, [*tables, "all"])
    if not on_spark:
        check_engine(common)


def _options(
    common: Common,
    settings: Settings,
    exports: Mapping[str, Sequence[str]],
    about: str,
    attributes: Sequence[str],
) -> ReadOptions:
    """How a run's exports are read."""
    return with_columns(
        read_options_of(common, settings),
        settings,
        columns_named(common),
        about=about,
        datasets=[dataset for dataset, paths in exports.items() if paths],
        attributes=attributes,
    )


def _open_orders(
    run: Run,
    options: ReadOptions,
    place: Path,
    stack: ExitStack,
    *,
    stored: bool,
    prepares: bool,
) -> None:
    """Open a run's orders: on Spark, from the store at a place, or from the exports."""
    if options.lines and prepares:
        raise UsageError("orders with --lines can't be kept", mend="leave out one of the two")
    # Spark and stores hold orders for all that may be asked of them.
    whole = replace(options, without_amount=False)
    if run.spark:
        run.orders = run.spark.orders(_paths(run), whole)
    elif prepares or (place.is_dir() and stored and not run.common.no_store and not options.lines):
        run.store, kept = _store_and_orders(run, place, whole, opens=not prepares)
        if kept is not None:
            run.orders = kept
        elif not prepares:
            run.orders = Orders.open(_paths(run), options, run.folder)
    else:
        run.orders = Orders.open(_paths(run), options, run.folder)


def _paths(run: Run) -> list[str]:
    return [str(name) for name in run.exports["orders"]]


def _store_and_orders(
    run: Run, place: Path, options: ReadOptions, *, opens: bool
) -> tuple[Store, Orders | None]:
    """The store of a run's orders, and these as it has them, if it has."""
    from userops.store.places import Store

    order_store = Store(place, _paths(run), options, run.folder, run.message)
    return order_store, order_store.open() if opens else None


@contextmanager
def _on_spark(run: Run) -> Iterator[OnSpark]:
    """How a run reads on Spark.

    Raises:
        UsageError: Spark isn't there, or an option can't be had on it.
    """
    from userops.engines import spark
    from userops.readers.spark import OnSpark
    from userops.readers.spark.orders import no_rejects

    if run.common.rejects:
        raise no_rejects()
    on_spark = OnSpark(spark.session(run.settings.engine.spark), run.folder)
    try:
        yield on_spark
    finally:
        on_spark.close()


def _exports_by_dataset(
    common: Common,
    settings: Settings,
    file: Path | None,
    about: str,
    others: Mapping[str, Sequence[str] | None],
) -> dict[str, list[str]]:
    """A run's exports by dataset: those named, or where no export is an argument, the settings'.

    Raises:
        UsageError: there are none of what it's about.
    """
    names_given = {**others, about: common.exports or others.get(about)}
    exports = {dataset: list(names or ()) for dataset, names in names_given.items()}
    if not common.exports:
        exports = {
            name: [*paths] for name, paths in settled_exports(settings, file, exports).items()
        }
    if not exports[about]:
        noun = "exports" if about == "orders" else about
        raise UsageError(
            f"no {noun} named",
            mend=f"userops COMMAND {about}.csv, or [exports] {about} in userops.toml",
        )
    return exports
