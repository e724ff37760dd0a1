"""What is asked of every shop: commands, their tables, and their options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .shelf import Case

ORDER_TABLES: Mapping[str, tuple[str, ...]] = {
    "segment": ("users", "summary", "tiers", "cuts"),
    "lifecycle": ("users", "summary", "transitions", "flow"),
    "cohorts": ("matrix", "long"),
    "repurchase": ("windows", "orders", "categories", "due"),
    "ltv": ("summary", "users", "cohorts", "channels", "model", "backtest"),
    "check": ("summary", "rejects", "findings", "columns"),
}
EVENT_TABLES: Mapping[str, tuple[str, ...]] = {
    "activity": ("summary", "stickiness", "users", "depth"),
    "funnel": ("steps", "users", "groups", "conversion"),
}
FORMATS = ("table", "csv", "tsv", "json", "jsonl", "md", "html", "parquet", "xlsx")
LANGUAGES = ("en", "zh")
SECTIONS = (
    "headline", "changes", "goals", "segments", "lifecycle", "cohorts", "repurchase",
    "replenishment", "ltv", "activity", "funnel", "data", "definitions", "run",
)  # fmt: skip
KEY = {"USEROPS_PII_KEY": "a key for the recording"}


def line(group: str, *words: str, **more: object) -> Case:
    """A case named by its command line."""
    return Case(f"{group}/{' '.join(words)}", words, **more)  # type: ignore[arg-type]


def tables(
    group: str,
    of: Mapping[str, tuple[str, ...]],
    files: Sequence[str],
    how: Sequence[str],
    some: tuple[int, int] = (0, 1),
) -> Iterator[Case]:
    """All of each command as JSON, and each table as CSV, or of some `(number, every)`."""
    number, every = some
    pairs = [(command, table) for command, names in of.items() for table in names]
    for at, (command, table) in enumerate(pairs):
        if (at + number) % every == 0:
            yield line(group, command, *files, *how, "--show", table, "-f", "csv")
    for command in of:
        yield line(group, command, *files, *how, "--show", "all", "-f", "json")


def product(group: str, command: str, names: Sequence[str], files: Sequence[str]) -> Iterator[Case]:
    """A command's tables, each, all and by default, in every format and language."""
    for table in (*names, "all", None):
        shown = ("--show", table) if table else ()
        for form in FORMATS:
            for lang in LANGUAGES:
                yield line(group, command, *files, *shown, "-f", form, "--lang", lang)


def rotated(
    group: str, of: Mapping[str, tuple[str, ...]], asked: Sequence[str], number: int, every: int
) -> Iterator[Case]:
    """Some of the tables, in a format and a language that change by number."""
    pairs = [(command, table) for command, names in of.items() for table in names]
    for at, (command, table) in enumerate(pairs):
        if (at + number) % every:
            continue
        form = FORMATS[(at + number // every) % len(FORMATS)]
        lang = LANGUAGES[(at // 2 + number) % 2]
        if at % 3:
            yield line(group, command, *asked, "--show", table, "-f", form, "--lang", lang)
        else:
            target = f"out/{table}.{'txt' if form == 'table' else form}"
            yield line(group, command, *asked, "--show", table, "-o", target, "--lang", lang)


# Command lines over orders; `@` stands for their exports.
_ORDERS = """
segment @ --segments rfm8 --show all -f json
segment @ --segments rfm8 --show summary -f table --lang zh
segment @ --segments intervals --bins 10 --save-cuts out/cuts.csv
segment @ --segments intervals --show all -f md
segment @ --bins 3 --new-days 7 --show all -f json
segment @ --method fixed --show cuts -f csv
segment @ --raw -o out/raw.csv --quiet
segment @ --as-of {day} --show all -o out/all.xlsx --lang zh
lifecycle @ --adaptive --show all -f json
lifecycle @ --adaptive -f table
lifecycle @ --since {before} --show transitions -f csv
lifecycle @ --since {before} --as-of {day} --show transitions -f json
lifecycle @ --since {before} --show all -f json
lifecycle @ --growth-orders 3 --maturity-orders 6 --show summary -f md
lifecycle @ --slump-days 14 --churn-days 45 --show all -f json
lifecycle @ --show flow --period week -f csv
lifecycle @ --show flow --period month --as-of {day} -f table
lifecycle @ --period week --since {before} -f csv
cohorts @ --measure users -f table
cohorts @ --measure orders --period week -f csv
cohorts @ --measure revenue --show all -f json
cohorts @ --measure revenue --period day --max-age 9 -f csv
cohorts @ --measure cumulative_revenue_per_user --period week -f html
cohorts @ --returning on-or-after --show all -f json
cohorts @ --returning on-or-after --period week --max-age 3 -f md
cohorts @ --period day --show long -f csv
cohorts @ --period week --as-of {day} --show all -f json
repurchase @ --grain order --show all -f json
repurchase @ --within 30 --show due -f csv
repurchase @ --within 30 -f csv
repurchase @ --as-of {day} --show all -f table --lang zh
ltv @ --by cohort --show all -f json
ltv @ --model bg-nbd --margin 0.3 --show all -f json
ltv @ --model pareto-nbd --horizon 90 --show users -f csv
ltv @ --model auto --show all -f json
ltv @ --show backtest --calibration-end {before} -f csv
ltv @ --time-unit week --level 0.8 --show model -f table
ltv @ --discount-rate 0.2 --as-of {day} --show summary -f md --lang zh
check @ --rejects out/rejects.csv -f table
check @ --max-rejects 0 --show all -f md
check @ --as-of {day} --show findings -f table --lang zh
segment @ --rejects out/rejects.csv --max-rejects 0 -f csv
report @ --as-of {day} -f md --lang zh
report @ --period month -o out/june.html
report @ --period month --against year -o out/june.xlsx
report @ -o out/folder/ --lang zh
report @ --lists -o out/weekly.md --pii mask
report @ --email -o out/mail.html
report @ --sections headline,segments,definitions --title Ours -f md
report @ --pii raw --sections replenishment,repurchase,data -f md
"""
# Those over orders and what stands beside them, by what they need.
_BESIDE = {
    "column": """
cohorts @ {known} --by {column} --show all -f json
cohorts @ {known} --by {column} --measure revenue -f csv
ltv @ {known} --by {column} --show all -f json
""",
    "users": """
lifecycle @ --users {users} --show all -f json
lifecycle @ --users {users} --adaptive --as-of {day} -f table
report @ --users {users} -f md
""",
    "costs": """
ltv @ --costs {costs} --show all -f json
ltv @ --costs {costs} --margin 0.3 --show channels -f table
""",
    "users costs": """
ltv @ --costs {costs} --users {users} --show all -f json
""",
    "events": """
segment @ --events {events} --show all -f json
segment @ --events {events} --show two_way -f table --lang zh
report @ --events {events} -f md
""",
    "events users": """
segment @ --events {events} --users {users} --show two_way -f csv
report @ --events {events} --users {users} {spent} --lists -o out/all/
report @ --events {events} --users {users} {spent} --as-of {day} -f md --lang zh
""",
}
# Those over events; where nothing is known of users or orders, it's left out.
_EVENTS = """
activity {events} {known} --period day --show all -f json
activity {events} --period month -f table --lang zh
activity {events} --as-of {day} --show users -o out/users.xlsx
activity {events} --as-of {day} --show all -f json
activity {events} --rejects out/rejects.csv --max-rejects 0
cohorts --events {events} --show all -f json
cohorts --events {events} {known} --period day --max-age 30 -f csv
cohorts --events {events} {known} --period week --returning on-or-after -f csv
cohorts --events {events} --by channel --period week -f md
cohorts --events {events} --measure users --as-of {day} -f table
segment --events {events} --show all -f json
segment --events {events} {known} --segments rfm8 --show summary -f table
segment --events {events} --bins 3 --as-of {day} -f csv
funnel {events} {bought} {known} --show all -f json
funnel {events} {bought} --show conversion -f csv
funnel {events} {bought} {known} --show users --as-of {day} -f csv
funnel {events} --steps browse,cart,pay --window 7 --by channel --show groups
funnel {events} {known} --convert cart --within 14 --show conversion -f md
funnel {events} --steps browse,click -f table --lang zh
funnel {events} {known} --by region --show groups -f csv
"""


def lines(text: str, **words: str) -> list[tuple[str, ...]]:
    """Command lines, a line each, with words filled in."""
    return [tuple(row.format(**words).split()) for row in text.strip().splitlines()]


def order_options(day: str, before: str) -> list[tuple[str, ...]]:
    """Command lines over orders, their exports left out: a word `@` stands for these."""
    return lines(_ORDERS, day=day, before=before)


def beside_options(
    day: str, events: str | None, users: str | None, costs: str | None, more: Sequence[str]
) -> list[tuple[str, ...]]:
    """Command lines over orders and what stands beside them."""
    found: list[tuple[str, ...]] = []
    for column in more:
        known = f"--users {users}" if column != "channel" and users else ""
        found += lines(_BESIDE["column"], column=column, known=known)
    there = {"events": events or "", "users": users or "", "costs": costs or ""}
    spent = f"--costs {costs}" if costs else ""
    for needed, text in _BESIDE.items():
        if needed != "column" and all(map(there.get, needed.split())):
            found += lines(text, day=day, spent=spent, **there)
    return found


def event_options(
    day: str, events: str, users: str | None, orders: Sequence[str]
) -> list[tuple[str, ...]]:
    """Command lines over events, all words said."""
    known = f"--users {users}" if users else ""
    bought = " ".join(f"--orders {one}" for one in orders)
    made = lines(_EVENTS, day=day, events=events, known=known, bought=bought)
    return made if users else [words for words in made if "region" not in words]


def filled(words: Sequence[str], files: Sequence[str], how: Sequence[str]) -> tuple[str, ...]:
    """A command line with its exports, and how they're read, in the place of `@`."""
    at = words.index("@")
    return (*words[:at], *files, *how, *words[at + 1 :])
